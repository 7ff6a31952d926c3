//! What an open event keeps until it ends, within the budget of the queues.

use crate::local::POOL;
use crate::ring::Pool;

/// Bytes of the budget, given back when this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    pool: &'static Pool,
    bytes: usize,
    /// Which life of the pool they are of. After a fork, the child's pool has never given them.
    life: usize,
}

impl Held {
    /// None so far.
    pub(super) fn of(pool: &'static Pool) -> Self {
        Held { pool, bytes: 0, life: pool.life() }
    }

    /// Takes more; false: there is no room.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        if self.life != self.pool.life() {
            (self.bytes, self.life) = (0, self.pool.life());
        }
        let taken = self.pool.keep(bytes);
        self.bytes += if taken { bytes } else { 0 };
        taken
    }

    /// Gives some of it back.
    pub(super) fn give_back(&mut self, bytes: usize) {
        let given = bytes.min(self.bytes);
        self.bytes -= given;
        if self.life == self.pool.life() {
            self.pool.give_back(given);
        }
    }
}

impl Default for Held {
    fn default() -> Self {
        Held::of(&POOL)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_given_back_and_a_part_of_the_budget_is_left_to_others() {
        static POOL: Pool = Pool::new(1_000, 1_000);
        let (mut one, mut other) = (Held::of(&POOL), Held::of(&POOL));
        assert!(one.take(500) && !other.take(251) && other.take(250));
        assert_eq!(POOL.used(), 750);
        one.give_back(100);
        assert_eq!(POOL.used(), 650);
        drop((one, other));
        assert_eq!(POOL.used(), 0);
    }

    #[test]
    fn what_the_parent_took_is_not_given_back_in_the_child() {
        static POOL: Pool = Pool::new(1_000, 1_000);
        let (mut one, mut other) = (Held::of(&POOL), Held::of(&POOL));
        assert!(one.take(300) && other.take(300));
        POOL.forget();
        assert!(one.take(100));
        one.give_back(400);
        drop(other);
        assert_eq!(POOL.used(), 0);
    }
}
