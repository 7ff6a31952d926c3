//! Which events are open.

use super::Question;
use crate::timeline::fold::Fold;

/// What is kept of an event's name, host and id.
type KeyOf<K> = Box<dyn Fn(&str, &str, u64) -> K + Send>;

/// Which events have started and not ended?
///
/// Of each, what `key_of` makes of its name, host and id is kept; of so many at most.
pub(crate) struct OpenQuestion<K> {
    key_of: KeyOf<K>,
    most: usize,
    open: Open<K>,
}

/// Events that are open.
pub(crate) struct Open<K> {
    pub(crate) keys: Vec<K>,
    /// How many more there are.
    pub(crate) others: u64,
}

impl<K> OpenQuestion<K> {
    pub(crate) fn new(most: usize, key_of: impl Fn(&str, &str, u64) -> K + Send + 'static) -> Self {
        OpenQuestion { key_of: Box::new(key_of), most, open: Open { keys: Vec::new(), others: 0 } }
    }
}

impl<K: Send + 'static> Question for OpenQuestion<K> {
    type Answer = Open<K>;

    fn begin(&mut self, _: &Fold) {}

    fn look_at(&mut self, part: &Fold) {
        let Open { keys, others } = &mut self.open;
        for (name, host, id) in part.open() {
            if keys.len() < self.most {
                keys.push((self.key_of)(name, host, id));
            } else {
                *others += 1;
            }
        }
    }

    fn bytes(&self) -> usize {
        self.open.keys.capacity() * size_of::<K>()
    }

    fn answer(self) -> Open<K> {
        self.open
    }
}
