//! Step ⑥ of a pass: what was decided is marked on the server, and those who have to know are told.

use serde_json::json;

use super::Pass;
use crate::{
    Error, Result,
    inbox::{Exceptions, Inbox, Mark},
    log::brief,
    message::Uid,
};

/// What to know of a message that was accepted and cannot be marked, or not be removed.
const NOT_MARKED: &str = "it was delivered, and this process does not deliver it again; the mark is tried again";
const NOT_REMOVED: &str = "it was delivered and marked as read; the next session tries again to remove it";
/// The same of one that was skipped or put aside.
const NOT_SKIPPED: &str = "it is not delivered; the mark is tried again";

impl Pass {
    /// Marks what is decided, and lets the arbiter know.
    ///
    /// # Errors
    /// Those of STORE and EXPUNGE: what is not marked stays in the ledger then. And
    /// [`Error::ReceiverDown`] when the receiver may have lost what it had accepted: nothing is marked
    /// then, and whether a message has to be delivered again shows when it is claimed again.
    pub(crate) async fn settle(&mut self, inbox: &mut dyn Inbox) -> Result<()> {
        if let Err(error) = self.delivery.confirm().await {
            self.ledger.forget_accepted();
            self.probing = true; // what is not certain may be delivered again: not many at a time
            return Err(error);
        }
        for mark in [Mark::Delivered, Mark::DeliveredAndDeleted, Mark::DeliveredAndExpunged] {
            let settled = self.ledger.settle(inbox, mark, None).await?;
            self.marked += settled.uids.len();
            self.arbitration.settled(inbox.origin(), &settled.uids).await;
            self.log_exceptions(settled.stuck, "message not marked", NOT_MARKED);
            self.log_exceptions(settled.left, "message not removed", NOT_REMOVED);
        }
        let skipped = self.ledger.settle(inbox, Mark::Skipped, None).await?;
        self.log_exceptions(skipped.stuck, "message not marked", NOT_SKIPPED);
        self.marked += skipped.uids.len() - skipped.not_done.len().min(skipped.uids.len());
        for (uids, error) in skipped.not_done {
            let told = json!({"uids": self.origin.names(&uids), "error": brief(&error.to_string())});
            self.log.warn("skipped messages not marked", told);
        }
        self.arbitration.release(inbox.origin(), &skipped.uids).await;
        let quarantined = self.ledger.settle(inbox, Mark::Quarantined, self.quarantine_mailbox.as_deref()).await?;
        self.log_exceptions(quarantined.stuck, "message not marked", NOT_SKIPPED);
        self.marked += quarantined.uids.len() - quarantined.not_done.len().min(quarantined.uids.len());
        for (uids, error) in quarantined.not_done {
            let told = json!({"uids": self.origin.names(&uids), "error": brief(&error.to_string()),
                "quarantine_mailbox": self.quarantine_mailbox});
            self.log.warn("messages not put aside", told);
        }
        self.arbitration.release(inbox.origin(), &quarantined.uids).await;
        self.arbitration.forget_failures(inbox.origin(), &std::mem::take(&mut self.forgiven)).await;
        self.notes.settle(inbox).await
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
