//! Numbers that are the same for the same seed.

use std::f64::consts::TAU;

use fastrand::Rng;

#[derive(Debug)]
pub(super) struct Random(Rng);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Random(Rng::with_seed(seed))
    }

    /// From 0 to `end`, without that.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0.usize(..end)
    }

    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.0.f64() < probability
    }

    /// Time until the next of things that come at random.
    pub(super) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.0.f64()).ln()
    }

    /// Around 0.
    pub(super) fn normal(&mut self, deviation: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.0.f64()).ln()).sqrt();
        deviation * radius * (TAU * self.0.f64()).cos()
    }

    /// How many there are, of things that come at random, where at least one is.
    pub(super) fn at_least_one(&mut self, mean: f64) -> u32 {
        // The first comes at a time that is at random within the span, as far as there is one at all.
        let none = (-mean).exp();
        let first = -(1.0 - self.0.f64() * (1.0 - none)).ln();
        1 + self.poisson(mean - first)
    }

    /// How many there are, of things that come at random.
    fn poisson(&mut self, mean: f64) -> u32 {
        if mean > 64.0 {
            return whole(mean + self.normal(mean.sqrt()));
        }
        let (mut count, mut reached) = (0, self.exponential(1.0));
        while reached < mean {
            count += 1;
            reached += self.exponential(1.0);
        }
        count
    }
}

/// The nearest whole number, none for what is negative.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn whole(number: f64) -> u32 {
    number.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(count: u32, mut next: impl FnMut() -> f64) -> f64 {
        (0..count).map(|_| next()).sum::<f64>() / f64::from(count)
    }

    #[test]
    fn distributions_have_their_means() {
        let mut random = Random::new(7);
        assert!((mean(50_000, || random.exponential(3.0)) - 3.0).abs() < 0.1);
        assert!(mean(50_000, || random.normal(2.0)).abs() < 0.1);
        let squares = mean(50_000, || random.normal(2.0).powi(2));
        assert!((squares - 4.0).abs() < 0.2, "{squares}");
        for expected in [0.01_f64, 0.5, 8.0, 100.0] {
            let positive = expected / (1.0 - (-expected).exp());
            let found = mean(20_000, || f64::from(random.at_least_one(expected)));
            assert!((found / positive - 1.0).abs() < 0.05, "{found} instead of {positive}");
        }
    }
}
