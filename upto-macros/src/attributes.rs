//! Which attributes an event starts with: arguments that are recorded by themselves, and fields.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::{Error, Ident, LitStr, Path, Result};

use crate::arguments::Arguments;
use crate::options::{Field, Form, Options};

/// A key, and an expression of its value.
pub(crate) struct Attribute {
    pub(crate) key: LitStr,
    pub(crate) value: TokenStream,
}

/// Puts together what is recorded; a field takes the place of the argument of its name.
///
/// # Errors
/// Where an option names an argument that there is not.
pub(crate) fn attributes(options: &Options, arguments: &Arguments, upto: &Path) -> Result<Vec<Attribute>> {
    check_skipped(options, arguments)?;
    let by_themselves = arguments.bindings.iter().filter(|binding| {
        let is_field = options.fields.iter().any(|field| field.key.value() == binding.key());
        binding.is_recorded() && !options.skip_all && !options.skip.contains(&binding.name) && !is_field
    });
    let mut attributes: Vec<Attribute> = by_themselves
        .map(|binding| Attribute {
            key: LitStr::new(&binding.key(), binding.name.span()),
            value: binding.value(&binding.name),
        })
        .collect();
    for field in &options.fields {
        attributes.push(Attribute { key: field.key.clone(), value: value(field, arguments, upto)? });
    }
    Ok(attributes)
}

fn check_skipped(options: &Options, arguments: &Arguments) -> Result<()> {
    let is_known = |name| arguments.get(name).is_some() || (name == "self" && arguments.has_receiver);
    options.skip.iter().find(|name| !is_known(name)).map_or(Ok(()), |name| Err(unknown(name, arguments)))
}

fn value(field: &Field, arguments: &Arguments, upto: &Path) -> Result<TokenStream> {
    let expression = &field.value;
    let at = expression.span().resolved_at(Span::mixed_site());
    let argument = field.name().and_then(|name| Some((name, arguments.get(name)?)));
    match field.name() {
        Some(name) if field.stands_alone && argument.is_none() => check_alone(field.form, name, arguments)?,
        _ => {}
    }
    Ok(match (field.form, argument) {
        (Form::Plain, Some((name, argument))) => argument.value(name),
        (Form::Plain, None) => quote_spanned!(at=> #expression),
        (Form::Display, _) => quote_spanned!(at=> #upto::display(&(#expression))),
        (Form::Debug, _) => quote_spanned!(at=> #upto::debug(&(#expression))),
    })
}

/// Only `self` may stand alone and be none of the other arguments.
fn check_alone(form: Form, name: &Ident, arguments: &Arguments) -> Result<()> {
    match form {
        _ if name != "self" || !arguments.has_receiver => Err(unknown(name, arguments)),
        Form::Plain => {
            Err(Error::new(name.span(), "expected `?self` (its Debug), `%self` (its Display), or a key"))
        }
        Form::Display | Form::Debug => Ok(()),
    }
}

fn unknown(name: &Ident, arguments: &Arguments) -> Error {
    let problem = format!("unknown argument `{name}`; this function's arguments: {}", arguments.list());
    Error::new(name.span(), problem)
}
