//! The run itself: its folder, its variables, its event.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::api::Timeline;
use crate::cargo::{self, Built, Cargo, Plan};
use crate::interrupt::Interrupt;
use crate::problem::Problem;
use crate::process::Ended;
use crate::progress::Progress;
use crate::server::Server;
use crate::terminal::Terminal;
use crate::{ending, process, report, role};

/// A build that is done.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The path of the event that spans it.
    pub(crate) root: String,
    /// What became of it.
    pub(crate) built: Built,
}

impl Outcome {
    pub(crate) fn exit_code(&self) -> u8 {
        process::exit_code(self.built.status)
    }
}

/// Runs the build and tells the server of it.
///
/// # Errors
/// It can't be run. That it fails is none.
pub(crate) fn build(
    plan: &Plan,
    server: &Server,
    timeline: &Timeline,
    interrupt: &Interrupt,
) -> Result<Outcome, Problem> {
    let folder = Folder::make().map_err(Problem::system("make a temporary folder"))?;
    let total = cargo::packages(plan);
    let client = upto::Client::builder()
        .server(&server.udp)?
        .context(&timeline.context)
        .timeline(&timeline.name)
        .host(host())
        .parent(given("UPTO_PARENT").unwrap_or_default())
        .init()?;
    if !upto::Client::is_active() {
        return Err(Problem::Off);
    }
    let event = upto::Event::builder(plan.subcommand())
        .attr(report::COMMAND, plan.shown())
        .attr(report::FOLDER, plan.folder().display().to_string())
        .start();
    let root = event.scope().map(|scope| scope.path().to_owned()).unwrap_or_default();
    let variables = variables(server, timeline, &root, &folder)?;
    let target = plan.is_anew().then_some(folder.target.as_path());
    let progress = Progress::start(total).map_err(Problem::system("start a thread"))?;
    let built = Cargo { plan, variables: &variables, target }.build(&progress, interrupt);
    drop(progress);
    end(event, &built, interrupt);
    drop(client);
    Ok(Outcome { root, built: built? })
}

fn end(event: upto::Event, built: &Result<Built, Problem>, interrupt: &Interrupt) {
    match built {
        Ok(built) => {
            event.attr("packages", u64::try_from(built.packages).unwrap_or(u64::MAX));
            ending::end(event, &Ok(Ended { status: built.status, was_asked: interrupt.is_told() }));
        }
        Err(problem) => {
            event.fail(problem);
        }
    }
}

/// What cargo and everything below it are told.
fn variables(
    server: &Server,
    timeline: &Timeline,
    root: &str,
    folder: &Folder,
) -> Result<Vec<(&'static str, OsString)>, Problem> {
    let program = env::current_exe().map_err(Problem::system("find this program"))?;
    let mut variables = vec![
        ("UPTO", "on".into()),
        ("UPTO_SERVER", server.udp.clone().into()),
        ("UPTO_CONTEXT", timeline.context.clone().into()),
        ("UPTO_TIMELINE", timeline.name.clone().into()),
        ("UPTO_PARENT", root.into()),
        ("UPTO_HOST", host().into()),
        ("RUSTC_WRAPPER", program.into()),
        (role::LINKERS, folder.linkers.clone().into()),
        (role::CHAINED, chained().unwrap_or_default()),
        // As variables and not as arguments, so that those that the user gives win.
        ("CARGO_TERM_VERBOSE", "true".into()),
        ("CARGO_TERM_QUIET", "false".into()),
        ("CARGO_TERM_PROGRESS_WHEN", "never".into()),
    ];
    if Terminal::of_errors().has_colours && given("CARGO_TERM_COLOR").is_none() {
        variables.push(("CARGO_TERM_COLOR", "always".into()));
    }
    Ok(variables)
}

fn host() -> String {
    given("UPTO_HOST").unwrap_or_else(|| "auto".to_owned())
}

/// The user's own wrapper. As with cargo, the shorter variable wins, and an empty one says that there is none.
fn chained() -> Option<OsString> {
    env::var_os("RUSTC_WRAPPER").or_else(|| env::var_os("CARGO_BUILD_RUSTC_WRAPPER"))
}

fn given(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

/// Everything that is there only for the build.
struct Folder {
    linkers: PathBuf,
    target: PathBuf,
    /// Removed with all that is in it.
    _folder: TempDir,
}

impl Folder {
    fn make() -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("build-system-").tempdir()?;
        let make = |name: &str| {
            let path: &Path = folder.path();
            fs::create_dir(path.join(name)).map(|()| path.join(name))
        };
        Ok(Folder { linkers: make("linkers")?, target: make("target")?, _folder: folder })
    }
}
