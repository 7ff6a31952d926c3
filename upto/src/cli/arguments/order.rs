//! Options in front of the command, as the original client has them.

use std::ffi::OsString;

/// The options that take a value, of all commands: which command it is, is not known before they are read.
pub(super) const TAKE_VALUES: [&str; 33] = [
    "--attr",
    "--by",
    "--context",
    "--depth",
    "--event",
    "--factor",
    "--format",
    "--grace",
    "--hostname",
    "--http",
    "--id",
    "--least-runs",
    "--level",
    "--limit",
    "--max-regression",
    "--message",
    "--next",
    "--output",
    "--output-tail",
    "--pulse",
    "--remotehost",
    "--remoteport",
    "--rh",
    "--rp",
    "--run",
    "--status",
    "--tell",
    "--timeline",
    "--url",
    "--wait",
    "--what-if",
    "-n",
    "-o",
];

/// Moves options from in front of the command to behind it, where it reads them.
pub(super) fn options_behind(mut raw: Vec<OsString>) -> Vec<OsString> {
    if let Some(position) = position_of_operation(&raw) {
        let operation = raw.remove(position);
        raw.insert(1, operation);
    }
    raw
}

/// Where the command is, behind options; `None`: there is none, or nothing is in front of it.
fn position_of_operation(raw: &[OsString]) -> Option<usize> {
    let mut position = 1;
    while is_option(raw.get(position)?) {
        position += if takes_next(raw.get(position)?.to_str()?) { 2 } else { 1 };
    }
    // Two dashes are none.
    raw.get(position).filter(|name| position > 1 && *name != "--")?;
    Some(position)
}

fn is_option(argument: &OsString) -> bool {
    let bytes = argument.as_encoded_bytes();
    bytes.len() > 1 && bytes.starts_with(b"-") && bytes != b"--"
}

/// True if the argument behind this option is its value.
fn takes_next(option: &str) -> bool {
    let is_last = |name: &str| match name.strip_prefix('-').filter(|letter| letter.len() == 1) {
        // The last one of several letters.
        Some(letter) => !option.starts_with("--") && option.ends_with(letter),
        None => option == name,
    };
    TAKE_VALUES.iter().any(|name| is_last(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(line: &str) -> String {
        let ordered = options_behind(line.split(' ').map(OsString::from).collect());
        ordered.into_iter().map(|part| part.into_string().expect("text")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn options_go_behind_the_operation_with_their_values() {
        for (line, expected) in [
            ("upto start c e", "upto start c e"),
            ("upto --rh start start c e", "upto start --rh start c e"),
            ("upto --remotehost=h -a start c", "upto start --remotehost=h -a c"),
            ("upto -an x start c", "upto start -an x c"),
            ("upto --unknown start c", "upto start --unknown c"),
        ] {
            assert_eq!(ordered(line), expected);
        }
    }

    #[test]
    fn lines_without_an_operation_stay_as_they_are() {
        for line in ["upto", "upto --help", "upto --rh", "upto --rh h", "upto -a -- start", "upto -"] {
            assert_eq!(ordered(line), line);
        }
    }
}
