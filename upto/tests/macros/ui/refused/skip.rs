#![allow(unused_variables)]

#[upto::event(skip(nubmer))]
fn unknown(number: u32, _: u8) {}

#[upto::event(skip(number))]
fn no_arguments() {}

#[upto::event(skip(number, text, number))]
fn twice(number: u32, text: &str) {}

#[upto::event(skip = number)]
fn no_list(number: u32) {}

#[upto::event(skip("number"))]
fn text(number: u32) {}

#[upto::event(skip(self))]
fn no_method(number: u32) {}

fn main() {}
