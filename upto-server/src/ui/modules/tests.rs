//! What comes out does what the modules did: read here, run in `upto-server/browser`.

use super::parse::resolved;
use super::*;

const MAIN: &str =
    "import { b as c } from \"./b.js\";\nimport * as d from \"./f/d.js\";\nc(d);\nimport(\"./f/e.js\");\n";
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
fn what_the_entry_imports_is_joined_behind_what_that_imports() {
    assert_eq!(
        script("main.js"),
        "const $0=(()=>{async function d(){return await import(\"./f/e.js\");}\nreturn{d}})();\n\
         const $1=(()=>{const{d}=$0;function a(){}\nconst n=d;\nreturn{b:a,n}})();\n\
         const $2=(()=>{const{b:c}=$1;const d=$0;c(d);import(\"./f/e.js\");\nreturn{}})();\n\
         export{$0,$1,$2};\n"
    );
}

#[test]
fn what_is_imported_later_takes_from_the_joined_script() {
    assert_eq!(
        script("f/e.js"),
        "import{$1}from\"../main.js\";import{x}from\"../f/x.js\";const{n}=$1;class E{}\nn(x,import(\"./x.js\"));\nexport{E};\n"
    );
    assert_eq!(script("f/x.js"), "const x=1;\nexport{x};\n");
}

#[test]
fn a_joined_module_is_there_by_itself_too() {
    assert_eq!(script("b.js"), "import{$1}from\"./main.js\";export const{b,n}=$1;\n");
    assert_eq!(page().script("y.js"), None);
}

#[test]
fn what_can_not_be_joined_is_said() {
    let refused = |sources: &[(&'static str, &'static str)]| read(sources).err().unwrap();
    let missing = JoinError::Missing { path: "y.js".to_owned() };
    assert_eq!(refused(&[("main.js", "import { y } from \"./y.js\";")]), missing);
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
