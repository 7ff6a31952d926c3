use std::sync::Mutex;

use super::super::answer::Answer;
use super::super::check::{How, OwnCheck};
use super::super::outcome::{Ending, Outcome};
use super::super::task::Task;
use super::super::{dead, results};
use super::*;
use crate::clock::ManualClock;
use crate::store::{MemoryStore, Queue};

const CLAIM: Duration = Duration::from_secs(10);

/// Two workers on one store, whose checks call `measure`.
struct Bench {
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
    plan: Plan,
}

type Called = Arc<dyn Fn() -> Result<f64, String> + Send + Sync>;

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(1_000));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let check =
            Check { timeout: None, name: "own".into(), unit: "".into(), period: Duration::from_secs(60) };
        let (deadline, lease) = (Duration::from_secs(30), LEASE);
        Bench { store, clock, plan: Plan { checks: vec![check], deadline, claim: CLAIM, lease } }
    }

    async fn worker(&self, name: &str, measure: Called) -> Worker {
        let own = OwnCheck {
            name: "own".into(),
            unit: String::new(),
            period: Duration::from_secs(60),
            how: How::Call(measure),
        };
        let this = ThisHost::new(&[own], Arc::new(|| true), self.clock.clone()).expect("a host");
        let identity = Identity {
            name: name.into(),
            address: "http://127.0.0.1:1".into(),
            instance: format!("run of {name}"),
            owner: name.into(),
        };
        let parts = Parts {
            store: self.store.clone(),
            clock: self.clock.clone(),
            identity,
            this: Arc::new(this),
            token: None,
            members: Arc::default(),
            stored: Arc::default(),
            notices: Arc::new(|_| {}),
        };
        Worker::new(parts).expect("a worker")
    }

    async fn push(&self, id: &str) {
        let task = Task { id: id.into(), check: "own".into(), scheduled: 5, part: None };
        self.store.push(&task.queue(), task.encode().expect("bytes")).await.expect("pushed");
    }

    async fn outcomes(&self) -> Vec<Outcome> {
        results::of_slot(self.store.as_ref(), 0).await.expect("read")
    }

    fn check(&self) -> &Check {
        &self.plan.checks[0]
    }
}

fn fine(value: f64) -> Called {
    Arc::new(move || Ok(value))
}

#[tokio::test]
async fn all_tasks_are_done_and_end_once() {
    let bench = Bench::new();
    let worker = bench.worker("a", fine(7.0)).await;
    assert!(worker.renew(&mut Membership::default(), LEASE).await.expect("registered"));
    for number in 0..40 {
        bench.push(&format!("own-{number}")).await;
    }
    worker.round(bench.check(), &bench.plan, true).await.expect("done");
    let outcomes = bench.outcomes().await;
    assert_eq!(outcomes.len(), 40);
    for outcome in &outcomes {
        assert_eq!((outcome.attempt, outcome.worker.as_str()), (1, "a"));
        assert!(matches!(outcome.answers(), [said] if said.answer == Answer::Ok(7.0) && said.host == "a"));
    }
    assert_eq!(worker.host(LEASE).processed, 40);
    bench.clock.advance(CLAIM * 2);
    worker.round(bench.check(), &bench.plan, true).await.expect("nothing is left");
    assert_eq!(bench.outcomes().await.len(), 40);
}

#[tokio::test]
async fn a_worker_that_was_stopped_too_long_throws_away_what_it_has() {
    let bench = Bench::new();
    let clock = bench.clock.clone();
    // While it measures, its claim runs out.
    let slow: Called = Arc::new(move || {
        clock.advance(CLAIM);
        Ok(1.0)
    });
    let (late, next) = (bench.worker("late", slow).await, bench.worker("next", fine(2.0)).await);
    assert!(late.renew(&mut Membership::default(), LEASE).await.expect("registered"));
    bench.push("own-1").await;
    late.round(bench.check(), &bench.plan, true).await.expect("thrown away");
    assert_eq!(bench.outcomes().await, []);
    next.round(bench.check(), &bench.plan, true).await.expect("done");
    let outcomes = bench.outcomes().await;
    assert!(
        matches!(outcomes.as_slice(), [outcome] if outcome.attempt == 2 && outcome.worker == "next"),
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn what_is_no_task_is_buried_and_the_queue_goes_on() {
    let bench = Bench::new();
    let worker = bench.worker("a", fine(7.0)).await;
    bench.push("own-1").await;
    bench.store.push(&task::queue("own"), b"garbage".to_vec()).await.expect("pushed");
    let foreign = Task { id: "x".into(), check: "unheard of".into(), scheduled: 5, part: None };
    let bytes = foreign.encode().expect("bytes");
    bench.store.push(&task::queue("own"), bytes).await.expect("pushed");
    bench.push("own-2").await;
    worker.round(bench.check(), &bench.plan, true).await.expect("done");
    assert_eq!(bench.outcomes().await.len(), 2);
    let reasons: Vec<_> = dead::list(bench.store.as_ref())
        .await
        .expect("read")
        .into_iter()
        .map(|letter| letter.reason)
        .collect();
    assert_eq!(reasons.len(), 2);
    assert!(reasons.iter().any(|reason| reason.contains("no task")), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("unheard of")), "{reasons:?}");
}

#[tokio::test]
async fn a_task_that_ends_its_workers_is_given_up() {
    let bench = Bench::new();
    let worker = bench.worker("a", fine(7.0)).await;
    bench.push("own-1").await;
    for _ in 0..5 {
        bench.store.claim(&task::queue("own"), 1, CLAIM).await.expect("claimed");
        bench.clock.advance(CLAIM);
        bench.store.reclaim(&task::queue("own")).await.expect("reclaimed");
    }
    worker.round(bench.check(), &bench.plan, true).await.expect("given up");
    let outcomes = bench.outcomes().await;
    assert!(matches!(outcomes.as_slice(), [Outcome { ending: Ending::Refused(_), .. }]), "{outcomes:?}");
    assert_eq!(dead::list(bench.store.as_ref()).await.expect("read").len(), 1);
}

#[tokio::test]
async fn a_name_that_another_has_is_told_once() {
    let bench = Bench::new();
    let first = bench.worker("a", fine(1.0)).await;
    assert!(first.renew(&mut Membership::default(), LEASE).await.expect("registered"));
    let told = Arc::new(Mutex::new(Vec::new()));
    let (noted, (stop, stopped)) = (told.clone(), watch::channel(false));
    let mut second = bench.worker("a", fine(2.0)).await;
    second.identity.owner = "another".into();
    second.notices = Arc::new(move |text: &str| {
        noted.lock().expect("no panic").push(text.to_owned());
        stop.send_replace(true);
    });
    Arc::new(second).run(stopped).await;
    let told = told.lock().expect("no panic");
    assert!(matches!(told.as_slice(), [text] if text.contains("another host called \"a\"")), "{told:?}");
}
