//! A crate that has neither the standard prelude nor the usual names.
#![no_implicit_prelude]
#![allow(dead_code, non_camel_case_types)]

mod core {}
mod std {}
mod upto {}

struct Option;
struct Result;
struct Some;
struct None;
struct Ok;
struct Err;
struct Box;
struct Future;
struct str;

#[::upto::event(fields(sum = left + right, shown = %left, seen = ?right), ret)]
fn add(left: u32, right: u32) -> u32 {
    left + right
}

#[::upto::event(err, ret, name = "check", context = "context", host = "host")]
fn check(number: u32) -> ::core::result::Result<u32, ::std::string::String> {
    ::core::result::Result::Ok(add(number, number))
}

#[::upto::event(err, ret)]
async fn later(number: u32) -> ::core::result::Result<u32, ::std::string::String> {
    check(number)
}

#[::upto::event]
fn future(number: u32) -> impl ::core::future::Future<Output = u32> {
    async move { number }
}

#[::upto::event]
fn boxed(number: u32) -> ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = u32>>> {
    ::std::boxed::Box::pin(future(number))
}

fn main() {
    ::core::assert_eq!(add(1, 2), 3);
    ::core::mem::drop((later(1), boxed(2)));
}
