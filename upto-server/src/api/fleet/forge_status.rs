//! `ForgeStatus`'s shape, for its dashboard: `/api/status`, `/status/healthy`, `/status/ready`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::represent::time;
use crate::api::{Answer, App, Problem};
use crate::fleet::check::BuiltIn;
use crate::fleet::outcome::{Ending, Outcome};

/// Results of a kind at most.
const RESULTS: usize = 300;

/// Everything, the latest first. The order of the keys is the protocol's.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ForgeStatus)]
pub(in crate::api) struct Status {
    /// In decimal.
    tasks_scheduled: String,
    /// In decimal, one for each worker, by their names.
    tasks_processed: Vec<String>,
    healthy: Vec<Entry>,
    ready: Vec<Entry>,
    memory_used: Vec<Entry>,
    cpu_used: Vec<Entry>,
    disk_used: Vec<Entry>,
    procs_running: Vec<Entry>,
    #[serde(rename = "diskIO")]
    disk_io: Vec<Entry>,
    network_traffic: Vec<Entry>,
}

/// A result.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ForgeStatusResult)]
struct Entry {
    r#type: &'static str,
    /// RFC 3339.
    time: String,
    id: String,
    /// One for each worker, by their names; empty where it did not answer.
    data: Vec<String>,
}

/// What the fleet came to, as `ForgeStatus` says it, which takes any method.
#[utoipa::path(
    method(get, post, put, patch, delete),
    path = "/api/status",
    responses((status = OK, body = Status))
)]
pub(in crate::api) async fn show(State(app): State<App>) -> Answer<Json<Status>> {
    let agenda = app.fleet.agenda().await?;
    let scheduled: u64 = agenda.checks.values().map(|progress| progress.scheduled).sum();
    let members = app.fleet.members().all();
    let of = |check| entries(&app, check);
    Ok(Json(Status {
        tasks_scheduled: scheduled.to_string(),
        tasks_processed: members.iter().map(|member| member.host.processed.to_string()).collect(),
        healthy: of(BuiltIn::Healthy),
        ready: of(BuiltIn::Ready),
        memory_used: of(BuiltIn::MemoryUsed),
        cpu_used: of(BuiltIn::CpuUsed),
        disk_used: of(BuiltIn::DiskUsed),
        procs_running: of(BuiltIn::ProcsRunning),
        disk_io: of(BuiltIn::DiskIo),
        network_traffic: of(BuiltIn::NetworkTraffic),
    }))
}

fn entries(app: &App, check: BuiltIn) -> Vec<Entry> {
    let board = app.fleet.board();
    let answered = board.latest(check.name()).filter(|outcome| matches!(outcome.ending, Ending::Answered(_)));
    answered.take(RESULTS).map(|outcome| entry(check, outcome)).collect()
}

fn entry(check: BuiltIn, outcome: &Arc<Outcome>) -> Entry {
    let value = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    Entry {
        r#type: kind(check),
        time: time(outcome.ended),
        id: outcome.id.clone(),
        data: outcome.answers().iter().map(|said| value(said.answer.value())).collect(),
    }
}

fn kind(check: BuiltIn) -> &'static str {
    match check {
        BuiltIn::Healthy => "GetHealthy",
        BuiltIn::Ready => "GetReady",
        BuiltIn::MemoryUsed => "GetMemoryUsed",
        BuiltIn::CpuUsed => "GetCPUUsed",
        BuiltIn::DiskUsed => "GetDiskUsed",
        BuiltIn::ProcsRunning => "GetProcsRunning",
        BuiltIn::DiskIo => "GetDiskIO",
        BuiltIn::NetworkTraffic => "GetNetworkTraffic",
    }
}

/// Whether the process runs, as `ForgeStatus` says it.
#[utoipa::path(
    get,
    path = "/status/healthy",
    responses((status = OK, body = String))
)]
pub(in crate::api) async fn healthy() -> &'static str {
    "healthy"
}

/// Whether it takes messages, as `ForgeStatus` says it.
#[utoipa::path(
    get,
    path = "/status/ready",
    responses((status = OK, body = String))
)]
pub(in crate::api) async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    app.ingest.check().map(|()| "ready").map_err(Problem::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::answer::{Answer, HostAnswer};
    use crate::fleet::task::Task;

    #[test]
    fn the_keys_are_in_their_order_and_who_did_not_answer_is_empty() {
        let said = |host: &str, answer| HostAnswer { host: host.into(), answer, time: 1 };
        let task = Task { id: "healthy-1".into(), check: "healthy".into(), scheduled: 1, part: None };
        let answers =
            vec![said("a", Answer::Ok(1.0)), said("b", Answer::Timeout), said("c", Answer::Ok(0.5))];
        let outcome = Arc::new(Outcome::of(&task, 1, "a", 2, Ending::Answered(answers)));
        let healthy = vec![entry(BuiltIn::Healthy, &outcome)];
        let status = Status {
            tasks_scheduled: "12".into(),
            tasks_processed: vec!["3".into()],
            healthy,
            ..Status::default()
        };
        let expected = r#"{"tasksScheduled":"12","tasksProcessed":["3"],"healthy":[{"type":"GetHealthy","time":"1970-01-01T00:00:00.000000002Z","id":"healthy-1","data":["1","","0.5"]}],"ready":[],"memoryUsed":[],"cpuUsed":[],"diskUsed":[],"procsRunning":[],"diskIO":[],"networkTraffic":[]}"#;
        assert_eq!(serde_json::to_string(&status).expect("JSON"), expected);
    }
}
