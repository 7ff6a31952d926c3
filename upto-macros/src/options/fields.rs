//! The option `fields(…)`.

use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprPath, Ident, LitStr, Result, Token};

const EXPECTED: &str =
    "`key = value`, `key = %value` (its Display), `key = ?value` (its Debug), or a name alone";

/// An attribute that is asked for.
pub(crate) struct Field {
    pub(crate) key: LitStr,
    pub(crate) form: Form,
    pub(crate) value: Expr,
    /// Only the value is written, so it has to be an argument, whose name is the key.
    pub(crate) stands_alone: bool,
}

/// Which of a value's forms is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The value itself: a number, a text and so on.
    Plain,
    /// `%value`: its `Display`.
    Display,
    /// `?value`: its `Debug`.
    Debug,
}

/// Reads what is in the parentheses.
pub(crate) fn parse(list: ParseStream<'_>) -> Result<Vec<Field>> {
    let fields = Punctuated::<Field, Token![,]>::parse_terminated(list)?;
    let fields: Vec<Field> = fields.into_iter().collect();
    for (place, field) in fields.iter().enumerate() {
        if fields[..place].iter().any(|other| other.key.value() == field.key.value()) {
            return Err(Error::new(
                field.key.span(),
                format!("the field `{}` is given twice", field.key.value()),
            ));
        }
    }
    Ok(fields)
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let form = Form::parse(input);
        let (key, name) = parse_key(input)?;
        if form == Form::Plain && input.parse::<Option<Token![=]>>()?.is_some() {
            let (form, value) = (Form::parse(input), input.parse()?);
            return Ok(Field { key, form, value, stands_alone: false });
        }
        match name {
            Some(name) if input.is_empty() || input.peek(Token![,]) => Ok(Field::alone(key, form, name)),
            Some(_) => Err(input.error(format!("expected {EXPECTED}"))),
            None => Err(Error::new(key.span(), format!("this is no name: expected {EXPECTED}"))),
        }
    }
}

impl Field {
    fn alone(key: LitStr, form: Form, name: Ident) -> Self {
        let value = Expr::Path(ExprPath { attrs: Vec::new(), qself: None, path: name.into() });
        Field { key, form, value, stands_alone: true }
    }

    /// The name, where the value is nothing but one.
    pub(crate) fn name(&self) -> Option<&Ident> {
        match &self.value {
            Expr::Path(ExprPath { attrs, qself: None, path }) if attrs.is_empty() => path.get_ident(),
            _ => None,
        }
    }
}

/// `word`, `several.words` or `"any text"`; a word alone may be an argument's name.
fn parse_key(input: ParseStream<'_>) -> Result<(LitStr, Option<Ident>)> {
    if input.peek(LitStr) {
        let key: LitStr = input.parse()?;
        let is_empty = key.value().is_empty();
        return if is_empty {
            Err(Error::new(key.span(), "a field's key can't be empty"))
        } else {
            Ok((key, None))
        };
    }
    let first = parse_word(input)?;
    let mut key = first.unraw().to_string();
    let is_alone = !input.peek(Token![.]);
    while input.parse::<Option<Token![.]>>()?.is_some() {
        key = format!("{key}.{}", parse_word(input)?.unraw());
    }
    Ok((LitStr::new(&key, first.span()), is_alone.then_some(first)))
}

fn parse_word(input: ParseStream<'_>) -> Result<Ident> {
    input.call(Ident::parse_any).map_err(|error| Error::new(error.span(), format!("expected {EXPECTED}")))
}

impl Form {
    fn parse(input: ParseStream<'_>) -> Self {
        if input.parse::<Token![%]>().is_ok() {
            Form::Display
        } else if input.parse::<Token![?]>().is_ok() {
            Form::Debug
        } else {
            Form::Plain
        }
    }
}
