//! ⑥ What becomes of messages on the server.

mod notes;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    Error, Result,
    backoff::Backoff,
    crash_point::{self, Step},
    inbox::{Exceptions, Inbox, Mark},
    mailbox::Settlement,
    message::Uid,
};

pub(crate) use self::notes::Notes;

/// Messages whose fate is decided and that are not marked yet.
///
/// It outlives a session: when the connection breaks between a delivery and its mark, the mark is
/// made up for on the next one, and the message is not delivered twice.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    uid_validity: u32,
    marks: BTreeMap<Uid, Mark>,
    /// Messages that are marked, and are to be removed by a later command: a server that works on several commands at
    /// once may not see a mark in the very next one (Dovecot does not).
    removals: BTreeSet<Uid>,
    /// Messages whose marks the server refuses, one by one.
    stuck: BTreeMap<Uid, Stuck>,
}

/// When a mark is tried again.
#[derive(Debug)]
struct Stuck {
    backoff: Backoff,
    due: Instant,
}

/// So many messages that cannot be marked one by one are no longer a trouble of theirs.
const MOST_STUCK: usize = 20;

/// What was marked.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// Messages whose fate needs no more care.
    pub(crate) uids: Vec<Uid>,
    /// Messages that were skipped or to be put aside, and could not be marked, or stay where they are although they
    /// were to be moved; why.
    pub(crate) not_done: Vec<(Vec<Uid>, Error)>,
    /// Messages that could not be marked; they stand in the ledger still.
    pub(crate) stuck: Exceptions,
}

/// Messages to be marked in the same way.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) mark: Mark,
    pub(crate) uids: Vec<Uid>,
}

/// What the server did with a batch.
#[derive(Debug, Default)]
pub(crate) struct CarriedOut {
    /// Messages that could not be marked.
    exceptions: Exceptions,
    /// Messages that were marked and could not be moved.
    not_moved: Vec<(Vec<Uid>, Error)>,
}

/// At what it failed.
#[derive(Debug)]
pub(crate) enum NotCarriedOut {
    /// Nothing is known to be marked.
    NotMarked(Error),
    /// What follows the mark was not done.
    Marked(Error),
}

impl Batch {
    /// Marks the messages, and moves them where that follows.
    ///
    /// # Errors
    /// Those of the inbox.
    pub(crate) async fn carry_out(
        &self,
        inbox: &mut dyn Inbox,
        quarantine_mailbox: Option<&str>,
    ) -> Result<CarriedOut, NotCarriedOut> {
        let exceptions = inbox.mark(&self.uids, self.mark).await.map_err(NotCarriedOut::NotMarked)?;
        crash_point::after(Step::Marked);
        let mut carried_out = CarriedOut::default();
        let marked = without(&self.uids, &exceptions);
        if let (Mark::Quarantined, Some(mailbox), false) = (self.mark, quarantine_mailbox, marked.is_empty()) {
            match inbox.move_to(&marked, mailbox).await {
                Err(error) if error.is_refusal() => carried_out.not_moved.push((marked, error)),
                moved => {
                    let exceptions = moved.map_err(NotCarriedOut::Marked)?;
                    carried_out.not_moved.extend(exceptions.into_iter().map(|(uid, error)| (vec![uid], error)));
                }
            }
        }
        carried_out.exceptions = exceptions;
        Ok(carried_out)
    }
}

fn without(uids: &[Uid], exceptions: &Exceptions) -> Vec<Uid> {
    uids.iter().copied().filter(|uid| !exceptions.iter().any(|(other, _)| other == uid)).collect()
}

impl Ledger {
    /// To be called with each new session. UIDs of another generation of the mailbox, or of one that
    /// is not known (0), mean nothing any more.
    pub(crate) fn enter(&mut self, uid_validity: u32) {
        if self.uid_validity != uid_validity || uid_validity == 0 {
            *self = Self { uid_validity, ..Self::default() };
        }
        // What another session marked is marked once more: nobody knows what it left behind.
        let removals = std::mem::take(&mut self.removals);
        self.marks.extend(removals.into_iter().map(|uid| (uid, Mark::DeliveredAndExpunged)));
    }

    pub(crate) fn accepted(&mut self, uid: Uid, settlement: Settlement) {
        let mark = match settlement {
            Settlement { delete: false, .. } => Mark::Delivered,
            Settlement { expunge: false, .. } => Mark::DeliveredAndDeleted,
            _ => Mark::DeliveredAndExpunged,
        };
        self.marks.insert(uid, mark);
    }

    pub(crate) fn skipped(&mut self, uid: Uid) {
        self.marks.insert(uid, Mark::Skipped);
    }

    pub(crate) fn quarantined(&mut self, uid: Uid) {
        self.marks.insert(uid, Mark::Quarantined);
    }

