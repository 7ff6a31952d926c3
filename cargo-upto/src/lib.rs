//! What cargo is up to, as a timeline: the parts of `cargo upto` and of the example `build-system`.
//!
//! One program has three parts to play. Started by a person, it runs cargo: [`tool`] or [`example`] finds or
//! starts a [`server`], opens a timeline through its [`api`], runs [`cargo`] while it shows [`progress`],
//! and writes a [`report`], or a [`verdict`] by what the server knows of earlier builds. Cargo starts it in the place of
//! `rustc`: then it is the [`wrapper`], and each crate becomes an event. And `rustc` starts it in the place of the linker:
//! then it is the [`linker`].

mod role;

mod arguments;
mod problem;
mod run;

mod example;
mod tool;

mod api;
mod interrupt;
mod server;

mod cargo;
mod progress;
mod terminal;

mod ending;
mod linker;
mod process;
mod wrapper;

mod report;
mod verdict;

use std::process::ExitCode;

use self::role::Role;

/// The example `build-system`: builds a package anew in a temporary folder, and shows that.
#[must_use]
pub fn build_system() -> ExitCode {
    part(example::main)
}

/// The subcommand `cargo upto`: runs cargo as its user would, and says why that took longer than before.
#[must_use]
pub fn cargo_upto() -> ExitCode {
    part(tool::main)
}

/// Plays the part that this process was started for.
fn part(person: fn() -> ExitCode) -> ExitCode {
    match Role::of_this_process() {
        Role::Build => person(),
        Role::Wrapper(wrapper) => wrapper.run(std::env::args_os().skip(1)),
        Role::Linker => linker::run(std::env::args_os().skip(1)),
    }
}
