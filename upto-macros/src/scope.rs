//! `upto::scope!`: what is written in it, and the expression that it becomes.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Error, Expr, ExprLit, Ident, Lit, Path, Result, Token};

use crate::name;
use crate::options::{Field, Form, parse_assignment, parse_condition, parse_fields, parse_text};

const NAMES: [&str; 6] = ["context", "timeline", "host", "parent", "follows", "when"];

/// What the macro makes of its `input`. Where it is not `enabled`, that is checked, and does nothing.
pub(crate) fn scope(input: TokenStream, enabled: bool) -> TokenStream {
    match syn::parse2::<Scope>(input) {
        Ok(scope) if enabled => scope.started(),
        Ok(scope) => scope.checked(),
        Err(error) => error.into_compile_error(),
    }
}

/// One use of the macro.
struct Scope {
    upto: Path,
    /// Those that are a method of the builder, with their values.
    texts: Vec<(Ident, Expr)>,
    parent: Option<Expr>,
    follows: Option<Expr>,
    when: Option<Expr>,
    name: Expr,
    fields: Vec<Field>,
}

impl Parse for Scope {
    /// The crate's path and a semicolon, which the outer macro writes; then what the user does.
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let upto = input.call(Path::parse_mod_style)?;
        input.parse::<Token![;]>()?;
        let mut scope = Scope {
            upto,
            texts: Vec::new(),
            parent: None,
            follows: None,
            when: None,
            name: syn::parse_quote!(""),
            fields: Vec::new(),
        };
        scope.parse_options(input)?;
        scope.name = parse_event_name(input)?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        scope.fields = parse_fields(input)?;
        Ok(scope)
    }
}

impl Scope {
    fn parse_options(&mut self, input: ParseStream<'_>) -> Result<()> {
        let mut given: Vec<Ident> = Vec::new();
        while is_option(input) {
            let option = input.call(Ident::parse_any)?;
            if given.contains(&option) {
                return Err(Error::new(option.span(), format!("the option `{option}` is given twice")));
            }
            self.parse_option(&option, input)?;
            if input.is_empty() {
                return Err(Error::new(option.span(), "the event's name is missing"));
            }
            input.parse::<Token![,]>()?;
            given.push(option);
        }
        Ok(())
    }

    fn parse_option(&mut self, option: &Ident, input: ParseStream<'_>) -> Result<()> {
        match option.to_string().as_str() {
            "context" | "timeline" | "host" => self.texts.push((option.clone(), parse_text(option, input)?)),
            "parent" => self.parent = Some(parse_value(option, input)?),
            "follows" => self.follows = Some(parse_value(option, input)?),
            "when" => self.when = Some(parse_condition(option, input)?),
            _ => return Err(unknown(option)),
        }
        Ok(())
    }

    /// The event, if anything is sent.
    fn started(&self) -> TokenStream {
        let (upto, start) = (&self.upto, self.start());
        let when = self.when.as_ref().map(condition);
        quote_spanned! {Span::mixed_site()=>
            if #upto::__private::is_active() #when { #start } else { #upto::Event::none() }
        }
    }

