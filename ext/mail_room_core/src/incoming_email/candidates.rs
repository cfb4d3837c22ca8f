//! Where a mail key may stand, in the order GitLab looks (`lib/gitlab/email/receiver.rb`).

use std::borrow::Cow;

use mail_parser::parsers::MessageStream;

use super::{Headers, address_list, message_ids, received};
use crate::encoded_words::decoded;

/// How a header is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Exactly as GitLab does.
    Letter,
    /// As its documentation promises: an address that stands in a header is found there.
    Intent,
}

/// What a header holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Addresses,
    MessageIds,
    /// One address per field, written by the last mail server.
    Raw,
    /// A trace of one server, with the recipient it worked for (RFC 5321, section 4.4).
    Received,
}

/// The headers GitLab looks at, in its order.
pub(crate) const LOOKED_AT: [(&str, Kind); 10] = [
    ("To", Kind::Addresses),
    ("References", Kind::MessageIds),
    ("Delivered-To", Kind::Raw),
    ("X-Delivered-To", Kind::Raw),
    ("Envelope-To", Kind::Raw),
    ("X-Envelope-To", Kind::Raw),
    ("Received", Kind::Received),
    ("X-Original-To", Kind::Raw),
    ("X-Forwarded-To", Kind::Raw),
    ("Cc", Kind::Addresses),
];

impl Kind {
    /// What in this header may carry a key: addresses, or message ids without their brackets.
    pub(crate) fn candidates<'x>(self, headers: &Headers<'x>, name: &str, reading: Reading) -> Vec<Cow<'x, str>> {
        match (self, reading) {
            // Of a field that may stand there once the mail gem keeps the last.
            (Self::Addresses, Reading::Letter) => as_the_gem(headers, name),
            (Self::Addresses | Self::Raw, Reading::Intent) => headers.values(name).flat_map(all_addresses).collect(),
            (Self::MessageIds, Reading::Letter) => {
                let field = headers.values(name).next_back();
                field.filter(|value| !message_ids::is_single_message_id(value)).map_or_else(Vec::new, ids)
            }
            (Self::MessageIds, Reading::Intent) => headers.values(name).flat_map(ids).collect(),
            (Self::Raw, Reading::Letter) => headers.values(name).collect(),
            (Self::Received, Reading::Letter) => {
                let first = |raw| recipients(raw, |trace| received::first_in_brackets(trace).into_iter().collect());
                headers.raw_values(name).flat_map(first).collect()
            }
            (Self::Received, Reading::Intent) => {
                let all = |raw| recipients(raw, |trace| received::all(trace).collect());
                headers.raw_values(name).flat_map(all).collect()
            }
        }
    }

    /// What GitLab does otherwise, where a key is found by [`Reading::Intent`] alone.
    pub(crate) fn quirk(self, headers: &Headers<'_>, name: &str) -> &'static str {
        match self {
            Self::Addresses | Self::MessageIds if headers.raw_values(name).nth(1).is_some() => {
                "of several such fields GitLab reads the last only"
            }
            Self::Addresses => "GitLab cannot read this list, and takes it as a whole for one address",
            Self::MessageIds => "GitLab overlooks the id where the field holds a single one",
            Self::Raw => "GitLab takes the whole field for the address: there must be no name, and no second address",
            Self::Received => "GitLab finds the first recipient only that stands in angle brackets behind \"for\"",
        }
    }
}

/// The addresses of the last such field as the mail gem tells them: one that is malformed is a single text, which
/// stays folded.
fn as_the_gem<'x>(headers: &Headers<'x>, name: &str) -> Vec<Cow<'x, str>> {
    let Some(value) = headers.values(name).next_back() else { return Vec::new() };
    match address_list::addresses(&value) {
        Some(addresses) => owned(addresses),
        None => headers.folded_values(name).next_back().map(in_words).into_iter().collect(),
    }
}

/// With its encoded words decoded.
fn in_words(value: Cow<'_, str>) -> Cow<'_, str> {
    match value {
        Cow::Borrowed(value) => decoded(value),
        Cow::Owned(value) => Cow::Owned(decoded(&value).into_owned()),
    }
}

/// All addresses that can be found in a field.
fn all_addresses(value: Cow<'_, str>) -> Vec<Cow<'static, str>> {
    if let Some(addresses) = address_list::addresses(&value) {
        return owned(addresses);
    }
    let line = format!("{value}\n"); // without its end the last address would be missed
    let list = MessageStream::new(line.as_bytes()).parse_address().into_address();
    let addresses = list.iter().flat_map(|list| list.iter());
    addresses.filter_map(|one| one.address()).map(|address| Cow::Owned(address.to_owned())).collect()
}

fn owned(texts: Vec<String>) -> Vec<Cow<'static, str>> {
    texts.into_iter().map(Cow::Owned).collect()
}

fn ids(value: Cow<'_, str>) -> Vec<Cow<'_, str>> {
    parts(value, |text| message_ids::ids(text).collect())
}

/// Of the recipients a server names in its trace.
fn recipients<'x>(raw: &'x [u8], find: impl for<'t> Fn(&'t str) -> Vec<&'t str>) -> Vec<Cow<'x, str>> {
    parts(String::from_utf8_lossy(raw), find)
}

/// Parts of a text, without copying where that is possible.
fn parts<'x>(text: Cow<'x, str>, find: impl for<'t> Fn(&'t str) -> Vec<&'t str>) -> Vec<Cow<'x, str>> {
    match text {
        Cow::Borrowed(text) => find(text).into_iter().map(Cow::Borrowed).collect(),
        Cow::Owned(text) => find(&text).into_iter().map(|part| Cow::Owned(part.to_owned())).collect(),
    }
}
