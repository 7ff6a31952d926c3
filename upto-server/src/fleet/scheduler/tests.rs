use std::time::Duration;

use super::*;
use crate::clock::ManualClock;
use crate::store::{Claim, Documents, Leases, MemoryStore, Queue};

const PERIOD: Duration = Duration::from_millis(500);

struct Bench {
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
}

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(1_000_000_000_000));
        Bench { store: Arc::new(MemoryStore::new(clock.clone())), clock }
    }

    /// One that asks for `ready` alone, of which `backlog` may wait.
    fn scheduler(&self, backlog: u64) -> Scheduler {
        let mut settings = FleetSettings { backlog, ..FleetSettings::default() };
        let all = settings.plan().checks.into_iter().map(|check| (check.name, None));
        settings.periods = all.collect();
        settings.periods.insert("ready".into(), Some(PERIOD));
        Scheduler::new(self.store.clone(), self.clock.clone(), Arc::new(settings), Arc::default())
    }

    async fn claim(&self, limit: usize) -> Vec<Claim> {
        self.store.claim(&task::queue("ready"), limit, Duration::from_secs(60)).await.expect("claimed")
    }

    async fn ids(&self) -> Vec<String> {
        let claims = self.claim(usize::MAX).await;
        claims.iter().map(|claim| Task::decode(&claim.payload, "ready").expect("a task").id).collect()
    }

    /// Lets so many periods go by.
    async fn rounds(&self, scheduler: &Scheduler, count: u32) {
        let mut term = None;
        for _ in 0..count {
            term = scheduler.round(term).await.expect("a round");
            assert!(term.is_some(), "nobody else schedules");
            self.clock.advance(PERIOD);
        }
        self.store.release(&term.expect("a term").lease).await.expect("released");
    }
}

#[tokio::test]
async fn a_check_is_queued_once_a_period() {
    let (bench, mut term) = (Bench::new(), None);
    let scheduler = bench.scheduler(10);
    for _ in 0..6 {
        term = scheduler.round(term).await.expect("a round");
        bench.clock.advance(PERIOD / 3);
    }
    assert_eq!(bench.ids().await, ["ready-1", "ready-2"]);
}

#[tokio::test]
async fn one_of_several_schedules_and_the_next_one_goes_on() {
    let bench = Bench::new();
    let (one, other) = (bench.scheduler(10), bench.scheduler(10));
    let term = one.round(None).await.expect("a round");
    assert!(term.is_some());
    assert!(other.round(None).await.expect("a round").is_none(), "the other one schedules");
    bench.clock.advance(HOLD);
    let next = other.round(None).await.expect("a round");
    assert!(next.is_some());
    assert!(one.round(term).await.expect("a round").is_none(), "it came too late");
    assert_eq!(bench.ids().await, ["ready-1", "ready-2"]);
}

#[tokio::test]
async fn of_too_many_the_oldest_that_nobody_has_are_dropped_and_counted() {
    let bench = Bench::new();
    let scheduler = bench.scheduler(3);
    bench.rounds(&scheduler, 2).await;
    let held = bench.claim(1).await;
    bench.rounds(&scheduler, 4).await;
    assert_eq!(bench.ids().await, ["ready-4", "ready-5", "ready-6"]);
    for claim in held {
        assert!(
            bench.store.acknowledge(&task::queue("ready"), &claim).await.expect("asked"),
            "it was in work"
        );
    }
    let stored = bench.store.get(AGENDA).await.expect("read").expect("an agenda");
    let agenda: Agenda = document::decode(AGENDA, &stored.value).expect("an agenda");
    assert_eq!((agenda.checks["ready"].scheduled, agenda.checks["ready"].dropped), (6, 2));
    let outcomes =
        results::of_slot(bench.store.as_ref(), results::slot(bench.clock.now())).await.expect("read");
    let ended: Vec<_> = outcomes.iter().map(|outcome| (outcome.id.as_str(), &outcome.ending)).collect();
    assert_eq!(ended, [("ready-2", &Ending::Dropped), ("ready-3", &Ending::Dropped)]);
}

#[tokio::test]
async fn what_waits_of_a_check_that_is_asked_for_no_more_is_dropped() {
    let bench = Bench::new();
    bench.rounds(&bench.scheduler(10), 2).await;
    let settings = FleetSettings { periods: [("ready".into(), None)].into(), ..FleetSettings::default() };
    let next = Scheduler::new(bench.store.clone(), bench.clock.clone(), Arc::new(settings), Arc::default());
    assert!(next.round(None).await.expect("a round").is_some());
    assert_eq!(bench.ids().await, Vec::<String>::new());
}

#[tokio::test]
async fn who_was_killed_before_it_noted_what_it_queued_queues_the_same_again() {
    let bench = Bench::new();
    let scheduler = bench.scheduler(10);
    let check = Check { timeout: None, name: "ready".into(), unit: String::new(), period: PERIOD };
    scheduler
        .push(&check, &Progress { scheduled: 1, dropped: 0, last: bench.clock.now() })
        .await
        .expect("pushed");
    bench.rounds(&scheduler, 1).await;
    assert_eq!(bench.ids().await, ["ready-1", "ready-1"], "of which one counts");
}
