//! Connections to a server or to a cluster, made again when they are lost.

mod settings;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use redis::aio::MultiplexedConnection;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo};
use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind, Value, from_redis_value};

use super::address::RedisUrl;
use super::failure::Failure;
use super::script::Call;
use super::shard::Shards;
use super::{durability, layout};

/// How often a request follows a slot that has moved to another master.
const REDIRECTIONS: usize = 5;

/// A connection that many requests share; they go out one after another without waiting for answers.
#[derive(Clone)]
pub(super) enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Connection {
    pub(super) fn is_cluster(&self) -> bool {
        matches!(self, Connection::Cluster(_))
    }

    /// Runs a script.
    pub(super) async fn run<T: FromRedisValue>(&mut self, call: &Call<'_>) -> Result<T, RedisError> {
        match self.command(&call.by_hash()).await {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                self.command(&call.by_code()).await
            }
            done => done,
        }
    }

    pub(super) async fn command<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, RedisError> {
        let mut redirections = 0;
        loop {
            let done = match self {
                Connection::Single(connection) => command.query_async(connection).await,
                Connection::Cluster(connection) => command.query_async(connection).await,
            };
            match done {
                Err(error) if has_moved(&error) && redirections < REDIRECTIONS => redirections += 1,
                done => return done,
            }
        }
    }

    /// Asks each master.
    pub(super) async fn ask_masters<T: FromRedisValue>(
        &mut self,
        command: Cmd,
    ) -> Result<Vec<T>, RedisError> {
        match self {
            Connection::Single(connection) => Ok(vec![command.query_async(connection).await?]),
            Connection::Cluster(connection) => {
                let masters = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
                let Value::Map(answers) = connection.route_command(command, masters).await? else {
                    return Err((ErrorKind::UnexpectedReturnType, "not an answer per master").into());
                };
                let answers = answers.into_iter().map(|(_, answer)| answer.extract_error());
                answers.map(|answer| Ok(from_redis_value(answer?)?)).collect()
            }
        }
    }
}

/// The server has refused the request and the client has learned where the slot is now.
fn has_moved(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::Moved)
}

/// The way to the store: connects when there is no connection, and checks each time what it finds.
///
/// A request is never sent again by itself when a connection breaks, as it may have been done. So
/// the client of the cluster has its repetitions switched off, and that of a single server is not
/// the one that manages connections. Both connect again with the next request.
pub(super) struct Link {
    url: RedisUrl,
    attempt: Mutex<Option<Attempt>>,
}

/// A connection that is there, or comes about while everybody who needs it waits for it.
type Attempt = Shared<BoxFuture<'static, Result<Present, Failure>>>;

/// A connection, and how the store behind it is laid out.
#[derive(Clone)]
pub(super) struct Present {
    connection: Connection,
    pub(super) shards: Shards,
    identity: Arc<()>,
}

impl Link {
    /// Connects for the first time.
    pub(super) async fn open(url: RedisUrl) -> Result<Self, Failure> {
        let link = Link { url, attempt: Mutex::default() };
        link.present().await?;
        Ok(link)
    }

    pub(super) fn url(&self) -> &RedisUrl {
        &self.url
    }

    /// The connection there is, or a new one.
    pub(super) async fn present(&self) -> Result<Present, Failure> {
        let attempt = self.slot().get_or_insert_with(|| connect(self.url.clone()).boxed().shared()).clone();
        let present = attempt.clone().await;
        if present.is_err() {
            self.forget(|other| other.ptr_eq(&attempt));
        }
        present
    }

    /// Runs a script.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        present: &Present,
        call: &Call<'_>,
    ) -> Result<T, Failure> {
        let done = present.connection.clone().run(call).await;
        self.noting(present, done)
    }

    /// Runs a command whose first argument is a key.
    pub(super) async fn command<T: FromRedisValue>(
        &self,
        present: &Present,
        command: &Cmd,
    ) -> Result<T, Failure> {
        let done = present.connection.clone().command(command).await;
        self.noting(present, done)
    }

    /// Gives a connection up that is of no more use.
    fn noting<T>(&self, present: &Present, done: Result<T, RedisError>) -> Result<T, Failure> {
        done.map_err(|error| {
            let is_useless = match present.connection {
                Connection::Single(_) => is_useless_after(&error),
                Connection::Cluster(_) => is_outdated_after(&error),
            };
            if is_useless {
                self.forget(|attempt| attempt.peek().is_some_and(|peeked| is_of(peeked, present)));
            }
            error.into()
        })
    }

    fn forget(&self, is_it: impl FnOnce(&Attempt) -> bool) {
        self.slot().take_if(|attempt| is_it(attempt));
    }

    fn slot(&self) -> MutexGuard<'_, Option<Attempt>> {
        self.attempt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn connect(url: RedisUrl) -> Result<Present, Failure> {
    let mut connection = settings::connect(&url).await?;
    if !url.relaxed {
        durability::check(&mut connection).await?;
    }
    let shards = layout::agree(&mut connection, &url.prefix).await?;
    Ok(Present { connection, shards, identity: Arc::default() })
}

fn is_of(attempt: &Result<Present, Failure>, present: &Present) -> bool {
    attempt.as_ref().is_ok_and(|other| Arc::ptr_eq(&other.identity, &present.identity))
}

/// Its map of the slots leads astray even after it was told better, which it does not get over when masters have gone and
/// come back; or it waited for an answer in vain, as it may for the next one too. What is only lost it finds again by
/// itself.
fn is_outdated_after(error: &RedisError) -> bool {
    has_moved(error) || error.is_timeout() || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}

/// It is broken, hangs, or leads to what is no master any more.
fn is_useless_after(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_unrecoverable_error()
        || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}
