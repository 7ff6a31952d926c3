//! The command `upto-server store`: arguments in, a report and an exit code out.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod going_on;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::panic;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{CheckReport, CompactReport, ExportReport, ImportReport, check, compact};
use super::{ToolError, export, export_to_file, import};
use crate::catalog::document::{Listing, TIMELINES};
use crate::clock::SystemClock;
use crate::config::{self, ConfigError, PlaceArguments};
use crate::store::{self, Store, StoreError, StoreErrorKind, StoreUrl};

/// The exit code that says that something is damaged.
const DAMAGED: u8 = 3;

const EXIT_CODES: &str = "Exit codes: 0 done, and nothing is damaged; 1 it could not be done; 2 wrong arguments; \
                          3 something is damaged: of what was done, or so that the store can't be opened.";

/// The flags of `upto-server store`, as they are written.
#[derive(Clone, Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct StoreArguments {
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Clone, Debug, Subcommand)]
enum Tool {
    /// Read everything, and name what is damaged
    #[command(after_help = EXIT_CODES)]
    Check(Common),
    /// Merge small blocks of timelines, and give back free space
    ///
    /// Servers may go on using the store meanwhile, except one in a folder (redb:DIR), which only one process can open.
    /// A file of SQLite becomes smaller only if no server writes to it meanwhile, and takes as much room again until then.
    #[command(after_help = EXIT_CODES)]
    Compact(Common),
    /// Write everything to a file, from which `import` fills a store of any kind
    ///
    /// What was interrupted is in FILE.part: the same command goes on there. Servers may go on using the store meanwhile,
    /// except one in a folder (redb:DIR), which only one process can open.
    #[command(after_help = EXIT_CODES)]
    Export {
        #[command(flatten)]
        common: Common,
        /// The file to write, which must not exist, or - for the standard output
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Fill an empty store with what `export` wrote
    ///
    /// What was interrupted goes on when the same is imported again.
    #[command(after_help = EXIT_CODES)]
    Import {
        #[command(flatten)]
        common: Common,
        /// The file to read, or - for the standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Clone, Debug, Args)]
struct Common {
    #[command(flatten)]
    place: PlaceArguments,
    /// Report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the tool that the arguments name, and says how that went.
pub fn run(arguments: StoreArguments) -> ExitCode {
    leave_panics_of_redb_to_errors();
    match block_on(run_tool(arguments.tool)) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("upto-server: {problem}");
            exit_code(problem.as_ref())
        }
    }
}

fn exit_code(problem: &(dyn std::error::Error + 'static)) -> ExitCode {
    let store = match problem.downcast_ref::<ToolError>() {
        Some(ToolError::Store(error)) => Some(error),
        _ => problem.downcast_ref::<StoreError>(),
    };
    let is_damaged = store.is_some_and(|error| error.kind() == StoreErrorKind::Damaged);
    if is_damaged { ExitCode::from(DAMAGED) } else { config::exit_code(problem) }
}

/// In a damaged file, redb finds what must not be, and panics. That is caught, and told as what is wrong with the store; the
/// message of the panic says nothing more.
fn leave_panics_of_redb_to_errors() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        if !panicked.location().is_some_and(|location| location.file().contains("redb-")) {
            tell(panicked);
        }
    }));
}

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn block_on<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

