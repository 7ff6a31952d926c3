//! Services that start in an order: told by their units, run without systemd.

use std::fs;

use crate::programs::{example, output, told};
use crate::reader::Reader;

#[test]
fn services_start_in_the_order_that_their_units_say() {
    let reader = Reader::new();
    output(told(&reader, "python3").arg(example("startup/start-here")));
    let events = reader.settled("boot", 4);
    let start = |name: &str| events.one(&format!("services.shop-{name}")).start;
    let end = |name: &str| events.one(&format!("services.shop-{name}")).end;
    assert!(start("database") < end("cache") && start("cache") < end("database"), "side by side: {events:?}");
    assert!(end("database").max(end("cache")) <= start("api") && end("api") <= start("web"), "{events:?}");
    assert!(events.all().iter().all(|event| !event.host.is_empty()), "{events:?}");
}

/// What systemd would say of the units, with the programs where they are here.
#[test]
fn the_units_are_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = |file: &str| fs::read_to_string(example("startup/units").join(file)).expect("a unit");
    let programs = [
        ("/opt/shop/start-service", example("startup/start-service")),
        ("/usr/bin/upto", "/bin/true".into()),
    ];
    for unit in ["shop-api", "shop-cache", "shop-database", "shop-web"] {
        let of_unit = folder.path().join(format!("{unit}.service"));
        let both = [text(&format!("{unit}.service")), text("upto.conf")].concat();
        let both =
            programs.iter().fold(both, |text, (name, path)| text.replace(name, &path.display().to_string()));
        fs::write(of_unit, both).expect("a file");
    }
    let units = fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("a unit").path());
    let mut verify = std::process::Command::new("systemd-analyze");
    let verified = verify
        .args(["verify", "--man=no"])
        .args(units)
        .env("SYSTEMD_UNIT_PATH", format!("{}:", folder.path().display()));
    let verified = verified.output().expect("systemd-analyze, which is part of systemd");
    let said = String::from_utf8_lossy(&verified.stderr);
    assert!(!said.contains("shop-"), "{said}");
    assert!(verified.status.success(), "{said}");
}

/// What is told before anybody listens is lost, so the services wait for who does.
#[test]
fn services_come_after_what_takes_their_events() {
    let text = fs::read_to_string(example("startup/units/upto.conf")).expect("the drop-in");
    let said = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
    let agent = said("After=").expect("an order");
    assert_eq!(said("Wants=").as_deref(), Some(agent.as_str()));
    assert!(example("../packaging/systemd").join(&agent).is_file(), "{agent}");
    assert_eq!(said("Environment=").as_deref(), Some("UPTO_SERVER=127.0.0.1:8123"));
}
