//! `cargo upto test`.

use upto_server::timeline::State;

use crate::program::{run, upto};
use crate::project::Project;
use crate::reader::Reader;

const TESTS: &str = "
mod sums {
    #[test]
    fn add_up() { assert_eq!(1 + 1, 2); }
    #[test]
    fn go_wrong() { panic!(\"on purpose\"); }
    #[test]
    #[ignore]
    fn wait() {}
}
";

#[test]
fn programs_of_tests_and_tests_are_events() {
    let (project, reader) = (Project::new(), Reader::new());
    std::fs::create_dir(project.path().join("tests")).expect("a folder");
    project.write("tests/sums.rs", TESTS);
    let data = tempfile::tempdir().expect("a folder");
    let mut command = upto(project.path(), data.path());
    command.env("UPTO_SERVER", reader.udp()).env("UPTO_URL", reader.url());
    let ran = run(command.args(["--context", "tests", "test", "--offline", "--no-fail-fast"]));
    assert_eq!(ran.code, Some(101), "{ran:?}");
    // What the tests write is passed on.
    assert!(ran.errors.contains("on purpose") && ran.errors.contains("test result: FAILED"), "{ran:?}");
    let events = reader.settled("tests", 5);
    let program = events.one("test.tiny-app.run sums");
    assert_eq!(program.state, State::Failed, "{events:?}");
    assert!(program.duration().is_some() && program.text.contains("1 failed"), "{program:?}");
    let good = events.one("test.tiny-app.run sums.sums.add_up");
    assert_eq!((good.state, good.start), (State::UnknownStart, None), "nobody said when it began");
    assert_eq!(events.one("test.tiny-app.run sums.sums.go_wrong").state, State::Failed);
    assert!(!events.names().iter().any(|name| name.ends_with("wait")), "it was not run");
    // The program itself has tests too, none of them.
    assert_eq!(events.one("test.tiny-app.run tiny-app").state, State::Done);
    assert!(events.one("test.tiny-app.test sums").end <= program.start, "compiled before it was run");
}
