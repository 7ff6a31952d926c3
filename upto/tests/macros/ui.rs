//! Programs that compile under strict rules, and programs that do not compile, with what they are told.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/macros/ui/accepted/*.rs");
    cases.compile_fail("tests/macros/ui/refused/*.rs");
}
