//! What to build, and with which arguments.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::arguments::Arguments;
use crate::problem::Problem;

/// The workspace that this was compiled in, if it is still there.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// What is built of it unless something else is asked for.
const PACKAGE: [&str; 2] = ["-p", "upto"];

/// A call of cargo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    folder: PathBuf,
    subcommand: &'static str,
    arguments: Vec<OsString>,
    /// Whether everything is built anew unless the arguments say where what is there already is.
    is_anew: bool,
}

impl Plan {
    /// What these arguments ask for.
    ///
    /// # Errors
    /// There is no package, or an argument is among them that this program needs for itself.
    pub(crate) fn of(arguments: &Arguments) -> Result<Self, Problem> {
        let given = check(arguments.cargo.clone())?;
        match &arguments.path {
            Some(path) => Ok(Plan::anew(folder(path)?, given)),
            None => Plan::of_workspace(Path::new(WORKSPACE), given),
        }
    }

    /// What cargo would do if its user called it with `subcommand` and these arguments, here.
    ///
    /// # Errors
    /// An argument is among them that this program needs for itself, or there is no folder here.
    pub(crate) fn here(subcommand: &'static str, arguments: Vec<OsString>) -> Result<Self, Problem> {
        let folder = std::env::current_dir().map_err(Problem::system("find the current folder"))?;
        Ok(Plan { folder, subcommand, arguments: check(arguments)?, is_anew: false })
    }

    fn anew(folder: PathBuf, arguments: Vec<OsString>) -> Self {
        Plan { folder, subcommand: "build", arguments, is_anew: true }
    }

    fn of_workspace(root: &Path, given: Vec<OsString>) -> Result<Self, Problem> {
        let folder = root.canonicalize().map_err(|_| Problem::NoWorkspace(root.to_owned()))?;
        if !folder.join("Cargo.toml").is_file() {
            return Err(Problem::NoWorkspace(folder));
        }
        let chooses = has(&given, &["-p", "--package", "--workspace", "--all", "--manifest-path"]);
        let package = PACKAGE.iter().filter(|_| !chooses).map(OsString::from);
        Ok(Plan::anew(folder, package.chain(given).collect()))
    }

    /// Where cargo runs.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What of cargo is called.
    pub(crate) fn subcommand(&self) -> &'static str {
        self.subcommand
    }

    /// The call as people write it.
    pub(crate) fn shown(&self) -> String {
        let arguments = self.arguments.iter().map(|argument| argument.to_string_lossy());
        ["cargo".into(), self.subcommand.into()].into_iter().chain(arguments).collect::<Vec<_>>().join(" ")
    }

    /// True if all is to be built anew: nothing says where to put what is built.
    pub(crate) fn is_anew(&self) -> bool {
        self.is_anew && !has(&self.arguments, &["--target-dir"])
    }

    /// The workspace's folder, as cargo tells it.
    ///
    /// # Errors
    /// There is none here, or cargo can't be run.
    pub(crate) fn workspace(&self) -> Result<PathBuf, Problem> {
        let mut command = self.command("locate-project");
        let located =
            command.args(["--workspace", "--message-format", "plain"]).stderr(Stdio::null()).output();
        let located = located
            .map_err(|source| Problem::Cargo { program: self.cargo().display().to_string(), source })?;
        let manifest = String::from_utf8_lossy(&located.stdout).trim_end().to_owned();
        match Path::new(&manifest).parent() {
            Some(folder) if located.status.success() => Ok(folder.to_owned()),
            _ => Err(Problem::NoPackage(self.folder.clone())),
        }
    }

    pub(super) fn is_offline(&self) -> bool {
        has(&self.arguments, &["--offline", "--frozen"])
    }

    pub(super) fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// The cargo that runs this program, if one does, so that both are of the same version.
    pub(super) fn cargo(&self) -> OsString {
        std::env::var_os("CARGO").filter(|cargo| !cargo.is_empty()).unwrap_or_else(|| "cargo".into())
    }

    /// Cargo with a subcommand, where it has to run.
    pub(super) fn command(&self, subcommand: &str) -> Command {
        let mut command = Command::new(self.cargo());
        command.arg(subcommand).current_dir(&self.folder);
        command
    }
}

fn check(arguments: Vec<OsString>) -> Result<Vec<OsString>, Problem> {
    match has(&arguments, &["--message-format"]) {
        true => Err(Problem::OwnArgument("--message-format")),
        false => Ok(arguments),
    }
}

fn folder(path: &Path) -> Result<PathBuf, Problem> {
    let is_manifest = path.file_name() == Some(OsStr::new("Cargo.toml")) && path.is_file();
    let folder = if is_manifest { path.parent().unwrap_or(path) } else { path };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if !folder.join("Cargo.toml").is_file() {
        return Err(Problem::NoPackage(folder.to_owned()));
    }
    folder.canonicalize().map_err(Problem::system("open the package's folder"))
}

/// True if one of `options` is among `arguments`: alone, or with its value in the same argument.
pub(super) fn has(arguments: &[OsString], options: &[&str]) -> bool {
    let is = |argument: &str, option: &str| match argument.strip_prefix(option) {
        Some(value) => value.is_empty() || value.starts_with('=') || !option.starts_with("--"),
        None => false,
    };
    let arguments = arguments.iter().map(|argument| argument.to_string_lossy());
    arguments.into_iter().any(|argument| options.iter().any(|option| is(&argument, option)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn plan(path: Option<&str>, cargo: &[&str]) -> Result<Plan, Problem> {
        let words = ["build-system"].into_iter().chain(path).chain(["--"]).chain(cargo.iter().copied());
        Plan::of(&Arguments::parse_from(words))
    }

    #[test]
    fn without_a_word_it_is_the_sdk() {
        let plan = plan(None, &[]).expect("this workspace");
        assert_eq!(plan.shown(), "cargo build -p upto");
        assert!(plan.folder().join("upto").is_dir());
    }

    #[test]
    fn a_choice_of_packages_replaces_that() {
        let shown = |cargo| plan(None, cargo).expect("this workspace").shown();
        assert_eq!(shown(&["--release"]), "cargo build -p upto --release");
        assert_eq!(shown(&["-p", "upto-macros"]), "cargo build -p upto-macros");
        assert_eq!(shown(&["-pupto-macros"]), "cargo build -pupto-macros");
        assert_eq!(shown(&["--package=upto-macros"]), "cargo build --package=upto-macros");
        assert_eq!(shown(&["--workspace"]), "cargo build --workspace");
        assert_eq!(shown(&["--all-features"]), "cargo build -p upto --all-features");
    }

    #[test]
    fn a_path_may_be_a_folder_or_a_manifest() {
        let here = env!("CARGO_MANIFEST_DIR");
        let manifest = format!("{here}/Cargo.toml");
        assert_eq!(plan(Some(here), &[]).expect("a package"), plan(Some(&manifest), &[]).expect("a package"));
        let problem = plan(Some("/nowhere"), &[]).expect_err("no package").to_string();
        assert_eq!(problem, "there is no Cargo.toml in /nowhere");
    }

    #[test]
    fn arguments_are_understood_as_far_as_they_matter() {
        let plan_of = |cargo| plan(None, cargo).expect("this workspace");
        assert!(!plan_of(&["--target-dir=x"]).is_anew());
        assert!(plan_of(&["--target", "x"]).is_anew());
        assert!(plan_of(&["--frozen"]).is_offline());
        assert!(plan(None, &["--message-format=json"]).is_err());
    }
}
