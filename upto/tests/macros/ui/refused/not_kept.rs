#![deny(unused_must_use)]

fn main() {
    upto::scope!("not kept");
    upto::scope!(host = "here", "not kept", number = 3);
}
