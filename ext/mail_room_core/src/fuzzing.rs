//! Doors through which hostile bytes come in: one for each place of this crate that reads what somebody
//! outside has written.
//!
//! A door takes any bytes and panics when the code behind it does what it must not: panic, go on for
//! ever, hold more than the limits allow, garble a message, or tell a secret. The targets of cargo-fuzz
//! (`ext/mail_room_core/fuzz`) call nothing else, and the tests here send the corpus and mutations of it
//! through the same doors on stable Rust.
//!
//! This module is compiled for tests and for cargo-fuzz (`cfg(fuzzing)`) only.

mod configuration;
mod mail;
pub(crate) mod stream;
#[cfg(test)]
mod tests;

use crate::{
    delivery::postback,
    email, health,
    inbox::{graph, imap},
    incoming_email, jwt, oauth2, postgres_connection, redis_connection, tls,
};

/// Takes any bytes.
pub type Door = fn(&[u8]);

/// All doors by name. Targets, corpora and dictionaries are called the same.
pub const DOORS: [(&str, Door); 20] = [
    ("imap", imap::fuzzing::session),
    ("imap_response", imap::fuzzing::responses),
    ("start_tls", imap::fuzzing::before_tls),
    ("scram", imap::fuzzing::scram),
    ("mutf7", imap::fuzzing::mailbox_name),
    ("uid_set", imap::fuzzing::uid_set),
    ("charset", mail::charset),
    ("headers", incoming_email::fuzzing::headers),
    ("address", incoming_email::fuzzing::address),
    ("email", email::fuzzing::email),
    ("configuration", configuration::mailbox),
    ("redis_url", redis_connection::fuzzing::url),
    ("redis", redis_connection::fuzzing::answers),
    ("postgres", postgres_connection::fuzzing::answers),
    ("http_answer", postback::fuzzing::answer),
    ("health", health::fuzzing::request),
    ("jwt", jwt::fuzzing::secret),
    ("certificate", tls::fuzzing::certificate),
    ("token_answer", oauth2::fuzzing::answer),
    ("graph_answer", graph::fuzzing::answer),
];

/// Sends bytes through the door of this name.
///
/// # Panics
/// When what is behind the door misbehaves, and when there is no such door.
pub fn enter(name: &str, bytes: &[u8]) {
    match DOORS.iter().find(|(known, _)| *known == name) {
        Some((_, door)) => door(bytes),
        None => panic!("there is no door {name}"),
    }
}
