use super::super::About;
use super::*;
use crate::catalog::Damages;
use crate::clock::ManualClock;
use crate::probe::settings::Kept;
use crate::store::{StoreUrl, open};

/// Two servers that watch a cluster, on a store that they share.
struct Case {
    clock: Arc<ManualClock>,
    servers: [(Registry, Arc<Cluster>); 2],
    _folder: tempfile::TempDir,
}

impl Case {
    async fn new(collector: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::new(1_000_000_000_000));
        let url: StoreUrl = format!("sqlite:{}", folder.path().join("db").display()).parse().expect("a URL");
        let store = open(&url, clock.clone()).await.expect("a store");
        let server = async || {
            let registry =
                Registry::new(store.clone(), clock.clone(), Arc::default(), Arc::new(Damages::unheard()));
            let about = About {
                kind: "custom".into(),
                period: Duration::from_secs(3_600),
                kept: Kept::default(),
                collector: collector.map(str::to_owned),
                connector: None,
            };
            let registered = registry.register("a", about).await.expect("the store answers");
            (registry, registered.expect("room"))
        };
        let servers = [server().await, server().await];
        Case { clock, servers, _folder: folder }
    }

    /// Whether each of them asks, when it comes to its turn.
    async fn who_owns(&self) -> [bool; 2] {
        let [one, other] = &self.servers;
        [one.0.own(&one.1).await.expect("asked"), other.0.own(&other.1).await.expect("asked")]
    }
}

#[tokio::test]
async fn who_asks_goes_on_however_seldom_that_is() {
    let case = Case::new(None).await;
    assert_eq!(case.who_owns().await, [true, false]);
    for _ in 0..100 {
        case.clock.advance(RENEW);
        case.servers[0].0.hold().await;
        case.servers[1].0.hold().await;
        assert_eq!(case.who_owns().await, [true, false]);
    }
}

#[tokio::test]
async fn who_is_gone_is_followed_by_another_and_comes_too_late() {
    let case = Case::new(None).await;
    assert_eq!(case.who_owns().await, [true, false]);
    case.clock.advance(HOLD);
    let [late, next] = &case.servers;
    assert!(next.0.own(&next.1).await.expect("asked"));
    late.0.hold().await;
    assert_eq!(case.who_owns().await, [false, true]);
}

#[tokio::test]
async fn who_ends_leaves_the_cluster_to_another_at_once() {
    let case = Case::new(None).await;
    assert_eq!(case.who_owns().await, [true, false]);
    case.servers[0].0.leave().await;
    let [_, next] = &case.servers;
    assert!(next.0.own(&next.1).await.expect("asked"));
}

#[tokio::test]
async fn when_the_store_is_back_who_asked_before_comes_first() {
    let case = Case::new(None).await;
    assert_eq!(case.who_owns().await, [true, false]);
    // So long that nobody has the right any more.
    case.clock.advance(HOLD * 4);
    case.servers.iter().for_each(|(registry, _)| registry.note_away());
    let [before, other] = &case.servers;
    assert!(!other.0.own(&other.1).await.expect("asked"), "it leaves it to the one that asked");
    assert!(before.0.own(&before.1).await.expect("asked"));
    // If that one is gone, somebody has to.
    case.clock.advance(HOLD * 2);
    assert!(other.0.own(&other.1).await.expect("asked"));
}

#[tokio::test]
async fn what_a_collector_brings_is_taken_by_whom_it_is_brought_to() {
    let case = Case::new(Some("far")).await;
    assert_eq!(case.who_owns().await, [true, false]);
    case.clock.advance(HOLD);
    // Nobody renews that: the collector may bring it elsewhere.
    case.servers[0].0.hold().await;
    let [_, other] = &case.servers;
    other.0.note_away();
    assert!(other.0.own(&other.1).await.expect("asked"));
}
