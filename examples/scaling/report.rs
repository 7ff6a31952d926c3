//! What was found, for people and for programs.

use std::fmt::Write;

use serde_json::json;

use crate::parameters::Parameters;
use crate::saturation::{Capacity, Highest, Limit};

/// Capacities as JSON, with all that they rest on.
pub(crate) fn json(parameters: &Parameters, seed: u64, capacities: &[Capacity]) -> String {
    format!("{:#}", json!({"seed": seed, "parameters": parameters, "capacities": capacities}))
}

const HEAD: &str = "\
| hosts | servers x cores | store | events/s of a host | messages/s in all | limit | durable (p99, at half) | events of a host in a deployment | limit |
|---|---|---|---|---|---|---|---|---|
";

/// Capacities as a table in Markdown.
pub(crate) fn table(capacities: &[Capacity]) -> String {
    capacities.iter().fold(HEAD.to_owned(), |mut table, capacity| {
        // Writing to a text does not fail.
        let _ = writeln!(table, "{}", line(capacity));
        table
    })
}

fn line(capacity: &Capacity) -> String {
    let Capacity { setup, steady, deployment, durable_at_half } = capacity;
    let all = 2.0 * steady.events * f64::from(setup.hosts);
    format!(
        "| {} | {} x {} | {} | {} | {} | {} | {:.0} ms | {} | {} |",
        grouped(f64::from(setup.hosts)),
        setup.servers,
        setup.cores,
        setup.store.name(),
        events(steady),
        grouped(all),
        name(steady.limit),
        durable_at_half * 1e3,
        events(deployment),
        name(deployment.limit),
    )
}

fn events(highest: &Highest) -> String {
    let least = if highest.limit == Limit::None { "at least " } else { "" };
    format!("{least}{}", grouped(highest.events))
}

fn name(limit: Limit) -> &'static str {
    match limit {
        Limit::Servers => "servers",
        Limit::Store => "store",
        Limit::None => "none",
    }
}

/// A number with two figures that count, and its thousands apart.
fn grouped(number: f64) -> String {
    if number < 10.0 {
        return format!("{number:.1}");
    }
    let unit = 10_f64.powf(number.log10().floor() - 1.0);
    let digits = format!("{:.0}", (number / unit).round() * unit);
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setups::{Setup, StoreKind};

    #[test]
    fn numbers_are_short() {
        assert_eq!(grouped(0.123), "0.1");
        assert_eq!(grouped(12.3), "12");
        assert_eq!(grouped(123_456.0), "120,000");
        assert_eq!(grouped(100_000.0), "100,000");
    }

    #[test]
    fn a_set_up_is_a_line() {
        let setup = Setup { hosts: 10, servers: 2, cores: 4, store: StoreKind::Redis };
        let steady = Highest { events: 1_500.0, limit: Limit::Store };
        let deployment = Highest { events: 1e6, limit: Limit::None };
        let capacity = Capacity { setup, steady, durable_at_half: 0.031, deployment };
        let expected = "| 10 | 2 x 4 | redis | 1,500 | 30,000 | store | 31 ms | at least 1,000,000 | none |";
        assert_eq!(table(&[capacity]).lines().last(), Some(expected));
        let json: serde_json::Value =
            serde_json::from_str(&json(&Parameters::default(), 3, &[capacity])).expect("JSON");
        assert_eq!((&json["capacities"][0]["steady"]["limit"], &json["seed"]), (&json!("store"), &json!(3)));
        assert_eq!(json["parameters"]["message_ns"], 430);
    }
}
