//! Slots by themselves: no client is needed.

use std::thread;

use super::super::domains;
use super::*;
use crate::path::ROOT;

static SITE: OnceSite = OnceSite::new();

type OnceSite = std::sync::OnceLock<&'static Site>;

fn filling(domain: u64) -> Filling {
    let site = SITE.get_or_init(|| Site::leak("site", &[], &()));
    Filling { domain, node: &ROOT, site, started: 1, number: 2, state: HANDLE }
}

fn new_domain() -> u64 {
    domains::add()
}

#[test]
fn what_is_put_in_is_found_by_its_number_until_it_is_freed() {
    let (block, domain) = (Block::claim().unwrap(), new_domain());
    let slot = block.free_slot(7).unwrap();
    assert_eq!(block.fill(slot, 7, &filling(domain)), 7);
    assert!(std::ptr::eq(block.find(domain, 7).unwrap(), slot));
    assert!(block.find(domain, 8).is_none() && block.find(domain + 1, 7).is_none());
    let kept = slot.kept().unwrap();
    assert_eq!((kept.started, kept.number, kept.state), (1, 2, HANDLE));
    slot.free();
    assert!(block.find(domain, 7).is_none());
    block.give_up();
}

#[test]
fn numbers_that_are_alike_get_slots_beside_one_another_and_then_none() {
    let (block, domain) = (Block::claim().unwrap(), new_domain());
    let alike: Vec<_> = (0..PROBES as u64).map(|n| 3 + (n << 32)).collect();
    for id in &alike {
        block.fill(block.free_slot(*id).unwrap(), *id, &filling(domain));
    }
    assert!(block.free_slot(3 + (99 << 32)).is_none());
    for id in alike {
        find(domain, id).unwrap().free();
    }
    assert!(block.free_slot(3).is_some());
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
    let (block, domain) = (Block::claim().unwrap(), new_domain());
    for id in 1..200 {
        let slot = block.free_slot(id).unwrap();
        block.fill(slot, id, &filling(domain));
        let end = move || {
            let slot = find(domain, id).unwrap();
            assert_eq!(slot.kept().unwrap().number, 2);
            slot.clone_handle();
            assert!(!slot.drop_handle() && slot.drop_handle());
            slot.free();
        };
        if id % 20 == 0 { thread::spawn(end).join().unwrap() } else { end() }
    }
    assert_eq!(all_of(domain).count(), 0);
    block.give_up();
}

#[test]
fn orphans_are_found_by_their_numbers_alone() {
    let (block, domain) = (Block::claim().unwrap(), new_domain());
    let id = domain << 8 | 5;
    block.fill(block.free_slot(id).unwrap(), id, &filling(domain));
    assert!(find_orphan(id).is_none());
    all_of(domain).for_each(Slot::orphan);
    assert!(find(domain, id).is_none());
    assert!(find_orphan(id).unwrap().release());
    assert!(find_orphan(id).is_none());
    block.give_up();
}
