//! The new function: the old one's head, and a body that runs the old one in an event.
//!
//! All names of the new body are resolved at the mixed site, so that the old body does not see them, and all
//! paths are absolute. While nothing is sent, all that happens is that `is_active` is asked.
//!
//! With the feature off, the body is the old one behind a branch that is never taken. In it, the compiler checks what the
//! options say, and sees that arguments are used which only they use.

mod start;

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Path, Result, parse_quote_spanned};

use crate::arguments::Arguments;
use crate::attributes::{Attribute, attributes};
use crate::function::Function;
use crate::options::Options;
use crate::returned::{Kind, Returned};
use crate::scope::checked_condition;

/// What the attribute with these `options` makes of `item`: where it is not `enabled`, the item itself, with what the
/// options say checked in it if they say anything.
///
/// Where an option or the item is wrong, the errors and the item itself, so that what uses it still compiles.
pub(crate) fn event(options: TokenStream, item: TokenStream, enabled: bool) -> TokenStream {
    match Expansion::new(options, item.clone()) {
        Ok(expansion) if enabled => expansion.function(),
        Ok(expansion) if expansion.says_something() => expansion.checked_function(),
        Ok(_) => item,
        Err(error) => {
            let error = error.into_compile_error();
            quote!(#error #item)
        }
    }
}

struct Expansion {
    function: Function,
    returned: Returned,
    options: Options,
    attributes: Vec<Attribute>,
    upto: Path,
}

impl Expansion {
    fn new(options: TokenStream, item: TokenStream) -> Result<Self> {
        let function = Function::parse(item)?;
        let options: Options = syn::parse2(options)?;
        let returned = Returned::new(&function.signature);
        returned.check(&options)?;
        let upto =
            options.crate_path.clone().unwrap_or_else(|| parse_quote_spanned!(Span::mixed_site()=> ::upto));
        let attributes = attributes(&options, &Arguments::new(&function.signature), &upto)?;
        Ok(Expansion { function, returned, options, attributes, upto })
    }

    fn function(&self) -> TokenStream {
        let Function { head, inner_attributes, .. } = &self.function;
        let body = match self.returned.kind {
            Kind::Sync if self.looks_at_output() => self.checked_body(),
            Kind::Sync => self.plain_body(),
            Kind::Async => self.async_body(),
            Kind::Future => self.future_body(),
            Kind::BoxedFuture => self.boxed_future_body(),
        };
        quote_spanned!(Span::mixed_site()=> #head { #(#inner_attributes)* #body })
    }

    /// Whether there is anything that the compiler could check.
    fn says_something(&self) -> bool {
        let Options { name, context, timeline, host, when, .. } = &self.options;
        let is_said = [name, context, timeline, host, when].into_iter().any(Option::is_some);
        is_said || !self.attributes.is_empty() || self.looks_at_output()
    }

    /// The old function, and what the options say where it is never run.
    fn checked_function(&self) -> TokenStream {
        let Function { head, inner_attributes, .. } = &self.function;
        let (builder, body, output) = (self.builder(), self.nested(), self.checked_output());
        let when = self.options.when.as_ref().map(checked_condition);
        quote_spanned! {Span::mixed_site()=>
            #head {
                #(#inner_attributes)*
                if false {
                    #when
                    let _ = #builder;
                    #output
                }
                #body
            }
        }
    }

    /// What `err` and `ret` do with a value of the type that is returned, where the signature tells it all.
    fn checked_output(&self) -> Option<TokenStream> {
        if !self.looks_at_output() || self.returned.never_returns() || !self.returned.is_told() {
            return None;
        }
        let (upto, value) = (&self.upto, &self.returned.value);
        let looked = self.looked(&quote_spanned!(Span::mixed_site()=> event));
        Some(quote_spanned! {Span::mixed_site()=>
            let event = #upto::Event::none();
            if let ::core::option::Option::Some(output) = ::core::option::Option::None::<#value> {
                #looked
            }
        })
    }

    fn looks_at_output(&self) -> bool {
        self.options.err.is_some() || self.options.ret.is_some()
    }

    /// The guard's drop ends the event, whichever way the body is left.
    fn plain_body(&self) -> TokenStream {
        let (started, body) = (self.started_here(), self.nested());
        quote_spanned! {Span::mixed_site()=>
            let _event = #started;
            #body
        }
    }

    fn checked_body(&self) -> TokenStream {
        let (started, called) = (self.started(), self.called());
        let looked = self.looked(&quote_spanned!(Span::mixed_site()=> event));
        quote_spanned! {Span::mixed_site()=>
            let event = #started;
            let output = #called;
            #looked
            output
        }
    }

    fn async_body(&self) -> TokenStream {
        match self.call_site().filter(|_| !self.looks_at_output()) {
            Some(site) => self.task_body(&site),
            None => self.running_body(),
        }
    }

    /// Of an event of which nothing but values is said, and all else is known when the program is built. While nothing is
    /// sent, the old body is awaited as it is. The values are taken before it gets the arguments, and are gone before it
    /// runs, so that they are no part of the future.
    fn task_body(&self, site: &TokenStream) -> TokenStream {
        let (upto, is_wanted, old) = (&self.upto, self.is_wanted(), self.old_future());
        let values = self.attributes.iter().map(|attribute| self.value(attribute));
        let awaited = self.awaited(&quote_spanned!(Span::mixed_site()=> ::core::pin::pin!(old)));
        quote_spanned! {Span::mixed_site()=>
            let values = if #is_wanted {
                ::core::option::Option::Some([#(#values),*])
            } else {
                ::core::option::Option::None
            };
            let old = #old;
            match values {
                ::core::option::Option::None => old.await,
                // Nothing that the user has written is in here. Some futures are never done.
                #[allow(unreachable_code)]
                ::core::option::Option::Some(values) => {
                    let mut running = {
                        let values = values;
                        #site
                        #upto::__private::TaskEvent::start(&SITE, &values)
                    };
                    #awaited
                }
            }
        }
    }

    fn running_body(&self) -> TokenStream {
        let (upto, event, old) = (&self.upto, self.started_detached(), self.old_future());
        let awaited = self.awaited(&quote_spanned!(Span::mixed_site()=> ::core::pin::pin!(#old)));
        quote_spanned! {Span::mixed_site()=>
            let mut running = #upto::__private::Running::new(#event);
            #awaited
        }
    }

    /// The old body as a future.
    fn old_future(&self) -> TokenStream {
        let (hint, body) = (self.hint(), self.nested());
        quote_spanned! {Span::mixed_site()=>
            async move {
                #hint
                #body
            }
        }
    }

    fn future_body(&self) -> TokenStream {
        let (upto, prepared, called) = (&self.upto, self.prepared(), self.called());
        let awaited = self.awaited(&quote_spanned!(Span::mixed_site()=> ::core::pin::pin!(future)));
        quote_spanned! {Span::mixed_site()=>
            let event = #prepared;
            let future = #called;
            async move {
                let mut running = #upto::__private::Running::new(::core::option::Option::map_or_else(
                    event,
                    #upto::Event::none,
                    #upto::EventBuilder::start_detached,
                ));
                #awaited
            }
        }
    }

    fn boxed_future_body(&self) -> TokenStream {
        let (upto, prepared, called) = (&self.upto, self.prepared(), self.called());
        let awaited =
            self.awaited(&quote_spanned!(Span::mixed_site()=> ::core::pin::Pin::as_mut(&mut future)));
        quote_spanned! {Span::mixed_site()=>
            let event = #prepared;
            let future = #called;
            match event {
                ::core::option::Option::None => future,
                ::core::option::Option::Some(event) => ::std::boxed::Box::pin(async move {
                    let mut running =
                        #upto::__private::Running::new(#upto::EventBuilder::start_detached(event));
                    let mut future = future;
                    #awaited
                }),
            }
        }
    }

    /// The old body as a block within the new one, still in its own braces, as they tell the edition.
    ///
    /// The item that it begins with does nothing but keep `unused_braces` from complaining of a block around one
    /// expression. As a statement, it would make `clippy::items_after_statements` complain of the items there.
    fn nested(&self) -> TokenStream {
        let body = &self.function.body;
        let statements = body.stream();
        let mut nested =
            Group::new(Delimiter::Brace, quote_spanned!(Span::mixed_site()=> const _: () = (); #statements));
        nested.set_span(body.span());
        nested.into_token_stream()
    }

    /// The old body in a closure, which takes in every `return` and `?`, called.
    ///
    /// By `unwrap_or_else`, the compiler knows that it is called only once, and lets it return what it borrows
    /// through an argument. That of a closure called on the spot would have to end with the call.
    fn called(&self) -> TokenStream {
        let (written, body) = (&self.returned.written, &self.function.body);
        quote_spanned! {Span::mixed_site()=>
            ::core::option::Option::unwrap_or_else(::core::option::Option::None, move || -> #written #body)
        }
    }

    /// Tells the compiler an `async` block's type, which it knows of an `async fn`.
    fn hint(&self) -> Option<TokenStream> {
        let value = &self.returned.value;
        (!self.returned.never_returns()).then(|| {
            quote_spanned! {Span::mixed_site()=>
                if let ::core::option::Option::Some(output) = ::core::option::Option::None::<#value> {
                    #[allow(unreachable_code)]
                    return output;
                }
            }
        })
    }

    /// The future that `pinned` points to, run in the event `running`.
    ///
    /// It is lent to the runtime. Moved into futures of it, it would be stored again in each, and futures would
    /// grow exponentially with the depth of events. Made after `running`, and mostly in the statement that awaits it, it is
    /// dropped before that, and what is nested in the event ends before the event does.
    fn awaited(&self, pinned: &TokenStream) -> TokenStream {
        let looked = self.looked(&quote_spanned!(Span::mixed_site()=> running.event()));
        quote_spanned! {Span::mixed_site()=>
            let output = running.run(#pinned).await;
            #looked
            running.done();
            output
        }
    }

    /// What `err` and `ret` do with the `event` and its `output`.
    fn looked(&self, event: &TokenStream) -> TokenStream {
        let upto = &self.upto;
        let err = self.options.err.map(|err| {
            quote_spanned! {at(err)=>
                if let ::core::result::Result::Err(error) = &output {
                    #event.fail(error);
                }
            }
        });
        let ret = self.options.ret.map(|ret| {
            quote_spanned! {at(ret)=>
                if #event.scope().is_some() {
                    #event.attr("return", #upto::debug(&output));
                }
            }
        });
        quote!(#err #ret)
    }
}

/// Where errors point at `option`, while names are resolved as everywhere here.
fn at(option: Span) -> Span {
    option.resolved_at(Span::mixed_site())
}

#[cfg(test)]
mod tests;
