//! The way of a message from an inbox to an application.
//!
//! ```text
//!  settings (checked once, in `mailbox`)
//!     │
//!     ▼
//!  Coordinator ── one supervised task per mailbox ──▶ Watcher
//!                                                      │   loop: pass, wait, pass …
//!                                                      ▼
//!    ② inbox        imap | graph: list the unread
//!    ③ arbitration  claim each one
//!    ② inbox        fetch what was claimed, without marking it
//!    ④ sorting      look who it is for, and skip or put aside what the mailbox does not want, if it says so
//!    ⑤ delivery     sidekiq | postback | que | logger | noop | a Ruby class (handed over)
//!    ⑥ settle       accepted → \Seen, or \Deleted and expunged; skipped → \Seen; refused → released or quarantined
//! ```
//!
//! Microsoft Graph has other words for the marks (read, moved to Deleted Items), and immutable ids where IMAP has UIDs.
//! Either may be entered with an access token instead of a password; `oauth2` gets and renews them.
//!
//! Steps ② to ⑥ go on side by side: while some messages are delivered, the next ones are fetched and claimed and the
//! last ones marked. What may begin when is in `pass/planning`, what is under way in `pass/round`.
//!
//! This crate knows nothing of Ruby. `pass` holds steps ② to ⑥ on one screen; start there, or with
//! [`coordinator`] for how mailboxes live side by side. `attempts` decides whose fault it was that a message
//! was not accepted, and when it has to be quarantined. Beside that way stand [`incoming_email`],
//! which tells what GitLab will do with a message, [`email`], which tells what stands in one, [`requeue`],
//! which puts what was quarantined back, [`standalone`], for single deliveries and claims without a mailbox,
//! [`check`], which looks at all a mailbox needs and changes nothing that stays,
//! and `health` and `service_manager`, which tell probes and systemd that the process is well. For tests alone there
//! are `crash_point`, which stops a process dead at a step of that way, `fuzzing`, the doors to all that reads
//! bytes from outside, and `benching`, those to what is timed.
//!
//! A message is marked on the server only after the delivery has taken it, every wait has a
//! deadline, and what is held in memory is bounded by settings and not by what lies in the inbox.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used))]

pub mod coordinator;
mod watcher;

mod attempts;
mod pass;
mod window;

pub mod mailbox;

mod inbox;

mod arbitration;

pub mod message;

pub mod delivery;

mod settle;

pub mod email;

pub mod incoming_email;

pub mod requeue;

pub mod standalone;

pub mod check;

mod aside;
mod backoff;
#[doc(hidden)]
pub mod benching;
mod charset;
mod crash_point;
mod descriptors;
mod encoded_words;
pub mod error;
mod fields;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod health;
mod http;
pub mod jwt;
mod log;
mod net;
mod oauth2;
mod postgres_connection;
mod printable;
mod redis_connection;
mod secret;
mod service_manager;
mod tls;

pub use coordinator::Coordinator;
pub use error::{Error, Result};
