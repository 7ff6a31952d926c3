#![allow(unused_variables)]

#[upto::event(fields = "number")]
fn no_list(number: u32) {}

#[upto::event(fields)]
fn nothing(number: u32) {}

#[upto::event(fields(= 3))]
fn no_key(number: u32) {}

#[upto::event(fields(number: 3))]
fn colon(number: u32) {}

#[upto::event(fields(%number = 3))]
fn form_before_key(number: u32) {}

#[upto::event(fields("text"))]
fn text_alone(number: u32) {}

#[upto::event(fields("" = number))]
fn empty_key(number: u32) {}

#[upto::event(fields(self.count))]
fn dotted_alone(number: u32) {}

#[upto::event(fields(count = 1, number, count = 2))]
fn twice(number: u32) {}

#[upto::event(fields(nubmer))]
fn no_argument(number: u32, (left, right): (u8, u8)) {}

struct Thing;

impl Thing {
    #[upto::event(fields(self))]
    fn method(&self, number: u32) {}
}

#[upto::event(fields(?self))]
fn no_method(number: u32) {}

fn main() {}
