//! What holds for every simulation.

use super::outcome::Drops;
use super::*;
use crate::setups::StoreKind;

fn quick() -> Parameters {
    Parameters { seconds: 0.3, start_seconds: 0.3, loss: 0.01, ..Parameters::default() }
}

fn setup(servers: u32, cores: u32, store: StoreKind) -> Setup {
    Setup { hosts: 40, servers, cores, store }
}

/// So many in all, of 40 hosts.
fn steady(messages_per_second: f64) -> Load {
    Load::Steady { events_per_second: messages_per_second / 2.0 / 40.0 }
}

fn run(setup: Setup, parameters: &Parameters, load: Load) -> Outcome {
    simulate(setup, parameters, load, 5, Until::Done)
}

/// The highest of these loads that lose nothing in servers and are stored in time, in messages a second.
fn capacity(setup: Setup, parameters: &Parameters) -> f64 {
    let steps = (0..40).map(|step| 100_000.0 * 1.15_f64.powi(step));
    let holds = |load: &f64| {
        let outcome = run(setup, parameters, steady(*load));
        outcome.drops.sum() == 0 && outcome.durable.quantile(0.99) < 0.1
    };
    steps.take_while(holds).last().unwrap_or(0.0)
}

#[test]
fn every_message_is_stored_lost_or_dropped() {
    let tight = Parameters { memory_mib: 1, buffer_kib: 64, ..quick() };
    let slow = Parameters { message_ns: 100, ..tight.clone() };
    let loads = [steady(1_000.0), steady(1e6), steady(2e7), Load::Deployment { events: 20_000.0 }];
    let (mut kernel, mut queue_full, mut behind) = (0, 0, 0);
    for parameters in [quick(), tight, slow] {
        for setup in
            [setup(1, 1, StoreKind::Redb), setup(3, 2, StoreKind::Redis), setup(2, 8, StoreKind::Postgres)]
        {
            for load in loads {
                let outcome = run(setup, &parameters, load);
                let drops = outcome.drops;
                assert_eq!(
                    outcome.sent,
                    outcome.stored + outcome.lost + drops.sum(),
                    "{setup:?} {load:?} {outcome:?}"
                );
                assert!(outcome.sent > 0 && outcome.stored > 0, "{setup:?} {load:?}");
                (kernel, queue_full, behind) =
                    (kernel + drops.kernel, queue_full + drops.queue_full, behind + drops.behind);
            }
        }
    }
    assert!(kernel > 0 && queue_full > 0 && behind > 0, "each happens: {kernel} {queue_full} {behind}");
}

#[test]
fn a_deployment_sends_what_each_host_has() {
    let outcome = run(setup(1, 4, StoreKind::Redb), &quick(), Load::Deployment { events: 500.0 });
    assert_eq!(outcome.sent, 40 * 1_000);
}

#[test]
fn the_network_loses_what_it_is_told_to() {
    let outcome = run(setup(1, 4, StoreKind::Redb), &quick(), steady(1e6));
    let part = outcome.lost as f64 / outcome.sent as f64;
    assert!((part - 0.01).abs() < 0.005, "{part}");
    assert_eq!(run(setup(1, 4, StoreKind::Redb), &Parameters { loss: 0.0, ..quick() }, steady(1e6)).lost, 0);
}

#[test]
fn well_below_capacity_nothing_is_dropped_and_all_is_durable_soon() {
    for setup in
        [setup(1, 1, StoreKind::Redb), setup(2, 4, StoreKind::Redis), setup(4, 4, StoreKind::Postgres)]
    {
        let most = capacity(setup, &quick());
        let outcome = run(setup, &quick(), steady(most / 2.0));
        assert_eq!(outcome.drops, Drops::default());
        // 8 ms until it is sent, 20 ms until it is committed, the store's latency, and the way.
        assert!(outcome.durable.quantile(0.99) < 0.045, "{}", outcome.durable.quantile(0.99));
        assert!(outcome.durable.quantile(0.01) > 0.008, "{}", outcome.durable.quantile(0.01));
    }
}

#[test]
fn far_above_capacity_the_servers_store_what_they_can() {
    let (setup, parameters) = (setup(1, 1, StoreKind::Redb), Parameters { seconds: 1.0, ..quick() });
    let most = capacity(setup, &parameters);
    let outcome = run(setup, &parameters, steady(3.0 * most));
    assert!(outcome.drops.sum() > 0);
    let stored = outcome.stored as f64 / parameters.seconds;
    assert!(stored > 0.5 * most && stored < 1.5 * most, "{stored} of {most}");
}

#[test]
fn capacity_grows_with_cores_and_servers_until_the_store_limits_it() {
    // One timeline each, so that blocks do not count.
    let parameters = Parameters { timeline_hosts: 40, ..quick() };
    let of = |servers, cores, store| capacity(setup(servers, cores, store), &parameters);
    let one = of(1, 1, StoreKind::Redb);
    assert!(of(1, 4, StoreKind::Redb) > 2.0 * one);
    assert!(of(4, 1, StoreKind::Redb) > 3.0 * one);
    let store_only =
        parameters.store(StoreKind::Postgres).megabytes_per_second * 1e6 / parameters.stored_bytes;
    let (eight, sixteen) = (of(8, 2, StoreKind::Postgres), of(16, 2, StoreKind::Postgres));
    assert!(sixteen < 1.2 * store_only, "{sixteen} of {store_only}");
    assert!(eight > 4.0 * one && sixteen < 1.3 * eight.max(store_only), "{one} {eight} {sixteen}");
}

#[test]
fn each_timeline_costs_a_block_in_every_commit() {
    let shared = setup(1, 8, StoreKind::Postgres);
    let slow_blocks = |timeline_hosts| Parameters { timeline_hosts, block_ns: 2_000_000, ..quick() };
    let (one, many) = (capacity(shared, &slow_blocks(40)), capacity(shared, &slow_blocks(1)));
    assert!(one > 1.5 * many, "{one} {many}");
}

#[test]
fn a_timeline_that_is_on_one_server_costs_the_store_less() {
    let shared = Setup { hosts: 400, ..setup(4, 2, StoreKind::Postgres) };
    let of = |by_timeline| {
        let slow_blocks = Some(200_000);
        let parameters =
            Parameters { timeline_hosts: 4, store_block_ns: slow_blocks, by_timeline, ..quick() };
        capacity(shared, &parameters)
    };
    assert!(of(true) > 1.2 * of(false), "{} {}", of(true), of(false));
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let twice = [(); 2].map(|()| run(setup(2, 2, StoreKind::Redis), &quick(), steady(1e6)));
    let counts =
        twice.map(|outcome| (outcome.sent, outcome.stored, outcome.lost, outcome.durable.quantile(0.5)));
    assert_eq!(counts[0], counts[1]);
}
