//! Tracks that were built, within bounds.

use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::HashMap;

use super::super::forest::NodeNumber;
use super::track::Track;

/// Tracks that are kept at most, however small they are.
const TRACKS: usize = 16_384;

/// Which events tracks are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) node: NodeNumber,
    pub(super) of: Of,
    pub(super) min_duration: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Of {
    /// The events of the node: one track.
    Own,
    /// Those and all below: one track.
    Within,
    /// The events of the node: a track for each lane.
    Lanes,
}

#[derive(Debug)]
pub(super) struct Cache {
    most_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    tracks: HashMap<Key, Entry>,
    bytes: usize,
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    tracks: Arc<[Track]>,
    bytes: usize,
    used: u64,
}

impl Cache {
    pub(super) fn new(most_bytes: usize) -> Self {
        Cache { most_bytes, kept: Mutex::default() }
    }

    /// These tracks, built now if they are not here. Others are not kept waiting meanwhile.
    pub(super) fn tracks(&self, key: Key, build: impl FnOnce() -> Vec<Track>) -> Arc<[Track]> {
        if let Some(tracks) = self.kept().use_again(&key) {
            return tracks;
        }
        let tracks: Arc<[Track]> = build().into();
        let bytes = tracks.iter().map(Track::bytes).sum::<usize>() + size_of::<(Key, Entry)>();
        let mut kept = self.kept();
        kept.make_room(self.most_bytes, bytes);
        kept.keep(key, Arc::clone(&tracks), bytes);
        tracks
    }

    pub(super) fn bytes(&self) -> usize {
        self.kept().bytes
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn use_again(&mut self, key: &Key) -> Option<Arc<[Track]>> {
        self.uses += 1;
        let entry = self.tracks.get_mut(key)?;
        entry.used = self.uses;
        Some(Arc::clone(&entry.tracks))
    }

    fn keep(&mut self, key: Key, tracks: Arc<[Track]>, bytes: usize) {
        let entry = Entry { tracks, bytes, used: self.uses };
        self.bytes += bytes;
        if let Some(replaced) = self.tracks.insert(key, entry) {
            self.bytes -= replaced.bytes;
        }
    }

    /// Throws out what was not used for longest, down to half of the bounds, so that this is done rarely.
    fn make_room(&mut self, most_bytes: usize, bytes: usize) {
        if self.bytes + bytes <= most_bytes && self.tracks.len() < TRACKS {
            return;
        }
        let mut oldest: Vec<(u64, Key)> = self.tracks.iter().map(|(key, entry)| (entry.used, *key)).collect();
        oldest.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in oldest {
            if self.bytes + bytes <= most_bytes / 2 && self.tracks.len() < TRACKS / 2 {
                return;
            }
            self.bytes -= self.tracks.remove(&key).map_or(0, |entry| entry.bytes);
        }
    }
}
