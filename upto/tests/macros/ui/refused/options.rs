#[upto::event(nmae = "compile")]
fn unknown() {}

#[upto::event(name = "compile", err, name = "link")]
fn twice() -> Result<(), String> {
    Ok(())
}

#[upto::event("compile")]
fn text_alone() {}

#[upto::event(name("compile"))]
fn text_in_parentheses() {}

#[upto::event(name = 3)]
fn number() {}

#[upto::event(name = "")]
fn empty() {}

#[upto::event(host)]
fn no_value() {}

#[upto::event(context = )]
fn nothing() {}

#[upto::event(err(Debug))]
fn flag_with_value() -> Result<(), String> {
    Ok(())
}

#[upto::event(skip_all = true)]
fn flag_assigned() {}

#[upto::event(name = "compile" host = "here")]
fn no_comma() {}

#[upto::event(crate = "upto")]
fn crate_as_text() {}

fn main() {}
