//! The attribute `#[upto::event]`. Use it through the crate `upto`, which documents it.
//!
//! The modules in the order in which a use of the attribute flows through them: `options` and `function` are
//! what was written; `arguments` and `returned` are what the function's signature tells of its inputs and its
//! output; `attributes` decides what is recorded of them; `expand` writes the new body.

mod arguments;
mod attributes;
mod expand;
mod function;
mod options;
mod returned;

use proc_macro::TokenStream;

/// Turns a function into an event: see `upto::event`, which tells the options.
#[proc_macro_attribute]
pub fn event(options: TokenStream, function: TokenStream) -> TokenStream {
    expand::event(options.into(), function.into(), cfg!(feature = "enabled")).into()
}
