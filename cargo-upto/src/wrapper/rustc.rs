//! The arguments of `rustc`, as far as they have to be understood here.

use std::ffi::OsString;

/// What follows `rustc` in a call of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments(Vec<String>);

impl Arguments {
    /// Takes the arguments of a wrapper. Those that cargo put into a file, because they would be too many,
    /// are read from there. They are only looked at, so that it does no harm to misread one.
    pub(super) fn of(given: &[OsString]) -> Self {
        let mut all = Vec::new();
        for argument in given {
            let argument = argument.to_string_lossy();
            match argument.strip_prefix('@').map(std::fs::read_to_string) {
                Some(Ok(file)) => all.extend(file.lines().map(str::to_owned)),
                _ => all.push(argument.into_owned()),
            }
        }
        Arguments(all)
    }

    pub(super) fn has(&self, argument: &str) -> bool {
        self.0.iter().any(|given| given == argument)
    }

    /// The values of an option, written `--option value` or `--option=value`.
    pub(super) fn values<'a>(&'a self, option: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().enumerate().filter_map(move |(place, argument)| {
            match argument.strip_prefix(option)?.strip_prefix('=') {
                Some(value) => Some(value),
                None if argument == option => self.0.get(place + 1).map(String::as_str),
                None => None,
            }
        })
    }

    /// The value of an option that counts: the last one.
    pub(super) fn value<'a>(&'a self, option: &'a str) -> Option<&'a str> {
        self.values(option).last()
    }

    /// The value of a code generation option that counts: `-C name=value` in all its forms.
    pub(super) fn codegen(&self, name: &str) -> Option<&str> {
        let mut value = None;
        for (place, argument) in self.0.iter().enumerate() {
            let option = match argument.as_str() {
                "-C" | "--codegen" => self.0.get(place + 1).map(String::as_str),
                _ => argument.strip_prefix("--codegen=").or_else(|| argument.strip_prefix("-C")),
            };
            let given = option.and_then(|option| option.strip_prefix(name)?.strip_prefix('='));
            value = given.or(value);
        }
        value
    }
}

impl<const N: usize> From<[&str; N]> for Arguments {
    fn from(given: [&str; N]) -> Self {
        Arguments(given.map(str::to_owned).to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_in_both_forms_and_the_last_one_counts() {
        let arguments =
            Arguments::from(["rustc", "--edition=2021", "--crate-name", "a", "--edition", "2024"]);
        assert_eq!(arguments.value("--edition"), Some("2024"));
        assert_eq!(arguments.value("--crate-name"), Some("a"));
        assert_eq!(arguments.value("--crate-type"), None);
        assert_eq!(arguments.values("--edition").count(), 2);
    }

    #[test]
    fn an_option_is_not_taken_for_one_that_it_begins() {
        assert_eq!(Arguments::from(["--crate-name-prefix", "a"]).value("--crate-name"), None);
    }

    #[test]
    fn code_generation_options_are_read_in_all_forms() {
        for given in [["-C", "opt-level=3"], ["--codegen", "opt-level=3"], ["-Copt-level=3", ""]] {
            assert_eq!(Arguments::from(given).codegen("opt-level"), Some("3"), "{given:?}");
        }
        assert_eq!(Arguments::from(["--codegen=opt-level=s"]).codegen("opt-level"), Some("s"));
        assert_eq!(Arguments::from(["-C", "linker=a", "-Clinker=b", "-C"]).codegen("linker"), Some("b"));
        assert_eq!(Arguments::from(["-C", "linker-flavor=gcc"]).codegen("linker"), None);
    }

    #[test]
    fn arguments_in_a_file_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("arguments");
        std::fs::write(&file, "--crate-name\nfrom file\n").expect("a file");
        let given = ["rustc".into(), OsString::from(format!("@{}", file.display())), "@nowhere".into()];
        assert_eq!(
            Arguments::of(&given),
            Arguments::from(["rustc", "--crate-name", "from file", "@nowhere"])
        );
    }
}
