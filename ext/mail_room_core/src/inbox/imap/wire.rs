//! Commands out, responses in: the only place that knows async-imap.
//!
//! async-imap frames and types responses; nothing else of it is used. Its high-level calls take a
//! tagged `NO` or the end of the stream for an empty answer, and wait without limit. Here every
//! command ends in its own tagged `OK` or in an error, within a deadline.

mod asking;
mod hidden;
mod questions;
mod reading;
mod replies;
#[cfg(test)]
mod tests;
mod writing;

use std::time::Duration;

use async_imap::Client;
use tokio::time::Instant;

use self::{hidden::Hidden, questions::Questions};
pub(super) use self::{questions::Question, replies::Replies};
use super::{
    alerts::Alerts,
    guard::Guard,
    response::{Code, Response, Status},
    throttle::{is_throttling, suggested_pause},
    transport::{Activity, Transport},
};
use crate::{Error, Result, net::Stream, secret::Secret};

/// Most responses to one command.
const MOST_RESPONSES: u32 = 1_000_000;
/// Where only silence is limited, a server that is never quite silent would be waited for without end:
/// so many times the silence is the most all of it may take. With the default of a minute, 100 MiB
/// need a line of 140 kbit/s.
const MOST_SILENCES: u32 = 100;

/// How long a wait for responses may last.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    /// From the command's first byte to its tagged answer; where others were sent before it, from theirs.
    Total(Duration),
    /// Between two bytes of messages, or two answers about them. What else a server says meanwhile does
    /// not count: some repeat `* OK Still here` and nothing else. All in all at most a hundred times as long.
    Silence(Duration),
}

/// A session's line to the server.
///
/// No method is cancel safe unless it says so: after a dropped future the wire must be dropped too,
/// because what is left of the answer would be taken for the next one's.
#[derive(Debug)]
pub(super) struct Wire {
    client: Client<Transport>,
    activity: Activity,
    alerts: Alerts,
    /// What was sent and must not be shown.
    hidden: Hidden,
    tags: u32,
    questions: Questions,
    /// Questions that go out with the next one.
    soon: Vec<Question>,
    /// Responses read.
    responses: u64,
    /// How many messages the mailbox holds, as far as was told.
    exists: u32,
    /// Whether EXISTS grew since this was last asked.
    news: bool,
    /// RFC 3501 lets a server speak its capabilities at any time; the last word counts.
    capabilities: Option<Vec<String>>,
}

/// The words of a tagged OK.
#[derive(Debug)]
pub(super) struct Completion {
    pub(super) code: Option<Code>,
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Stream>, message_bytes: u64, alerts: Alerts) -> Self {
        let activity = Activity::new();
        let transport = Transport::new(stream, Guard::new(message_bytes), activity.clone());
        let client = Client::new(transport);
        Self {
            client,
            activity,
            alerts,
            hidden: Hidden::default(),
            tags: 0,
            questions: Questions::default(),
            soon: Vec::new(),
            responses: 0,
            exists: 0,
            news: false,
            capabilities: None,
        }
    }

    /// Runs one command to its tagged answer; `each` sees the untagged ones before it. What was asked before is
    /// answered before it is sent.
    ///
    /// # Errors
    /// [`Error::Refused`] when the server answers NO or BAD; the session is still usable. After any
    /// other error it is not.
    pub(super) async fn run(
        &mut self,
        command: &'static str,
        arguments: &str,
        limit: Limit,
        each: impl FnMut(Response) + Send,
    ) -> Result<Completion> {
        self.converse(command, arguments, &mut [].iter(), limit, each).await
    }

    /// As [`Wire::run`], for commands in which the server asks for more with `+`. What it gets then is
    /// never shown, should it repeat it.
    pub(super) async fn converse(
        &mut self,
        command: &'static str,
        arguments: &str,
        replies: &mut impl Replies,
        limit: Limit,
        mut each: impl FnMut(Response) + Send,
    ) -> Result<Completion> {
        self.rest().await?;
        let started = Instant::now();
        let tag = self.send(command, arguments, limit).await?;
        let command = whole_name(command, arguments);
        let mut cancelled = false;
        for _ in 0..MOST_RESPONSES {
            match self.next(command, started, limit).await? {
                Response::Completion { tag: answered, status, code, text } if answered == tag => {
                    return completed(command, status, code, text).map_err(|error| self.shown(error));
                }
                // What stands in the tag's place may be anything the client sent, even the password.
                Response::Completion { .. } => {
                    return Err(Error::Protocol(format!("{command} was answered with the tag of no command")));
                }
                Response::Bye(text) => return Err(self.shown(Error::Bye(text))),
                Response::Continuation(_) if cancelled => {
                    return Err(Error::Protocol(format!("{command} was cancelled, and the server asks for more")));
                }
                Response::Continuation(asked) => {
                    // RFC 3501, section 6.2.2: a lone `*` ends what cannot be answered.
                    let line = replies.reply(&asked).await?.unwrap_or_else(|| {
                        cancelled = true;
                        "*".to_owned()
                    });
                    self.send_untagged(command, &line, limit).await?;
                    if !cancelled {
                        self.hide(Secret::new(line));
                    }
                }
                other => each(other),
            }
        }
        Err(Error::Protocol(format!("more than {MOST_RESPONSES} responses to {command}")))
    }

    /// From now on, what the server says is shown without this.
    pub(super) fn hide(&mut self, secret: Secret) {
        self.hidden.add(secret);
    }

    /// What the server says, as it may be shown.
    pub(super) fn shown_text(&self, text: &str) -> String {
        self.hidden.text(text)
    }

    /// An error in the server's words, as it may be shown.
    pub(super) fn shown(&self, error: Error) -> Error {
        self.hidden.error(error)
    }

    /// Whether messages have come in since the last call.
    pub(super) fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.news)
    }

    /// Whether messages have come in since [`Wire::take_news`] was last called.
    pub(super) fn has_news(&self) -> bool {
        self.news
    }

    /// How many messages the mailbox holds, as far as was told.
    pub(super) fn exists(&self) -> u32 {
        self.exists
    }

    /// What the server said it can do, once it has said so.
    pub(super) fn capabilities(&self) -> Option<&[String]> {
        self.capabilities.as_deref()
    }

    /// Whether the server has said that it can do this.
    pub(super) fn can(&self, name: &str) -> bool {
        self.capabilities().is_some_and(|all| all.iter().any(|offered| offered == name))
    }

    /// Capabilities change with STARTTLS and login (RFC 3501, sections 6.2.1 and 6.2.2).
    pub(super) fn forget_capabilities(&mut self) {
        self.capabilities = None;
    }
}

/// A tagged answer is success only when it says OK.
pub(super) fn completed(command: &'static str, status: Status, code: Option<Code>, text: String) -> Result<Completion> {
    match status {
        Status::Ok => Ok(Completion { code }),
        _ if is_throttling(&text) => Err(Error::Throttled { command, pause: suggested_pause(&text), text }),
        other => Err(Error::Refused { command, status: other.name(), text }),
    }
}

/// `UID` alone says little.
fn whole_name(command: &'static str, arguments: &str) -> &'static str {
    match (command, arguments.split(' ').next()) {
        ("UID", Some("SEARCH")) => "UID SEARCH",
        ("UID", Some("FETCH")) => "UID FETCH",
        ("UID", Some("STORE")) => "UID STORE",
        ("UID", Some("EXPUNGE")) => "UID EXPUNGE",
        ("UID", Some("COPY")) => "UID COPY",
        ("UID", Some("MOVE")) => "UID MOVE",
        _ => command,
    }
}
