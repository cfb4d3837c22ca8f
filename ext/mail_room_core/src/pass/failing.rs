//! What follows when a message could not be delivered: another attempt, or quarantine.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use tokio::time::timeout;

use super::{Pass, Passed};
use crate::{
    attempts::Fault,
    inbox::{MessageSize, Missing},
    log::brief,
    message::{Message, Uid},
};

/// What the log calls it when the application does not take a message, when that could not even be asked,
/// and when there was nothing to ask about.
pub(super) const NOT_ACCEPTED: &str = "message not accepted";
pub(super) const NOT_DELIVERED: &str = "message not delivered";
const NOT_SENT: &str = "message not sent by the server";

/// Of so many messages at most, each one is fetched alone after something broke: that takes three round trips a message.
pub(super) const MOST_BLAMED: usize = 100;

/// How long the arbiter may take to count a failure. The number is good to have and no more.
const COUNTING: Duration = Duration::from_secs(2);

impl Pass {
    /// A message was not delivered, for a reason that may lie in it. Tells whose fault it was.
    pub(super) async fn failed(&mut self, uid: Uid, action: &str, reason: &str) -> Fault {
        let fault = self.attempts.failed(uid);
        self.judged(uid, fault, action, reason).await;
        fault
    }

    /// What follows when it is known whose fault it was: after the last of its attempts a message is
    /// quarantined.
    pub(super) async fn judged(&mut self, uid: Uid, fault: Fault, action: &str, reason: &str) {
        let Fault::Message { more } = fault else {
            self.log.warn(action, json!({"uid": self.origin.name(uid), "error": brief(reason)}));
            return;
        };
        let counted = timeout(COUNTING, self.arbitration.count_failures(&self.origin, uid, more)).await;
        let shared = counted.unwrap_or_default();
        let total = shared.unwrap_or_else(|| self.attempts.count(uid).saturating_add(more));
        let count = self.attempts.counted(uid, total);
        let most = self.limits.attempts;
        let told =
            json!({"uid": self.origin.name(uid), "error": brief(reason), "attempt": count, "max_attempts": most});
        self.log.warn(action, told);
        if count >= most {
            let attempts = if count == 1 { "attempt" } else { "attempts" };
            self.quarantine(uid, &format!("{count} {attempts} failed, the last one: {reason}"));
        } else if shared.is_none() {
            self.notes.failed(uid, count);
        }
    }

    /// The session, or the watcher itself, broke with messages in hand: one alone may be the cause, and
    /// of several each is fetched and delivered alone from now on, after the others. Of many no one is blamed: most
    /// sessions break for other reasons, and if this one did not, it breaks again among fewer. Without a reason
    /// that may lie in a message, nothing follows.
    pub(crate) async fn broken_off(&mut self, reason: Option<String>) {
        let in_hand: Vec<Uid> = std::mem::take(&mut self.in_hand).into_iter().collect();
        let Some(reason) = reason else { return };
        if in_hand.len() > MOST_BLAMED {
            self.careful = true;
        } else {
            self.blame(&in_hand, &reason).await;
        }
    }

    /// Something broke, and one of these messages may be the cause.
    pub(super) async fn blame(&mut self, uids: &[Uid], reason: &str) {
        if let [uid] = *uids {
            let fault = self.failed(uid, NOT_DELIVERED, reason).await;
            if matches!(fault, Fault::Message { .. }) && self.attempts.count(uid) <= 1 {
                self.attempts.due_at_once(uid); // it may have been an accident
            }
        } else {
            uids.iter().for_each(|uid| self.attempts.set_apart(*uid));
        }
    }

    /// Messages the server did not send although it was asked for them.
    pub(super) async fn not_sent(
        &mut self,
        asked: &[Uid],
        messages: &[Message],
        missing: Vec<(Uid, Missing)>,
        passed: &mut Passed,
    ) {
        let mut missing: BTreeMap<Uid, Missing> = missing.into_iter().collect();
        let sent = |uid: &Uid| messages.binary_search_by_key(uid, |message| message.uid).is_ok();
        for uid in asked.iter().copied().filter(|uid| !sent(uid)) {
            match missing.remove(&uid) {
                None => drop(self.failed(uid, NOT_SENT, "the answer lacks it").await),
                Some(Missing::Unreadable(reason)) => drop(self.failed(uid, NOT_SENT, &reason).await),
                Some(Missing::TooLarge(bytes)) => self.too_large(uid, bytes),
                Some(Missing::Gone) => {
                    self.log.info("message gone", json!({"uid": self.origin.name(uid)}));
                }
                Some(Missing::NoRoom) => passed.held += 1, // the next pass finds it again
            }
        }
    }

    pub(super) fn too_large(&mut self, uid: Uid, bytes: u64) {
        self.quarantine(uid, &format!("{bytes} bytes are more than max_message_size"));
    }

    /// Messages that were listed and have no size. Most often another client has removed them; those that
    /// are listed again are in trouble.
    pub(super) async fn not_sized(&mut self, asked: &[Uid], sizes: &[MessageSize]) {
        let sized = |uid: &Uid| sizes.binary_search_by_key(uid, |size| size.uid).is_ok();
        for uid in asked.iter().filter(|uid| !sized(uid)) {
            if !self.sizeless.insert(*uid) {
                self.failed(*uid, NOT_SENT, "the server tells no size of it").await;
            }
        }
    }

    /// Whether messages the server refuses to speak of may be passed over: the cause may be one of several,
    /// or was found to be this one before.
    pub(super) fn can_do_without(&self, uids: &[Uid]) -> bool {
        uids.len() > 1 || uids.iter().any(|uid| self.attempts.sets_apart(*uid))
    }

    /// Takes in the keywords of ours that messages carry.
    pub(super) async fn seen(&mut self, sizes: &mut [MessageSize]) {
        let mut requeued = Vec::new();
        for MessageSize { uid, keywords, .. } in sizes {
            let seen = self.notes.seen(*uid, std::mem::take(keywords));
            self.attempts.remember(*uid, seen.failures);
            requeued.extend(seen.requeued.then_some(*uid));
        }
        self.arbitration.forget_failures(&self.origin, &requeued).await;
    }

    pub(super) fn quarantine(&mut self, uid: Uid, reason: &str) {
        self.ledger.quarantined(uid);
        self.decided(uid, true);
        let hint = match &self.quarantine_mailbox {
            Some(mailbox) => format!("to be moved to {mailbox}; mail_room requeue puts it back"),
            None => {
                "marked as read and flagged; to have it tried again, mark it unread or use mail_room requeue".into()
            }
        };
        self.log
            .error("message quarantined", json!({"uid": self.origin.name(uid), "error": brief(reason), "hint": hint}));
    }

    /// A message was accepted or quarantined: its claim stays, and what was noted of its failures has
    /// served.
    pub(super) fn decided(&mut self, uid: Uid, quarantined: bool) {
        self.claimed.remove(&uid);
        if self.attempts.count(uid) > 0 {
            self.forgiven.push(uid);
        }
        self.attempts.decided(uid);
        self.notes.decided(uid, quarantined);
    }
}
