//! Which crate a call of `rustc` makes.

use upto::escape;

use super::rustc::Arguments;

/// What cargo sets for build scripts, and neither for `rustc` nor for anybody else: with it, the call
/// comes from a build script that tries out what the compiler can do.
const OF_BUILD_SCRIPTS: &str = "CARGO_CFG_TARGET_ARCH";

/// One crate of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    package: String,
    version: String,
    crate_name: String,
    kind: Kind,
    edition: String,
    opt_level: String,
    features: usize,
    target: Option<String>,
    /// True if `rustc` calls the linker for it.
    pub(super) links: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Library,
    ProcMacro,
    BuildScript,
    Binary(String),
    Example(String),
    Test(String),
}

impl Unit {
    /// The crate that these arguments make, `variable` being the environment; `None` if they make none and
    /// only ask `rustc` something.
    pub(super) fn of(arguments: &Arguments, variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let crate_name = arguments.value("--crate-name").filter(|name| *name != "___")?;
        let asks = arguments.value("--print").is_some() || arguments.has("-vV") || arguments.has("-");
        if asks || variable(OF_BUILD_SCRIPTS).is_some() {
            return None;
        }
        let own_name = variable("CARGO_BIN_NAME").unwrap_or_else(|| crate_name.to_owned());
        let kind = Kind::of(arguments, crate_name, own_name);
        Some(Unit {
            package: variable("CARGO_PKG_NAME").unwrap_or_else(|| crate_name.to_owned()),
            version: variable("CARGO_PKG_VERSION").unwrap_or_default(),
            crate_name: crate_name.to_owned(),
            edition: arguments.value("--edition").unwrap_or("2015").to_owned(),
            opt_level: arguments.codegen("opt-level").unwrap_or("0").to_owned(),
            features: arguments.values("--cfg").filter(|cfg| cfg.starts_with("feature=")).count(),
            target: arguments.value("--target").map(str::to_owned),
            links: links(arguments),
            kind,
        })
    }

    /// Its event, begun.
    pub(super) fn event(&self) -> upto::Event {
        let features = u64::try_from(self.features).unwrap_or(u64::MAX);
        let event = upto::Event::builder(self.path())
            .attr("version", &self.version)
            .attr("crate", &self.crate_name)
            .attr("edition", &self.edition)
            .attr("opt_level", &self.opt_level)
            .attr("features", features);
        match &self.target {
            Some(target) => event.attr("target", target).start(),
            None => event.start(),
        }
    }

    /// The event's path below the build's.
    fn path(&self) -> String {
        format!("{}.{}", escape(&self.package), self.kind.path())
    }
}

impl Kind {
    fn of(arguments: &Arguments, crate_name: &str, own_name: String) -> Self {
        let types = || arguments.values("--crate-type");
        let folder = arguments.value("--out-dir").unwrap_or_default();
        if arguments.has("--test") {
            Kind::Test(own_name)
        } else if types().any(|kind| kind == "proc-macro") {
            Kind::ProcMacro
        } else if !types().any(|kind| kind == "bin") {
            Kind::Library
        } else if crate_name.starts_with("build_script_") {
            Kind::BuildScript
        } else if folder.ends_with("/examples") || folder.ends_with("\\examples") {
            Kind::Example(own_name)
        } else {
            Kind::Binary(own_name)
        }
    }

    fn path(&self) -> String {
        match self {
            Kind::Library => "lib".to_owned(),
            Kind::ProcMacro => "proc_macro".to_owned(),
            Kind::BuildScript => "build_script.compile".to_owned(),
            Kind::Binary(name) => format!("bin {}", escape(name)),
            Kind::Example(name) => format!("example {}", escape(name)),
            Kind::Test(name) => format!("test {}", escape(name)),
        }
    }
}