    /// What stands in the ledger under one kind of mark and is due. It stays there until it is settled.
    pub(crate) fn batch(&self, mark: Mark) -> Option<Batch> {
        let uids = self.due(mark);
        (!uids.is_empty()).then_some(Batch { mark, uids })
    }

    /// Strikes out what was marked.
    ///
    /// # Errors
    /// Those of the inbox, but for a refusal (see [`Error::is_refusal`]) where messages were not accepted; and one of
    /// those that lie in accepted messages when there are too many of them.
    pub(crate) fn settled(&mut self, batch: Batch, outcome: Result<CarriedOut, NotCarriedOut>) -> Result<Settled> {
        let Batch { mark, uids } = batch;
        let mut settled = Settled::default();
        let CarriedOut { exceptions, not_moved } = match outcome {
            Ok(carried_out) => carried_out,
            // What cannot even be put aside must not stop the others; it begins anew.
            Err(NotCarriedOut::NotMarked(error)) if error.is_refusal() && !mark.follows_acceptance() => {
                self.strike_out(&uids);
                settled.not_done.push((uids.clone(), error));
                settled.uids = uids;
                return Ok(settled);
            }
            // Who may not mark these may be allowed to mark the next ones.
            Err(NotCarriedOut::NotMarked(error @ Error::Answered { .. })) => {
                self.put_off(&uids);
                return Err(error);
            }
            Err(NotCarriedOut::NotMarked(error) | NotCarriedOut::Marked(error)) => return Err(error),
        };
        let marked = without(&uids, &exceptions);
        settled.not_done = not_moved;
        self.strike_out(&marked);
        if mark == Mark::DeliveredAndExpunged {
            self.removals.extend(&marked);
        }
        settled.uids = marked;
        for (uid, error) in exceptions {
            if error.is_refusal() && !mark.follows_acceptance() {
                self.strike_out(&[uid]);
                settled.uids.push(uid);
                settled.not_done.push((vec![uid], error));
            } else {
                self.put_off(&[uid]);
                settled.stuck.push((uid, error));
            }
        }
        if self.stuck.len() > MOST_STUCK
            && let Some((_, error)) = settled.stuck.pop()
        {
            return Err(error);
        }
        Ok(settled)
    }

    /// What is marked and to be removed. It stays in the ledger until it is.
    pub(crate) fn removals(&self) -> Vec<Uid> {
        self.removals.iter().copied().collect()
    }

    /// Strikes out what was removed. Tells what could not be, for a reason that lies in it: the next session tries again.
    ///
    /// # Errors
    /// That of the inbox: nothing is known to be removed then.
    pub(crate) fn removed(&mut self, uids: &[Uid], outcome: Result<Exceptions>) -> Result<Exceptions> {
        let left = outcome?;
        for uid in uids {
            self.removals.remove(uid);
        }
        Ok(left)
    }

    /// What is to be marked so, but for what was refused a short while ago, unless there is too much of that.
    fn due(&self, mark: Mark) -> Vec<Uid> {
        let now = Instant::now();
        let may_wait = self.stuck.len() <= MOST_STUCK;
        let waits = |uid: &Uid| may_wait && self.stuck.get(uid).is_some_and(|stuck| stuck.due > now);
        self.marks.iter().filter(|(uid, due)| **due == mark && !waits(uid)).map(|(uid, _)| *uid).collect()
    }

    fn strike_out(&mut self, uids: &[Uid]) {
        for uid in uids {
            self.marks.remove(uid);
            self.stuck.remove(uid);
        }
    }

    /// The marks of these are tried again, ever less often.
    fn put_off(&mut self, uids: &[Uid]) {
        for uid in uids {
            let stuck = self.stuck.entry(*uid).or_insert_with(Stuck::new);
            stuck.due = Instant::now() + stuck.backoff.next();
        }
    }

    /// How long until a mark is to be tried again.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.stuck.values().map(|stuck| stuck.due.saturating_duration_since(Instant::now())).min()
    }

    /// There will be no later time to try again.
    pub(crate) fn hurry(&mut self) {
        self.stuck.clear();
    }

    /// Whether a message's fate is decided although the server still lists it.
    pub(crate) fn holds(&self, uid: Uid) -> bool {
        self.marks.contains_key(&uid) || self.removals.contains(&uid)
    }

    /// Forgets what could not be marked and is not among `unread`, which are in ascending order: somebody else has
    /// marked or removed it.
    pub(crate) fn keep(&mut self, unread: &[Uid]) {
        let others: Vec<Uid> = self.stuck.keys().copied().filter(|uid| unread.binary_search(uid).is_err()).collect();
        self.strike_out(&others);
    }

    /// What was accepted is not certain any more.
    pub(crate) fn forget_accepted(&mut self) {
        self.marks.retain(|_, due| !due.follows_acceptance());
        self.stuck.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.marks.is_empty() && self.removals.is_empty()
    }
}

impl Stuck {
    fn new() -> Self {
        Self { backoff: Backoff::new(), due: Instant::now() }
    }
}
