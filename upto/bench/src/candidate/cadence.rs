//! `cadence`, the usual client for StatsD: each counter is a datagram.

use std::net::UdpSocket;

use cadence::{Counted, StatsdClient, UdpMetricSink};

use super::Candidate;
use crate::bursts::{burst, median};
use crate::failure::Failure;
use crate::receiver::Receiver;

pub(super) const CANDIDATES: &[Candidate] =
    &[Candidate::per_pair("cadence_udp", "cadence: two counters, each sent by UDP", counters)];

fn counters() -> Result<f64, Failure> {
    let receiver = Receiver::bind()?;
    let socket = UdpSocket::bind("127.0.0.1:0").map_err(Failure::system("bind a UDP socket"))?;
    let sink = UdpMetricSink::from(receiver.address, socket).map_err(Failure::peer("cadence"))?;
    let client = StatsdClient::from_sink("bench", sink);
    median(|| burst(|| count(&client)))
}

fn count(client: &StatsdClient) {
    // A counter that is not sent is not what fails a program.
    let _ = client.count("work.start", 1);
    let _ = client.count("work.end", 1);
}
