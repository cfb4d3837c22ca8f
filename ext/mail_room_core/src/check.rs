//! Looks at everything a mailbox needs, in steps, and says of each what was found and what to do about it.
//!
//! ```text
//!  inbox        imap.resolve … imap.idle | graph.token, graph.folder
//!  delivery     sidekiq.* | webhook.* | que.postgresql
//!  arbitration  arbitration.*
//!  settings     settings.remark, for each oddity
//! ```
//!
//! The three are looked at side by side, so that one which does not answer holds up no other. Each goes the
//! way that the daemon goes, with the mailbox's own timeouts; the steps lie with what they look at, in modules
//! called `examine`.

mod awaited;
mod connect;
mod finding;
pub(crate) mod near;
mod problem;
mod report;
pub(crate) mod tls;

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

pub use self::finding::{Finding, Outcome, to_json};
pub(crate) use self::{
    awaited::Awaited,
    connect::{connect, resolve},
    problem::Problem,
    report::{Report, Stop},
};
use crate::{
    Error, Result, arbitration, delivery,
    fields::Fields,
    inbox,
    mailbox::{self, Mailbox},
};

/// The most that all of it may take.
const LIMIT: Duration = Duration::from_secs(180);

/// The most that a message is waited for.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// Nothing is written, not even to be removed again.
    pub read_only: bool,
    /// Up to the login and the mailbox, and no further.
    pub login_only: bool,
}

impl Check {
    /// Reads `{"read_only": true, "only": "login"}`.
    ///
    /// # Errors
    /// [`crate::Error::Configuration`] when that is no JSON, or asks for what there is not.
    pub fn from_json(options: &str) -> Result<Self> {
        let options: Value = mailbox::parse(options)?;
        let fields = Fields::new(&options, "options".to_owned())?;
        let login_only = match fields.text("only")?.as_deref() {
            None => false,
            Some("login") => true,
            Some(_) => return Err(fields.error("only", "must be login")),
        };
        Ok(Self { read_only: fields.switch("read_only")?, login_only })
    }

    /// Looks. Ends within three minutes, whatever server does not answer.
    ///
    /// When this is cancelled, what it put into the mailbox is removed all the same as long as the process goes on.
    /// What a process left there that has ended, the next look removes.
    pub async fn run(self, mailbox: &Mailbox) -> Vec<Finding> {
        let mut way_in = Report::new(inbox::examine::names(mailbox, self));
        if self.login_only {
            within_limit(inbox::examine::run(mailbox, self, &mut way_in)).await;
            return way_in.finish();
        }
        let mut delivery = Report::new(delivery::examine::names(&mailbox.delivery));
        let mut arbitration = Report::new(arbitration::examine::names(&mailbox.arbitration));
        tokio::join!(
            within_limit(inbox::examine::run(mailbox, self, &mut way_in)),
            within_limit(delivery::examine::run(mailbox, self, &mut delivery)),
            within_limit(arbitration::examine::run(mailbox, &mut arbitration)),
        );
        let looked = [way_in, delivery, arbitration].into_iter().flat_map(Report::finish);
        looked.chain(mailbox.remarks.iter().map(|remark| remarked(remark))).collect()
    }
}

/// What is odd about the settings although nothing is wrong with them.
fn remarked(remark: &str) -> Finding {
    let advice = "change the setting, unless it is meant so";
    Finding::new("settings.remark", Outcome::Yes, remark, Some(advice))
}

/// What is not found in time stays missing.
async fn within_limit(look: impl Future<Output = ()>) {
    let _ = timeout(LIMIT, look).await;
}

/// Waits until a message with this `Message-ID`, in its brackets or without, is in the mailbox, and removes it.
/// Waits a day at most. The finding is called `arrival`.
///
/// Cancelling leaves the message where it is.
pub async fn await_message(mailbox: &Mailbox, message_id: &str, limit: Duration) -> Finding {
    let message_id = message_id.trim();
    let message_id = message_id.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(message_id);
    if message_id.is_empty() || !message_id.chars().all(|letter| letter.is_ascii_graphic() && !"<>".contains(letter)) {
        return Awaited::finding(Err(Error::Configuration("there is no such Message-ID".to_owned())), limit);
    }
    let (message_id, limit) = (format!("<{message_id}>"), limit.min(LONGEST));
    // The session has to begin and to end besides.
    let awaited = timeout(limit + LIMIT, inbox::examine::await_message(mailbox, &message_id, limit)).await;
    Awaited::finding(awaited.unwrap_or(Ok(Awaited::Nothing { others: false })), limit)
}
