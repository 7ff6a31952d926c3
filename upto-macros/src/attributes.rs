//! Which attributes an event starts with: arguments that are recorded by themselves, and fields.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Error, LitStr, Path, Result};

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
    match options.skip.iter().find(|name| !is_known(name)) {
        Some(name) => {
            let problem =
                format!("unknown argument `{name}`; this function's arguments: {}", arguments.list());
            Err(Error::new(name.span(), problem))
        }
        None => Ok(()),
    }
}

fn value(field: &Field, arguments: &Arguments, upto: &Path) -> Result<TokenStream> {
    let argument = field.name().and_then(|name| Some((name, arguments.get(name)?)));
    let is_formatted_self = field.form != Form::Plain && field.name().is_some_and(|name| name == "self");
    if field.stands_alone && argument.is_none() && !(is_formatted_self && arguments.has_receiver) {
        return Err(no_argument(field, arguments));
    }
    let (site, expression) = (Span::mixed_site(), &field.value);
    Ok(match (field.form, argument) {
        (Form::Plain, Some((name, argument))) => argument.value(name),
        (Form::Plain, None) => quote_spanned!(site=> #expression),
        (Form::Display, _) => quote_spanned!(site=> #upto::display(&(#expression))),
        (Form::Debug, _) => quote_spanned!(site=> #upto::debug(&(#expression))),
    })
}

fn no_argument(field: &Field, arguments: &Arguments) -> Error {
    let key = field.key.value();
    let problem = format!("unknown argument `{key}`; this function's arguments: {}", arguments.list());
    let hint = if key == "self" {
        "`?self` and `%self` may stand alone"
    } else {
        "other values need a key: `key = value`"
    };
    Error::new(field.key.span(), format!("{problem}; {hint}"))
}
