//! What comes out does what the modules did: read here, run in `upto-server/browser`.

use super::parse::resolved;
use super::*;

const MAIN: &str =
    "import { b as c } from \"./b.js\";\nimport * as d from \"./f/d.js\";\nc(d.d);\nimport(\"./f/e.js\");\n";
const B: &str = "import { d } from \"./f/d.js\";\nfunction a() {}\nexport { a as b };\nexport const n = d;\n";
const D: &str = "export async function d() {\n  return await import(\"./e.js\");\n}\n";
const E: &str = "import { n } from \"../b.js\";\nimport { x } from \"./x.js\";\nexport class E {}\nn(x, import(\"./x.js\"));\n";
const X: &str = "export const x = 1;\n";

fn read<'s>(sources: &[(&'s str, &'s str)]) -> Result<Modules<'s>, JoinError> {
    Modules::read(sources.iter().copied(), "main.js")
}

fn page() -> Modules<'static> {
    read(&[("b.js", B), ("f/d.js", D), ("f/e.js", E), ("f/x.js", X), ("main.js", MAIN)]).unwrap()
}

fn script(path: &str) -> String {
    page().script(path).unwrap()
}

#[test]
fn what_the_entry_needs_is_joined_behind_what_that_needs() {
    assert_eq!(
        script("main.js"),
        "async function A(){return await import(\"./f/e.js\")}\nfunction B(){}\nB(A);import(\"./f/e.js\");\nexport{A};\n"
    );
}

#[test]
fn what_is_imported_later_takes_from_where_it_is() {
    assert_eq!(
        script("f/e.js"),
        "import{n}from\"../b.js\";import{x}from\"../f/x.js\";class e{}\nn(x,import(\"../f/x.js\"));\nexport{e as E};\n"
    );
    assert_eq!(script("f/x.js"), "const x=1;\nexport{x};\n");
}

#[test]
fn what_of_a_joined_module_only_others_need_is_there_by_itself() {
    assert_eq!(script("b.js"), "import{A}from\"./main.js\";const n=A;\nexport{n};\n");
    assert_eq!(script("f/d.js"), "import{A}from\"../main.js\";\nexport{A as d};\n");
    assert_eq!(page().script("y.js"), None);
}

/// The script of a page of two modules.
fn joined(main: &'static str, other: &'static str) -> String {
    read(&[("main.js", main), ("o.js", other)]).unwrap().script("main.js").unwrap()
}

#[test]
fn names_are_shortened_wherever_they_stand_and_members_are_not() {
    let main = "import { count, Thing as Other } from \"./o.js\";\n\
                const f = ({ model, at: place = count }, ...rest) => `${model.at} ${{ model, count }}`;\n\
                f(new Other().model, (count) => count.length, window.name);\n";
    let other = "export const count = 1;\nexport class Thing {\n  #model = count;\n  model() {\n    return this.#model;\n  }\n}\n";
    assert_eq!(
        joined(main, other),
        "const A=1;class C{#m=A;model(){return this.#m}}\n\
         const B=({model:e,at:t=A},...s)=>`${e.at} ${{model:e,count:A}}`;\
         B(new C().model,A=>A.length,window.name);\nexport{};\n"
    );
}

#[test]
fn members_of_a_class_have_names_of_their_own() {
    let main = "import { o } from \"./o.js\";\n\
                class M {\n  #a = (b) => b;\n  c(d, e) {\n    return (f) => this.#a(d + e + f + o);\n  }\n  g(e, o) {\n    return e;\n  }\n}\nnew M();\n";
    let whole = "const A=1;class B{#a=e=>e;c(e,t){return(s)=>this.#a(e+t+s+A)}\ng(e,A){return e}}\nnew B();\nexport{};\n";
    assert_eq!(joined(main, "export const o = 1;\n"), whole);
}

#[test]
fn modules_do_not_get_in_each_other_s_way() {
    let main = "import * as o from \"./o.js\";\nconst value = 2;\nlet o2 = value;\no2 += o.value + o.twice(value);\n";
    let other = "const value = 1;\nconst twice = (a) => a * 2 + value;\nexport { value, twice };\n";
    assert_eq!(joined(main, other), "const B=1,D=e=>e*2+B,A=2;let C=A;C+=B+D(A);\nexport{};\n");
}

#[test]
fn what_changes_stays_with_all_that_changes_it() {
    let main = "import { used } from \"./o.js\";\nused();\n";
    let other = "let count = 0;\nexport function used() {\n  return count;\n}\nexport function other() {\n  count++;\n}\n";
    let whole = "let A=0;function B(){return A}\nfunction C(){A++}\nB();\nexport{};\n";
    assert_eq!(joined(main, other), whole);
}

#[test]
fn what_can_not_be_joined_is_said() {
    let refused = |sources: &[(&'static str, &'static str)]| read(sources).err().unwrap();
    let missing = JoinError::Missing { path: "y.js".to_owned() };
    assert_eq!(refused(&[("main.js", "import { y } from \"./y.js\";")]), missing);
    let lost = JoinError::Missing { path: "z in main.js".to_owned() };
    assert_eq!(refused(&[("main.js", "import { z } from \"./y.js\";"), ("y.js", X)]), lost);
    let lost = [("main.js", "import * as y from \"./y.js\";\ny.z();"), ("y.js", X)];
    assert_eq!(refused(&lost), JoinError::Missing { path: "z in main.js".to_owned() });
    let all = [("main.js", "import * as y from \"./y.js\";\nf(y);"), ("y.js", X)];
    assert!(matches!(refused(&all), JoinError::Unknown { .. }));
    let around = [("a.js", "import { b } from \"./main.js\";"), ("main.js", "import { a } from \"./a.js\";")];
    assert_eq!(refused(&around), JoinError::Circle { path: "main.js".to_owned() });
    for source in [
        "import y from \"./y.js\";",
        "import { y } from \"y\";",
        "import { y } from \"../y.js\";",
        "export let y = 1;",
        "export default 1;",
        "export * from \"./y.js\";",
        "export { y } from \"./y.js\";",
    ] {
        assert!(matches!(refused(&[("main.js", source)]), JoinError::Unknown { .. }), "{source}");
    }
    assert!(matches!(refused(&[("main.js", "'")]), JoinError::Unterminated { .. }));
}

#[test]
fn addresses_are_told_from_the_module() {
    assert_eq!(resolved("a/b/c.js", "../d.js").as_deref(), Some("a/d.js"));
    assert_eq!(resolved("c.js", "./d/e.js").as_deref(), Some("d/e.js"));
    for address in ["../../d.js", "d.js", "/d.js", "https://d.js"] {
        assert_eq!(resolved("a/c.js", address), None, "{address}");
    }
}
