struct Plain;

#[upto::event(when = level)]
fn condition(level: u32) {}

#[upto::event(fields(plain))]
fn field(plain: Plain) {}

#[upto::event(fields(key = missing()))]
async fn missing_function() {}

#[upto::event(fields(shown = %plain))]
fn display(plain: Plain) {}

#[upto::event(err)]
fn error() -> Result<(), Plain> {
    Ok(())
}

#[upto::event(ret)]
fn returned() -> Plain {
    Plain
}

fn main() {}
