//! The server's stores on databases, beside the bare client that writes the same blocks to the same database.

mod postgres;
mod redis;

use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Runtime;
use upto_bench_harness::Candidate;
use upto_server::clock::SystemClock;
use upto_server::store::{self, Append, Store, StoreUrl};

use super::figure;
use crate::database::{self, Database};
use crate::failure::Failure;
use crate::figure::Figure;

pub(super) const CANDIDATES: &[Candidate] = &[
    Candidate::figures("redis", "blocks to Redis: by the store, and by the bare client", 1, on_redis),
    Candidate::figures(
        "postgres",
        "blocks to PostgreSQL: by the store, and by the bare client",
        1,
        on_postgres,
    ),
];

/// What a commit of a busy server is: a block for each of so many timelines.
const BLOCKS: usize = 8;
const BLOCK_BYTES: usize = 16 << 10;
/// Commits of a turn. The store and the bare client take turns.
const COMMITS: usize = 20;
const TURNS: usize = 40;

/// A client that writes blocks, each to a stream of its own, all or none.
trait Bare {
    async fn write(&mut self, blocks: &[Vec<u8>]) -> Result<(), Failure>;
}

fn on_redis() -> Result<Vec<Figure>, Failure> {
    let database = database::redis()?;
    runtime()?.block_on(async {
        let mut bare = redis::Client::connect(&database.url).await?;
        compare("redis", &database, &mut bare).await
    })
}

fn on_postgres() -> Result<Vec<Figure>, Failure> {
    let database = database::postgres()?;
    runtime()?.block_on(async {
        let mut bare = postgres::Client::connect(&database.url).await?;
        compare("postgres", &database, &mut bare).await
    })
}

fn runtime() -> Result<Runtime, Failure> {
    Runtime::new().map_err(Failure::system("start a runtime"))
}

/// Megabytes a second, turn by turn. The first turn of each is not counted.
async fn compare(name: &str, database: &Database, bare: &mut impl Bare) -> Result<Vec<Figure>, Failure> {
    let url: StoreUrl = database.url.parse().map_err(Failure::peer("the store"))?;
    let store = store::open(&url, Arc::new(SystemClock)).await.map_err(Failure::peer("the store"))?;
    let mut figures = Vec::new();
    for turn in 0..=TURNS {
        let (by_store, by_bare) = (turn_of(&*store).await?, bare_turn_of(bare).await?);
        if turn > 0 {
            figures.push(figure(name, "store", by_store, UNIT));
            figures.push(figure(name, "bare", by_bare, UNIT));
        }
    }
    Ok(figures)
}

const UNIT: &str = "MB/s";

async fn turn_of(store: &dyn Store) -> Result<f64, Failure> {
    let (commits, began) = (commits(), Instant::now());
    for blocks in commits {
        let appends = blocks.into_iter().enumerate();
        let appends = appends.map(|(number, block)| Append { stream: stream(number), block }).collect();
        store.append(appends).await.map_err(Failure::peer("the store"))?;
    }
    Ok(megabytes_per_second(began))
}

async fn bare_turn_of(bare: &mut impl Bare) -> Result<f64, Failure> {
    let (commits, began) = (commits(), Instant::now());
    for blocks in commits {
        bare.write(&blocks).await?;
    }
    Ok(megabytes_per_second(began))
}

/// What can't be compressed, as blocks can't.
fn commits() -> Vec<Vec<Vec<u8>>> {
    let block = || std::iter::repeat_with(|| fastrand::u8(..)).take(BLOCK_BYTES).collect();
    std::iter::repeat_with(|| std::iter::repeat_with(block).take(BLOCKS).collect()).take(COMMITS).collect()
}

fn megabytes_per_second(began: Instant) -> f64 {
    (COMMITS * BLOCKS * BLOCK_BYTES) as f64 / 1e6 / began.elapsed().as_secs_f64()
}

fn stream(number: usize) -> String {
    format!("marks/bench/{number}")
}
