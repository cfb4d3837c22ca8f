//! Failures noted on the server, for the next process.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Result,
    inbox::{
        Inbox,
        keywords::{QUARANTINED, attempts_keyword, attempts_noted},
    },
    message::Uid,
};

/// What the keywords of a message tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// So many attempts have failed.
    pub(crate) failures: u32,
    /// It was put aside, and somebody marked it as unread: it begins anew.
    pub(crate) requeued: bool,
}

/// Our keywords on messages, as they are and as they should be.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    uid_validity: u32,
    on_server: BTreeMap<Uid, BTreeSet<String>>,
    unsaved: BTreeMap<Uid, u32>,
    outdated: BTreeSet<Uid>,
}

impl Notes {
    /// To be called with each new session.
    pub(crate) fn enter(&mut self, uid_validity: u32) {
        if self.uid_validity != uid_validity || uid_validity == 0 {
            *self = Self { uid_validity, ..Self::default() };
        }
    }

    /// Takes in the keywords a message carries.
    pub(crate) fn seen(&mut self, uid: Uid, keywords: Vec<String>) -> Seen {
        if keywords.is_empty() {
            self.on_server.remove(&uid);
            return Seen::default();
        }
        let requeued = keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(QUARANTINED));
        let failures = keywords.iter().filter_map(|keyword| attempts_noted(keyword)).max().unwrap_or_default();
        self.on_server.insert(uid, keywords.into_iter().collect());
        if requeued {
            self.outdated.insert(uid);
        }
        Seen { failures: if requeued { 0 } else { failures }, requeued }
    }

    pub(crate) fn failed(&mut self, uid: Uid, count: u32) {
        self.unsaved.insert(uid, count);
    }

    /// A message's fate is decided, and what was noted of it has served. `quarantined`: it gets that
    /// keyword now, if it does not have it from before.
    pub(crate) fn decided(&mut self, uid: Uid, quarantined: bool) {
        self.unsaved.remove(&uid);
        if let Some(keywords) = self.on_server.get_mut(&uid) {
            keywords.retain(|keyword| !(quarantined && keyword.eq_ignore_ascii_case(QUARANTINED)));
            self.outdated.insert(uid);
        }
    }

    /// Forgets all but those of `unread`, which are in ascending order.
    pub(crate) fn keep(&mut self, unread: &[Uid]) {
        let Self { on_server, unsaved, outdated, .. } = self;
        on_server.retain(|uid, _| outdated.contains(uid) || unread.binary_search(uid).is_ok());
        unsaved.retain(|uid, _| unread.binary_search(uid).is_ok());
    }

    /// Brings the server up to date. What it refuses is not asked for again: all this is only good to have.
    ///
    /// # Errors
    /// Those of STORE, but for what it refuses. What was not done is done the next time.
    pub(crate) async fn settle(&mut self, inbox: &mut dyn Inbox) -> Result<()> {
        while let Some(uid) = self.outdated.first().copied() {
            let keywords = self.on_server.get(&uid).into_iter().flatten().map(String::as_str).collect::<Vec<_>>();
            if !keywords.is_empty() {
                tolerated(inbox.remove_keywords(uid, &keywords).await)?;
            }
            self.on_server.remove(&uid);
            self.outdated.remove(&uid);
        }
        while let Some((uid, count)) = self.unsaved.first_key_value().map(|(uid, count)| (*uid, *count)) {
            let keyword = attempts_keyword(count);
            let noted = self.on_server.get(&uid).is_some_and(|keywords| keywords.contains(&keyword));
            if !noted && inbox.add_keyword(uid, &keyword).await? {
                self.on_server.entry(uid).or_default().insert(keyword);
            }
            self.unsaved.remove(&uid);
        }
        Ok(())
    }
}

fn tolerated(outcome: Result<()>) -> Result<()> {
    match outcome {
        Err(error) if error.is_refusal() => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keywords(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_largest_number_counts() {
        let mut notes = Notes::default();
        assert_eq!(notes.seen(1, keywords(&[])), Seen::default());
        assert_eq!(
            notes.seen(1, keywords(&["$MailRoomAttempt1", "$mailroomattempt8", "$MailRoomAttempt2"])).failures,
            8
        );
        assert_eq!(notes.seen(1, keywords(&["$MailRoomAttempt", "$MailRoomDelivered", "$MailRoomÄ"])).failures, 0);
    }

    #[test]
    fn a_message_that_left_quarantine_begins_anew() {
        let mut notes = Notes::default();
        let seen = notes.seen(1, keywords(&["$MailRoomAttempt8", "$MailRoomQuarantined"]));
        assert_eq!(seen, Seen { failures: 0, requeued: true });
        assert!(notes.outdated.contains(&1));
    }
}
