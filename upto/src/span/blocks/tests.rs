//! Blocks and their slots by themselves: no client is needed.

use std::sync::OnceLock;
use std::thread;

use super::super::{HANDLE, Site, domains};
use super::*;
use crate::path::ROOT;

static SITE: OnceLock<&'static Site> = OnceLock::new();

fn filling(domain: u64) -> Filling {
    let site = SITE.get_or_init(|| Site::leak("site", &[], &()));
    Filling { domain, node: &ROOT, site, started: 1, number: 2, state: HANDLE }
}

fn new_domain() -> u64 {
    domains::add()
}

/// A block for spans that are numbered by their thread, and the number before the first one's. Each test has a `thread` of
/// its own, as they may run at once.
fn home_of(thread: u64) -> (&'static Block, u64) {
    let id = thread << THREAD_SHIFT;
    (Block::claim_home(id + 1).unwrap(), id)
}

#[test]
fn what_is_put_in_is_found_by_its_number_until_it_is_freed() {
    let ((block, before), domain) = (home_of(1), new_domain());
    let id = before + 7;
    let slot = block.free_slot(id).unwrap();
    assert_eq!(block.fill(slot, id, &filling(domain)), id);
    assert!(std::ptr::eq(find(domain, id).unwrap(), slot));
    assert!(find(domain, id + 1).is_none() && find(domain + 1, id).is_none());
    let kept = slot.kept().unwrap();
    assert_eq!((kept.started, kept.number, kept.state), (1, 2, HANDLE));
    slot.free();
    assert!(find(domain, id).is_none());
    block.give_up();
}

#[test]
fn numbers_that_are_alike_get_slots_beside_one_another_and_then_none() {
    let ((block, before), domain) = (home_of(2), new_domain());
    let alike: Vec<_> = (0..PROBES as u64).map(|n| before + 3 + (n << 32)).collect();
    for id in &alike {
        block.fill(block.free_slot(*id).unwrap(), *id, &filling(domain));
    }
    assert!(block.free_slot(before + 3 + (9 << 32)).is_none());
    for id in alike {
        find(domain, id).unwrap().free();
    }
    assert!(block.free_slot(before + 3).is_some());
    block.give_up();
}

#[test]
fn a_block_grows_once_and_then_is_full() {
    let block = Block::claim().unwrap();
    let fill = || block.next_slot().map(|slot| block.fill(slot, 0, &filling(new_domain())));
    let mut open: Vec<u64> = (0..FEW).map(|_| fill().unwrap()).collect();
    assert_eq!(fill(), None);
    assert!(block.grow() && !block.grow());
    open.extend((FEW..SLOTS).map(|_| fill().unwrap()));
    assert!((0..SLOTS).all(|_| fill().is_none()));
    for key in open {
        let slot = by_key(key).unwrap();
        assert_eq!(slot.key(), key);
        slot.free();
    }
    assert!(fill().is_some_and(|key| by_key(key).is_some_and(|slot| slot.release() || slot.is_free())));
    block.give_up();
}

#[test]
fn keys_are_not_used_again_and_say_where_the_slot_is() {
    let (block, domain) = (Block::claim().unwrap(), new_domain());
    let mut keys = Vec::new();
    for _ in 0..3 {
        let slot = block.next_slot().unwrap();
        let key = block.fill(slot, 0, &filling(domain));
        assert!(key & KEY != 0 && slot.key() == key && std::ptr::eq(by_key(key).unwrap(), slot));
        keys.push(key);
        slot.free();
    }
    keys.dedup();
    assert_eq!(keys.len(), 3);
    block.give_up();
}

#[test]
fn other_threads_find_and_free_what_is_there() {
    let ((block, before), domain) = (home_of(3), new_domain());
    for id in before + 1..before + FEW as u64 {
        let slot = block.free_slot(id).unwrap();
        block.fill(slot, id, &filling(domain));
        let end = move || {
            let slot = find(domain, id).unwrap();
            assert_eq!(slot.kept().unwrap().number, 2);
            slot.clone_handle();
            assert!(!slot.drop_handle() && slot.drop_handle());
            slot.free();
        };
        if id % 5 == 0 { thread::spawn(end).join().unwrap() } else { end() }
    }
    assert_eq!(all_of(domain).count(), 0);
    block.give_up();
}

#[test]
fn a_block_is_of_one_thread_at_a_time_and_keeps_what_is_open() {
    let ((block, before), domain) = (home_of(4), new_domain());
    assert!(thread::spawn(move || Block::claim_home(before + 2).is_none()).join().unwrap());
    let id = before + 1;
    block.fill(block.free_slot(id).unwrap(), id, &filling(domain));
    block.give_up();
    let next = thread::spawn(move || Block::claim_home(before + 2).unwrap()).join().unwrap();
    assert!(std::ptr::eq(next, block) && find(domain, id).is_some());
    find(domain, id).unwrap().free();
    block.give_up();
}

#[test]
fn any_number_of_threads_has_blocks_at_once_and_all_find_what_is_in_them() {
    const AT_ONCE: u64 = if cfg!(miri) { 4 } else { 300 };
    let domain = new_domain();
    let ids = (0..AT_ONCE).map(|thread| ((1_000 + thread) << THREAD_SHIFT) + 1);
    let open = ids.map(|id| {
        let block = Block::claim_home(id).unwrap();
        block.fill(block.free_slot(id).unwrap(), id, &filling(domain));
        let keyed = Block::claim().unwrap();
        (id, block, keyed.fill(keyed.next_slot().unwrap(), 0, &filling(domain)), keyed)
    });
    let open: Vec<_> = open.collect();
    assert_eq!(all_of(domain).count() as u64, 2 * AT_ONCE);
    for (id, block, key, keyed) in open {
        find(domain, id).unwrap().free();
        by_key(key).unwrap().free();
        block.give_up();
        keyed.give_up();
    }
    assert_eq!(all_of(domain).count(), 0);
}

#[test]
fn orphans_are_found_by_their_numbers_alone() {
    let ((block, before), domain) = (home_of(5), new_domain());
    let id = before + 5;
    block.fill(block.free_slot(id).unwrap(), id, &filling(domain));
    assert!(find_orphan(id).is_none());
    all_of(domain).for_each(Slot::orphan);
    assert!(find(domain, id).is_none());
    assert!(find_orphan(id).unwrap().release());
    assert!(find_orphan(id).is_none());
    block.give_up();
}
