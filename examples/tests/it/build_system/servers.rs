//! Servers that are not there, or that are in the way.

use std::net::{TcpListener, UdpSocket};

use super::program::{program, run};
use super::project::Project;
use crate::reader::Reader;

/// An address of this machine where nobody is. It stays taken as long as the socket lives.
fn silent() -> (UdpSocket, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let address = socket.local_addr().expect("an address").to_string();
    (socket, address)
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let project = Project::new();
    // Bound and then closed: nobody listens there.
    let address =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("an address");
    let mut program = program(project.path());
    program.env("UPTO_SERVER", "127.0.0.1:9").env("UPTO_URL", format!("http://{address}"));
    let ran = run(program.arg("."));
    assert_eq!((ran.code, ran.output.as_str()), (Some(1), ""), "{ran:?}");
    assert!(ran.errors.contains(&format!("no upto-server answers at http://{address}")), "{ran:?}");
    assert!(ran.errors.contains("UPTO_URL"), "{ran:?}");
}

#[test]
fn a_folder_that_another_process_serves_is_told() {
    let project = Project::new();
    let _other = Reader::of(&project.file("upto-data"));
    let ran = run(program(project.path()).args(["--exit", "."]));
    assert_eq!((ran.code, ran.output.as_str()), (Some(1), ""), "{ran:?}");
    assert!(ran.errors.contains("another process has ./upto-data open"), "{ran:?}");
    assert!(ran.errors.contains("UPTO_SERVER="), "{ran:?}");
}

#[test]
fn events_that_do_not_arrive_are_missed() {
    let (project, reader, (_socket, address)) = (Project::new(), Reader::new(), silent());
    let mut program = program(project.path());
    program.env("UPTO_SERVER", address).env("UPTO_URL", reader.url());
    let ran = run(program.args([".", "--", "--offline"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.errors.contains("note: no event has arrived"), "{ran:?}");
    assert!(ran.output.contains("there is nothing to compare"), "{ran:?}");
}
