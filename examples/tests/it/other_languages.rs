//! Senders in other languages, each of which knows the wire format and nothing of ours.

use crate::programs::{example, output, told};
use crate::reader::{Events, Reader};

/// What a sender told, of a name in which there is something to be got wrong.
fn sent(program: &str, name: &str) -> Events {
    let reader = Reader::new();
    let udp = reader.udp();
    let (host, port) = udp.rsplit_once(':').expect("an address");
    let mut sender = told(&reader, example("other-languages").join(program));
    sender.env("UPTO_HOSTNAME", host).env("UPTO_PORT", port);
    output(sender.args(["other 100%", name]));
    reader.settled("other 100%", 1)
}

/// `least` is how many nanoseconds of its work, a tenth of a second, have to be seen. Without a time in the message, the
/// moments count at which the two came, which tell little of a sender on a busy machine.
fn assert_sent(program: &str, least: i64) {
    let name = r"nightly.dump ü\.sql";
    let events = sent(program, name);
    let took = events.one(name).duration().expect("it has begun and ended");
    assert!((least..20_000_000_000).contains(&took), "{took} ns");
    assert_eq!(events.all().len(), 1);
}

#[test]
fn python_sends() {
    assert_sent("sender.py", 90_000_000);
}

#[test]
fn bash_sends() {
    assert_sent("sender.sh", 1);
}

#[test]
fn node_sends() {
    assert_sent("sender.mjs", 90_000_000);
}
