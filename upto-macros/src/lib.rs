#![doc = include_str!("../README.md")]
//! # The map
//!
//! The modules in the order in which a use of the attribute flows through them: `options` and `function` are
//! what was written; `arguments` and `returned` are what the function's signature tells of its inputs and its
//! output; `attributes` decides what is recorded of them; `name` is what the event is called; `expand` writes the new body.
//! `scope` is the whole of `upto::scope!`.
//!
//! Each macro is here twice, on and off, and `upto` takes the one that its own feature says. A feature of this crate
//! would not do: a build script that has events would turn it on for the program that has none.

mod arguments;
mod attributes;
mod expand;
mod function;
mod name;
mod options;
mod returned;
mod scope;

use proc_macro::TokenStream;

/// Turns a function into an event: see `upto::event`, which tells the options.
#[proc_macro_attribute]
pub fn event(options: TokenStream, function: TokenStream) -> TokenStream {
    expand::event(options.into(), function.into(), true).into()
}

/// Has the compiler check the options, and does nothing.
#[proc_macro_attribute]
pub fn event_off(options: TokenStream, function: TokenStream) -> TokenStream {
    expand::event(options.into(), function.into(), false).into()
}

/// Starts an event with attributes: see `upto::scope!`.
#[proc_macro]
pub fn scope(input: TokenStream) -> TokenStream {
    scope::scope(input.into(), true).into()
}

/// Has the compiler check what is written, and does nothing.
#[proc_macro]
pub fn scope_off(input: TokenStream) -> TokenStream {
    scope::scope(input.into(), false).into()
}
