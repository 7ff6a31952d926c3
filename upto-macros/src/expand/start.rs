//! How the new body starts the event: by the cheapest way that says all that the options do.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::{Expr, parse_quote_spanned};

use super::Expansion;
use crate::attributes::Attribute;
use crate::name;
use crate::options::Options;
use crate::scope::condition;

impl Expansion {
    /// The event of a function that runs on one thread and does not look at its output: the guard that does no more
    /// than that, if all that is said of the event but values is known when the program is built.
    pub(super) fn started_here(&self) -> TokenStream {
        let upto = &self.upto;
        let Some(site) = self.call_site() else { return self.started() };
        let none = quote_spanned!(Span::mixed_site()=> #upto::__private::LocalEvent::none());
        if self.attributes.is_empty() {
            let start =
                quote_spanned!(Span::mixed_site()=> { #site #upto::__private::LocalEvent::start(&SITE) });
            // It asks itself whether anything is sent.
            return self.options.when.as_ref().map_or(start.clone(), |_| self.if_wanted(&start, &none));
        }
        let start = self.with_values(&site, &quote_spanned!(Span::mixed_site()=> LocalEvent::start_with));
        self.if_wanted(&start, &none)
    }

    /// The event of a function, started if anything is sent.
    pub(super) fn started(&self) -> TokenStream {
        let upto = &self.upto;
        let start = match self.call_site() {
            Some(site) => self.with_values(&site, &quote_spanned!(Span::mixed_site()=> start_at)),
            None => {
                let builder = self.builder();
                quote_spanned!(Span::mixed_site()=> #upto::EventBuilder::start(#builder))
            }
        };
        self.if_wanted(&start, &quote_spanned!(Span::mixed_site()=> #upto::Event::none()))
    }

    /// The event of a future, likewise.
    pub(super) fn started_detached(&self) -> TokenStream {
        let upto = &self.upto;
        let start = match self.call_site() {
            Some(site) => self.with_values(&site, &quote_spanned!(Span::mixed_site()=> start_detached_at)),
            None => {
                let builder = self.builder();
                quote_spanned!(Span::mixed_site()=> #upto::EventBuilder::start_detached(#builder))
            }
        };
        self.if_wanted(&start, &quote_spanned!(Span::mixed_site()=> #upto::Event::none()))
    }

    /// `wanted` if anything is sent, and the condition holds if there is one.
    fn if_wanted(&self, wanted: &TokenStream, otherwise: &TokenStream) -> TokenStream {
        let is_wanted = self.is_wanted();
        quote_spanned!(Span::mixed_site()=> if #is_wanted { #wanted } else { #otherwise })
    }

    /// True if anything is sent, and the condition holds if there is one.
    pub(super) fn is_wanted(&self) -> TokenStream {
        let upto = &self.upto;
        let when = self.options.when.as_ref().map(condition);
        quote_spanned!(Span::mixed_site()=> #upto::__private::is_active() #when)
    }

    /// What is known of the event when the program is built, as a static, unless something else has to be found out.
    pub(super) fn call_site(&self) -> Option<TokenStream> {
        let Options { context, timeline, host, .. } = &self.options;
        let is_plain = context.is_none() && timeline.is_none() && host.is_none();
        let name = self.constant_name().filter(|_| is_plain)?;
        let (upto, keys) = (&self.upto, self.attributes.iter().map(|attribute| &attribute.key));
        Some(quote_spanned! {Span::mixed_site()=>
            static SITE: #upto::__private::CallSite = #upto::__private::CallSite::new(#name, &[#(#keys),*]);
        })
    }

    /// What `start` gives for the `site` and the values. Items are seen by all in their block, whatever its span: so
    /// the values, which the user has written, stay outside.
    fn with_values(&self, site: &TokenStream, start: &TokenStream) -> TokenStream {
        let (upto, values) = (&self.upto, self.attributes.iter().map(|attribute| self.value(attribute)));
        quote_spanned! {Span::mixed_site()=> {
            let values = [#(#values),*];
            { #site #upto::__private::#start(&SITE, &values) }
        }}
    }

    /// By a function, so that an error about it underlines what the user has written.
    pub(super) fn value(&self, attribute: &Attribute) -> TokenStream {
        let (upto, value) = (&self.upto, &attribute.value);
        quote_spanned!(Span::mixed_site()=> #upto::__private::value(#value))
    }

    /// The event to be started when the future is first polled. Its attributes are taken now: the future gets
    /// the arguments.
    pub(super) fn prepared(&self) -> TokenStream {
        let builder = self.builder();
        self.if_wanted(
            &quote_spanned!(Span::mixed_site()=> ::core::option::Option::Some(#builder)),
            &quote_spanned!(Span::mixed_site()=> ::core::option::Option::None),
        )
    }

    pub(super) fn builder(&self) -> TokenStream {
        let (upto, name) = (&self.upto, name::given(&self.name(), &self.upto));
        let Options { context, timeline, host, .. } = &self.options;
        let (context, timeline, host) = (context.iter(), timeline.iter(), host.iter());
        let (keys, values) =
            (self.attributes.iter().map(|a| &a.key), self.attributes.iter().map(|a| self.value(a)));
        quote_spanned! {Span::mixed_site()=>
            #upto::Event::builder(#name)
                #(.context(#context))*
                #(.timeline(#timeline))*
                #(.host(#host))*
                #(.attr(#keys, #values))*
        }
    }

    fn name(&self) -> Expr {
        self.options.name.clone().unwrap_or_else(|| self.default_name())
    }

    fn default_name(&self) -> Expr {
        let function = self.function.signature.ident.unraw().to_string();
        parse_quote_spanned!(Span::mixed_site()=> ::core::concat!(::core::module_path!(), "::", #function))
    }

    /// The name, if it can be told when the program is built.
    fn constant_name(&self) -> Option<Expr> {
        match &self.options.name {
            None => Some(self.default_name()),
            Some(Expr::Lit(literal)) => Some(Expr::Lit(literal.clone())),
            Some(_) => None,
        }
    }
}
