//! Whether all tasks that should be there still answer.

use std::sync::{
    Arc, Weak,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::watch;

/// Calls tasks, each of which answers with its next turn. One that blocks its thread, or never gives it back, does not.
pub(crate) struct RollCall {
    round: watch::Sender<u64>,
    /// The last round each has answered; those that have ended are gone.
    answered: Vec<Weak<AtomicU64>>,
}

/// The answering side, to be polled by the task in question itself.
pub(crate) struct Attendant {
    round: watch::Receiver<u64>,
    answered: Arc<AtomicU64>,
}

impl RollCall {
    pub(crate) fn new() -> Self {
        Self { round: watch::Sender::new(0), answered: Vec::new() }
    }

    pub(crate) fn admit(&mut self) -> Attendant {
        let answered = Arc::default();
        self.answered.push(Arc::downgrade(&answered));
        Attendant { round: self.round.subscribe(), answered }
    }

    pub(super) fn begin(&mut self) {
        self.answered.retain(|answered| answered.strong_count() > 0);
        self.round.send_modify(|round| *round += 1);
    }

    /// How many of those that are still there have not answered the last call yet.
    pub(super) fn missing(&self) -> usize {
        let round = *self.round.borrow();
        let there = self.answered.iter().filter_map(Weak::upgrade);
        there.filter(|answered| answered.load(Ordering::Relaxed) != round).count()
    }
}

impl Attendant {
    /// Answers each call. Returns when nobody calls any more.
    pub(crate) async fn answer(&mut self) {
        while self.round.changed().await.is_ok() {
            self.answered.store(*self.round.borrow_and_update(), Ordering::Relaxed);
        }
    }
}
