//! One line of cargo's output.

use super::message::Message;

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A message for programs.
    Message(Message),
    /// Cargo runs `rustc` to make this crate.
    Compiling(String),
    /// Cargo runs a program: a build script or a test. The words of the call.
    Running(Vec<String>),
    /// Cargo does something else, told in its own words.
    Status(String),
    /// This program has ended badly, and how.
    Failed { program: String, status: String, is_rustc: bool },
    /// Everything else, which is for people.
    Text,
}

impl Line {
    /// The meaning of `line`. What cargo says for people may change from version to version: what is
    /// not understood is text.
    pub(super) fn of(line: &str) -> Self {
        if let Some(message) = Message::of(line) {
            return Line::Message(message);
        }
        let plain = plain(line);
        let failed = plain.trim_start().strip_prefix("process didn't exit successfully: ");
        match (status(&plain), failed.and_then(Line::failed)) {
            (Some(("Running", rest)), _) => Line::running(rest),
            (Some((verb, rest)), _) => Line::Status(format!("{verb} {rest}")),
            (None, Some(failed)) => failed,
            (None, None) => Line::Text,
        }
    }

    fn running(rest: &str) -> Self {
        let command = words(rest.trim_matches('`'));
        let name = command.iter().position(|word| word == "--crate-name");
        match name.and_then(|place| command.get(place + 1)) {
            Some(name) => Line::Compiling(name.clone()),
            None if command.is_empty() => Line::Text,
            None => Line::Running(command),
        }
    }

    /// From `` `program arguments` (exit status: 1)``.
    fn failed(text: &str) -> Option<Self> {
        let (command, status) = text.strip_prefix('`')?.rsplit_once("` (")?;
        let command = words(command);
        let is_rustc = command.iter().any(|word| word == "--crate-name");
        Some(Line::Failed {
            program: command.last()?.clone(),
            status: status.strip_suffix(')')?.to_owned(),
            is_rustc,
        })
    }
}

/// What cargo does, in a word that ends in the 12th column, and the rest.
fn status(plain: &str) -> Option<(&str, &str)> {
    const COLUMN: usize = 12;
    const VERBS: [&str; 20] = [
        "Adding",
        "Blocking",
        "Building",
        "Checking",
        "Compiling",
        "Dirty",
        "Doc-tests",
        "Downgrading",
        "Downloaded",
        "Downloading",
        "Finished",
        "Fresh",
        "Locking",
        "Packaging",
        "Removing",
        "Running",
        "Unpacking",
        "Updating",
        "Upgrading",
        "Waiting",
    ];
    let (verb, rest) = plain.split_at_checked(COLUMN)?;
    let verb = verb.trim_start();
    VERBS.contains(&verb).then_some(())?;
    Some((verb, rest.strip_prefix(' ')?))
}

/// The line without what makes terminals colourful.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => skip_sequence(&mut characters),
            _ => text.push(character),
        }
    }
    text
}

/// Skips what follows an escape character: `[` to a letter, or `]` to a bell or another escape.
fn skip_sequence(characters: &mut std::str::Chars<'_>) {
    match characters.next() {
        Some('[') => drop(characters.find(|character| ('@'..='~').contains(character))),
        Some(']') => {
            let end = characters.find(|character| matches!(character, '\u{7}' | '\u{1b}'));
            // An escape that ends it is followed by a backslash.
            let _ = end.filter(|end| *end == '\u{1b}').and_then(|_| characters.next());
        }
        _ => {}
    }
}

/// The words of a command as cargo shows it: what is not plain stands in quotes.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote, mut is_word) = (String::new(), None, false);
    let mut characters = command.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // Only before these is a backslash more than a part of a path.
            '\\' if quote.is_none() => match characters.next_if(|next| matches!(next, '\'' | '!' | '"')) {
                Some(escaped) => word.push(escaped),
                None => word.push('\\'),
            },
            '\'' | '"' if quote.is_none() => quote = Some(character),
            _ if quote == Some(character) => quote = None,
            ' ' if quote.is_none() => {
                if std::mem::take(&mut is_word) {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            _ => word.push(character),
        }
        is_word = true;
    }
    if is_word {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_of_rustc_names_its_crate() {
        let line = "     Running `/bin/build-system /bin/rustc --crate-name tiny_app --edition=2021 src/main.rs --check-cfg 'cfg(docsrs,test)'`";
        assert_eq!(Line::of(line), Line::Compiling("tiny_app".into()));
    }

    #[test]
    fn a_build_script_is_the_last_word() {
        for (line, program) in [
            ("     Running `/t/build/a-1/build-script-build`", "/t/build/a-1/build-script-build"),
            (
                "     Running `CARGO=/bin/cargo OUT_DIR='/t x/out' '/t x/build-script-main'`",
                "/t x/build-script-main",
            ),
            (r"     Running `'/it'\''s/build-script-build'`", "/it's/build-script-build"),
            (
                r"     Running `C:\t\build\a-1\build-script-build.exe`",
                r"C:\t\build\a-1\build-script-build.exe",
            ),
        ] {
            let Line::Running(words) = Line::of(line) else { panic!("{line}") };
            assert_eq!(words.last().map(String::as_str), Some(program), "{line}");
        }
    }

    #[test]
    fn colours_and_links_change_nothing() {
        let line = "\u{1b}[1m\u{1b}[92m     Running\u{1b}[0m `/t/a`";
        assert_eq!(Line::of(line), Line::Running(vec!["/t/a".into()]));
        let line = "\u{1b}[1m    Finished\u{1b}[0m `\u{1b}]8;;https://x\u{1b}\\dev\u{1b}]8;;\u{7}` in 0.1s";
        assert_eq!(Line::of(line), Line::Status("Finished `dev` in 0.1s".into()));
    }

    #[test]
    fn only_words_in_their_place_are_a_status() {
        assert_eq!(Line::of("   Compiling a v0.1.0"), Line::Status("Compiling a v0.1.0".into()));
        assert_eq!(
            Line::of("    Blocking waiting for file lock"),
            Line::Status("Blocking waiting for file lock".into())
        );
        for text in [
            "Compiling a",
            "  Compiling a",
            "error: could not compile",
            "   Surprise a",
            "",
            "     Running",
            "\u{1b}[",
            "ääääääääääää a",
        ] {
            assert_eq!(Line::of(text), Line::Text, "{text}");
        }
    }

    #[test]
    fn how_a_program_failed_is_told() {
        let line = "  process didn't exit successfully: `/t/build-script-build` (exit status: 3)";
        let (program, status) = ("/t/build-script-build".into(), "exit status: 3".into());
        assert_eq!(Line::of(line), Line::Failed { program, status, is_rustc: false });
        let line =
            "  process didn't exit successfully: `rustc --crate-name a b.rs` (signal: 9, SIGKILL: kill)";
        let (program, status) = ("b.rs".into(), "signal: 9, SIGKILL: kill".into());
        assert_eq!(Line::of(line), Line::Failed { program, status, is_rustc: true });
        assert_eq!(Line::of("process didn't exit successfully: `rustc`"), Line::Text);
    }

    #[test]
    fn json_that_is_no_message_is_text() {
        assert_eq!(Line::of("{\"reason\": 5}"), Line::Text);
        assert_eq!(Line::of("{ not json"), Line::Text);
    }
}
