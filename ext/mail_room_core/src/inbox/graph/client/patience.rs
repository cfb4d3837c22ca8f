//! How often and how long one request waits.

use std::time::Duration;

use crate::backoff::Backoff;

/// How often a busy server is asked the same.
const ATTEMPTS: u32 = 5;

/// How long a request waits in all. Whoever has to wait longer ends the session, and says so where probes look.
pub(super) const IN_PLACE: Duration = Duration::from_secs(2 * 60);

/// What is left of it for one request.
pub(super) struct Patience {
    left: Duration,
    attempts: u32,
    backoff: Backoff,
    repeated: bool,
}

impl Patience {
    pub(super) fn new(left: Duration) -> Self {
        Self { left, attempts: 1, backoff: Backoff::new(), repeated: false }
    }

    /// How long to wait after an attempt that met a busy server, which may have said itself.
    pub(super) fn next_wait(&mut self, asked: Option<Duration>) -> Duration {
        self.attempts += 1;
        let own = self.backoff.next();
        asked.filter(|asked| !asked.is_zero()).unwrap_or(own)
    }

    /// Whether there may be another attempt after such a wait.
    pub(super) fn lasts(&self, wait: Duration) -> bool {
        self.attempts <= ATTEMPTS && wait <= self.left
    }

    /// Whether there is so much left, which is used up then.
    pub(super) fn spend(&mut self, wait: Duration) -> bool {
        let left = self.left.checked_sub(wait);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    /// Once: what got no answer, or one that says nothing, may be asked again.
    pub(super) fn may_repeat(&mut self) -> bool {
        !std::mem::replace(&mut self.repeated, true)
    }
}
