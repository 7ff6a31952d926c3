//! What to run for how many hosts: a simulation of senders, a network, servers and their store, in virtual time.
//!
//! The [`arguments`] hold the [`parameters`], which are measured figures unless told otherwise. For each of the
//! [`setups`], [`saturation`] looks for the highest load that the [`simulation`] stores without loss and soon, and the
//! [`report`] tells it as a table or as JSON. `docs/scaling.md` says what follows from it.
#![allow(clippy::print_stdout)]

mod arguments;
mod parameters;
mod setups;

mod saturation;
mod simulation;

mod report;

use clap::Parser;

use self::arguments::Arguments;

fn main() {
    let arguments = Arguments::parse();
    let capacities: Vec<_> = arguments
        .setups()
        .into_iter()
        .map(|setup| saturation::capacity_of(setup, &arguments.parameters, arguments.seed))
        .collect();
    if arguments.json {
        println!("{}", report::json(&arguments.parameters, arguments.seed, &capacities));
    } else {
        print!("{}", report::table(&capacities));
    }
}
