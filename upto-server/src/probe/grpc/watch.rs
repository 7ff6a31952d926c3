//! A stream of probes, for one reader.
//!
//! Nothing is kept for a reader but how far each cluster was told. One that is behind the news reads what it misses from
//! where it is kept, as fast as it takes that; what is not kept any more it is told the number of.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use futures_util::stream::{self, Stream};
use tokio::sync::watch;
use tonic::Status;

use super::super::protocol::v1::{Missed, Position, WatchReply, WatchRequest};
use super::super::registry::{Cluster, Limits, News, Reader, Told, Unread};
use super::{Served, probe_of};
use crate::doors::Caller;

/// What one message has at most.
const LIMITS: Limits = Limits { count: 256, bytes: 1 << 20 };

/// One reader.
pub(super) struct Watcher {
    served: Served,
    caller: Caller,
    /// Clusters that were not asked for by name are told too.
    is_for_all: bool,
    places: HashMap<Arc<str>, Place>,
    /// Clusters of which something has to be read.
    behind: VecDeque<Arc<str>>,
    reader: Reader,
    stop: watch::Receiver<bool>,
}

/// How far a cluster was told.
struct Place {
    cluster: Arc<Cluster>,
    after: u64,
    is_behind: bool,
}

impl Watcher {
    /// # Errors
    /// A cluster that is not there, or not for the caller, or a cursor from the future.
    pub(super) fn begin(served: Served, caller: Caller, request: WatchRequest) -> Result<Self, Status> {
        // What is stored from now on comes through this, so nothing falls between it and the places.
        let (reader, stop) = (served.registry.feed().subscribe(), served.stop.clone());
        let is_for_all = request.from.is_empty();
        let (places, behind) = (HashMap::new(), VecDeque::new());
        served.registry.metrics().probes.watchers.inc();
        let mut watcher = Watcher { served, caller, is_for_all, places, behind, reader, stop };
        for Position { cluster, cursor } in request.from {
            let cluster = watcher.served.cluster(&watcher.caller, &cluster)?;
            let latest = cluster.latest_number();
            let after = cursor.unwrap_or(latest);
            if after > latest {
                return Err(Status::from(Unread::Future { cursor: after, latest }));
            }
            watcher.place(cluster, after);
        }
        if is_for_all {
            for cluster in watcher.visible() {
                let latest = cluster.latest_number();
                watcher.place(cluster, latest);
            }
        }
        watcher.look_everywhere();
        Ok(watcher)
    }

    /// The messages, until the server stops, or the caller may not read any more.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<WatchReply, Status>> + Send {
        stream::unfold(Some(self), async |watcher| {
            let mut watcher = watcher?;
            let told = watcher.next().await?;
            let is_over = told.is_err();
            Some((told, (!is_over).then_some(watcher)))
        })
    }

    fn visible(&self) -> Vec<Arc<Cluster>> {
        self.served.registry.after(None, usize::MAX, |name| self.caller.is_for(name))
    }

    fn place(&mut self, cluster: Arc<Cluster>, after: u64) {
        self.places.insert(cluster.name().clone(), Place { cluster, after, is_behind: false });
    }

    async fn next(&mut self) -> Option<Result<WatchReply, Status>> {
        loop {
            if *self.stop.borrow() {
                return None;
            }
            if !self.served.doors.lets_in(&self.caller) {
                return Some(Err(Status::unauthenticated("the token is not valid any more")));
            }
            let reply = match self.behind.pop_front() {
                Some(name) => self.catch_up(&name).await,
                None => self.news().await.map(Ok)?,
            };
            match reply {
                Ok(reply) if reply == WatchReply::default() => {}
                told => return Some(told),
            }
        }
    }

    /// What is stored next; empty: there is something to read instead. `None` when the server stops.
    async fn news(&mut self) -> Option<WatchReply> {
        let news = tokio::select! {
            news = self.reader.next() => news,
            _ = self.stop.wait_for(|stop| *stop) => return None,
        };
        let mut reply = WatchReply::default();
        match news {
            News::Stored(told) => told.iter().for_each(|told| self.take(told, &mut reply)),
            News::Behind => self.look_everywhere(),
        }
        Some(reply)
    }

    fn take(&mut self, told: &Told, reply: &mut WatchReply) {
        let (name, number) = (told.cluster.name(), told.record.number);
        if !self.places.contains_key(name) {
            if !self.is_for_all || !self.caller.is_for(name) {
                return;
            }
            self.place(told.cluster.clone(), number - 1);
        }
        let Some(place) = self.places.get_mut(name) else { return };
        if number == place.after + 1 {
            place.after = number;
            reply.probes.push(probe_of(name, &told.record));
        } else if number > place.after {
            // What is between is read; until then all of it waits where it is kept.
            place.cluster = told.cluster.clone();
            if !std::mem::replace(&mut place.is_behind, true) {
                self.behind.push_back(name.clone());
            }
        }
    }

    /// Looks at every cluster for what was not told.
    fn look_everywhere(&mut self) {
        if self.is_for_all {
            for cluster in self.visible() {
                if !self.places.contains_key(cluster.name()) {
                    self.place(cluster, 0);
                }
            }
        }
        for (name, place) in &mut self.places {
            if place.cluster.latest_number() > place.after && !std::mem::replace(&mut place.is_behind, true) {
                self.behind.push_back(name.clone());
            }
        }
    }

    /// The next probes of a cluster that is behind.
    async fn catch_up(&mut self, name: &Arc<str>) -> Result<WatchReply, Status> {
        let mut reply = WatchReply::default();
        let Some(place) = self.places.get_mut(name) else { return Ok(reply) };
        let read = self.served.registry.read(&place.cluster, place.after, LIMITS).await?;
        if read.missed > 0 {
            self.served.registry.metrics().probes.missed.inc_by(read.missed);
            reply.missed.push(Missed { cluster: name.to_string(), count: read.missed });
        }
        place.after = read.records.last().map_or(place.after, |last| last.number);
        place.is_behind = read.has_more;
        reply.probes.extend(read.records.iter().map(|record| probe_of(name, record)));
        if read.has_more {
            self.behind.push_back(name.clone());
        }
        Ok(reply)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.served.registry.metrics().probes.watchers.dec();
    }
}
