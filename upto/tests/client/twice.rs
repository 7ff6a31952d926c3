//! Packets with ends that are sent again.

use upto::wire::Kind;

use super::{DEADLINE, Receiver, turn};

#[test]
fn ends_come_again_while_the_client_runs_however_often_it_is_flushed() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().send_ends_twice(true).init().expect("a client");
    upto::event("work").end();
    // So many rounds without events, and a flusher would sleep.
    (0..100).for_each(|_| assert!(guard.flush(DEADLINE)));
    let (mut arrived, mut again) = (Vec::new(), None);
    while again.is_none() {
        let packet = receiver.packet();
        again = arrived.contains(&packet).then(|| packet.clone());
        arrived.push(packet);
    }
    let (session, _, messages) = again.expect("it came again");
    assert!(messages.iter().any(|message| message.kind == Kind::End), "{messages:?}");
    assert!(session.packets.is_none());
    let stats = guard.finish();
    assert_eq!((stats.sent, stats.unrepeated), (2, 0));
}
