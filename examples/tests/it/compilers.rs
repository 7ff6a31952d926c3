//! A C program, built by make and by ninja, with a wrapper around the compiler.

use std::path::Path;
use std::process::Command;

use upto_server::timeline::State;

use crate::programs::{example, output, quiet, told};
use crate::reader::{Events, Reader};

/// What both tell of the same program.
const NAMES: [&str; 5] = [
    "build",
    "build.compile.count\\.o",
    "build.compile.main\\.o",
    "build.compile.words\\.o",
    "build.link.words",
];

/// Builds in a folder, as the texts on top of the files say.
fn build(reader: &Reader, tool: &[&str], folder: &Path) -> Events {
    let mut upto = told(reader, "upto");
    upto.args(["run", "--context", "c-project", "--new", "--event", "build", "--"]).args(tool);
    output(upto.current_dir(folder));
    reader.settled("c-project", NAMES.len())
}

fn assert_built(events: &Events, folder: &Path) {
    assert_eq!(events.names(), NAMES);
    assert!(events.all().iter().all(|event| event.state == State::Done), "{events:?}");
    let link = events.one("build.link.words");
    let compiled = events.all().iter().filter(|event| event.name.starts_with("build.compile."));
    assert!(compiled.into_iter().all(|event| event.end <= link.start), "{events:?}");
    let counted = Command::new(folder.join("words")).arg("three words here").output().expect("the program");
    assert_eq!(counted.stdout, b"3\n");
}

#[test]
fn make_builds_it_and_each_file_is_an_event() {
    let (reader, folder) = (Reader::new(), tempfile::tempdir().expect("a folder"));
    let [makefile, wrapper] =
        ["make/Makefile", "make/upto-cc"].map(|file| example(file).display().to_string());
    let tool = ["make", "-s", "-j4", "-f", &makefile, &format!("CC={wrapper}")];
    let events = build(&reader, &tool, folder.path());
    assert_built(&events, folder.path());
}

#[test]
fn ninja_builds_it_and_each_file_is_an_event() {
    let (reader, folder) = (Reader::new(), tempfile::tempdir().expect("a folder"));
    for (from, to) in
        [("ninja/build.ninja", "ninja"), ("make/upto-cc", "make"), ("make/src/main.c", "make/src")]
    {
        std::fs::create_dir_all(folder.path().join(to)).expect("a folder");
        let file = example(from);
        let name = file.file_name().expect("a name");
        std::fs::copy(&file, folder.path().join(to).join(name)).expect("a copy");
    }
    for file in ["count.c", "words.c", "words.h"] {
        let from = example("make/src").join(file);
        std::fs::copy(from, folder.path().join("make/src").join(file)).expect("a copy");
    }
    let work = folder.path().join("ninja");
    let events = build(&reader, &["ninja", "--quiet"], &work);
    assert_built(&events, &work);
}

#[test]
fn the_wrapper_ends_as_the_compiler_does_and_leaves_questions_alone() {
    let reader = Reader::new();
    let wrapper = example("make/upto-cc");
    let mut failing = told(&reader, &wrapper);
    let failed = failing.args(["-c", "/nowhere.c", "-o", "/nowhere.o"]).env("UPTO_CONTEXT", "c").output();
    let failed = failed.expect("the wrapper");
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    let events = reader.settled("c", 1);
    assert_eq!(events.one("compile./nowhere\\.o").state, State::Failed);
    assert!(output(quiet(&wrapper).arg("--version")).contains('.'));
}

/// Whoever tries them in a checkout finds it as clean as before.
#[test]
fn what_they_leave_is_no_change_of_the_repository() {
    let made = ["make/main.o", "make/words", "ninja/main.o", "ninja/words", "ninja/.ninja_log"];
    for file in made.into_iter().chain(["watch/upto-data/"]) {
        let mut git = Command::new("git");
        let ignored = git.current_dir(example("")).args(["check-ignore", "--quiet", file]).status();
        assert!(ignored.expect("git").success(), "{file} would be added");
    }
}
