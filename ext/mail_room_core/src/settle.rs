//! ⑥ What becomes of messages on the server.

mod notes;

use std::collections::BTreeMap;

use crate::{
    Error, Result,
    crash_point::{self, Step},
    inbox::{Inbox, Mark},
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
}

/// What was marked.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) uids: Vec<Uid>,
    /// Why what was skipped or to be put aside could not be marked, or stays where it is although it was to
    /// be moved.
    pub(crate) not_done: Option<Error>,
}

impl Ledger {
    /// To be called with each new session. UIDs of another generation of the mailbox, or of one that
    /// is not known (0), mean nothing any more.
    pub(crate) fn enter(&mut self, uid_validity: u32) {
        if self.uid_validity != uid_validity || uid_validity == 0 {
            *self = Self { uid_validity, marks: BTreeMap::new() };
        }
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

    /// Marks on the server what stands in the ledger under one kind of mark, removes or moves it where that
    /// follows, and strikes it out. What could not be marked stays for the next time.
    ///
    /// # Errors
    /// Those of STORE, EXPUNGE and MOVE, but for [`Error::Refused`] where messages were not accepted.
    pub(crate) async fn settle(
        &mut self,
        inbox: &mut dyn Inbox,
        mark: Mark,
        quarantine_mailbox: Option<&str>,
    ) -> Result<Settled> {
        let uids: Vec<Uid> = self.marks.iter().filter(|(_, due)| **due == mark).map(|(uid, _)| *uid).collect();
        let mut settled = Settled { uids, not_done: None };
        if settled.uids.is_empty() {
            return Ok(settled);
        }
        match inbox.mark(&settled.uids, mark).await {
            // One that cannot even be put aside must not stop the others; it begins anew.
            Err(error) if error.is_refusal() && !mark.follows_acceptance() => {
                self.marks.retain(|_, due| *due != mark);
                settled.not_done = Some(error);
                return Ok(settled);
            }
            marked => marked?,
        }
        crash_point::after(Step::Marked);
        match (mark, quarantine_mailbox) {
            (Mark::DeliveredAndExpunged, _) => {
                inbox.expunge(&settled.uids).await?;
                crash_point::after(Step::Expunged);
            }
            (Mark::Quarantined, Some(mailbox)) => match inbox.move_to(&settled.uids, mailbox).await {
                Err(error) if error.is_refusal() => settled.not_done = Some(error),
                moved => moved?,
            },
            _ => {}
        }
        self.marks.retain(|_, due| *due != mark);
        Ok(settled)
    }

    /// What was accepted is not certain any more.
    pub(crate) fn forget_accepted(&mut self) {
        self.marks.retain(|_, due| !due.follows_acceptance());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }
}
