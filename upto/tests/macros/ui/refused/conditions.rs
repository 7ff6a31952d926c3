#[upto::event(when)]
fn no_value() {}

#[upto::event(when = "always")]
fn text(number: u32) -> u32 {
    number
}

#[upto::event(when = number)]
fn number(number: u32) {}

#[upto::event(when = number > missing)]
async fn unknown(number: u32) {}

#[upto::event(timeline = 7)]
fn timeline() {}

fn main() {}