/// Whether the linker is called: for programs and shared libraries, unless only metadata is asked for.
fn links(arguments: &Arguments) -> bool {
    let is_linked = |kind: &str| matches!(kind, "bin" | "proc-macro" | "dylib" | "cdylib");
    let emits = |what: &str| what.split(',').any(|what| what == "link" || what.starts_with("link="));
    let kind = arguments.has("--test") || arguments.values("--crate-type").any(is_linked);
    kind && arguments.value("--emit").is_none_or(emits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str) -> Option<String> {
        match name {
            "CARGO_PKG_NAME" => Some("my.package".to_owned()),
            "CARGO_PKG_VERSION" => Some("1.2.3".to_owned()),
            _ => None,
        }
    }

    fn unit<const N: usize>(arguments: [&str; N]) -> Unit {
        Unit::of(&arguments.into(), package).expect("a crate")
    }

    #[test]
    fn a_library_is_described() {
        let library = unit([
            "rustc",
            "--crate-name",
            "my_package",
            "--edition=2021",
            "src/lib.rs",
            "--crate-type",
            "lib",
            "--emit=dep-info,metadata,link",
            "-C",
            "opt-level=3",
            "--cfg",
            "feature=\"a\"",
            "--cfg",
            "unix",
            "--cfg",
            "feature=\"b\"",
        ]);
        assert_eq!(library.path(), r"my\.package.lib");
        assert_eq!((library.version.as_str(), library.edition.as_str()), ("1.2.3", "2021"));
        assert_eq!((library.opt_level.as_str(), library.features, library.links), ("3", 2, false));
    }

    #[test]
    fn each_kind_has_a_name_of_its_own() {
        let path = |kind, name, folder| {
            unit(["--crate-name", name, "--crate-type", kind, "--out-dir", folder]).path()
        };
        assert_eq!(path("proc-macro", "m", "/t/deps"), r"my\.package.proc_macro");
        assert_eq!(path("bin", "build_script_build", "/t/build/x"), r"my\.package.build_script.compile");
        assert_eq!(path("bin", "tool", "/t/deps"), r"my\.package.bin tool");
        assert_eq!(path("bin", "tool", "/t/examples"), r"my\.package.example tool");
        assert_eq!(unit(["--crate-name", "it", "--test"]).path(), r"my\.package.test it");
    }

    #[test]
    fn a_program_has_its_own_name_and_not_the_crates() {
        let variable = |name: &str| match name {
            "CARGO_BIN_NAME" => Some("build-system".to_owned()),
            name => package(name),
        };
        let arguments = ["--crate-name", "build_system", "--crate-type", "bin"].into();
        let program = Unit::of(&arguments, variable).expect("a crate");
        assert_eq!(program.path(), r"my\.package.bin build-system");
    }

    #[test]
    fn what_only_asks_makes_no_crate() {
        for question in [
            &["rustc", "-vV"][..],
            &["rustc", "-", "--crate-name", "___", "--print=file-names", "--crate-type", "bin"],
            &["rustc", "--crate-name", "a", "--print", "cfg"],
            &["rustc", "--crate-name", "a", "-"],
            &["rustc", "--version"],
            &[],
        ] {
            let arguments: Vec<_> = question.iter().map(Into::into).collect();
            assert_eq!(Unit::of(&Arguments::of(&arguments), package), None, "{question:?}");
        }
    }

    #[test]
    fn what_a_build_script_tries_out_makes_no_crate() {
        let variable = |name: &str| (name == OF_BUILD_SCRIPTS).then(|| "x86_64".to_owned());
        assert_eq!(Unit::of(&["--crate-name", "probe", "--crate-type=lib"].into(), variable), None);
    }

    #[test]
    fn programs_and_shared_libraries_are_linked() {
        for kind in ["bin", "proc-macro", "dylib", "cdylib"] {
            assert!(unit(["--crate-name", "a", "--crate-type", kind]).links, "{kind}");
            let checked = ["--crate-name", "a", "--crate-type", kind, "--emit=dep-info,metadata"];
            assert!(!unit(checked).links, "{kind}");
        }
        for kind in ["lib", "rlib", "staticlib"] {
            assert!(!unit(["--crate-name", "a", "--crate-type", kind, "--emit=link"]).links, "{kind}");
        }
        assert!(unit(["--crate-name", "a", "--crate-type=lib", "--crate-type=cdylib"]).links);
        assert!(unit(["--crate-name", "a", "--test", "--emit=dep-info,link"]).links);
    }
}
