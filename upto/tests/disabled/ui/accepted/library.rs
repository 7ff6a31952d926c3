//! A library with the feature off: what only its annotations use is used.
#![deny(warnings, unused, missing_docs)]

/// Nothing else asks for the arguments.
#[upto::event(name = "compile", when = is_wanted, fields(unit, why = %reason))]
pub fn compile(unit: &str, reason: String, level: u32, is_wanted: bool) {}

/// Likewise, later.
#[upto::event(host = host, err, ret)]
pub async fn fetch(host: &str, tries: u32) -> Result<(), std::io::Error> {
    let place = "there";
    upto::scope!("inner", place).end();
    Ok(())
}

/// Likewise, with a type that can't be written again.
#[upto::event(err, ret, fields(text))]
pub fn list(text: &str) -> Result<impl Iterator<Item = u32> + std::fmt::Debug + use<>, String> {
    Ok(0..3)
}

fn main() {
    compile("unit", "reason".to_owned(), 1, true);
    drop(fetch("host", 2));
    drop(list("text"));
}
