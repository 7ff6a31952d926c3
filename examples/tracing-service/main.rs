//! A web service that uses `tracing`, with `upto`'s layer beside its log, and a client that puts load on it.
//!
//! ```sh
//! cargo run --bin upto-server &
//! cargo run --bin tracing-service -- --requests 20
//! upto show tracing-service
//! ```
//!
//! You should see `start-up` with the opening of the database, and then requests, each with its queries: reads that overlap,
//! and writes that wait for each other, since SQLite lets one of them write at a time. An order for something that is not
//! there is an event that failed. With `--timeline-per-request`, each request is a timeline of its own in the context
//! `requests`, so that the page compares them.
#![allow(clippy::print_stdout)]

mod load;
mod service;
mod shop;

use std::net::Ipv4Addr;

use clap::Parser;
use tokio::net::TcpListener;
use tracing::Instrument as _;
use tracing_subscriber::prelude::*;

use self::service::Service;
use self::shop::Shop;

/// Serves a small shop, orders from it, and ends
#[derive(Debug, Parser)]
struct Arguments {
    /// How many requests the client makes
    #[arg(long, default_value_t = 40, value_name = "COUNT")]
    requests: u32,
    /// How many of them at the same time
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64), value_name = "COUNT")]
    clients: u32,
    /// Make each request a timeline of its own
    #[arg(long)]
    timeline_per_request: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let _upto = upto::init()?;
    // One timeline for each start of this process.
    upto::new_timeline("");
    // The layer stands beside any others, such as that of the log.
    let is_ours = tracing_subscriber::filter::filter_fn(|data| data.target().starts_with("tracing_service"));
    tracing_subscriber::registry().with(upto_tracing::layer().with_filter(is_ours)).init();
    let folder = tempfile::tempdir()?;
    let shop =
        Shop::open(&folder.path().join("shop.sqlite")).instrument(tracing::info_span!("start-up")).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let service = Service { shop, has_timelines: arguments.timeline_per_request };
    let serving = tokio::spawn(axum::serve(listener, service.routes()).into_future());
    let sum = load::run(&url, arguments.requests, arguments.clients).await?;
    println!("{} orders taken, {} refused", sum.taken, sum.refused);
    serving.abort();
    Ok(())
}
