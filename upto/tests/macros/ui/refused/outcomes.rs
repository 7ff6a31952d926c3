#![allow(unreachable_code)]

use std::future::Future;
use std::pin::Pin;

#[upto::event(err)]
fn nothing() {}

#[upto::event(name = "number", err)]
async fn number() -> u32 {
    3
}

#[upto::event(err)]
fn option() -> Option<u32> {
    None
}

#[upto::event(err)]
fn future() -> impl Future<Output = (u8, u8)> {
    async { (1, 2) }
}

#[upto::event(err)]
fn boxed() -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async {})
}

#[upto::event(ret)]
fn never() -> ! {
    loop {}
}

fn main() {}
