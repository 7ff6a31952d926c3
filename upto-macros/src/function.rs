//! The annotated function, split where the new code goes: a head that stays token for token as it is, and a
//! body.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Result, Signature, Token, Visibility};

/// A function with a body, free or in an `impl` or a `trait`.
pub(crate) struct Function {
    /// All that is before the body: attributes, visibility, signature.
    pub(crate) head: TokenStream,
    pub(crate) signature: Signature,
    /// What the body says of itself (`#![allow(…)]`), to stay at its beginning.
    pub(crate) inner_attributes: Vec<Attribute>,
    /// The rest of the body, in its braces. It is not parsed: what it says is the compiler's business.
    pub(crate) body: Group,
}

impl Function {
    /// Reads the item that the attribute is on.
    ///
    /// # Errors
    /// Where it is no function, has no body, or is a `const fn`.
    pub(crate) fn parse(item: TokenStream) -> Result<Self> {
        let (head, last) = split_last(item);
        let signature = parse_head(&head)?;
        let Some(body) = last.and_then(braces) else {
            let problem = "a function without a body can't be an event; annotate the ones that implement it";
            return Err(Error::new(signature.ident.span(), problem));
        };
        if let Some(keyword) = signature.constness {
            return Err(Error::new(
                keyword.span,
                "a `const fn` can't be an event: it may run at compile time",
            ));
        }
        let (inner_attributes, body) = without_inner_attributes(&body)?;
        Ok(Function { head, signature, inner_attributes, body })
    }
}

fn split_last(item: TokenStream) -> (TokenStream, Option<TokenTree>) {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let last = tokens.pop();
    (tokens.into_iter().collect(), last)
}

/// A body, also where `macro_rules` put invisible delimiters around it (`$body:block`).
fn braces(last: TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = last else { return None };
    match group.delimiter() {
        Delimiter::Brace => Some(group),
        Delimiter::None => braces(group.stream().into_iter().next()?),
        _ => None,
    }
}

fn parse_head(head: &TokenStream) -> Result<Signature> {
    let is_function =
        head.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "fn"));
    let parse = |input: ParseStream<'_>| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        if !is_function {
            let rest: TokenStream = input.parse()?;
            return Err(Error::new_spanned(first(rest), "`#[upto::event]` is for functions and methods"));
        }
        input.parse::<Option<Token![default]>>()?;
        input.parse()
    };
    parse.parse2(head.clone())
}

fn first(tokens: TokenStream) -> Option<TokenTree> {
    tokens.into_iter().next()
}

fn without_inner_attributes(body: &Group) -> Result<(Vec<Attribute>, Group)> {
    let parse =
        |input: ParseStream<'_>| Ok((input.call(Attribute::parse_inner)?, input.parse::<TokenStream>()?));
    let (attributes, rest) = parse.parse2(body.stream())?;
    let mut group = Group::new(Delimiter::Brace, rest);
    group.set_span(body.span());
    Ok((attributes, group))
}
