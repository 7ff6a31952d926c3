//! Which hosts there are: each registers itself by a lease on its name and a document with its address, and renews both.
//!
//! Whether one is there, others see by its document's versions, which grow while it renews: no clock of another machine is
//! believed for that.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::check::name_fault;
use crate::agent::Target;
use crate::catalog::document::{self, Listing, escaped};
use crate::store::{Lease, Result, Store, StoreErrorKind};

/// Documents, and leases, of hosts begin with this. Then follows the name, escaped.
const HOSTS: &str = "fleet-host/";
/// Hosts at most: each is asked for every check.
const MOST: usize = 4_096;
/// Bytes of an address at most.
const ADDRESS_BYTES: usize = 300;

/// A host as it registers itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Host {
    /// What it is called, which no two are at a time.
    pub(crate) name: String,
    /// Where it is asked, such as `http://10.0.0.7:8080`.
    pub(crate) address: String,
    /// Which run of it this is: a random number, which an answer has to repeat.
    pub(crate) instance: String,
    /// The program and its version.
    pub(crate) software: String,
    /// Tasks that it ended in this run.
    pub(crate) processed: u64,
    /// When it came, in nanoseconds since the epoch, by its own clock.
    pub(crate) since: i64,
    /// When it said last that it is there, likewise.
    pub(crate) renewed: i64,
    /// For how long that holds, in nanoseconds.
    pub(crate) hold: i64,
    /// It said goodbye.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) left: bool,
}

impl Host {
    /// Why nobody should ask it.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let is_word = |text: &str, most| text.len() <= most && !text.chars().any(char::is_control);
        name_fault(&self.name)
            .or_else(|| Target::fault(&self.address))
            .or_else(|| (!is_word(&self.address, ADDRESS_BYTES)).then_some("its address is too long"))
            .or_else(|| (!is_word(&self.instance, 64)).then_some("its instance is too long"))
            .or_else(|| (!is_word(&self.software, 100)).then_some("its software's name is too long"))
    }
}

fn key(name: &str) -> String {
    format!("{HOSTS}{}", escaped(name))
}

/// A host's place among the hosts, which it keeps as long as it renews it.
#[derive(Debug, Default)]
pub(crate) struct Membership {
    lease: Option<Lease>,
    version: Option<u64>,
}

impl Membership {
    /// Registers a host, or says that it is still there. False: another one than `owner` has this name. A run that was
    /// killed and the next one have the same owner.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn renew(
        &mut self,
        store: &dyn Store,
        host: &Host,
        owner: &str,
        hold: Duration,
    ) -> Result<bool> {
        let key = key(&host.name);
        let is_held = match &self.lease {
            Some(lease) => store.renew(lease, hold).await?,
            None => false,
        };
        if !is_held {
            self.lease = store.acquire(&key, owner, hold).await?;
            self.version = None;
        }
        if self.lease.is_none() {
            return Ok(false);
        }
        self.put(store, &key, host).await
    }

    /// Who holds the lease writes the document, whoever wrote it before.
    async fn put(&mut self, store: &dyn Store, key: &str, host: &Host) -> Result<bool> {
        let value = document::encode(host, key)?;
        if self.version.is_none() {
            self.version = store.get(key).await?.map(|stored| stored.version);
        }
        match store.put(key, self.version, value).await {
            Ok(version) => self.version = Some(version),
            // Somebody forgot it, or a late one wrote: the next round looks again.
            Err(error) if error.kind() == StoreErrorKind::Conflict => self.version = None,
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    /// Says goodbye: nobody waits for it then.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn leave(&mut self, store: &dyn Store, host: &Host) -> Result<()> {
        let Some(lease) = self.lease.take() else { return Ok(()) };
        self.put(store, &key(&host.name), &Host { left: true, ..host.clone() }).await?;
        store.release(&lease).await
    }
}

/// Forgets a host; false: there is none.
///
/// # Errors
/// What the store says.
pub(crate) async fn forget(store: &dyn Store, name: &str) -> Result<bool> {
    let key = key(name);
    let Some(stored) = store.get(&key).await? else { return Ok(false) };
    match store.delete(&key, stored.version).await {
        // It is there, and registers itself again.
        Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(true),
        done => done.map(|()| true),
    }
}

/// Whether a document of a host can be read; `None` if it is something else.
pub(super) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    key.starts_with(HOSTS).then(|| document::decode::<Host>(key, value).map(drop))
}

