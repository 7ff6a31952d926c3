//! The figures that a simulation rests on. `docs/scaling.md` says where each comes from.

use clap::Args;
use serde::Serialize;

use crate::setups::StoreKind;

/// Figures of senders, network, server and store.
#[derive(Clone, Debug, Args, Serialize)]
#[command(next_help_heading = "Measured figures")]
pub(crate) struct Parameters {
    /// Seconds of virtual time during which hosts send steadily
    #[arg(long, default_value_t = 2.0, value_parser = positive)]
    pub(crate) seconds: f64,
    /// Seconds for which a host is busy after a deployment has started on it
    #[arg(long, default_value_t = 2.0, value_parser = positive)]
    pub(crate) start_seconds: f64,
    /// Hosts whose events are in one timeline
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) timeline_hosts: u32,
    /// All hosts of a timeline send to the same server, instead of each to the next one
    #[arg(long)]
    pub(crate) by_timeline: bool,
    /// Bytes of a message in a packet
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1_300))]
    pub(crate) message_bytes: u32,

    /// Part of the packets that the network loses
    #[arg(long, default_value_t = 0.000_1, value_parser = part)]
    pub(crate) loss: f64,
    /// Shortest way of a packet, in microseconds
    #[arg(long, default_value_t = 100.0, value_parser = positive)]
    pub(crate) delay_us: f64,
    /// Mean of what comes to that, in microseconds
    #[arg(long, default_value_t = 100.0, value_parser = positive)]
    pub(crate) jitter_us: f64,
    /// Standard deviation of the hosts' clocks, by which a deployment starts, in milliseconds
    #[arg(long, default_value_t = 10.0, value_parser = positive)]
    pub(crate) skew_ms: f64,

    /// CPU to receive a datagram, in nanoseconds
    #[arg(long, default_value_t = 700)]
    pub(crate) receive_ns: u32,
    /// CPU to take a datagram through the door, beside its messages, in nanoseconds
    #[arg(long, default_value_t = 800)]
    pub(crate) datagram_ns: u32,
    /// CPU to decode, fold and store a message, in nanoseconds
    #[arg(long, default_value_t = 430)]
    pub(crate) message_ns: u32,
    /// CPU of a server for each block that it stores, in nanoseconds
    #[arg(long, default_value_t = 8_000)]
    pub(crate) block_ns: u32,
    /// The socket's receive buffer, of each core, in KiB
    #[arg(long, default_value_t = 8_192, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) buffer_kib: u32,
    /// `--memory` of a server, in MiB
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) memory_mib: u32,
    /// Bytes that a message takes while it waits for the store, in its block and in its fold
    #[arg(long, default_value_t = 40)]
    pub(crate) waiting_bytes: u32,

    /// Time from a commit's turn to its answer, beside the work, in microseconds [default: of the store]
    #[arg(long)]
    pub(crate) latency_us: Option<u32>,
    /// What the store writes, in MB/s [default: of the store]
    #[arg(long, value_parser = positive)]
    pub(crate) store_mbps: Option<f64>,
    /// What a block costs the store beside its bytes, in nanoseconds [default: of the store]
    #[arg(long)]
    pub(crate) store_block_ns: Option<u32>,
    /// Bytes of a message in the store
    #[arg(long, default_value_t = 3.2, value_parser = positive)]
    pub(crate) stored_bytes: f64,
}

/// Figures of a store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StoreFigures {
    pub(crate) latency_us: u32,
    pub(crate) megabytes_per_second: f64,
    pub(crate) block_ns: u32,
}

impl Parameters {
    /// The figures of a store, with what was told otherwise.
    pub(crate) fn store(&self, kind: StoreKind) -> StoreFigures {
        let measured = match kind {
            StoreKind::Redb => {
                StoreFigures { latency_us: 2_600, megabytes_per_second: 60.0, block_ns: 3_000 }
            }
            StoreKind::Redis => {
                StoreFigures { latency_us: 600, megabytes_per_second: 35.0, block_ns: 10_000 }
            }
            StoreKind::Postgres => {
                StoreFigures { latency_us: 3_900, megabytes_per_second: 50.0, block_ns: 16_000 }
            }
        };
        StoreFigures {
            latency_us: self.latency_us.unwrap_or(measured.latency_us),
            megabytes_per_second: self.store_mbps.unwrap_or(measured.megabytes_per_second),
            block_ns: self.store_block_ns.unwrap_or(measured.block_ns),
        }
    }
}

#[cfg(test)]
impl Default for Parameters {
    fn default() -> Self {
        #[derive(clap::Parser)]
        struct Alone {
            #[command(flatten)]
            parameters: Parameters,
        }
        <Alone as clap::Parser>::parse_from(["scaling"]).parameters
    }
}

fn positive(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if number > 0.0 && number <= 1e6 {
        Ok(number)
    } else {
        Err("it has to be over 0 and at most 1e6".to_owned())
    }
}

fn part(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if (0.0..1.0).contains(&number) { Ok(number) } else { Err("it has to be from 0 to below 1".to_owned()) }
}
