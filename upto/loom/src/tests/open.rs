//! A guard that ends on one thread, and its frame that goes on another.

use std::sync::atomic::{AtomicU32, Ordering};

use loom::sync::Arc;
use loom::thread;

use crate::upto::current::open::Open;

/// A guard ends while its frame is looked at, if it is, and goes.
fn check(looks: bool) {
    loom::model(move || {
        let open = Arc::new(Open::new());
        let attention = Arc::new(AtomicU32::new(0));
        let guard = (open.clone(), attention.clone());
        let ends = thread::spawn(move || guard.0.end(&guard.1));
        if looks && open.has_ended() {
            // Who sees the end has been told to look.
            assert_eq!(attention.load(Ordering::Relaxed), 1);
        }
        open.close(&attention);
        ends.join().expect("no panic");
        assert!(!open.has_ended() || attention.load(Ordering::Relaxed) == 0);
        assert_eq!(attention.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn attention_is_taken_back_once_whoever_is_first() {
    check(false);
}

#[test]
fn who_sees_the_end_was_told_to_look() {
    check(true);
}

#[test]
fn attention_lasts_until_the_frame_goes() {
    loom::model(|| {
        let open = Arc::new(Open::new());
        let attention = Arc::new(AtomicU32::new(0));
        let guard = (open.clone(), attention.clone());
        thread::spawn(move || guard.0.end(&guard.1)).join().expect("no panic");
        assert_eq!((open.has_ended(), attention.load(Ordering::Relaxed)), (true, 1));
        open.close(&attention);
        assert_eq!(attention.load(Ordering::Relaxed), 0);
    });
}