/// What somebody knows of all hosts.
#[derive(Debug, Default)]
pub(crate) struct Members(Mutex<BTreeMap<String, Member>>);

/// A host, as somebody knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// What it says of itself.
    pub(crate) host: Host,
    version: u64,
    /// When it said something last that was new, by the monotonic clock of who looks.
    seen: i64,
}

impl Member {
    /// For how long it has said nothing at `monotonic`, in nanoseconds.
    pub(crate) fn silence(&self, monotonic: i64) -> i64 {
        monotonic.saturating_sub(self.seen).max(0)
    }

    /// Whether it can be asked.
    pub(crate) fn is_there(&self, monotonic: i64) -> bool {
        !self.host.left && self.silence(monotonic) <= self.host.hold
    }
}

/// A moment, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Nanoseconds since the epoch.
    pub(crate) now: i64,
    /// Nanoseconds since the process began.
    pub(crate) monotonic: i64,
}

impl Members {
    /// Looks who is there.
    ///
    /// # Errors
    /// What the store says; what was known goes on then.
    pub(crate) async fn refresh(&self, store: &dyn Store, moment: Moment) -> Result<()> {
        let (mut listing, mut listed) = (Listing::of(store, HOSTS), BTreeMap::new());
        loop {
            let page = listing.next().await?;
            if page.is_empty() || listed.len() >= MOST {
                break;
            }
            for (key, stored) in page {
                // One that can't be read, or lies about what it is, is nobody.
                let Ok(host) = document::decode::<Host>(&key, &stored.value) else { continue };
                if host.fault().is_none() && self::key(&host.name) == key {
                    listed.insert(host.name.clone(), (host, stored.version));
                }
            }
        }
        self.replace(listed, moment);
        Ok(())
    }

    fn replace(&self, listed: BTreeMap<String, (Host, u64)>, moment: Moment) {
        let mut members = self.lock();
        let known = std::mem::take(&mut *members);
        *members = listed
            .into_iter()
            .map(|(name, (host, version))| {
                let seen = match known.get(&name) {
                    Some(member) if member.version == version => member.seen,
                    Some(_) => moment.monotonic,
                    // Seen for the first time: it may have been silent for long. Its clock is believed for that once.
                    None => moment.monotonic.saturating_sub(moment.now.saturating_sub(host.renewed).max(0)),
                };
                (name, Member { host, version, seen })
            })
            .collect();
    }

    /// All that are known, by name.
    pub(crate) fn all(&self) -> Vec<Member> {
        self.lock().values().cloned().collect()
    }

