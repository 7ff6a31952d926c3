struct Plain;

#[upto::event(fields(key = Plain))]
fn expression() {}

#[upto::event(fields(plain))]
fn argument(plain: Plain) {}

#[upto::event(fields(one = 1, key = Some(1), other = ?Plain))]
async fn several() {}

#[upto::event(host = "here", fields(key = Plain))]
fn elsewhere() {}

fn main() {}
