//! Cargo's messages for programs, as far as they matter here.

use serde::Deserialize;

/// A message. Its fields are those of cargo's documentation.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub(super) enum Message {
    /// A crate was made, now or, if it is fresh, earlier.
    CompilerArtifact {
        package_id: String,
        target: Target,
        filenames: Vec<String>,
        /// The program, if it is one that can be run: of tests, too.
        #[serde(default)]
        executable: Option<String>,
        fresh: bool,
    },
    /// A build script has run, now or earlier.
    BuildScriptExecuted { package_id: String },
    /// Something else.
    #[serde(other)]
    Other,
}

/// What was made.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Target {
    pub(super) kind: Vec<String>,
    pub(super) name: String,
}

impl Message {
    /// The message in a line; `None` if it is none.
    pub(super) fn of(line: &str) -> Option<Self> {
        line.starts_with('{').then_some(())?;
        serde_json::from_str(line).ok()
    }
}

impl Target {
    pub(super) fn is_build_script(&self) -> bool {
        self.kind.iter().any(|kind| kind == "custom-build")
    }

    /// The name as `rustc` is told it.
    pub(super) fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_artifact_is_read() {
        let line = r#"{"reason":"compiler-artifact","package_id":"path+file:///p#a@0.3.0","manifest_path":"/p/Cargo.toml","target":{"kind":["custom-build"],"crate_types":["bin"],"name":"build-script-build","src_path":"/p/build.rs","edition":"2021","doc":false,"doctest":false,"test":false},"profile":{"opt_level":"0"},"features":[],"filenames":["/t/build-script-build"],"executable":null,"fresh":false}"#;
        let Some(Message::CompilerArtifact { package_id, target, filenames, fresh, .. }) = Message::of(line)
        else {
            panic!("an artifact")
        };
        assert_eq!((package_id.as_str(), filenames.len(), fresh), ("path+file:///p#a@0.3.0", 1, false));
        assert!(target.is_build_script());
        assert_eq!(target.crate_name(), "build_script_build");
    }

    #[test]
    fn what_later_versions_say_is_no_error() {
        assert_eq!(Message::of(r#"{"reason":"build-finished","success":true}"#), Some(Message::Other));
        assert_eq!(Message::of(r#"{"reason":"news","x":[1]}"#), Some(Message::Other));
        assert_eq!(Message::of("{}"), None);
        assert_eq!(Message::of("warning: x"), None);
    }
}
