//! The deployment, over hosts that a script stands for.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use upto_server::timeline::State;

use crate::programs::{example, told};
use crate::reader::Reader;

/// In the place of ssh: the host is a variable, and the command runs here.
const REMOTE: &str = "#!/bin/sh\nHOST=$1 && export HOST && shift\nexec \"$@\"\n";
/// What a step does on a host: one of them does not come up.
const STEP: &str = "#!/bin/sh\necho \"$1 on $HOST\"\n[ \"$1 $HOST\" != \"health broken\" ]\n";

struct Hosts(TempDir);

impl Hosts {
    fn new() -> Self {
        let hosts = Hosts(tempfile::tempdir().expect("a folder"));
        for (name, text) in [("remote", REMOTE), ("step", STEP)] {
            fs::write(hosts.file(name), text).expect("a file");
            fs::set_permissions(hosts.file(name), fs::Permissions::from_mode(0o755)).expect("permissions");
        }
        hosts
    }

    fn file(&self, name: &str) -> PathBuf {
        let folder: &Path = self.0.path();
        folder.join(name)
    }

    fn deploy(&self, reader: &Reader, hosts: &[&str]) -> Command {
        let mut deploy = told(reader, example("deploy/deploy"));
        deploy.env("REMOTE", self.file("remote")).env("STEPS", self.file("step")).arg("1.4.2").args(hosts);
        deploy
    }
}

#[test]
fn two_hosts_at_a_time_and_each_step_is_of_its_host() {
    let (reader, hosts) = (Reader::new(), Hosts::new());
    let ran = hosts.deploy(&reader, &["a", "b", "c"]).output().expect("the script");
    assert!(ran.status.success(), "{ran:?}");
    // Of each host: check, four steps, verify.
    let events = reader.settled("deploy", 18);
    let of = |host: &str, name: &str| {
        let mut all = events.all().iter().filter(|event| (&*event.host, &*event.name) == (host, name));
        all.next().unwrap_or_else(|| panic!("{name} of {host}: {events:?}")).clone()
    };
    for host in ["a", "b", "c"] {
        let steps = ["check", "roll.drain", "roll.install", "roll.restart", "roll.health", "verify"];
        let ends = steps.map(|step| of(host, step).end);
        assert!(ends.is_sorted(), "{ends:?}");
    }
    let healthy = of("a", "roll.health").end.max(of("b", "roll.health").end);
    assert!(healthy <= of("c", "roll.drain").start, "the third host waits for the first two");
}

#[test]
fn a_host_that_does_not_come_up_ends_it() {
    let (reader, hosts) = (Reader::new(), Hosts::new());
    let ran = hosts.deploy(&reader, &["a", "broken", "c"]).output().expect("the script");
    assert!(!ran.status.success(), "{ran:?}");
    // Three checks, and four steps of each of the first two hosts.
    let events = reader.settled("deploy", 11);
    let failed: Vec<_> = events.all().iter().filter(|event| event.state == State::Failed).collect();
    assert_eq!(
        failed.iter().map(|event| (&*event.host, &*event.name)).collect::<Vec<_>>(),
        [("broken", "roll.health")]
    );
    assert!(
        !events.all().iter().any(|event| &*event.host == "c" && event.name.starts_with("roll")),
        "{events:?}"
    );
}
