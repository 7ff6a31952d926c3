//! Which part this process plays, and the variables that tell it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::wrapper::Wrapper;

/// The folder of the names under which `rustc` starts this program in the place of a linker. Whoever has
/// this variable was started by cargo, or by something below it.
pub(crate) const LINKERS: &str = "BUILD_SYSTEM_LINKERS";
/// The linker that has to do the work.
pub(crate) const LINKER: &str = "BUILD_SYSTEM_LINKER";
/// The user's own `RUSTC_WRAPPER`.
pub(crate) const CHAINED: &str = "BUILD_SYSTEM_RUSTC_WRAPPER";

/// The part of this process.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Run cargo and show what it was up to.
    Build,
    /// Run `rustc`.
    Wrapper(Wrapper),
    /// Run the linker.
    Linker,
}

impl Role {
    pub(crate) fn of_this_process() -> Self {
        let program = std::env::args_os().next().unwrap_or_default();
        Self::of(&program, |name| std::env::var_os(name))
    }

    /// The variables pass on to everything below cargo, so they can't tell the wrapper from the linker: a
    /// procedural macro may run `rustc` too. The name under which the program was started can.
    fn of(program: &OsStr, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let Some(linkers) = variable(LINKERS).map(PathBuf::from) else { return Role::Build };
        if Path::new(program).parent() == Some(&linkers) {
            return Role::Linker;
        }
        let chained = variable(CHAINED).filter(|wrapper| !wrapper.is_empty());
        Role::Wrapper(Wrapper { linkers, chained })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(program: &str, variables: &[(&str, &str)]) -> Role {
        Role::of(OsStr::new(program), |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn a_person_starts_the_build() {
        assert_eq!(role("target/debug/build-system", &[]), Role::Build);
    }

    #[test]
    fn cargo_starts_the_wrapper_and_rustc_the_linker() {
        let variables = [(LINKERS, "/tmp/x/linkers"), (LINKER, "cc"), (CHAINED, "sccache")];
        let wrapper = Wrapper { linkers: "/tmp/x/linkers".into(), chained: Some("sccache".into()) };
        assert_eq!(role("/bin/build-system", &variables), Role::Wrapper(wrapper));
        assert_eq!(role("/tmp/x/linkers/cc", &variables), Role::Linker);
    }

    #[test]
    fn an_empty_wrapper_is_none() {
        let wrapper = Wrapper { linkers: "/l".into(), chained: None };
        assert_eq!(role("build-system", &[(LINKERS, "/l"), (CHAINED, "")]), Role::Wrapper(wrapper));
    }
}
