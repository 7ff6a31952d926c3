//! What to run for how many hosts: a simulation of senders, a network, servers and their store, in virtual time.
//!
//! The [`arguments`] hold the [`parameters`], which are measured figures unless told otherwise. For each of the
//! [`setups`], [`saturation`] looks for the highest load that the [`simulation`] stores without loss and soon, and the
//! [`report`] tells it as a table or as JSON.
//!
//! ```sh
//! cargo run --release --bin scaling
//! ```
//!
//! You should see, after half a minute, a line for each set-up: how many events a second of each host it takes, how many messages
//! that is in all, and what limits it. `docs/scaling.md` has that table, and says what follows from it. Nothing is sent anywhere.
#![allow(clippy::print_stdout)]

mod arguments;
mod parameters;
mod setups;

mod saturation;
mod simulation;

mod report;

use clap::Parser;
use indicatif::ProgressBar;

use self::arguments::Arguments;

fn main() {
    let arguments = Arguments::parse();
    let setups = arguments.setups();
    // It takes half a minute. On a terminal only: where nobody looks, nothing is written.
    let progress = ProgressBar::new(setups.len() as u64).with_message("set-ups");
    let capacities: Vec<_> = progress
        .wrap_iter(setups.into_iter())
        .map(|setup| saturation::capacity_of(setup, &arguments.parameters, arguments.seed))
        .collect();
    progress.finish_and_clear();
    if arguments.json {
        println!("{}", report::json(&arguments.parameters, arguments.seed, &capacities));
    } else {
        print!("{}", report::table(&capacities));
    }
}
