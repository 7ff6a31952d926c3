//! `upto ping`: what the server asks, and how it is answered.

use std::process::ExitCode;

use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use super::api::{Api, ServerArguments};
use super::failure::Failure;
use super::output;
use super::render::{duration, table};

/// The exit code that says that an address does not answer as it should; 1 says that this can't be told.
const DOWN: u8 = 2;

/// List the addresses that the server asks, and how they answer
///
/// Which ones these are stands in the server's configuration, under "watch". Exit codes: 0 all that are listed are up, or
/// were not asked yet; 2 one is down; 1 the server does not answer, or asks no such service.
#[derive(Debug, Args)]
pub(super) struct PingArguments {
    /// Only this one
    service: Option<String>,
    /// Print what the server says, as a JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Deserialize)]
struct Ping {
    service: String,
    url: String,
    state: String,
    last: Option<String>,
    latency_seconds: Option<f64>,
    problem: Option<String>,
}

/// Lists what the server asks.
pub(super) fn ping(arguments: &PingArguments) -> Result<ExitCode, Failure> {
    let api = Api::connect(&arguments.server)?;
    let is_wanted = |item: &Value| match &arguments.service {
        Some(service) => item.get("service").and_then(Value::as_str) == Some(service),
        None => true,
    };
    let items: Vec<Value> = api.pings().collect::<Result<_, _>>()?;
    let items: Vec<Value> = items.into_iter().filter(is_wanted).collect();
    if let Some(service) = arguments.service.as_ref().filter(|_| items.is_empty()) {
        return Err(Failure::NoPing(service.clone()));
    }
    let pings: Vec<Ping> = items.iter().cloned().map(|item| api.typed(item)).collect::<Result<_, _>>()?;
    match arguments.json {
        true => output::json(&items)?,
        false => print(&pings)?,
    }
    let is_down = pings.iter().any(|ping| ping.state == "down");
    Ok(if is_down { ExitCode::from(DOWN) } else { ExitCode::SUCCESS })
}

fn print(pings: &[Ping]) -> Result<(), Failure> {
    if pings.is_empty() {
        return output::lines([
            "the server asks no addresses: its configuration has none under watch, pings",
        ]);
    }
    let rows: Vec<[String; 6]> = pings.iter().map(row).collect();
    output::lines(table(["SERVICE", "STATE", "LATENCY", "LAST", "URL", "PROBLEM"], &rows))
}

fn row(ping: &Ping) -> [String; 6] {
    let Ping { service, url, state, last, latency_seconds, problem } = ping;
    let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let latency = latency_seconds.map_or_else(|| "-".to_owned(), duration);
    [service.clone(), state.clone(), latency, known(last), url.clone(), problem.clone().unwrap_or_default()]
}
