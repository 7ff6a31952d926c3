//! Ctrl-C, at different times.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use upto_server::timeline::State;

use super::program::program;
use super::project::Project;
use crate::reader::Reader;

fn interrupt(child: &Child) {
    let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(told.success());
}

#[test]
fn it_serves_the_page_until_it_is_interrupted() {
    let project = Project::new();
    let mut child = program(project.path())
        .args([".", "--", "--offline"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    let mut lines = Vec::<String>::new();
    while lines.last().is_none_or(|line| !line.starts_with("serving ")) {
        let mut line = String::new();
        assert!(output.read_line(&mut line).expect("a line") > 0, "{lines:?}");
        lines.push(line);
    }
    let page = lines.iter().find(|line| line.starts_with("http://")).expect("an address");
    assert!(ureq::get(page.trim()).call().expect("the page").status().is_success());
    interrupt(&child);
    assert_eq!(child.wait().expect("its end").code(), Some(0));
    let mut rest = String::new();
    output.read_to_string(&mut rest).expect("nothing");
    assert_eq!(rest, "");
}

#[test]
fn a_build_that_is_interrupted_is_cancelled() {
    let (project, reader) = (Project::new(), Reader::new());
    // It goes on until the test says so or this folder is gone, whatever happens to cargo.
    project.write(
        "build.rs",
        "fn main() {
            while std::fs::exists(\"Cargo.toml\").unwrap() && !std::fs::exists(\"end\").unwrap() {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        }\n",
    );
    let live = reader.live("build", "1");
    let child = program(project.path())
        .env("UPTO_SERVER", reader.udp())
        .env("UPTO_URL", reader.url())
        .env("UPTO_TIMELINE", "1")
        .args([".", "--", "--offline"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let is_told =
        |line: &std::io::Result<String>| line.as_ref().expect("a line").contains("build_script.run");
    assert!(live.lines().any(|line| is_told(&line)), "the build script never ran");
    interrupt(&child);
    let ended = child.wait_with_output().expect("its end");
    project.write("end", "");
    assert_eq!(ended.status.code(), Some(130), "{ended:?}");
    let events = reader.latest("build");
    assert_eq!(events.one("build").state, State::Cancelled);
    assert_eq!(events.one("build.tiny-app.build_script.run").state, State::Cancelled);
}
