//! What follows when a message could not be delivered: another attempt, or quarantine.

use serde_json::json;

use super::Pass;
use crate::{
    attempts::Fault,
    inbox::imap::MessageSize,
    log::brief,
    message::{Message, Origin, Uid},
};

/// What the log calls it when the application does not take a message, and when that could not even be
/// asked.
pub(super) const NOT_ACCEPTED: &str = "message not accepted";
pub(super) const NOT_DELIVERED: &str = "message not delivered";

impl Pass {
    /// A message was not delivered, for a reason that may lie in it. After the last of its attempts it
    /// is quarantined.
    pub(super) async fn failed(&mut self, origin: &Origin, uid: Uid, fault: Fault, (action, reason): (&str, &str)) {
        let Fault::Message { more } = fault else {
            self.log.warn(action, json!({"uid": uid, "error": brief(reason)}));
            return;
        };
        let shared = self.arbitration.count_failures(origin, uid, more).await;
        let total = shared.unwrap_or_else(|| self.attempts.count(uid).saturating_add(more));
        let count = self.attempts.counted(uid, total);
        let most = self.limits.attempts;
        let told = json!({"uid": uid, "error": brief(reason), "attempt": count, "max_attempts": most});
        self.log.warn(action, told);
        if count >= most {
            let attempts = if count == 1 { "attempt" } else { "attempts" };
            self.quarantine(uid, &format!("{count} {attempts} failed, the last one: {reason}"));
        } else if shared.is_none() {
            self.notes.failed(uid, count);
        }
    }

    /// The session, or the watcher itself, broke with messages in hand: one alone may be the cause, and
    /// of several each is fetched and delivered alone from now on, after the others.
    pub(crate) async fn broken_off(&mut self, reason: &str) {
        let Some((origin, uids)) = self.in_hand.take() else { return };
        if let [uid] = uids[..] {
            let fault = self.attempts.failed(uid);
            self.failed(&origin, uid, fault, (NOT_DELIVERED, reason)).await;
        } else {
            uids.into_iter().for_each(|uid| self.attempts.set_apart(uid));
        }
    }

    /// Messages the server did not send although it was asked for them.
    pub(super) async fn not_sent(&mut self, origin: &Origin, asked: &[Uid], messages: &[Message]) {
        let sent = |uid: &Uid| messages.binary_search_by_key(uid, |message| message.uid).is_ok();
        for uid in asked.iter().filter(|uid| !sent(uid)) {
            let fault = self.attempts.failed(*uid);
            self.failed(origin, *uid, fault, ("message not sent by the server", "the answer to FETCH lacks it")).await;
        }
    }

    /// Messages that were listed and have no size. Most often another client has removed them; those that
    /// are listed again are in trouble.
    pub(super) async fn not_sized(&mut self, origin: &Origin, asked: &[Uid], sizes: &[MessageSize]) {
        let sized = |uid: &Uid| sizes.binary_search_by_key(uid, |size| size.uid).is_ok();
        for uid in asked.iter().filter(|uid| !sized(uid)) {
            if !self.sizeless.insert(*uid) {
                let fault = self.attempts.failed(*uid);
                self.failed(origin, *uid, fault, ("message not sent by the server", "it has no RFC822.SIZE")).await;
            }
        }
    }

    pub(super) fn quarantine(&mut self, uid: Uid, reason: &str) {
        self.ledger.quarantined(uid);
        self.decided(uid);
        let hint = match &self.quarantine_mailbox {
            Some(mailbox) => format!("moved to {mailbox}; mail_room requeue puts it back"),
            None => {
                "marked \\Seen and \\Flagged; to have it tried again, mark it unread or use mail_room requeue".into()
            }
        };
        self.log.error("message quarantined", json!({"uid": uid, "error": brief(reason), "hint": hint}));
    }

    /// A message was accepted or quarantined: its claim stays, and what was noted of its failures has
    /// served.
    pub(super) fn decided(&mut self, uid: Uid) {
        self.decided.insert(uid);
        if self.attempts.count(uid) > 0 {
            self.forgiven.push(uid);
        }
        self.attempts.decided(uid);
        self.notes.decided(uid);
    }
}
