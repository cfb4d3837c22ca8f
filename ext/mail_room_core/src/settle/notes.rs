//! Failures noted on the server, for the next process.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Result,
    inbox::imap::{Imap, QUARANTINED},
    message::Uid,
};

/// What the keyword for a number of failed attempts begins with. Only powers of two are noted, so that a
/// mailbox needs few keywords: servers limit them.
const ATTEMPT: &str = "$MailRoomAttempt";

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

    /// Takes in the keywords a message carries, and tells how many attempts they speak of.
    pub(crate) fn seen(&mut self, uid: Uid, keywords: Vec<String>) -> u32 {
        if keywords.is_empty() {
            self.on_server.remove(&uid);
            return 0;
        }
        // Somebody marked it as unread, so it begins anew.
        let requeued = keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(QUARANTINED));
        let count = keywords.iter().filter_map(|keyword| noted(keyword)).max().unwrap_or_default();
        self.on_server.insert(uid, keywords.into_iter().collect());
        if requeued {
            self.outdated.insert(uid);
            return 0;
        }
        count
    }

    pub(crate) fn failed(&mut self, uid: Uid, count: u32) {
        self.unsaved.insert(uid, count);
    }

    /// A message's fate is decided, and what was noted of it has served.
    pub(crate) fn decided(&mut self, uid: Uid) {
        self.unsaved.remove(&uid);
        if self.on_server.contains_key(&uid) {
            self.outdated.insert(uid);
        }
    }

    /// Brings the server up to date.
    ///
    /// # Errors
    /// Those of STORE. What was not done is done the next time.
    pub(crate) async fn settle(&mut self, inbox: &mut Imap) -> Result<()> {
        while let Some(uid) = self.outdated.first().copied() {
            if let Some(keywords) = self.on_server.get(&uid) {
                let keywords: Vec<&str> = keywords.iter().map(String::as_str).collect();
                inbox.unmark(&[uid], &keywords.join(" ")).await?;
            }
            self.on_server.remove(&uid);
            self.outdated.remove(&uid);
        }
        while let Some((uid, count)) = self.unsaved.first_key_value().map(|(uid, count)| (*uid, *count)) {
            let keyword = format!("{ATTEMPT}{}", 1u32 << count.max(1).ilog2());
            let on_server = self.on_server.entry(uid).or_default();
            if !on_server.contains(&keyword) && inbox.keeps_keywords() {
                inbox.add_keyword(&[uid], &keyword).await?;
                on_server.insert(keyword);
            }
            self.unsaved.remove(&uid);
        }
        Ok(())
    }
}

/// How many attempts a keyword speaks of.
pub(crate) fn noted(keyword: &str) -> Option<u32> {
    let head = keyword.get(..ATTEMPT.len())?;
    head.eq_ignore_ascii_case(ATTEMPT).then(|| keyword[ATTEMPT.len()..].parse().ok()).flatten()
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
        assert_eq!(notes.seen(1, keywords(&[])), 0);
        assert_eq!(notes.seen(1, keywords(&["$MailRoomAttempt1", "$mailroomattempt8", "$MailRoomAttempt2"])), 8);
        assert_eq!(notes.seen(1, keywords(&["$MailRoomAttempt", "$MailRoomDelivered", "$MailRoomÄ"])), 0);
    }

    #[test]
    fn a_message_that_left_quarantine_begins_anew() {
        let mut notes = Notes::default();
        assert_eq!(notes.seen(1, keywords(&["$MailRoomAttempt8", "$MailRoomQuarantined"])), 0);
        assert!(notes.outdated.contains(&1));
    }
}
