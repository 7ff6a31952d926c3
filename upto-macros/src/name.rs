//! The name of an event as the builder takes it: a text that lives for ever, or one of its own.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Path};

/// Macros that give texts which are known when the program is built.
const CONSTANT_MACROS: [&str; 5] = ["concat", "env", "file", "module_path", "stringify"];

/// What `name` gives, copied unless it lives for ever. Only how it is written tells that: a `&str` of a function's argument
/// and one of a constant have the same type.
pub(crate) fn given(name: &Expr, upto: &Path) -> TokenStream {
    match name {
        name if is_literal(name) => quote!(#name),
        Expr::Path(path) if is_constant(&path.path) => {
            quote_spanned!(Span::mixed_site()=> #upto::__private::constant(#name))
        }
        Expr::Group(group) => given(&group.expr, upto),
        name => {
            // With the name's span, so that errors point at it.
            let borrowed = quote_spanned!(name.span()=> &(#name));
            quote_spanned!(Span::mixed_site()=> #upto::__private::name(#borrowed))
        }
    }
}

fn is_literal(name: &Expr) -> bool {
    match name {
        Expr::Lit(_) => true,
        Expr::Macro(call) => CONSTANT_MACROS.into_iter().any(|known| is_called(&call.mac.path, known)),
        Expr::Group(group) => is_literal(&group.expr),
        _ => false,
    }
}

/// Whether a path is that of a constant, as the language's convention has them: in capitals.
fn is_constant(path: &Path) -> bool {
    let is_capital = |name: String| {
        name.contains(|letter: char| letter.is_uppercase())
            && !name.contains(|letter: char| letter.is_lowercase())
    };
    path.segments.last().is_some_and(|last| is_capital(last.ident.to_string()))
}

fn is_called(path: &Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}