async fn run_tool(tool: Tool) -> Outcome<ExitCode> {
    match tool {
        Tool::Check(common) => {
            let store = common.open(Missing::IsAnError).await?;
            let report = check(store.as_ref(), &timelines_bar(store.as_ref()).await?).await?;
            let is_whole = report.damaged == 0;
            common.tell(&report, false);
            Ok(code(is_whole))
        }
        Tool::Compact(common) => {
            let store = common.open(Missing::IsAnError).await?;
            let report = compact(store.as_ref(), &timelines_bar(store.as_ref()).await?).await?;
            common.tell(&report, false);
            Ok(code(report.damaged == 0))
        }
        Tool::Export { common, file } => {
            let store = common.open(Missing::IsAnError).await?;
            let report = export_to(store.as_ref(), &file, &common.place).await?;
            // Where the export is the output, the report can't be.
            common.tell(&report, is_standard(&file));
            Ok(code(report.damaged.is_empty()))
        }
        Tool::Import { common, file } => {
            // First what is there: a mistake in its name should not create a store.
            let (mut from, bar) = open_input(&file)?;
            let store = common.open(Missing::IsCreated).await?;
            let importing = import(store.as_ref(), &mut from, &bar);
            let report = going_on::or_else(importing, || command("import", &file, &common.place)).await?;
            bar.finish_and_clear();
            common.tell(&report, false);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn code(is_whole: bool) -> ExitCode {
    if is_whole { ExitCode::SUCCESS } else { ExitCode::from(DAMAGED) }
}

/// What becomes of a store that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    IsAnError,
    IsCreated,
}

impl Common {
    async fn open(&self, missing: Missing) -> Outcome<Arc<dyn Store>> {
        let url = self.place.clone().store(&|name| std::env::var_os(name))?;
        if url == StoreUrl::Memory {
            let problem = "memory: is empty whenever it is opened: name another store";
            return Err(ConfigError::of(problem).into());
        }
        if missing == Missing::IsAnError && url.file().is_some_and(|file| !file.exists()) {
            return Err(format!("{url}: there is no such store").into());
        }
        Ok(store::open(&url, Arc::new(SystemClock)).await?)
    }

    fn tell(&self, report: &impl Report, to_errors: bool) {
        // A report has no keys that JSON can't have.
        let text = if self.json { serde_json::to_string(report).unwrap_or_default() } else { report.text() };
        if to_errors { eprintln!("{text}") } else { println!("{text}") }
    }
}

async fn export_to(store: &dyn Store, file: &Path, place: &PlaceArguments) -> Outcome<ExportReport> {
    let bar = timelines_bar(store).await?;
    let report = if is_standard(file) {
        // Standard output is locked for a moment only, each time: the lock can't be sent between threads.
        export(store, &mut io::BufWriter::new(io::stdout()), &bar).await?
    } else {
        going_on::or_else(export_to_file(store, file, &bar), || command("export", file, place)).await?
    };
    bar.finish_and_clear();
    Ok(report)
}

/// The command that goes on where this one was interrupted; from the standard input, nothing does.
fn command(tool: &str, file: &Path, place: &PlaceArguments) -> Option<String> {
    let words = ["upto-server", "store", tool].map(str::to_owned).into_iter();
    let words = words.chain([file.display().to_string()]).chain(place.words());
    (!is_standard(file)).then(|| going_on::line(words))
}

fn open_input(file: &Path) -> Outcome<(Box<dyn Read + Send>, ProgressBar)> {
    if is_standard(file) {
        let bar = ProgressBar::no_length().with_style(style("{spinner} {bytes} {bytes_per_sec}"));
        return Ok((Box::new(BufReader::new(io::stdin())), bar));
    }
    let input = File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let bar = ProgressBar::new(input.metadata()?.len());
    let bar = bar.with_style(style("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}"));
    Ok((Box::new(BufReader::new(input)), bar))
}

fn is_standard(file: &Path) -> bool {
    file == Path::new("-")
}

/// A bar of as many steps as there are timelines, on a terminal only; nothing is counted where nobody sees it.
async fn timelines_bar(store: &dyn Store) -> store::Result<ProgressBar> {
    let bar = ProgressBar::no_length().with_style(style("{bar:40} {pos}/{len} timelines {eta} {msg}"));
    if bar.is_hidden() {
        return Ok(bar);
    }
    let (mut listing, mut count) = (Listing::of(store, TIMELINES), 0);
    loop {
        let page = listing.next().await?.len();
        if page == 0 {
            bar.set_length(count);
            return Ok(bar);
        }
        count += page as u64;
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are ours; one that were wrong would cost the look of the bar.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// What is told in the end.
trait Report: Serialize {
    fn text(&self) -> String;
}

impl Report for CheckReport {
    fn text(&self) -> String {
        let CheckReport { documents, timelines, blocks, bytes, empty, damaged, .. } = self;
        let mut text =
            format!("{documents} documents, {timelines} timelines, {blocks} blocks, {bytes} bytes: ");
        match damaged {
            0 => text += "whole",
            count => text += &format!("{count} damaged"),
        }
        if *empty > 0 {
            text += &format!("; {empty} timelines have no marks (--json names them)");
        }
        for damage in &self.damages {
            let block = damage.cursor.map_or_else(String::new, |cursor| format!(", block {cursor}"));
            // Names are data: they are told escaped.
            text += &format!("\n{:?}{block}: {}", damage.place, damage.problem);
        }
        text
    }
}

impl Report for CompactReport {
    fn text(&self) -> String {
        let CompactReport { timelines, blocks_before, bytes_before, blocks_after, bytes_after, damaged } =
            self;
        let mut text = format!(
            "{timelines} timelines: {blocks_before} blocks are {blocks_after} now, {bytes_before} bytes {bytes_after}"
        );
        if *damaged > 0 {
            text += &format!("; {damaged} timelines are damaged: see `upto-server store check`");
        }
        text
    }
}

impl Report for ExportReport {
    fn text(&self) -> String {
        let ExportReport { documents, blocks, bytes, damaged } = self;
        let mut text = format!("{documents} documents and {blocks} blocks in {bytes} bytes");
        for problem in damaged {
            text += &format!("\n{problem}");
        }
        text
    }
}

impl Report for ImportReport {
    fn text(&self) -> String {
        let ImportReport { documents, blocks, resumed_after } = self;
        let mut text = format!("{documents} documents and {blocks} blocks");
        if *resumed_after > 0 {
            text += &format!(", the first {resumed_after} of them by an import that was interrupted");
        }
        text
    }
}
