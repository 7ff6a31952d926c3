use proc_macro2::TokenStream;
use quote::quote;

use super::event;

fn expanded(options: TokenStream, item: &TokenStream, enabled: bool) -> String {
    event(options, item.clone(), enabled).to_string()
}

fn function() -> TokenStream {
    quote! {
        /// Compiles.
        #[must_use]
        pub(crate) async unsafe fn compile<'a, T: Unit>(unit: &'a T, level: u32) -> Result<&'a str, Error> where T: 'a {
            #![allow(unused)]
            unit.compile(level).await?;
            return Ok(unit.name());
        }
    }
}

#[test]
fn while_off_a_function_of_which_nothing_is_said_is_left_as_it_is() {
    let function = quote!(
        fn compile(unit: &Unit) -> usize {
            unit.size()
        }
    );
    for options in [quote!(), quote!(skip(unit)), quote!(skip_all)] {
        assert_eq!(expanded(options, &function, false), function.to_string());
    }
}

#[test]
fn while_off_what_is_said_is_in_a_branch_that_is_not_taken() {
    let options =
        quote!(name = "compile", when = level > 3, fields(?unit, at = unit.place()), skip(level), err, ret);
    let off = expanded(options, &function(), false);
    let (checked, body) = off.split_once("if false {").expect("a branch");
    assert!(checked.ends_with("# ! [allow (unused)] "), "{off}");
    for said in
        ["level > 3", "unit . place ()", "debug (& (unit))", "None :: < Result < & 'a str , Error > >"]
    {
        assert!(body.contains(said), "{said} in {off}");
    }
    assert!(body.ends_with("unit . compile (level) . await ? ; return Ok (unit . name ()) ; } }"), "{off}");
}

#[test]
fn while_off_mistakes_are_told_all_the_same() {
    let mistakes = [
        (quote!(nmae = "compile"), "unknown option `nmae`"),
        (quote!(skip(lvel)), "unknown argument `lvel`"),
        (quote!(fields(lvel)), "unknown argument `lvel`"),
    ];
    for (options, problem) in mistakes {
        let told = expanded(options.clone(), &function(), false);
        assert!(told.contains("compile_error") && told.contains(problem), "{told}");
        assert!(told.ends_with(&function().to_string()), "{told}");
        assert_eq!(expanded(options, &function(), true), told);
    }
}

#[test]
fn while_on_all_before_the_body_is_left_as_it_is() {
    let (function, on) = (function(), expanded(quote!(), &function(), true));
    let head: TokenStream = function.clone().into_iter().take(function.into_iter().count() - 1).collect();
    assert!(on.starts_with(&head.to_string()), "{on}");
}

#[test]
fn a_method_without_a_body_stays_where_it_is() {
    let method = quote!(
        fn size(&self) -> usize;
    );
    let told = expanded(quote!(), &method, true);
    assert!(told.contains("without a body") && told.ends_with(&method.to_string()), "{told}");
}
