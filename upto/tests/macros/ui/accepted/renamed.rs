//! The crate is where `crate = …` says.

mod reexported {
    pub use ::upto as tracker;
}

// What is found here is not the crate.
mod upto {}

use reexported::tracker;

#[tracker::event(crate = crate::reexported::tracker, fields(shown = %number), ret)]
fn plain(number: u32) -> u32 {
    number
}

#[tracker::event(crate = tracker, err)]
async fn later(number: u32) -> Result<u32, String> {
    Ok(plain(number))
}

fn main() {
    assert_eq!(plain(3), 3);
    drop(later(3));
}
