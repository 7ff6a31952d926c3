//! What many open events keep until they end, within the client's budget.

use upto::Event;
use upto::testing::capture;

use crate::alone::in_own_process;
use crate::receiver::{DEADLINE, Receiver};

const EVENTS: usize = 2_000;
const ATTRIBUTES: usize = 10;
const BUDGET: usize = 512 << 10;

fn told(event: Event) -> Event {
    for number in 0..ATTRIBUTES {
        event.attr(format!("key {number}"), "x".repeat(100));
    }
    event
}

#[test]
fn what_has_no_room_is_left_out_and_marked_and_there_is_room_again_when_events_end() {
    let name = "what_has_no_room_is_left_out_and_marked_and_there_is_room_again_when_events_end";
    in_own_process(&format!("kept::{name}"), || {
        let receiver = Receiver::new("127.0.0.1:0");
        let guard = receiver.builder().total_bytes(BUDGET).init().unwrap();
        // What arrives over UDP may be less than what is sent.
        let capture = capture();
        let open: Vec<Event> = (0..EVENTS)
            .map(|_| told(Event::builder("kept").start_detached()))
            .inspect(|_| assert!(guard.flush(DEADLINE)))
            .collect();
        for event in open {
            event.end();
            assert!(guard.flush(DEADLINE));
        }
        told(upto::event("again")).end();
        let (events, missed) = (capture.events(), capture.missed());
        assert_eq!((events.len(), missed), (EVENTS + 1, 0));
        assert!(events.iter().all(|event| event.truncated || event.attributes.len() == ATTRIBUTES));
        let kept: usize = events.iter().map(|event| 100 * event.attributes.len()).sum();
        assert!(kept > BUDGET / 4 && kept < BUDGET, "{kept}");
        let again = events.find("again").unwrap();
        assert_eq!((again.attributes.len(), again.truncated), (ATTRIBUTES, false));
    });
}
