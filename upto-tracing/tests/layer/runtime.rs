//! Instrumented and annotated functions on a runtime that moves its tasks between threads.

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Barrier;
use tokio::task::{JoinSet, yield_now};
use tracing::{Instrument, dispatcher, error, info_span};
use upto::Value;
use upto::wire::Status;

use crate::collector::collect;

const REQUESTS: usize = 24;

#[tracing::instrument(skip_all)]
async fn request(number: usize, all_here: Arc<Barrier>) {
    let _step = upto::event(format!("step{number}"));
    all_here.wait().await;
    query(number).await;
    let _span = async { yield_now().await }.instrument(info_span!("rest")).await;
}

#[upto::event(name = "query", fields(number))]
async fn query(number: usize) {
    let _guard = upto::event("connection");
    yield_now().await;
    rows(number).await;
}

#[tracing::instrument]
async fn rows(number: usize) {
    yield_now().await;
    let _guard = upto::event("decode");
    yield_now().await;
    info_span!("row", number).in_scope(|| ());
    if number % 2 == 1 {
        error!("odd: {number}");
    }
}

fn runtime() -> Runtime {
    let dispatch = dispatcher::get_default(Clone::clone);
    // The subscriber of this test, on all of the runtime's threads and as long as they live.
    let start = move || std::mem::forget(dispatcher::set_default(&dispatch));
    Builder::new_multi_thread().worker_threads(4).on_thread_start(start).build().unwrap()
}

#[test]
fn every_task_keeps_its_own_place() {
    let seen = collect(|| {
        runtime().block_on(async {
            // All tasks wait at once, each with a span and a guard open, before any goes on.
            let all_here = Arc::new(Barrier::new(REQUESTS));
            let mut tasks =
                (0..REQUESTS).map(|number| request(number, all_here.clone())).collect::<JoinSet<()>>();
            while let Some(done) = tasks.join_next().await {
                done.unwrap();
            }
        });
    });
    assert_eq!(seen.paths().len(), REQUESTS * 8);
    for number in 0..REQUESTS {
        let event = |below: &str| seen.event(&format!("request.step{number}{below}"));
        let attribute = Value::from(number);
        assert_eq!(event(".query").attributes["number"], attribute);
        assert_eq!(event(".query.connection.rows").attributes["number"], attribute);
        assert_eq!(event(".query.connection.rows.decode.row").attributes["number"], attribute);
        assert_eq!(event(".rest").outcome(), (Status::Ok, ""));
        let reason = format!("odd: {number}");
        let expected = if number % 2 == 1 { (Status::Failed, reason.as_str()) } else { (Status::Ok, "") };
        assert_eq!(event(".query.connection.rows").outcome(), expected);
    }
}

#[test]
fn a_spawned_task_is_where_it_is_told_to_be() {
    let seen = collect(|| {
        runtime().block_on(async {
            let outer = info_span!("outer").entered();
            let told = tokio::spawn(async { drop(info_span!("told")) }.in_current_span());
            let untold = tokio::spawn(async { drop(info_span!("untold")) });
            drop(outer);
            told.await.unwrap();
            untold.await.unwrap();
        });
    });
    assert_eq!(seen.sorted_paths(), ["outer", "outer.told", "untold"]);
}
