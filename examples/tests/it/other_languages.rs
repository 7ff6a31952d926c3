//! Senders in other languages, each of which knows the wire format and nothing of ours.

use std::net::UdpSocket;
use std::time::Duration;

use crate::programs::{example, output, quiet, told};
use crate::reader::{Events, Reader};

/// What a sender told, of a name in which there is something to be got wrong.
fn sent(program: &str, name: &str) -> Events {
    let reader = Reader::new();
    output(told(&reader, example("other-languages").join(program)).args(["other 100%", name]));
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

/// An address of IPv6 has colons of its own, and whoever says no port means the usual one, where nobody need listen.
#[test]
fn all_of_them_understand_where_the_server_is() {
    let server = UdpSocket::bind("[::1]:0").expect("a port");
    server.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
    let address = server.local_addr().expect("an address").to_string();
    for program in ["sender.py", "sender.sh", "sender.mjs"] {
        let sender = |place: &str| {
            let mut sender = quiet(example("other-languages").join(program));
            output(sender.env("UPTO_SERVER", place).args(["a context", "a name"]));
        };
        sender(&address);
        for _ in ["start", "end"] {
            let mut datagram = [0; 512];
            let length = server.recv(&mut datagram).expect("a datagram");
            let is_told = datagram[..length].windows(6).any(|bytes| bytes == b"a name");
            assert!(is_told, "{program}: {:?}", &datagram[..length]);
        }
        sender("127.0.0.2");
    }
}