    /// Nothing, after the compiler has looked at it.
    fn checked(&self) -> TokenStream {
        let (upto, builder) = (&self.upto, self.builder());
        let when = self.when.as_ref().map(checked_condition);
        quote_spanned! {Span::mixed_site()=> {
            if false {
                #when
                let _ = #builder;
            }
            const { #upto::Event::none() }
        }}
    }

    /// By a place in the code where all but the values is known, and else by a builder.
    fn start(&self) -> TokenStream {
        let upto = &self.upto;
        let is_plain = self.texts.is_empty() && self.parent.is_none() && self.follows.is_none();
        let Some(name) = literal(&self.name).filter(|_| is_plain) else {
            let builder = self.builder();
            return quote_spanned!(Span::mixed_site()=> #upto::EventBuilder::start(#builder));
        };
        let keys = self.fields.iter().map(|field| &field.key);
        let values = self.fields.iter().map(|field| self.value(field));
        // Items are seen by all in their block, whatever the span: so the values stay outside.
        quote_spanned! {Span::mixed_site()=> {
            let values = [#(#values),*];
            {
                static SITE: #upto::__private::CallSite = #upto::__private::CallSite::new(#name, &[#(#keys),*]);
                #upto::__private::start_at(&SITE, &values)
            }
        }}
    }

    fn builder(&self) -> TokenStream {
        let (upto, name) = (&self.upto, name::given(&self.name, &self.upto));
        let texts = self.texts.iter().map(|(option, text)| {
            let method = Ident::new(&option.to_string(), Span::mixed_site());
            quote!(.#method(#text))
        });
        let attributes = self.fields.iter().map(|field| {
            let (key, value) = (&field.key, self.value(field));
            quote!(.attr(#key, #value))
        });
        let builder =
            quote_spanned!(Span::mixed_site()=> #upto::Event::builder(#name) #(#texts)* #(#attributes)*);
        let builder = self.linked(self.parent.as_ref(), "parent_of", builder);
        self.linked(self.follows.as_ref(), "followed_by", builder)
    }

    fn linked(&self, link: Option<&Expr>, method: &str, builder: TokenStream) -> TokenStream {
        let Some(link) = link else { return builder };
        let (upto, method) = (&self.upto, Ident::new(method, Span::mixed_site()));
        quote_spanned!(Span::mixed_site()=> #upto::__private::Link::#method(#link, #builder))
    }

    fn value(&self, field: &Field) -> TokenStream {
        let (upto, value) = (&self.upto, &field.value);
        // With the value's span, so that errors point at it.
        let borrowed = quote_spanned!(value.span()=> &(#value));
        match field.form {
            Form::Plain if is_place(value) => {
                quote_spanned!(Span::mixed_site()=> #upto::__private::value(#borrowed))
            }
            Form::Plain => quote_spanned!(Span::mixed_site()=> #upto::__private::value(#value)),
            Form::Display => quote_spanned!(Span::mixed_site()=> #upto::display(#borrowed)),
            Form::Debug => quote_spanned!(Span::mixed_site()=> #upto::debug(#borrowed)),
        }
    }
}

/// A further condition, in parentheses that have its span, so that errors point at it.
pub(crate) fn condition(when: &Expr) -> TokenStream {
    let at = when.span().resolved_at(Span::mixed_site());
    let when = quote_spanned!(at=> (#when));
    quote_spanned!(Span::mixed_site()=> && #when)
}

/// A statement by which the compiler checks a condition.
pub(crate) fn checked_condition(when: &Expr) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> let _: bool = #when;)
}

/// Whether what comes is an option, rather than the name.
fn is_option(input: ParseStream<'_>) -> bool {
    let is_assigned = input.peek2(Token![=]) && !input.peek2(Token![==]);
    let is_typed = input.peek2(Token![:]) && !input.peek2(Token![::]);
    input.peek(Ident::peek_any) && (is_assigned || is_typed)
}

fn parse_value(option: &Ident, input: ParseStream<'_>) -> Result<Expr> {
    parse_assignment(option, input)?;
    input.parse()
}

fn parse_event_name(input: ParseStream<'_>) -> Result<Expr> {
    if input.is_empty() {
        return Err(Error::new(input.span(), "an event has a name: `scope!(\"name\", key = value, …)`"));
    }
    let name: Expr = input.parse()?;
    match &name {
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) if name.value().is_empty() => {
            Err(Error::new(name.span(), "an event's name can't be empty"))
        }
        Expr::Lit(ExprLit { lit, .. }) if !matches!(lit, Lit::Str(_)) => Err(Error::new(
            lit.span(),
            "the name is a text: a string literal, or an expression that gives one",
        )),
        _ => Ok(name),
    }
}

fn unknown(option: &Ident) -> Error {
    let expected = NAMES.map(|name| format!("`{name}`")).join(", ");
    let problem =
        format!("unknown option `{option}`: expected one of {expected}; attributes come after the name");
    Error::new(option.span(), problem)
}

fn literal(name: &Expr) -> Option<&Lit> {
    match name {
        Expr::Lit(literal) => Some(&literal.lit),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

/// Whether an expression is a place that would be moved from: a variable, or a part of one.
fn is_place(value: &Expr) -> bool {
    match value {
        Expr::Path(_) | Expr::Field(_) | Expr::Index(_) => true,
        Expr::Group(group) => is_place(&group.expr),
        Expr::Paren(parentheses) => is_place(&parentheses.expr),
        _ => false,
    }
}
