//! What a function is called with: the names that its argument patterns bind, and their types as far as the
//! signature tells.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::visit_mut::{VisitMut, visit_pat_ident_mut};
use syn::{FnArg, Ident, Pat, PatIdent, PatType, Signature, Type};

use crate::returned::bare;

/// Types that are recorded without being asked for: small, cheap, and seldom secret.
const SCALARS: [&str; 16] = [
    "bool", "char", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize",
    "f32", "f64",
];

/// A function's arguments.
pub(crate) struct Arguments {
    pub(crate) has_receiver: bool,
    pub(crate) bindings: Vec<Binding>,
}

impl Arguments {
    pub(crate) fn new(signature: &Signature) -> Self {
        let mut bindings = Vec::new();
        for argument in &signature.inputs {
            let FnArg::Typed(argument) = argument else { continue };
            if is_conditional(argument) {
                // Whether it is there is not known yet, so it is not touched unless asked for.
                bind_untyped(&argument.pat, &mut bindings);
            } else {
                bind(&argument.pat, &argument.ty, &mut bindings);
            }
        }
        Arguments { has_receiver: signature.receiver().is_some(), bindings }
    }

    pub(crate) fn get(&self, name: &Ident) -> Option<&Binding> {
        self.bindings.iter().find(|binding| binding.name == *name)
    }

    /// The names, for an error message.
    pub(crate) fn list(&self) -> String {
        let receiver = self.has_receiver.then(|| "`self`".to_owned());
        let names = self.bindings.iter().map(|binding| format!("`{}`", binding.name));
        let names: Vec<_> = receiver.into_iter().chain(names).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

/// A name that an argument pattern binds.
pub(crate) struct Binding {
    pub(crate) name: Ident,
    /// How many references lead from the name to a value of the type, as far as the signature tells.
    references: usize,
    /// The outermost reference is a `&mut`.
    is_mutable: bool,
    is_scalar: bool,
}

impl Binding {
    /// The attribute's key.
    pub(crate) fn key(&self) -> String {
        self.name.unraw().to_string()
    }

    /// Whether it becomes an attribute by itself. A leading underscore says that nobody wants it.
    pub(crate) fn is_recorded(&self) -> bool {
        self.is_scalar && !self.key().starts_with('_')
    }

    /// An expression that gives a number and the like by value, all else by reference, so that nothing is
    /// moved out of the function's hands. `name` is where it is asked for, which errors then point at.
    pub(crate) fn value(&self, name: &Ident) -> TokenStream {
        let at = name.span().resolved_at(Span::mixed_site());
        let through: TokenStream = (0..self.references).map(|_| quote_spanned!(at=> *)).collect();
        match (self.is_scalar, self.references, self.is_mutable) {
            (true, ..) => quote_spanned!(at=> #through #name),
            (false, 1, false) => quote_spanned!(at=> #name),
            (false, ..) => quote_spanned!(at=> &#through #name),
        }
    }
}

fn is_conditional(argument: &PatType) -> bool {
    argument.attrs.iter().any(|attribute| attribute.path().is_ident("cfg"))
}

/// Finds the names in a pattern, with their types where pattern and type go hand in hand.
fn bind(pattern: &Pat, written: &Type, bindings: &mut Vec<Binding>) {
    match (pattern, bare(written)) {
        (Pat::Paren(parentheses), written) => bind(&parentheses.pat, written, bindings),
        (Pat::Ident(name), written) if name.subpat.is_none() => bindings.push(binding(name, written)),
        (Pat::Reference(pattern), Type::Reference(written)) => bind(&pattern.pat, &written.elem, bindings),
        (Pat::Tuple(pattern), Type::Tuple(written)) if pattern.elems.len() == written.elems.len() => {
            for (pattern, written) in pattern.elems.iter().zip(&written.elems) {
                bind(pattern, written, bindings);
            }
        }
        _ => bind_untyped(pattern, bindings),
    }
}

fn binding(name: &PatIdent, written: &Type) -> Binding {
    let (references, is_mutable, target) = behind_references(written);
    Binding {
        name: name.ident.clone(),
        references: references + usize::from(name.by_ref.is_some()),
        is_mutable: if name.by_ref.is_some() { name.mutability.is_some() } else { is_mutable },
        is_scalar: is_scalar(target),
    }
}

fn bind_untyped(pattern: &Pat, bindings: &mut Vec<Binding>) {
    struct Names<'a>(&'a mut Vec<Binding>);
    impl VisitMut for Names<'_> {
        fn visit_pat_ident_mut(&mut self, node: &mut PatIdent) {
            let name = node.ident.clone();
            self.0.push(Binding { name, references: 0, is_mutable: false, is_scalar: false });
            visit_pat_ident_mut(self, node);
        }
    }
    Names(bindings).visit_pat_mut(&mut pattern.clone());
}

/// How many references there are, whether the outermost is mutable, and the type behind them.
fn behind_references(written: &Type) -> (usize, bool, &Type) {
    match bare(written) {
        Type::Reference(reference) => {
            let (count, _, target) = behind_references(&reference.elem);
            (count + 1, reference.mutability.is_some(), target)
        }
        target => (0, false, target),
    }
}

fn is_scalar(written: &Type) -> bool {
    let Type::Path(path) = written else { return false };
    path.qself.is_none()
        && path.path.get_ident().is_some_and(|name| SCALARS.iter().any(|scalar| name == scalar))
}