    /// The one of this name.
    pub(crate) fn get(&self, name: &str) -> Option<Member> {
        self.lock().get(name).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Member>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::{Clock, ManualClock};
    use crate::store::{Documents, MemoryStore};

    const HOLD: Duration = Duration::from_secs(3);

    fn host(name: &str, instance: &str, now: i64) -> Host {
        Host {
            name: name.into(),
            address: "http://127.0.0.1:1".into(),
            instance: instance.into(),
            software: "upto-server 0".into(),
            processed: 0,
            since: now,
            renewed: now,
            hold: i64::try_from(HOLD.as_nanos()).expect("short"),
            left: false,
        }
    }

    fn moment(clock: &ManualClock) -> Moment {
        Moment { now: clock.now(), monotonic: clock.monotonic() }
    }

    fn there(members: &Members, clock: &ManualClock) -> Vec<String> {
        let there = members.all().into_iter().filter(|member| member.is_there(clock.monotonic()));
        there.map(|member| member.host.name).collect()
    }

    #[tokio::test]
    async fn a_host_is_there_while_it_renews() {
        let clock = Arc::new(ManualClock::new(0));
        let (store, members, mut one) =
            (MemoryStore::new(clock.clone()), Members::default(), Membership::default());
        assert!(one.renew(&store, &host("a", "1", clock.now()), "1", HOLD).await.expect("renewed"));
        for _ in 0..3 {
            members.refresh(&store, moment(&clock)).await.expect("listed");
            assert_eq!(there(&members, &clock), ["a"]);
            clock.advance(HOLD);
            assert!(one.renew(&store, &host("a", "1", clock.now()), "1", HOLD).await.expect("renewed"));
        }
        members.refresh(&store, moment(&clock)).await.expect("listed");
        clock.advance(HOLD + Duration::from_nanos(1));
        members.refresh(&store, moment(&clock)).await.expect("listed");
        assert_eq!(there(&members, &clock), Vec::<String>::new());
        assert_eq!(members.all().len(), 1, "it is remembered");
        assert!(one.renew(&store, &host("a", "1", clock.now()), "1", HOLD).await.expect("renewed"));
        members.refresh(&store, moment(&clock)).await.expect("listed");
        assert_eq!(there(&members, &clock), ["a"], "it came back");
    }

    #[tokio::test]
    async fn no_two_have_the_same_name() {
        let clock = Arc::new(ManualClock::new(0));
        let store = MemoryStore::new(clock.clone());
        let [mut one, mut other] = [Membership::default(), Membership::default()];
        assert!(one.renew(&store, &host("a", "1", 0), "1", HOLD).await.expect("renewed"));
        assert!(!other.renew(&store, &host("a", "2", 0), "2", HOLD).await.expect("asked"));
        clock.advance(HOLD);
        assert!(other.renew(&store, &host("a", "2", 0), "2", HOLD).await.expect("renewed"));
        assert!(!one.renew(&store, &host("a", "1", 0), "1", HOLD).await.expect("asked"), "it came too late");
        let stored = store.get(&key("a")).await.expect("read").expect("a document");
        let read: Host = document::decode("a", &stored.value).expect("a host");
        assert_eq!(read.instance, "2");
    }

    #[tokio::test]
    async fn who_says_goodbye_is_gone_at_once_and_the_name_is_free() {
        let clock = Arc::new(ManualClock::new(0));
        let (store, members) = (MemoryStore::new(clock.clone()), Members::default());
        let [mut one, mut other] = [Membership::default(), Membership::default()];
        assert!(one.renew(&store, &host("a", "1", 0), "1", HOLD).await.expect("renewed"));
        one.leave(&store, &host("a", "1", 0)).await.expect("left");
        members.refresh(&store, moment(&clock)).await.expect("listed");
        assert_eq!(there(&members, &clock), Vec::<String>::new());
        assert!(other.renew(&store, &host("a", "2", 0), "2", HOLD).await.expect("renewed"));
    }

    #[tokio::test]
    async fn a_wrong_clock_of_a_host_matters_to_nobody_who_sees_it_renew() {
        let clock = Arc::new(ManualClock::new(1 << 60));
        let (store, members, mut one) =
            (MemoryStore::new(clock.clone()), Members::default(), Membership::default());
        for _ in 0..2 {
            assert!(one.renew(&store, &host("a", "1", 5), "1", HOLD).await.expect("renewed"));
            members.refresh(&store, moment(&clock)).await.expect("listed");
        }
        assert_eq!(there(&members, &clock), ["a"]);
    }

    #[tokio::test]
    async fn who_lies_about_what_it_is_is_nobody() {
        let clock = Arc::new(ManualClock::new(0));
        let (store, members) = (MemoryStore::new(clock.clone()), Members::default());
        for address in ["file:///etc/passwd", "http://me:secret@h", "h:80", "http://h/?q"] {
            let liar = Host { address: address.into(), ..host(address, "1", 0) };
            assert!(Membership::default().renew(&store, &liar, "1", HOLD).await.expect("renewed"));
        }
        store
            .put(&key("b"), None, document::encode(&host("a", "1", 0), "b").expect("bytes"))
            .await
            .expect("put");
        store.put(&key("c"), None, b"garbage".to_vec()).await.expect("put");
        members.refresh(&store, moment(&clock)).await.expect("listed");
        assert_eq!(members.all(), []);
    }

    #[tokio::test]
    async fn who_is_forgotten_and_still_there_comes_back() {
        let clock = Arc::new(ManualClock::new(0));
        let (store, mut one) = (MemoryStore::new(clock), Membership::default());
        assert!(one.renew(&store, &host("a", "1", 0), "1", HOLD).await.expect("renewed"));
        assert!(forget(&store, "a").await.expect("forgotten"));
        assert!(!forget(&store, "a").await.expect("asked"));
        for _ in 0..2 {
            assert!(one.renew(&store, &host("a", "1", 0), "1", HOLD).await.expect("renewed"));
        }
        assert!(store.get(&key("a")).await.expect("read").is_some());
    }
}
