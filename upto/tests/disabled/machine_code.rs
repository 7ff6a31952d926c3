//! With the feature off, annotated functions are the same machine code as plain ones: as many instructions.
//!
//! `make tools` installs valgrind, without which this fails.

use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::pin::pin;
use std::process::Command;
use std::task::{Context, Poll, Waker};

const CALLS: u64 = 1_000;

#[inline(always)]
fn work(left: u64, right: u64) -> u64 {
    black_box(left).wrapping_mul(3) ^ black_box(right)
}

#[inline(never)]
fn counted_plain(left: u64, right: u64) -> u64 {
    work(left, right)
}

#[upto::event]
#[inline(never)]
fn counted_annotated(left: u64, right: u64) -> u64 {
    work(left, right)
}

/// What options ask for, and is never done.
fn unasked(number: u64) -> String {
    unreachable!("{number}")
}

#[upto::event(name = unasked(left), timeline = unasked(right), when = left > 3, fields(right, sum = left + right, made = %unasked(left)), ret)]
#[inline(never)]
fn counted_with_options(left: u64, right: u64) -> u64 {
    work(left, right)
}

#[inline(never)]
fn counted_bare_scope(left: u64, right: u64) -> u64 {
    let _scope = upto::scope!("work");
    work(left, right)
}

#[inline(never)]
fn counted_full_scope(left: u64, right: u64) -> u64 {
    let _scope = upto::scope!(host = "h", when = left > 3, "work", left, sum = left + right, shown = %right);
    work(left, right)
}

/// What a future that never waits comes to.
#[inline(always)]
fn now(future: impl Future<Output = u64>) -> u64 {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(number) => number,
        Poll::Pending => unreachable!("it waits for nothing"),
    }
}

async fn plain_async(left: u64, right: u64) -> u64 {
    work(left, right)
}

#[upto::event]
async fn annotated_async(left: u64, right: u64) -> u64 {
    work(left, right)
}

#[inline(never)]
fn counted_async_plain(left: u64, right: u64) -> u64 {
    now(plain_async(left, right))
}

#[inline(never)]
fn counted_async_annotated(left: u64, right: u64) -> u64 {
    now(annotated_async(left, right))
}

fn plain_fallible(left: u64, right: u64) -> Result<u64, String> {
    Ok(work(left, right))
}

#[upto::event(err)]
fn annotated_fallible(left: u64, right: u64) -> Result<u64, String> {
    Ok(work(left, right))
}

#[inline(never)]
fn counted_fallible_plain(left: u64, right: u64) -> u64 {
    plain_fallible(left, right).unwrap_or(0)
}

#[inline(never)]
fn counted_fallible_annotated(left: u64, right: u64) -> u64 {
    annotated_fallible(left, right).unwrap_or(0)
}

type Function = fn(u64, u64) -> u64;

/// Each with the plain function that it is like.
const FUNCTIONS: [(&str, Function, &str); 9] = [
    ("counted_plain", counted_plain, "counted_plain"),
    ("counted_annotated", counted_annotated, "counted_plain"),
    ("counted_with_options", counted_with_options, "counted_plain"),
    ("counted_bare_scope", counted_bare_scope, "counted_plain"),
    ("counted_full_scope", counted_full_scope, "counted_plain"),
    ("counted_async_plain", counted_async_plain, "counted_async_plain"),
    ("counted_async_annotated", counted_async_annotated, "counted_async_plain"),
    ("counted_fallible_plain", counted_fallible_plain, "counted_fallible_plain"),
    ("counted_fallible_annotated", counted_fallible_annotated, "counted_fallible_plain"),
];

/// Run by the test below, under valgrind.
#[test]
fn all_are_called() {
    for number in 0..CALLS {
        for (name, function, _) in FUNCTIONS {
            let expected = number.wrapping_mul(3) ^ 7;
            assert_eq!(black_box(function)(number, 7), expected, "{name}");
        }
    }
}

/// How many instructions `function` has run, with all that it calls.
fn instructions(function: &str, folder: &Path) -> u64 {
    let output = folder.join(function);
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--error-exitcode=9", "--collect-atstart=no"]);
    valgrind.arg(format!("--toggle-collect=*{function}*"));
    valgrind.arg(format!("--callgrind-out-file={}", output.display()));
    valgrind.arg(std::env::current_exe().unwrap()).args(["machine_code::all_are_called", "--exact"]);
    let run = valgrind.output().expect("valgrind, which `make tools` installs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let counts = std::fs::read_to_string(&output).unwrap();
    let total = counts.lines().find_map(|line| line.strip_prefix("totals: ")).expect("a total");
    total.trim().parse().unwrap()
}

#[test]
fn annotated_functions_run_as_many_instructions_as_plain_ones() {
    let folder = std::env::temp_dir().join(format!("upto-callgrind-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let counts: HashMap<_, _> = FUNCTIONS.map(|(name, ..)| (name, instructions(name, &folder))).into();
    std::fs::remove_dir_all(&folder).unwrap();
    // They are counted at all.
    assert!(counts.values().all(|count| *count >= 5 * CALLS), "{counts:?}");
    assert!(FUNCTIONS.iter().all(|(name, _, plain)| counts[name] == counts[plain]), "{counts:?}");
}
