//! What a function gives back, by its signature: how the event follows it, and of which type the value is in
//! the end.

use syn::punctuated::Punctuated;
use syn::visit_mut::{VisitMut, visit_type_mut};
use syn::{
    AngleBracketedGenericArguments, Error, GenericArgument, Path, PathArguments, PathSegment, Result,
    ReturnType, Signature, Token, Type, TypeParamBound, parse_quote,
};

use crate::options::Options;

/// When the value is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// When the function returns.
    Sync,
    /// `async fn`: when its future is done.
    Async,
    /// `-> impl Future<Output = T>`: likewise.
    Future,
    /// `-> Pin<Box<dyn Future<Output = T>>>`, which `#[async_trait]` makes of `async fn`: likewise.
    BoxedFuture,
}

/// What a function gives back.
pub(crate) struct Returned {
    pub(crate) kind: Kind,
    /// What the signature says, to be used inside the function's body: with `_` for `impl Trait`.
    pub(crate) written: Type,
    /// The same for the value in the end: the future's, where it is one.
    pub(crate) value: Type,
}

impl Returned {
    pub(crate) fn new(signature: &Signature) -> Self {
        let written = match &signature.output {
            ReturnType::Default => parse_quote!(()),
            ReturnType::Type(_, written) => (**written).clone(),
        };
        let (kind, value) = match future(&written) {
            _ if signature.asyncness.is_some() => (Kind::Async, written.clone()),
            Some((kind, value)) => (kind, value),
            None => (Kind::Sync, written.clone()),
        };
        Returned { kind, written: without_impl_trait(written), value: without_impl_trait(value) }
    }

    /// Whether `err` and `ret` have something to look at.
    ///
    /// # Errors
    /// Where a value of this type is visibly no `Result`, or never there.
    pub(crate) fn check(&self, options: &Options) -> Result<()> {
        if let Some(err) = options.err.filter(|_| is_visibly_no_result(&self.value)) {
            return Err(Error::new(err, "`err` is for functions that return a `Result`"));
        }
        match options.ret {
            Some(ret) if self.never_returns() => Err(Error::new(ret, "`ret` is for functions that return")),
            _ => Ok(()),
        }
    }

    /// Whether the value's type can be written in the function's body as it is in the signature.
    pub(crate) fn is_told(&self) -> bool {
        struct Untold(bool);
        impl VisitMut for Untold {
            fn visit_type_mut(&mut self, node: &mut Type) {
                self.0 |= matches!(node, Type::Infer(_) | Type::Verbatim(_));
                visit_type_mut(self, node);
            }
        }
        let mut untold = Untold(false);
        untold.visit_type_mut(&mut self.value.clone());
        !untold.0
    }

    pub(crate) fn never_returns(&self) -> bool {
        matches!(bare(&self.value), Type::Never(_))
    }
}

/// The type without parentheses and the invisible delimiters of `macro_rules`.
pub(crate) fn bare(written: &Type) -> &Type {
    match written {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(parentheses) => bare(&parentheses.elem),
        other => other,
    }
}

/// How a future is returned, and its output.
fn future(written: &Type) -> Option<(Kind, Type)> {
    match bare(written) {
        Type::ImplTrait(opaque) => Some((Kind::Future, output(&opaque.bounds)?)),
        Type::Path(boxed) if boxed.qself.is_none() => Some((Kind::BoxedFuture, boxed_output(&boxed.path)?)),
        _ => None,
    }
}

/// The output of `Pin<Box<dyn Future<Output = T>>>`, or of what the crate `futures` calls that.
fn boxed_output(path: &Path) -> Option<Type> {
    if let Some(output) = ["BoxFuture", "LocalBoxFuture"].iter().find_map(|alias| sole_argument(path, alias))
    {
        return Some(output.clone());
    }
    let Type::Path(boxed) = bare(sole_argument(path, "Pin")?) else { return None };
    let Type::TraitObject(object) = bare(sole_argument(&boxed.path, "Box")?) else { return None };
    output(&object.bounds)
}

/// The `T` of `name<T>`.
fn sole_argument<'a>(path: &'a Path, name: &str) -> Option<&'a Type> {
    let segment = path.segments.last().filter(|segment| segment.ident == name)?;
    arguments(segment)?.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(argument) => Some(argument),
        _ => None,
    })
}

fn arguments(segment: &PathSegment) -> Option<&AngleBracketedGenericArguments> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments),
        _ => None,
    }
}

/// The `T` of a bound `Future<Output = T>`; `_` where it is not told.
fn output(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<Type> {
    let segment = bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().filter(|segment| segment.ident == "Future")
        }
        _ => None,
    })?;
    let told = arguments(segment).into_iter().flat_map(|arguments| &arguments.args).find_map(|argument| {
        match argument {
            GenericArgument::AssocType(binding) if binding.ident == "Output" => Some(binding.ty.clone()),
            _ => None,
        }
    });
    Some(told.unwrap_or_else(|| parse_quote!(_)))
}

/// `impl Trait` can't be written inside a body: there, the compiler finds the type out.
fn without_impl_trait(mut written: Type) -> Type {
    struct Erase;
    impl VisitMut for Erase {
        fn visit_type_mut(&mut self, node: &mut Type) {
            if let Type::ImplTrait(_) = node {
                *node = parse_quote!(_);
            } else {
                visit_type_mut(self, node);
            }
        }
    }
    Erase.visit_type_mut(&mut written);
    written
}

/// True for the types that can't be another name of a `Result`; of the others, the compiler knows.
fn is_visibly_no_result(value: &Type) -> bool {
    const OTHERS: [&str; 21] = [
        "bool", "char", "str", "String", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
        "u64", "u128", "usize", "f32", "f64", "Option", "Vec", "Box",
    ];
    match bare(value) {
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| OTHERS.iter().any(|other| last.ident == other))
        }
        Type::Infer(_) | Type::Macro(_) | Type::Verbatim(_) => false,
        _ => true,
    }
}
