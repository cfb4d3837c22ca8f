//! What IMAP servers do, and what becomes of the messages.
//!
//! Where a new test goes:

/// Servers that are not there, or hardly.
mod connecting;
/// The application accepts, or does not.
mod delivering;
/// A server fails at a step: refuses, hangs up, falls silent.
mod faults;
/// What a server may say when it is asked for messages.
mod fetching;
/// Servers that are broken or mean harm.
mod hostile;
/// Getting in.
mod login;
/// How much memory a hostile server can make a process use.
mod memory;
/// Messages that are put aside.
mod poison;
/// Getting in by AUTHENTICATE: SCRAM, access tokens, and servers that lie.
mod sasl;
/// What a server may answer to SEARCH.
mod searching;
/// Marking, expunging, and mailboxes in which it cannot be done.
mod settling;
/// Messages that are not delivered because of what they are, or because they are too many.
mod sorting;
/// What a server has to say to people, and how it asks to be left alone.
mod speaking_up;
/// TLS that does not come about.
mod start_tls;
/// The process is told to end.
mod stopping;
/// The list of traces.
mod traces;
/// IDLE, polling, and messages that come at a bad moment.
mod waiting;

#[path = "../support/mod.rs"]
mod support;
