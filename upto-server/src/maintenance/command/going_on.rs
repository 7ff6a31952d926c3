//! Telling how what was interrupted goes on.

use super::Outcome;
use crate::maintenance::ToolError;
use crate::server::told_to_end;

/// What comes of the work; where something comes between, says by which command it goes on. Somebody who wants it to
/// end is something, too.
pub(super) async fn or_else<T>(
    work: impl Future<Output = Result<T, ToolError>>,
    command: impl Fn() -> Option<String>,
) -> Outcome<T> {
    let Some(command) = command() else { return Ok(work.await?) };
    let problem = tokio::select! {
        done = work => match done {
            Err(problem) if problem.is_passing() => problem.to_string(),
            done => return Ok(done?),
        },
        told = told_to_end() => told.map(|()| "interrupted".to_owned())?,
    };
    Err(format!("{problem}; go on with: {command}").into())
}

/// Words as a shell takes them.
pub(super) fn line(words: impl Iterator<Item = String>) -> String {
    words.map(|word| quoted(&word)).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@+,=".contains(&byte);
    match !word.is_empty() && word.bytes().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_out_of_a_shell_as_they_were() {
        let words = ["upto-server", "", "a b", "it's", "$HOME", "redb:./data"];
        let script = format!("printf '%s\\n' {}", line(words.iter().map(|word| (*word).to_owned())));
        let output = std::process::Command::new("sh").args(["-c", &script]).output().expect("a shell");
        let lines = String::from_utf8(output.stdout).expect("text");
        assert_eq!(lines.lines().collect::<Vec<_>>(), words);
    }
}
