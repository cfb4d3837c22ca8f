//! ⑥ What becomes of messages on the server.

mod notes;

use std::collections::BTreeMap;

use crate::{
    Result,
    crash_point::{self, Step},
    inbox::imap::{Imap, Mark},
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
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) accepted: Vec<Uid>,
    pub(crate) quarantined: Vec<Uid>,
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

    pub(crate) fn quarantined(&mut self, uid: Uid) {
        self.marks.insert(uid, Mark::Quarantined);
    }

    /// Marks on the server what stands in the ledger, one command per kind of mark, and strikes it
    /// out. What could not be marked stays for the next time.
    ///
    /// # Errors
    /// Those of STORE and EXPUNGE.
    pub(crate) async fn settle(&mut self, inbox: &mut Imap) -> Result<Settled> {
        let mut settled = Settled::default();
        let marks = [Mark::Delivered, Mark::DeliveredAndDeleted, Mark::DeliveredAndExpunged, Mark::Quarantined];
        for mark in marks {
            let uids: Vec<Uid> = self.marks.iter().filter(|(_, due)| **due == mark).map(|(uid, _)| *uid).collect();
            if uids.is_empty() {
                continue;
            }
            inbox.mark(&uids, mark).await?;
            crash_point::after(Step::Marked);
            if mark == Mark::DeliveredAndExpunged {
                inbox.expunge(&uids).await?;
                crash_point::after(Step::Expunged);
            }
            self.marks.retain(|_, due| *due != mark);
            if mark == Mark::Quarantined { &mut settled.quarantined } else { &mut settled.accepted }.extend(uids);
        }
        Ok(settled)
    }

    /// What stands here is not certain any more.
    pub(crate) fn forget(&mut self) {
        self.marks.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }
}
