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
    page().script(path)
}

#[test]
fn what_the_entry_needs_is_joined_behind_what_that_needs() {
    assert_eq!(
        script("main.js"),
        "async function B(){return await import(\"./f/e.js\")}\nfunction A(){}\nA(B);import(\"./f/e.js\");\nexport{B};\n"
    );
}

#[test]
fn what_only_a_later_one_needs_comes_with_it() {
    assert_eq!(
        script("f/e.js"),
        "import{B}from\"../main.js\";const C=B,D=1;class F{}\nC(D,import(\"../f/x.js\"));\nexport{D,F as E};\n"
    );
    assert_eq!(script("f/x.js"), "import{D}from\"../f/e.js\";\nexport{D as x};\n");
}

#[test]
fn what_is_joined_is_no_file() {
    let files: Vec<String> = page().scripts().map(|(path, _)| path).collect();
    assert_eq!(files, ["f/e.js", "f/x.js", "main.js"]);
    assert!(page().has("b.js") && !page().has("y.js"));
}

#[test]
fn what_several_need_that_are_fetched_apart_is_shared() {
    let main = "import(\"./a.js\");\nimport(\"./b.js\");\n";
    let a = "import { o, one } from \"./o.js\";\nexport const a = () => o + one + 1;\n";
    let b = "import { o } from \"./o.js\";\nexport const b = () => o + 2;\n";
    let other = "export const one = 1;\nexport const o = 3;\nexport const nobody = 4;\n";
    let page = read(&[("a.js", a), ("b.js", b), ("main.js", main), ("o.js", other)]).unwrap();
    assert_eq!(page.script("shared/1.js"), "const D=3;\nexport{D};\n");
    assert_eq!(
        page.script("a.js"),
        "import{D}from\"./shared/1.js\";const A=1,B=()=>D+A+1;\nexport{B as a};\n"
    );
    assert_eq!(page.script("b.js"), "import{D}from\"./shared/1.js\";const C=()=>D+2;\nexport{C as b};\n");
    assert_eq!(page.scripts().count(), 4);
}

#[test]
fn what_several_need_that_are_fetched_through_one_is_with_that() {
    let main = "import(\"./a.js\");\n";
    let a = "export const a = [() => import(\"./b.js\"), () => import(\"./c.js\")];\n";
    let b = "import { o } from \"./o.js\";\nexport const b = o;\n";
    let c = "import { o } from \"./o.js\";\nexport const c = o;\n";
    let sources =
        [("a.js", a), ("b.js", b), ("c.js", c), ("main.js", main), ("o.js", "export const o = 1;\n")];
    let page = read(&sources).unwrap();
    let whole = "const A=[()=>import(\"./b.js\"),()=>import(\"./c.js\")],D=1;\nexport{A as a,D};\n";
    assert_eq!(page.script("a.js"), whole);
    assert_eq!(page.script("b.js"), "import{D}from\"./a.js\";const B=D;\nexport{B as b};\n");
}

#[test]
fn what_is_done_at_once_is_done_for_each_that_imports_it() {
    let main = "import(\"./a.js\");\nimport(\"./b.js\");\n";
    let a = "import { o } from \"./o.js\";\nexport const a = o;\n";
    let b = "import { n } from \"./o.js\";\nexport const b = n;\n";
    let other = "export const n = 1;\nexport const o = 2;\ndocument.title = \"\";\n";
    let page = read(&[("a.js", a), ("b.js", b), ("main.js", main), ("o.js", other)]).unwrap();
    assert_eq!(page.script("shared/1.js"), "document.title=\"\";\nexport{};\n");
    assert!(page.script("a.js").starts_with("import{}from\"./shared/1.js\";const "));
    assert!(page.script("b.js").starts_with("import{}from\"./shared/1.js\";const "));
}

/// The script of a page of two modules.
fn joined(main: &'static str, other: &'static str) -> String {
    read(&[("main.js", main), ("o.js", other)]).unwrap().script("main.js")
}

#[test]
fn names_are_shortened_wherever_they_stand_and_members_are_not() {
    let main = "import { count, Thing as Other } from \"./o.js\";\n\
                const f = ({ model, at: place = count }, ...rest) => `${model.at} ${{ model, count }}`;\n\
                f(new Other().model, (count) => count.length, window.name);\n";
    let other = "export const count = 1;\nexport class Thing {\n  #model = count;\n  model() {\n    return this.#model;\n  }\n}\n";
    assert_eq!(
        joined(main, other),
        "const A=1;class C{#e=A;model(){return this.#e}}\n\
         const B=({model:e,at:t=A},...s)=>`${e.at} ${{model:e,count:A}}`;\
         B(new C().model,A=>A.length,window.name);\nexport{};\n"
    );
}

#[test]
fn members_of_a_class_have_names_of_their_own() {
    let main = "import { o } from \"./o.js\";\n\
                class M {\n  #a = (b) => b;\n  c(d, e) {\n    return (f) => this.#a(d + e + f + o);\n  }\n  g(e, o) {\n    return e;\n  }\n}\nnew M();\n";
    let whole = "const A=1;class B{#e=e=>e;c(e,t){return(s)=>this.#e(e+t+s+A)}\ng(e,A){return e}}\nnew B();\nexport{};\n";
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
fn what_changes_is_in_one_file_whoever_needs_it() {
    let main = "import(\"./a.js\");\nimport(\"./b.js\");\n";
    let a = "import { read } from \"./o.js\";\nexport const a = read;\n";
    let b = "import { grow } from \"./o.js\";\nexport const b = grow;\n";
    let other = "let count = 0;\nexport const read = () => count;\nexport const grow = () => count++;\n";
    let page = read(&[("a.js", a), ("b.js", b), ("main.js", main), ("o.js", other)]).unwrap();
    let whole = "let A=0;const E=()=>A,D=()=>A++;\nexport{D,E};\n";
    assert_eq!(page.script("shared/1.js"), whole);
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
