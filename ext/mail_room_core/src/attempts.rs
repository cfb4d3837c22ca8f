//! What is remembered of messages whose delivery failed.
//!
//! A message that can never be delivered must not be tried for ever, and one that meets a receiver in
//! trouble must not pay for it. So a failure counts only when it was the message's own:
//!
//! * it is one of the first few after another message was accepted, or
//! * another message was accepted later, or
//! * no other message is failing.

use std::collections::BTreeMap;

use tokio::time::{Duration, Instant};

use crate::{backoff::Backoff, message::Uid};

/// So many messages that fail in a row are no longer a trouble of theirs.
const MOST_IN_DOUBT: usize = 10;

/// So many failures count after a message was accepted, and so many of one message: the receiver was well a
/// moment ago, and may not be any more.
const CREDIT: u32 = 10;
const CREDIT_OF_ONE: u32 = 2;

/// Messages in the hands of another process are looked for again after so long: it may have died.
pub(crate) const HELD_ELSEWHERE: Duration = Duration::from_secs(10);

/// The failing messages of one generation of a mailbox.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    uid_validity: u32,
    failing: BTreeMap<Uid, Failing>,
    turns: u64,
    /// How many more failures count although others fail, too.
    credit: u32,
    /// How many messages were accepted.
    acceptances: u64,
}

#[derive(Debug)]
struct Failing {
    /// Failures that were its own.
    count: u32,
    /// It has failed, and that may have been the receiver's fault.
    in_doubt: bool,
    /// That failure was its own, as another message was accepted since: it counts with the next one.
    owed: bool,
    /// How many of its failures counted, after which acceptance.
    credited: (u64, u32),
    backoff: Backoff,
    due: Instant,
    /// When it was tried last, as a number: the next of several to try is the one that waits longest.
    turn: u64,
}

/// Whose failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The message's own, which makes so many more that count.
    Message { more: u32 },
    /// Nobody can tell yet.
    Doubtful,
    /// So many fail that it is the receiver's.
    Receiver,
}

impl Attempts {
    /// To be called with each new session: UIDs of another generation mean nothing any more.
    pub(crate) fn enter(&mut self, uid_validity: u32) {
        if self.uid_validity != uid_validity || uid_validity == 0 {
            *self = Self { uid_validity, ..Self::default() };
        }
    }

    /// Forgets all but those of `unread`, which are in ascending order.
    pub(crate) fn keep(&mut self, unread: &[Uid]) {
        self.failing.retain(|uid, _| unread.binary_search(uid).is_ok());
    }

    /// Parts `unread` into those to be tried first and those that failed before and are due again, in
    /// the order of their last attempts. The rest has to wait.
    pub(crate) fn due(&self, unread: Vec<Uid>) -> (Vec<Uid>, Vec<Uid>) {
        let now = Instant::now();
        let (mut again, fresh): (Vec<Uid>, Vec<Uid>) = unread.into_iter().partition(|uid| self.sets_apart(*uid));
        again.retain(|uid| self.failing.get(uid).is_some_and(|failing| failing.due <= now));
        again.sort_by_key(|uid| self.turn(*uid));
        (fresh, again)
    }

    /// Whether a message is to be fetched and delivered on its own.
    pub(crate) fn sets_apart(&self, uid: Uid) -> bool {
        self.failing.contains_key(&uid)
    }

    /// When a message was tried last, as a number; 0 for those that did not fail.
    pub(crate) fn turn(&self, uid: Uid) -> u64 {
        self.failing.get(&uid).map_or(0, |failing| failing.turn)
    }

    /// How long until a message is due again.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.failing.values().map(|failing| failing.due.saturating_duration_since(Instant::now())).min()
    }

    /// From now on the message is tried last and alone: it was in hand when something broke.
    pub(crate) fn set_apart(&mut self, uid: Uid) {
        self.turns += 1;
        let turn = self.turns;
        self.failing.entry(uid).or_insert_with(Failing::new).turn = turn;
    }

    /// Failures that others know of: the arbiter, or the server.
    pub(crate) fn remember(&mut self, uid: Uid, count: u32) {
        if count > 0 {
            let failing = self.failing.entry(uid).or_insert_with(Failing::new);
            failing.count = failing.count.max(count);
            // Several processes that take turns must not be quicker than one.
            failing.backoff.raise(failing.count);
        }
    }

    /// A message was not delivered, for a reason that may lie in it.
    pub(crate) fn failed(&mut self, uid: Uid) -> Fault {
        self.set_apart(uid);
        let alone = self.failing.len() == 1;
        let in_doubt = self.failing.values().filter(|failing| failing.in_doubt).count();
        let Some(failing) = self.failing.get_mut(&uid) else { return Fault::Doubtful };
        failing.due = Instant::now() + failing.backoff.next();
        if failing.credited.0 != self.acceptances {
            failing.credited = (self.acceptances, 0);
        }
        let credited = self.credit > 0 && failing.credited.1 < CREDIT_OF_ONE;
        if alone || credited {
            if credited {
                self.credit -= 1;
                failing.credited.1 += 1;
            }
            let owed = std::mem::take(&mut failing.owed) || std::mem::take(&mut failing.in_doubt);
            return Fault::Message { more: 1 + u32::from(owed) };
        }
        failing.in_doubt = true;
        if in_doubt >= MOST_IN_DOUBT { Fault::Receiver } else { Fault::Doubtful }
    }

    /// A message is in the hands of another process, and not to be looked at again before long.
    pub(crate) fn held_elsewhere(&mut self, uid: Uid) {
        if let Some(failing) = self.failing.get_mut(&uid) {
            failing.due = Instant::now() + HELD_ELSEWHERE;
        }
    }

    /// Takes the wait after the last failure back.
    pub(crate) fn due_at_once(&mut self, uid: Uid) {
        if let Some(failing) = self.failing.get_mut(&uid) {
            failing.due = Instant::now();
        }
    }

    /// The receiver was found to be down at this message. That is believed, unless it happens to a message
    /// that failed before, right after another one was accepted.
    pub(crate) fn met_a_receiver_down(&mut self, uid: Uid) -> Fault {
        if self.sets_apart(uid)
            && self.credit > 0
            && let counted @ Fault::Message { .. } = self.failed(uid)
        {
            self.credit = 0; // the next one is believed
            return counted;
        }
        self.set_apart(uid);
        if let Some(failing) = self.failing.get_mut(&uid) {
            failing.in_doubt = true;
        }
        Fault::Receiver
    }

    /// Takes note of all failures that count so far, those of other processes included.
    pub(crate) fn counted(&mut self, uid: Uid, total: u32) -> u32 {
        self.remember(uid, total);
        self.failing.get(&uid).map_or(total, |failing| failing.count)
    }

    /// How many failures of a message count.
    pub(crate) fn count(&self, uid: Uid) -> u32 {
        self.failing.get(&uid).map_or(0, |failing| failing.count)
    }

    /// A message was accepted: the receiver is well, and what failed beside it has itself to blame.
    pub(crate) fn accepted(&mut self) {
        self.credit = CREDIT;
        self.acceptances += 1;
        for failing in self.failing.values_mut() {
            failing.owed |= std::mem::take(&mut failing.in_doubt);
        }
    }

    /// Its fate is decided.
    pub(crate) fn decided(&mut self, uid: Uid) {
        self.failing.remove(&uid);
    }
}

impl Failing {
    fn new() -> Self {
        let (backoff, due) = (Backoff::new(), Instant::now());
        Self { count: 0, in_doubt: false, owed: false, credited: (0, 0), backoff, due, turn: 0 }
    }
}

#[cfg(test)]
mod tests;
