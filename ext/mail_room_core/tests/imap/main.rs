//! What IMAP servers do, and what becomes of the messages.
//!
//! Where a new test goes:

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
/// Marking, expunging, and mailboxes in which it cannot be done.
mod settling;
/// TLS that does not come about.
mod start_tls;
/// The process is told to end.
mod stopping;
/// IDLE, polling, and messages that come at a bad moment.
mod waiting;

#[path = "../support/mod.rs"]
mod support;
