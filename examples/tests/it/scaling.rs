//! `scaling` as its users run it.

use std::process::Command;

use serde_json::Value;

fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_scaling")).args(arguments).output().expect("the program");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Quick to simulate.
const SMALL: [&str; 6] = ["--hosts", "10", "--seconds", "0.5", "--message-ns", "20000"];

#[test]
fn a_table_tells_where_a_set_up_saturates() {
    let table = run(&SMALL);
    let line = table.lines().nth(2).expect("a line for the set-up");
    assert!(line.starts_with("| 10 | 1 x 2 | redb | ") && line.contains(" | servers | "), "{table}");
    assert_eq!(run(&SMALL), table, "the same again");
}

#[test]
fn json_has_the_figures_that_the_capacity_follows_from() {
    let events = |message_ns: &str| {
        let text = run(&["--json", "--hosts", "10", "--seconds", "0.5", "--message-ns", message_ns]);
        let report: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(report["parameters"]["message_ns"].to_string(), message_ns);
        report["capacities"][0]["steady"]["events"].as_f64().expect("a number")
    };
    let (fast, slow) = (events("20000"), events("40000"));
    assert!(fast > 1.5 * slow && fast < 2.5 * slow, "{fast} {slow}");
}
