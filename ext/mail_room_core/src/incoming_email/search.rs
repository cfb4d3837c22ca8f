//! Looking for the key of a message.

use super::{
    Headers, MailboxType,
    candidates::{Kind, LOOKED_AT, Reading},
    found::Found,
    handler,
    wildcard::{Around, WildcardAddress},
};

/// What a key may be found by.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) mailbox: MailboxType,
    pub(super) address: Option<&'a WildcardAddress>,
    pub(super) reply_id: Option<&'a Around>,
}

impl Search<'_> {
    /// The key by which GitLab goes.
    pub(super) fn find<'x>(&self, headers: &Headers<'x>) -> Option<Found<'x>> {
        self.beyond(self.first(headers, Reading::Letter), headers)
    }

    /// The same, when it is known what GitLab reads by the letter. That stands where a handler takes it; otherwise
    /// what it means to read does, if that comes further.
    pub(super) fn beyond<'x>(&self, letter: Option<Found<'x>>, headers: &Headers<'x>) -> Option<Found<'x>> {
        if letter.as_ref().is_some_and(Found::is_good) {
            return letter;
        }
        let intent = self.first(headers, Reading::Intent);
        match (letter, intent) {
            (None, intent) => intent,
            (Some(letter), Some(intent)) if letter.value == intent.value => Some(letter),
            (_, Some(intent)) if intent.handler.is_some() => Some(intent),
            (letter, _) => letter,
        }
    }

    /// The key this text carries, which was found in a header of this kind.
    pub(super) fn key<'a>(&self, kind: Kind, text: &'a str) -> Option<&'a str> {
        match kind {
            Kind::MessageIds => self.reply_id?.key(text),
            _ => self.address?.key(text),
        }
    }

    /// The first key in GitLab's order.
    pub(super) fn first<'x>(&self, headers: &Headers<'x>, reading: Reading) -> Option<Found<'x>> {
        LOOKED_AT.into_iter().find_map(|(header, kind)| {
            kind.candidates(headers, header, reading).into_iter().find_map(|value| {
                let key = self.key(kind, &value)?.to_owned();
                let (handler, _) = handler::of(self.mailbox, &key);
                let quirk = (reading == Reading::Intent).then(|| kind.quirk(headers, header));
                Some(Found { header, value, key, handler, quirk })
            })
        })
    }
}
