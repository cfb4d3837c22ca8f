//! Step ⑥ of a pass: what was decided is marked on the server, and those who have to know are told.

use serde_json::json;

use super::Pass;
use crate::{
    Error, Result,
    arbitration::Arbitration,
    crash_point::{self, Step},
    inbox::{Exceptions, Inbox, Mark},
    log::brief,
    message::{Origin, Uid},
    settle::{Batch, CarriedOut, NotCarriedOut},
};

/// What to know of a message that was accepted and cannot be marked, or not be removed.
const NOT_MARKED: &str = "it was delivered, and this process does not deliver it again; the mark is tried again";
const NOT_REMOVED: &str = "it was delivered and marked as read; the next session tries again to remove it";
/// The same of one that was skipped or put aside.
const NOT_SKIPPED: &str = "it is not delivered; the mark is tried again";

/// In the order in which they are made.
pub(super) const MARKS: [Mark; 5] =
    [Mark::Delivered, Mark::DeliveredAndDeleted, Mark::DeliveredAndExpunged, Mark::Skipped, Mark::Quarantined];

/// Whom the arbiter is to hear of, since they were marked.
pub(super) struct Marked {
    pub(super) accepted: bool,
    pub(super) uids: Vec<Uid>,
}

impl Pass {
    /// Marks what is decided, and lets the arbiter know.
    ///
    /// # Errors
    /// Those of STORE and EXPUNGE: what is not marked stays in the ledger then. And
    /// [`Error::ReceiverDown`] when the receiver may have lost what it had accepted: nothing is marked
    /// then, and whether a message has to be delivered again shows when it is claimed again.
    pub(crate) async fn settle(&mut self, inbox: &mut dyn Inbox) -> Result<()> {
        if let Err(error) = self.delivery.confirm().await {
            return Err(self.unconfirmed(error));
        }
        let mut all_marked = Vec::new();
        let outcome = self.mark_and_remove(inbox, &mut all_marked).await;
        for marked in all_marked {
            marked.tell(self.arbitration.as_ref(), &self.origin).await;
        }
        outcome?;
        self.arbitration.forget_failures(inbox.origin(), &std::mem::take(&mut self.forgiven)).await;
        self.notes.settle(inbox).await
    }

    async fn mark_and_remove(&mut self, inbox: &mut dyn Inbox, all_marked: &mut Vec<Marked>) -> Result<()> {
        for mark in MARKS {
            if let Some(batch) = self.ledger.batch(mark) {
                let outcome = batch.carry_out(inbox, self.quarantine_mailbox.as_deref()).await;
                all_marked.push(self.marked(batch, outcome)?);
            }
            let removals = self.ledger.removals();
            if mark == Mark::DeliveredAndExpunged && !removals.is_empty() {
                let outcome = inbox.expunge(&removals).await;
                self.removed(&removals, outcome)?;
            }
        }
        Ok(())
    }

    /// The receiver may have lost what it had accepted.
    pub(super) fn unconfirmed(&mut self, error: Error) -> Error {
        self.ledger.forget_accepted();
        self.probing = true; // what is not certain may be delivered again: not many at a time
        error
    }

    /// Takes note of what the server did with a batch.
    ///
    /// # Errors
    /// Those of [`Pass::settle`].
    pub(super) fn marked(&mut self, batch: Batch, outcome: Result<CarriedOut, NotCarriedOut>) -> Result<Marked> {
        let mark = batch.mark;
        let settled = self.ledger.settled(batch, outcome)?;
        let hint = if mark.follows_acceptance() { NOT_MARKED } else { NOT_SKIPPED };
        self.log_exceptions(settled.stuck, "message not marked", hint);
        self.marks += settled.uids.len() - settled.not_done.len().min(settled.uids.len());
        for (uids, error) in settled.not_done {
            let mut told = json!({"uids": self.origin.names(&uids), "error": brief(&error.to_string())});
            if mark == Mark::Quarantined {
                told["quarantine_mailbox"] = json!(self.quarantine_mailbox);
                self.log.warn("messages not put aside", told);
            } else {
                self.log.warn("skipped messages not marked", told);
            }
        }
        Ok(Marked { accepted: mark.follows_acceptance(), uids: settled.uids })
    }

    /// Takes note of what the server removed.
    ///
    /// # Errors
    /// Those of EXPUNGE.
    pub(super) fn removed(&mut self, uids: &[Uid], outcome: Result<Exceptions>) -> Result<()> {
        let left = self.ledger.removed(uids, outcome)?;
        crash_point::after(Step::Expunged);
        self.log_exceptions(left, "message not removed", NOT_REMOVED);
        Ok(())
    }

    /// Messages that were accepted, and with which the server does not do what follows.
    fn log_exceptions(&self, exceptions: Exceptions, action: &str, hint: &str) {
        for (uid, error) in exceptions {
            let told = json!({"uid": self.origin.name(uid), "error": brief(&error.to_string()), "hint": hint});
            self.log.error(action, told);
        }
    }

    /// Messages that another process delivered, and did not live to mark.
    pub(super) fn make_up_for(&mut self, done: &[Uid]) {
        if !done.is_empty() {
            self.delivery.doubt();
        }
        for uid in done {
            self.ledger.accepted(*uid, self.settlement);
            self.decided(*uid, false);
            self.log.info("delivered before, marking only", json!({"uid": self.origin.name(*uid)}));
        }
    }

    /// Removes messages that an earlier process delivered and marked, and did not live to remove.
    ///
    /// # Errors
    /// Those of SEARCH and EXPUNGE, but for [`Error::Refused`]: this is no reason not to serve a mailbox.
    pub(crate) async fn remove_leftovers(&self, inbox: &mut dyn Inbox) -> Result<()> {
        if !(self.settlement.delete && self.settlement.expunge) {
            return Ok(());
        }
        let removed = async {
            let leftovers = inbox.leftovers().await?;
            if !leftovers.is_empty() {
                let left = inbox.expunge(&leftovers).await?;
                self.log.info("delivered before, removing only", json!({"count": leftovers.len() - left.len()}));
                self.log_exceptions(left, "message not removed", NOT_REMOVED);
            }
            Ok::<(), Error>(())
        };
        match removed.await {
            Err(error) if error.is_refusal() => {
                self.log.warn("messages to be removed were left", json!({"error": brief(&error.to_string())}));
                Ok(())
            }
            outcome => outcome,
        }
    }
}

impl Marked {
    pub(super) async fn tell(self, arbiter: &dyn Arbitration, origin: &Origin) {
        if self.accepted {
            arbiter.settled(origin, &self.uids).await;
        } else {
            arbiter.release(origin, &self.uids).await;
        }
    }
}
