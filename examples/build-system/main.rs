//! A real `cargo build`, shown as a timeline.
//!
//! This one program has three parts to play. Started by a person, it is the build system: [`run`] finds or
//! starts a [`server`], opens a timeline through its [`api`], runs [`cargo`] while it shows [`progress`],
//! and writes a [`report`]. Cargo starts it in the place of `rustc`: then it is the [`wrapper`], and each
//! crate becomes an event. And `rustc` starts it in the place of the linker: then it is the [`linker`].

mod role;

mod arguments;
mod problem;
mod run;

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

use std::process::ExitCode;

use self::role::Role;

fn main() -> ExitCode {
    match Role::of_this_process() {
        Role::Build => run::main(),
        Role::Wrapper(wrapper) => wrapper.run(std::env::args_os().skip(1)),
        Role::Linker => linker::run(std::env::args_os().skip(1)),
    }
}
