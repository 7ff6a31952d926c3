//! `upto clusters`: the clusters that the server watches, and how they are.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use super::api::{Api, ServerArguments};
use super::failure::{self, Failure};
use super::output;
use super::render::table;

/// How often the server is asked with `--watch`.
const PERIOD: Duration = Duration::from_secs(1);
/// What the columns are called.
/// What is said where nothing is watched, beside the empty list.
const NONE: &str = "the server watches no clusters: its upto.yaml may list some, under `clusters`";
const HEAD: [&str; 6] = ["CLUSTER", "CONNECTOR", "STATE", "LAST", "MS", "PROBLEM"];

/// List the clusters that the server watches, and how each is
#[derive(Debug, Args)]
pub(super) struct ClustersArguments {
    /// Print what the server says, as a JSON array
    #[arg(long, conflicts_with = "watch")]
    json: bool,
    /// Go on, and print each cluster again when something else is found out about it
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// What is shown of a cluster.
#[derive(Debug, Deserialize)]
struct Cluster {
    name: String,
    connector: String,
    state: String,
    stale: bool,
    latest: Option<Latest>,
}

#[derive(Debug, Deserialize)]
struct Latest {
    number: u64,
    time: String,
    round_trip_seconds: f64,
    problem: Option<String>,
}

/// Lists the clusters, once or until somebody ends it.
pub(super) fn clusters(arguments: &ClustersArguments) -> Result<(), Failure> {
    let api = Api::connect(&arguments.server)?;
    let items: Vec<Value> = api.clusters().collect::<Result<_, _>>()?;
    if arguments.json {
        return output::json(&items);
    }
    if items.is_empty() {
        failure::tell(NONE);
    }
    let clusters: Vec<Cluster> = items.into_iter().map(|item| api.typed(item)).collect::<Result<_, _>>()?;
    output::lines(table(HEAD, &clusters.iter().map(row).collect::<Vec<_>>()))?;
    if arguments.watch { watch(&api, &clusters) } else { Ok(()) }
}

fn watch(api: &Api, clusters: &[Cluster]) -> Result<(), Failure> {
    let mut shown: BTreeMap<String, Mark> =
        clusters.iter().map(|cluster| (cluster.name.clone(), mark(cluster))).collect();
    loop {
        sleep(PERIOD);
        for item in api.clusters() {
            let cluster: Cluster = api.typed(item?)?;
            if shown.insert(cluster.name.clone(), mark(&cluster)) != Some(mark(&cluster)) {
                output::lines([row(&cluster).join("  ")])?;
            }
        }
    }
}

/// What another one of means that something else was found out.
type Mark = (u64, bool);

fn mark(cluster: &Cluster) -> Mark {
    (cluster.latest.as_ref().map_or(0, |latest| latest.number), cluster.stale)
}

fn row(cluster: &Cluster) -> [String; 6] {
    let none = || "-".to_owned();
    let latest = cluster.latest.as_ref();
    let state = if cluster.stale { format!("{} (stale)", cluster.state) } else { cluster.state.clone() };
    [
        cluster.name.clone(),
        cluster.connector.clone(),
        state,
        latest.map_or_else(none, |latest| latest.time.clone()),
        latest.map_or_else(none, |latest| format!("{:.1}", latest.round_trip_seconds * 1e3)),
        latest.and_then(|latest| latest.problem.clone()).unwrap_or_else(none),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cluster_is_a_row_whatever_is_known_of_it() {
        let read = |value| row(&serde_json::from_value::<Cluster>(value).expect("a cluster"));
        let unknown =
            json!({"name": "a", "connector": "redis", "state": "unknown", "stale": false, "latest": null});
        assert_eq!(read(unknown), ["a", "redis", "unknown", "-", "-", "-"]);
        let latest = json!({"number": 3, "time": "T", "round_trip_seconds": 0.01234, "problem": "slow"});
        let stale =
            json!({"name": "b", "connector": "c", "state": "degraded", "stale": true, "latest": latest});
        assert_eq!(read(stale), ["b", "c", "degraded (stale)", "T", "12.3", "slow"]);
    }
}
