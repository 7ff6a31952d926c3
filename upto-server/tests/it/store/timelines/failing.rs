//! A server over a store that fails in all ways, also those that no caller can tell from success.

use std::sync::Arc;
use std::thread;

use indicatif::ProgressBar;
use tokio::task::block_in_place;
use upto_server::maintenance::check;
use upto_server::store::Store;

use super::script::{Script, Sent};
use super::serving::Serving;
use super::{Subject, await_told};
use crate::store::faulty::{FaultyStore, Plan};
use crate::support::Client;

/// Each sends to a timeline of its own.
const SENDERS: u64 = 3;
const EVENTS: u64 = 12;

/// Sends each mark until it is acknowledged; how often one was not.
fn send(client: &Client, timeline: &str, marks: &[Sent]) -> usize {
    marks.iter().map(|mark| send_one(client, &mark.json("c", timeline).to_string())).sum()
}

fn send_one(client: &Client, body: &str) -> usize {
    for refused in 0.. {
        let answer = client.request("POST", "/api/events", "application/json", body.as_bytes());
        match answer.status {
            201 => return refused,
            503 => thread::yield_now(),
            _ => panic!("{answer:?}"),
        }
    }
    0
}

pub(in crate::store) async fn nothing_is_lost_though_the_store_fails(Subject { store: kept, .. }: Subject) {
    let scripts = (0..SENDERS).map(|sender| Script::of(sender * EVENTS + 1..(sender + 1) * EVENTS + 1));
    let scripts: Vec<_> = scripts.enumerate().map(|(sender, script)| (sender.to_string(), script)).collect();
    let compare = |client: &Client| {
        scripts.iter().for_each(|(timeline, script)| await_told(client, timeline, script));
    };
    let faulty = Arc::new(FaultyStore::around(Arc::clone(&kept), Plan::merciless()));
    let store: Arc<dyn Store> = faulty.clone();
    let server = Serving::on(&store).await;
    faulty.plan.begin();
    let refused: usize = block_in_place(|| {
        thread::scope(|scope| {
            let client = &server.client;
            let send = |(timeline, script): &(String, Script)| send(client, timeline, &script.marks);
            let senders: Vec<_> = scripts.iter().map(|each| scope.spawn(move || send(each))).collect();
            senders.into_iter().map(|sender| sender.join().expect("it sent all")).sum()
        })
    });
    faulty.plan.end();
    assert!(refused > 0, "the store failed");
    block_in_place(|| compare(&server.client));
    server.stop().await;
    let later = Serving::on(&kept).await;
    block_in_place(|| compare(&later.client));
    later.stop().await;
    let report = check(kept.as_ref(), &ProgressBar::hidden()).await.expect("a report");
    assert_eq!((report.damaged, report.timelines), (0, SENDERS), "{report:?}");
}
