//! Settings as the environment says them.

use super::traceparent::traceparent;
use super::{Mistakes, Settings};
use crate::error::InitError;

/// The variables that are read, but `TRACEPARENT`, which is others'.
#[cfg(feature = "enabled")]
const VARIABLES: [&str; 6] =
    ["UPTO", "UPTO_SERVER", "UPTO_CONTEXT", "UPTO_TIMELINE", "UPTO_HOST", "UPTO_PARENT"];

impl Settings {
    /// The defaults, changed by what `variable` says of `UPTO`, `UPTO_SERVER` and so on.
    ///
    /// # Errors
    /// [`InitError::Settings`] with all variables that do not parse or are too long.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, InitError> {
        let (mut settings, mut mistakes) = (Settings::default(), Mistakes::default());
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        if let Some(switch) = given("UPTO") {
            settings.enabled = mistakes.note(parse_switch(&switch)).unwrap_or_default();
        }
        if let Some(server) = given("UPTO_SERVER") {
            mistakes.note(settings.set_server("UPTO_SERVER", &server));
        }
        for (name, field, check) in [
            ("UPTO_CONTEXT", &mut settings.context, Mistakes::check_name as Check),
            ("UPTO_TIMELINE", &mut settings.timeline, Mistakes::check_name),
            ("UPTO_HOST", &mut settings.host, Mistakes::check_name),
            ("UPTO_PARENT", &mut settings.parent, Mistakes::check_parent),
        ] {
            if let Some(value) = given(name).filter(|value| check(&mut mistakes, name, value)) {
                *field = value;
            }
        }
        // Set by whatever traces the process's parent: one that is broken is not this program's fault.
        settings.traceparent = given("TRACEPARENT").and_then(|value| traceparent(&value)).unwrap_or_default();
        mistakes.or(settings)
    }

    /// Likewise, by what the system has, which may be no text.
    #[cfg(feature = "enabled")]
    pub(crate) fn from_system(
        variable: impl Fn(&str) -> Option<std::ffi::OsString>,
    ) -> Result<Self, InitError> {
        let mut mistakes = Mistakes::default();
        for name in VARIABLES {
            if let Some(Err(value)) = variable(name).map(std::ffi::OsString::into_string) {
                mistakes.add(name, &value.to_string_lossy(), "it is no Unicode text");
            }
        }
        let texts = |name: &str| variable(name)?.into_string().ok();
        let settings = mistakes.note(Settings::from_variables(texts)).unwrap_or_default();
        mistakes.or(settings)
    }
}

type Check = fn(&mut Mistakes, &'static str, &str) -> bool;

/// Whether the operator lets anything be sent: false if `UPTO` says `off`, whatever the program says.
#[cfg(feature = "enabled")]
pub(crate) fn is_allowed(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Result<bool, InitError> {
    let Some(switch) = variable("UPTO").filter(|switch| !switch.is_empty()) else { return Ok(true) };
    parse_switch(&switch.to_string_lossy())
}

fn parse_switch(switch: &str) -> Result<bool, InitError> {
    match switch.to_ascii_lowercase().as_str() {
        "off" | "0" | "false" | "no" => Ok(false),
        "on" | "1" | "true" | "yes" => Ok(true),
        _ => {
            let mut mistakes = Mistakes::default();
            mistakes.add("UPTO", switch, "expected `on` or `off`");
            mistakes.or(false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::mistakes::PARENT_BYTES;
    use super::*;
    use crate::wire::limits;

    #[cfg(all(unix, feature = "enabled"))]
    #[test]
    fn variables_that_are_no_text_are_errors() {
        use std::os::unix::ffi::OsStringExt as _;
        let broken = |name: &str| match name {
            "UPTO_SERVER" => Some(std::ffi::OsString::from_vec(vec![b'h', 0xff])),
            "UPTO" => Some("maybe".into()),
            _ => None,
        };
        let error = Settings::from_system(broken).expect_err("no text").to_string();
        assert!(
            error.starts_with("UPTO_SERVER=") && error.contains("Unicode text; UPTO=\"maybe\""),
            "{error}"
        );
        assert!(Settings::from_system(|_| None).is_ok());
        assert!(Settings::from_system(|name| (name == "UPTO_HOST").then(|| "text".into())).is_ok());
    }

    #[test]
    fn the_switch_turns_it_off() {
        for (text, enabled) in [("off", false), ("OFF", false), ("0", false), ("on", true), ("", true)] {
            let variable = |name: &str| (name == "UPTO").then(|| text.to_owned());
            assert_eq!(
                Settings::from_variables(variable).map(|settings| settings.enabled).ok(),
                Some(enabled)
            );
        }
        assert!(Settings::from_variables(|name| (name == "UPTO").then(|| "maybe".to_owned())).is_err());
    }

    #[test]
    fn names_that_are_too_long_name_their_variable() {
        for name in ["UPTO_CONTEXT", "UPTO_TIMELINE", "UPTO_HOST", "UPTO_PARENT"] {
            let variable = |asked: &str| (asked == name).then(|| "n".repeat(limits::NAME_BYTES + 1));
            let error = Settings::from_variables(variable).expect_err(name).to_string();
            assert!(error.starts_with(&format!("{name}=\"(16385 bytes)\": ")), "{error}");
            let variable = |asked: &str| (asked == name).then(|| "n".repeat(PARENT_BYTES));
            assert!(Settings::from_variables(variable).is_ok(), "{name}");
        }
    }

    #[test]
    fn all_mistakes_are_told() {
        let error = Settings::from_variables(|name| (name != "UPTO").then(|| " ".repeat(20_000)));
        let error = error.expect_err("mistakes").to_string();
        for name in ["UPTO_SERVER", "UPTO_CONTEXT", "UPTO_TIMELINE", "UPTO_HOST", "UPTO_PARENT"] {
            assert!(error.contains(&format!("{name}=")), "{name}");
        }
    }

    #[cfg(feature = "enabled")]
    #[test]
    fn the_operator_s_switch_is_read_on_its_own() {
        let allowed = |switch: Option<&str>| is_allowed(|_| switch.map(Into::into));
        for (switch, is_on) in [(None, true), (Some(""), true), (Some("on"), true), (Some("OFF"), false)] {
            assert_eq!(allowed(switch).ok(), Some(is_on), "{switch:?}");
        }
        let error = allowed(Some("maybe")).expect_err("no switch").to_string();
        assert!(error.starts_with("UPTO=\"maybe\""), "{error}");
    }
}
