//! In which order things are told that happen on several threads.

use std::sync::mpsc::channel;

use super::{DEADLINE, Receiver, turn};

#[test]
fn what_threads_do_in_turn_is_told_in_turn() {
    const TURNS: usize = 500;
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let ((ask, asked), (done, is_done)) = (channel(), channel());
    let other = std::thread::spawn(move || {
        for () in asked {
            upto::point("there");
            done.send(()).expect("it is waited for");
        }
    });
    for _ in 0..TURNS {
        upto::point("here");
        ask.send(()).expect("it waits");
        is_done.recv().expect("done");
    }
    drop(ask);
    other.join().expect("no panic");
    assert!(guard.flush(DEADLINE));
    drop(guard);
    let (_, messages) = receiver.session();
    let told: Vec<_> = messages.iter().map(|message| message.name.as_str()).collect();
    assert_eq!(told, ["here", "there"].repeat(TURNS));
}
