//! `scope!` under strict rules, and through another name of the crate.
#![no_implicit_prelude]
#![deny(warnings, unused, unsafe_code, rust_2018_idioms)]

mod sdk {
    pub use ::upto as renamed;
}

mod core {}
mod std {}
mod upto {}

use sdk::renamed;

struct Job {
    name: ::std::string::String,
}

fn run(job: &Job, number: u32, text: &str) {
    let outer = renamed::scope!("run", text, number, name = job.name, shown = %number,);
    let _inner = renamed::scope!(parent = &outer, when = number > 3, timeline = text, "inner", ?text);
    let _bare = ::upto::scope!("bare");
    let _named = renamed::scope!(job.name, number);
    let _borrowed = renamed::scope!(text);
}

fn main() {
    run(&Job { name: ::std::string::String::new() }, 1, "text");
}
