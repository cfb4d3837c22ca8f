//! The key of a message, and where it was found.

use std::borrow::Cow;

use regex::Regex;

use super::{
    Headers, MailboxType,
    candidates::{Kind, LOOKED_AT, Reading},
    handler::{self, Handler, KeyParts},
    wildcard::WildcardAddress,
};

/// What a key may be found by.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) mailbox: MailboxType,
    pub(super) address: Option<&'a WildcardAddress>,
    pub(super) reply_id: Option<&'a Regex>,
}

/// A key that was found.
pub(super) struct Found<'x> {
    pub(super) header: &'static str,
    pub(super) value: Cow<'x, str>,
    pub(super) key: String,
    pub(super) handler: Option<Handler>,
    pub(super) parts: KeyParts,
    /// What GitLab does otherwise, so that it does not find it.
    pub(super) quirk: Option<&'static str>,
}

impl Found<'_> {
    /// A handler takes it, and GitLab may have made this key: `a@example.com, incoming+b` of two addresses in one
    /// field looks like a project and a token.
    fn is_good(&self) -> bool {
        self.handler.is_some() && !self.key.contains([',', ';', ' ', '\t'])
    }
}

impl Search<'_> {
    /// The key by which GitLab goes. What it reads by the letter stands where a handler takes it; otherwise what
    /// it means to read does, if that comes further.
    pub(super) fn find<'x>(&self, headers: &Headers<'x>) -> Option<Found<'x>> {
        let letter = self.first(headers, Reading::Letter);
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

    /// What GitLab finds and gets somewhere with.
    pub(super) fn by_the_letter<'x>(&self, headers: &Headers<'x>) -> Option<Found<'x>> {
        self.first(headers, Reading::Letter).filter(Found::is_good)
    }

    /// The key this text carries, which was found in a header of this kind.
    pub(super) fn key<'a>(&self, kind: Kind, text: &'a str) -> Option<&'a str> {
        match kind {
            Kind::MessageIds => Some(self.reply_id?.captures(text)?.get(1)?.as_str()),
            _ => self.address?.key(text),
        }
    }

    pub(super) fn first<'x>(&self, headers: &Headers<'x>, reading: Reading) -> Option<Found<'x>> {
        LOOKED_AT.into_iter().find_map(|(header, kind)| {
            kind.candidates(headers, header, reading).into_iter().find_map(|value| {
                let key = self.key(kind, &value)?.to_owned();
                let (handler, parts) = self.handler(&key);
                let quirk = (reading == Reading::Intent).then(|| kind.quirk(headers, header));
                Some(Found { header, value, key, handler, parts, quirk })
            })
        })
    }

    fn handler(&self, key: &str) -> (Option<Handler>, KeyParts) {
        match self.mailbox {
            MailboxType::IncomingEmail => {
                handler::by_key(key).map_or((None, KeyParts::default()), |(handler, parts)| (Some(handler), parts))
            }
            MailboxType::ServiceDeskEmail => (Some(Handler::ServiceDesk), handler::of_service_desk(key)),
        }
    }
}
