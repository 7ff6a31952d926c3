//! What Linux counts of this process and its threads.

use std::path::Path;
use std::{fs, io};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

use crate::failure::Failure;

/// CPU time of all threads that this process has and had, in seconds.
pub(crate) fn process_seconds() -> f64 {
    seconds(ClockId::ProcessCPUTime)
}

/// CPU time of the calling thread, in seconds.
pub(crate) fn thread_seconds() -> f64 {
    seconds(ClockId::ThreadCPUTime)
}

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// How often the thread of this name has gone to sleep by itself.
///
/// # Errors
/// There is no such thread in this process, or `/proc` can't be read.
pub(crate) fn voluntary_switches(thread: &str) -> Result<u64, Failure> {
    let threads = fs::read_dir("/proc/self/task").map_err(Failure::system("read /proc/self/task"))?;
    threads
        .filter_map(Result::ok)
        .find_map(|entry| switches_of(&entry.path(), thread))
        .ok_or(Failure::Missing("there is no thread of this name"))
}

/// `None` if the thread at `path` is another one, or has ended.
fn switches_of(path: &Path, thread: &str) -> Option<u64> {
    let name = fs::read_to_string(path.join("comm")).ok()?;
    let is_it = name.trim_end() == thread;
    parse_switches(&fs::read_to_string(path.join("status")).ok().filter(|_| is_it)?)
}

fn parse_switches(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")?.trim().parse().ok())
}

/// Keeps the calling thread, and those that it starts from now on, on one core: the last one it may use.
///
/// # Errors
/// The system does not allow it.
pub(crate) fn pin_to_one_core() -> Result<(), Failure> {
    let doing = "keep a thread on one core";
    let allowed = sched_getaffinity(None).map_err(io::Error::from).map_err(Failure::system(doing))?;
    let last = (0..CpuSet::MAX_CPU).rev().find(|&core| allowed.is_set(core));
    let mut one = CpuSet::new();
    one.set(last.ok_or(Failure::Missing("this thread may use no core"))?);
    sched_setaffinity(None, &one).map_err(io::Error::from).map_err(Failure::system(doing))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn only_the_switches_that_a_thread_makes_by_itself_are_read() {
        let status = "Name:\tx\nvoluntary_ctxt_switches:\t17\nnonvoluntary_ctxt_switches:\t4\n";
        assert_eq!(parse_switches(status), Some(17));
        assert_eq!(parse_switches("nonvoluntary_ctxt_switches:\t4\n"), None);
    }

    #[test]
    fn a_thread_is_found_by_its_name() {
        let ((named, is_named), (end, ended)) = (mpsc::channel(), mpsc::channel());
        let sleeper = std::thread::Builder::new().name("upto-sleeper".to_owned());
        let sleeper = sleeper.spawn(move || named.send(()).is_ok() && ended.recv().is_ok());
        is_named.recv().expect("a thread that runs");
        let switches = voluntary_switches("upto-sleeper");
        end.send(()).expect("a thread that waits");
        assert_eq!(sleeper.expect("a thread").join().ok(), Some(true));
        assert!(switches.is_ok(), "{switches:?}");
        assert!(matches!(voluntary_switches("upto-nobody"), Err(Failure::Missing(_))));
    }

    #[test]
    fn cpu_time_grows_with_work_and_a_process_has_that_of_its_threads() {
        let (own, all) = (thread_seconds(), process_seconds());
        let mut numbers = 0_u64;
        while thread_seconds() == own {
            numbers = std::hint::black_box(numbers + 1);
        }
        assert!(process_seconds() > all);
    }
}
