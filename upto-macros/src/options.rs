//! What is written in the attribute's parentheses.

mod fields;

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, Ident, Lit, Path, Result, Token, parenthesized};

pub(crate) use self::fields::{Field, Form, parse as parse_fields};

const NAMES: [&str; 11] =
    ["name", "context", "timeline", "host", "when", "fields", "skip", "skip_all", "err", "ret", "crate"];

/// The options of one use of the attribute, each as it is written.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<Expr>,
    pub(crate) context: Option<Expr>,
    pub(crate) timeline: Option<Expr>,
    pub(crate) host: Option<Expr>,
    /// The condition on which there is an event at all.
    pub(crate) when: Option<Expr>,
    pub(crate) fields: Vec<Field>,
    pub(crate) skip: Vec<Ident>,
    pub(crate) skip_all: bool,
    /// Where `err` is written, if it is.
    pub(crate) err: Option<Span>,
    /// Where `ret` is written, if it is.
    pub(crate) ret: Option<Span>,
    /// Where the crate `upto` is, if not at `::upto`.
    pub(crate) crate_path: Option<Path>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut options = Options::default();
        let mut given: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            let option = parse_name(input)?;
            if given.contains(&option) {
                return Err(Error::new(option.span(), format!("the option `{option}` is given twice")));
            }
            options.parse_option(&option, input)?;
            parse_separator(&option, input)?;
            given.push(option);
        }
        Ok(options)
    }
}

impl Options {
    fn parse_option(&mut self, option: &Ident, input: ParseStream<'_>) -> Result<()> {
        match option.to_string().as_str() {
            "name" => self.name = Some(parse_text(option, input)?),
            "context" => self.context = Some(parse_text(option, input)?),
            "timeline" => self.timeline = Some(parse_text(option, input)?),
            "host" => self.host = Some(parse_text(option, input)?),
            "when" => self.when = Some(parse_condition(option, input)?),
            "fields" => self.fields = parse_fields(&parse_list(option, input)?)?,
            "skip" => self.skip = parse_skipped(&parse_list(option, input)?)?,
            "skip_all" => self.skip_all = true,
            "err" => self.err = Some(option.span()),
            "ret" => self.ret = Some(option.span()),
            "crate" => self.crate_path = Some(parse_crate(option, input)?),
            _ => return Err(Error::new(option.span(), format!("unknown option `{option}`; {}", expected()))),
        }
        Ok(())
    }
}

fn expected() -> String {
    format!("expected one of {}", NAMES.map(|name| format!("`{name}`")).join(", "))
}

fn parse_name(input: ParseStream<'_>) -> Result<Ident> {
    input.call(Ident::parse_any).map_err(|error| Error::new(error.span(), expected()))
}

fn parse_separator(option: &Ident, input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    let takes_nothing = matches!(option.to_string().as_str(), "skip_all" | "err" | "ret");
    if takes_nothing && !input.peek(Token![,]) {
        return Err(input.error(format!("`{option}` takes no value")));
    }
    input.parse::<Token![,]>().map(drop)
}

/// Reads `=`, and makes sure that there is something behind it.
pub(crate) fn parse_assignment(option: &Ident, input: ParseStream<'_>) -> Result<()> {
    let is_assigned = input.is_empty() || input.parse::<Token![=]>().is_ok();
    if is_assigned && !input.is_empty() {
        return Ok(());
    }
    // Behind the last token, there is no place to point at.
    let at = if input.is_empty() { option.span() } else { input.span() };
    Err(Error::new(at, format!("expected `{option} = …`")))
}

/// An expression that gives a text; where it is a literal, this can be told here and now.
pub(crate) fn parse_text(option: &Ident, input: ParseStream<'_>) -> Result<Expr> {
    parse_assignment(option, input)?;
    let text: Expr = input.parse()?;
    match &text {
        Expr::Lit(ExprLit { lit: Lit::Str(literal), .. })
            if option == "name" && literal.value().is_empty() =>
        {
            Err(Error::new_spanned(text, "an event's name can't be empty"))
        }
        Expr::Lit(ExprLit { lit, .. }) if !matches!(lit, Lit::Str(_)) => Err(Error::new_spanned(
            text,
            format!("`{option}` is a text: a string literal, or an expression that gives one"),
        )),
        _ => Ok(text),
    }
}

/// An expression that gives a boolean; of literals, this can be told here and now.
pub(crate) fn parse_condition(option: &Ident, input: ParseStream<'_>) -> Result<Expr> {
    parse_assignment(option, input)?;
    let condition: Expr = input.parse()?;
    match &condition {
        Expr::Lit(ExprLit { lit, .. }) if !matches!(lit, Lit::Bool(_)) => Err(Error::new_spanned(
            condition,
            format!("`{option}` is a condition: an expression that gives a `bool`"),
        )),
        _ => Ok(condition),
    }
}

fn parse_crate(option: &Ident, input: ParseStream<'_>) -> Result<Path> {
    parse_assignment(option, input)?;
    let path = input.call(Path::parse_mod_style);
    path.map_err(|error| Error::new(error.span(), "`crate` is a path, such as `crate = my_crate::upto`"))
}

/// What is in the option's parentheses.
fn parse_list<'a>(option: &Ident, input: ParseStream<'a>) -> Result<syn::parse::ParseBuffer<'a>> {
    if !input.peek(syn::token::Paren) {
        let problem = format!("`{option}` takes a list in parentheses: `{option}(…)`");
        return Err(Error::new(if input.is_empty() { option.span() } else { input.span() }, problem));
    }
    let list;
    parenthesized!(list in input);
    Ok(list)
}

fn parse_skipped(list: ParseStream<'_>) -> Result<Vec<Ident>> {
    let parse = |list: ParseStream<'_>| {
        list.call(Ident::parse_any)
            .map_err(|error| Error::new(error.span(), "expected the name of an argument"))
    };
    let names: Vec<Ident> =
        Punctuated::<Ident, Token![,]>::parse_terminated_with(list, parse)?.into_iter().collect();
    for (place, name) in names.iter().enumerate() {
        if names[..place].contains(name) {
            return Err(Error::new(name.span(), format!("`{name}` is skipped twice")));
        }
    }
    Ok(names)
}
