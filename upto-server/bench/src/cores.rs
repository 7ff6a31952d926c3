//! Two cores: one for what sends and measures, one for what is measured.

use std::io;
use std::process::{Child, Command};
use std::sync::OnceLock;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use crate::failure::Failure;

#[derive(Clone, Copy, Debug)]
struct Cores {
    sender: usize,
    receiver: usize,
}

/// Found once: who has kept to one of them does not see the other one any more.
static CORES: OnceLock<Option<Cores>> = OnceLock::new();

fn cores() -> Result<Cores, Failure> {
    let missing = Failure::Missing("two cores are needed: one sends, the other one receives");
    CORES.get_or_init(|| find().ok().flatten()).ok_or(missing)
}

/// The last ones, since the system's own work is on the first one mostly; `None`: there is only one.
fn find() -> nix::Result<Option<Cores>> {
    let allowed = sched_getaffinity(SELF)?;
    let mut allowed = (0..CpuSet::count()).rev().filter(|&core| allowed.is_set(core).unwrap_or(false));
    Ok(allowed.next().zip(allowed.next()).map(|(receiver, sender)| Cores { sender, receiver }))
}

/// The calling thread.
const SELF: Pid = Pid::from_raw(0);

/// Keeps the calling thread, and those that it starts from now on, on the sender's core.
///
/// # Errors
/// There are not two cores.
pub(crate) fn keep_to_sender() -> Result<(), Failure> {
    keep_to(cores()?.sender)
}

/// Starts a process that has the receiver's core, and no other, from its first moment on. The calling thread is on the
/// sender's core afterwards.
///
/// # Errors
/// There are not two cores, or the system does not start it, which `doing` tells.
pub(crate) fn spawn(command: &mut Command, doing: &'static str) -> Result<Child, Failure> {
    keep_to(cores()?.receiver)?;
    let child = command.spawn();
    keep_to_sender()?;
    child.map_err(Failure::system(doing))
}

fn keep_to(core: usize) -> Result<(), Failure> {
    let mut one = CpuSet::new();
    let kept = one.set(core).and_then(|()| sched_setaffinity(SELF, &one));
    kept.map_err(io::Error::from).map_err(Failure::system("keep a thread on one core"))
}
