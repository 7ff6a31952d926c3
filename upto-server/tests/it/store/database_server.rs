//! Private database servers: started from a copy of a template, gone with the test.

use std::ffi::OsString;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Write, read_to_string};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to become ready; far more than it does.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often its readiness is asked for.
const PAUSE: Duration = Duration::from_millis(10);

/// Runs a server until its input ends, which it does when the test's process ends, however that
/// came about; then removes its folder. A line of input is the signal to send instead. Nobody writes to the output:
/// it ends when the last process of the server has.
const GUARD: &str = r#"
folder=$1; gentle=$2; shift 2
"$@" 9>&1 >>"$folder/log" 2>&1 </dev/null &
server=$!
exec >&-
if read -r signal; then kill -s "$signal" $server; wait $server
else kill -s "$gentle" $server; wait $server; rm -rf "$folder"; fi
"#;

/// How a kind of server is run.
pub(super) struct Kind {
    /// For messages, and the name of its template.
    pub(super) name: &'static str,
    /// Whom Debian's package creates for it: servers refuse to run as root.
    pub(super) user: &'static str,
    /// Prints its version; the template is of this version.
    pub(super) version: Command,
    /// Creates the template, in the folder that is added.
    pub(super) create: Command,
    /// The signal that stops it fast and leaves nothing behind.
    pub(super) stop: &'static str,
}

/// A running server and its folder.
pub(crate) struct Server {
    folder: PathBuf,
    stop: &'static str,
    command: Vec<OsString>,
    guard: Child,
}

impl Server {
    /// Starts a server on a copy of its kind's template, by the command that `command` gives for
    /// its folder. The data is in `data` of that.
    pub(super) fn start(mut kind: Kind, command: &dyn Fn(&Path) -> Vec<OsString>) -> Self {
        let template = template(&mut kind);
        let folder = TempDir::with_prefix("upto-").expect("a temporary folder").keep();
        copy(&template, &folder.join("data"));
        own_like(&template, &folder);
        let command = command(&folder);
        let guard = guard(&folder, kind.stop, &command);
        Server { folder, stop: kind.stop, command, guard }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it wrote so far.
    pub(super) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.join("log")).unwrap_or_default()).into_owned()
    }

    /// Kills it as a crash would, and returns when it is gone with all its processes: those of PostgreSQL outlive the
    /// first one for a moment, and another server does not start beside them.
    pub(super) fn kill(&mut self) {
        let input = self.guard.stdin.as_mut().expect("its input is a pipe");
        input.write_all(b"KILL\n").expect("it reads");
        self.guard.wait().expect("it ends");
        let output = self.guard.stdout.take().expect("its output is a pipe");
        read_to_string(output).expect("its output ends");
    }

    /// Starts it again where it was.
    pub(super) fn restart(&mut self) {
        self.guard = guard(&self.folder, self.stop, &self.command);
    }

    /// Waits until it answers.
    pub(super) async fn ready(&mut self, mut ask: impl AsyncFnMut() -> sqlx::Result<()>) {
        let started = Instant::now();
        while let Err(error) = ask().await {
            assert!(started.elapsed() < PATIENCE, "the server is not ready: {error}\n{}", self.log());
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        // A test that failed tells that, not this.
        let _ = self.guard.wait();
        // After a kill there is no guard that does it.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn guard(folder: &Path, stop: &str, command: &[OsString]) -> Child {
    let mut shell = Command::new("sh");
    shell.args(["-c", GUARD, "guard"]).arg(folder).arg(stop).args(command);
    // In a process group of its own: it has work to do when that of the test is killed.
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    shell.spawn().expect("a shell")
}

/// The folder of a fresh server, which is created once per version: it takes seconds.
fn template(kind: &mut Kind) -> PathBuf {
    let version = kind.version.output().unwrap_or_else(|error| missing(kind.name, &error));
    let version: String = String::from_utf8_lossy(&version.stdout)
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '-' })
        .collect();
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let lock = File::create(all.join(format!("{}.lock", kind.name))).expect("a lock file");
    lock.lock().expect("a lock");
    // Another way of creating it is another template.
    let mut hasher = DefaultHasher::new();
    format!("{:?}", kind.create).hash(&mut hasher);
    let created = hasher.finish();
    let template = all.join(format!("{}-{}-{created:x}", kind.name, version.trim_matches('-')));
    if !template.exists() {
        create(kind, &template);
    }
    template
}

fn create(kind: &mut Kind, template: &Path) {
    // Where the user that the server runs as may write, whoever may enter the target folder.
    let folder = TempDir::with_prefix("upto-").expect("a temporary folder");
    give_to(kind.user, folder.path());
    let data = folder.path().join("data");
    let output = kind.create.arg(&data).output().unwrap_or_else(|error| missing(kind.name, &error));
    assert!(output.status.success(), "{} can't create its data: {output:?}", kind.name);
    let unfinished = template.with_extension("new");
    let _ = fs::remove_dir_all(&unfinished);
    copy(&data, &unfinished);
    fs::rename(&unfinished, template).expect("a template");
}

fn missing(name: &str, error: &std::io::Error) -> ! {
    panic!("{name} is needed and can't be run ({error}): `make tools` installs it");
}

/// `program` to be run as `user`, if this is root.
pub(super) fn as_user(user: &str, program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={user}")).arg(format!("--regid={user}")).arg("--clear-groups");
    command.arg(program);
    command
}

/// A command as the words it consists of.
pub(super) fn words(command: &Command) -> Vec<OsString> {
    [command.get_program()].into_iter().chain(command.get_args()).map(OsString::from).collect()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").expect("Linux").uid() == 0
}

fn give_to(user: &str, folder: &Path) {
    if is_root() {
        run(Command::new("chown").arg(format!("{user}:")).arg(folder));
    }
}

/// Gives `path` to the owner of `model`.
pub(super) fn own_like(model: &Path, path: &Path) {
    run(Command::new("chown").arg("--reference").arg(model).arg(path));
}

fn copy(from: &Path, to: &Path) {
    run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(from).arg(to));
}

fn run(command: &mut Command) {
    let output = command.output().expect("a tool that every system has");
    assert!(output.status.success(), "{command:?}: {output:?}");
}
