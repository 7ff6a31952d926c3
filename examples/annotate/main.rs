//! Functions that tell what they are up to: plain ones, `async` ones, and some that fail.
//!
//! ```sh
//! cargo run --bin upto-server &
//! cargo run --bin annotate
//! upto show annotate
//! ```
//!
//! You should see `bake` with four steps below it. `oven.bake` runs twice at the same time, and the second one failed, with
//! the reason beside it; `announce` is an instant. Without a server the program does the same, and nobody hears of it.
#![allow(clippy::print_stdout)]

use std::fmt;
use std::thread;
use std::time::Duration;

use upto::InstrumentExt as _;

/// Why a loaf did not come out well.
#[derive(Debug)]
struct Burnt {
    degrees: u32,
}

impl fmt::Display for Burnt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "burnt at {} degrees", self.degrees)
    }
}

impl std::error::Error for Burnt {}

/// Numbers among the arguments become attributes by themselves; texts have to be named in `fields`, as they may be secret.
#[upto::event(name = "knead", fields(flour = %flour))]
fn knead(flour: &str, grams: u32) {
    thread::sleep(Duration::from_millis(u64::from(grams / 100)));
}

/// An `async` function is an event while it is polled or waits. `err`: an error that it returns marks the event failed.
#[upto::event(name = "oven.bake", err)]
async fn bake(degrees: u32) -> Result<(), Burnt> {
    tokio::time::sleep(Duration::from_millis(20)).await;
    if degrees > 250 { Err(Burnt { degrees }) } else { Ok(()) }
}

/// Part of a function can be an event too.
#[upto::event(name = "clean")]
fn clean() {
    let wipe = upto::scope!("wipe", cloths = 2);
    thread::sleep(Duration::from_millis(5));
    wipe.end();
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // UPTO_SERVER says where to, UPTO_CONTEXT as what: by default the name of the program. Dropping this sends what is queued.
    let _upto = upto::init()?;
    upto::new_timeline("");
    let all = upto::event("bake");
    knead("rye", 1_000);
    // A task is part of what spawns it only if it is told so.
    let loaves = [220, 300].map(|degrees| tokio::spawn(bake(degrees).in_current_event()));
    for loaf in loaves {
        match loaf.await? {
            Ok(()) => println!("a loaf is done"),
            Err(burnt) => println!("a loaf is {burnt}"),
        }
    }
    clean();
    upto::point("announce").attr("loaves", 1);
    all.end();
    Ok(())
}
