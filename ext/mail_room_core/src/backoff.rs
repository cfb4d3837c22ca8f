//! How long to wait before trying again.

use std::time::Duration;

/// Long enough that a restarted server is not met by every client in the same instant.
const FIRST: Duration = Duration::from_secs(1);
/// Short enough that nobody waits for an administrator after a repair.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// Exponential backoff with full jitter: each wait is drawn between zero and a ceiling that doubles
/// with every failure.
#[derive(Debug)]
pub(crate) struct Backoff {
    ceiling: Duration,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { ceiling: FIRST }
    }

    /// What the next wait is drawn below. It tells from a log whether waits grow, which the waits
    /// themselves, being drawn, do not.
    pub(crate) fn ceiling(&self) -> Duration {
        self.ceiling
    }

    /// The next wait. Never under 50 ms, so that a run of lucky draws is no busy loop.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.ceiling.mul_f64(fastrand::f64()).max(Duration::from_millis(50));
        self.ceiling = (self.ceiling * 2).min(LONGEST);
        wait
    }

    /// As if there had been so many failures already.
    pub(crate) fn raise(&mut self, failures: u32) {
        self.ceiling = self.ceiling.max(FIRST.saturating_mul(1 << failures.min(16))).min(LONGEST);
    }

    /// To be called after a pass that succeeded, and not before: a server that accepts a login and
    /// then fails must not be stormed.
    pub(crate) fn reset(&mut self) {
        self.ceiling = FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_five_minutes_and_starts_again() {
        let mut backoff = Backoff::new();
        let mut ceiling = FIRST;
        for _ in 0..40 {
            assert_eq!(backoff.ceiling(), ceiling);
            assert!(backoff.next() <= ceiling);
            ceiling = (ceiling * 2).min(LONGEST);
        }
        assert_eq!(backoff.ceiling(), LONGEST);
        backoff.reset();
        assert_eq!(backoff.ceiling(), FIRST);
        backoff.raise(1);
        assert_eq!(backoff.ceiling(), FIRST * 2);
        backoff.raise(u32::MAX);
        assert_eq!(backoff.ceiling(), LONGEST);
    }
}
