use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::super::model::State;
use super::*;

/// Tells each probe that was taken.
struct Told(mpsc::UnboundedSender<(String, Record)>);

impl Sink for Told {
    async fn register(&self, _: &Planned) -> Result<(), Unplanned> {
        Ok(())
    }

    fn unregister(&self, _: &str) {}

    async fn is_wanted(&self, _: &str) -> bool {
        true
    }

    fn take(&self, cluster: &str, record: Record) -> bool {
        self.0.send((cluster.to_owned(), record)).is_ok()
    }

    fn now(&self) -> i64 {
        7
    }

    fn note_delay(&self, _: Duration) {}
}

enum Kind {
    Good,
    Hanging,
    Panicking,
    Large,
}

/// A connector that does what its kind does.
struct Odd(Kind, AtomicUsize);

#[async_trait]
impl Connector for Odd {
    async fn probe(&self) -> Result<Probe, ProbeError> {
        let count = self.1.fetch_add(1, Ordering::SeqCst);
        match self.0 {
            Kind::Good => Ok(Probe::up().with("count", crate::probe::figure(count))),
            Kind::Hanging => std::future::pending().await,
            Kind::Panicking => panic!("oh no {count}"),
            Kind::Large => Ok(Probe::up().with_detail(format!("\"{}\"", "x".repeat(100 << 20)))),
        }
    }

    fn period(&self) -> Duration {
        Duration::from_millis(100)
    }
}

/// The states and problems of the first two probes of a connector beside a good one, which has to be asked too.
async fn beside_a_good_one(kind: Kind) -> Vec<(State, String)> {
    let (sender, mut told) = mpsc::unbounded_channel();
    let runner = Runner::new(Arc::new(Told(sender)));
    runner.begin("good".into(), Arc::new(Odd(Kind::Good, AtomicUsize::new(0))));
    runner.begin("odd".into(), Arc::new(Odd(kind, AtomicUsize::new(0))));
    let (mut good, mut odd) = (0, Vec::new());
    while good < 2 || odd.len() < 2 {
        let (cluster, record) = told.recv().await.expect("it goes on");
        match cluster.as_str() {
            "good" => good += 1,
            _ => odd.push((record.probe.state, record.probe.problem.unwrap_or_default())),
        }
    }
    odd.truncate(2);
    odd
}

#[tokio::test]
async fn a_hang_is_ended_and_told_and_touches_no_other() {
    for (state, problem) in beside_a_good_one(Kind::Hanging).await {
        assert_eq!((state, problem.as_str()), (State::Down, "no answer within 80 ms"));
    }
}

#[tokio::test]
async fn a_panic_is_told_and_touches_no_other() {
    let told = beside_a_good_one(Kind::Panicking).await;
    assert_eq!(told[1], (State::Down, "the connector panicked: oh no 1".to_owned()));
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_kept() {
    let told = beside_a_good_one(Kind::Large).await;
    assert_eq!(told[0].0, State::Down);
    assert!(told[0].1.contains("1 MiB"), "{told:?}");
}

#[tokio::test]
async fn who_is_ended_is_asked_no_more_and_who_begins_again_is() {
    let (sender, mut told) = mpsc::unbounded_channel();
    let runner = Runner::new(Arc::new(Told(sender)));
    runner.begin("a".into(), Arc::new(Odd(Kind::Good, AtomicUsize::new(0))));
    assert_eq!(told.recv().await.expect("asked").1.time, 7);
    // The one before is asked no more, or counts would go on.
    runner.begin("a".into(), Arc::new(Odd(Kind::Good, AtomicUsize::new(100))));
    loop {
        let (_, record) = told.recv().await.expect("asked");
        if record.probe.figures["count"] >= 100.0 {
            break;
        }
    }
    runner.end("a");
    let (stop, stopped) = watch::channel(true);
    runner.stop(stopped).await;
    drop((stop, runner));
    while told.recv().await.is_some() {}
}

#[test]
fn clusters_are_spread_over_the_period() {
    let mut counts = [0_u32; 10];
    for number in 0..1_000 {
        let part = share(&format!("cluster-{number}")) * 9.999;
        counts[(0..10_u8).rev().find(|bound| part >= f64::from(*bound)).expect("a part") as usize] += 1;
    }
    assert!(counts.iter().all(|count| (50..200).contains(count)), "{counts:?}");
}
