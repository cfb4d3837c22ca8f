//! What can go wrong, in words an operator can act on.

use std::{io, time::Duration};

use crate::inbox::{
    graph::FOLDER,
    imap::{is_throttling, suggested_pause},
};

/// The result of anything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something failed. No variant ever holds a password, a token or the text of a message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is missing or makes no sense. The text names the mailbox and the key.
    #[error("{0}")]
    Configuration(String),

    /// The name of a host has no address, or the resolver failed.
    #[error("cannot resolve {host}: {source}")]
    Resolve {
        /// The name that was looked up.
        host: String,
        /// What the resolver said.
        #[source]
        source: io::Error,
    },

    /// No address of a host accepted the connection.
    #[error("cannot connect to {host}:{port}: {source}")]
    Connect {
        /// The host as configured.
        host: String,
        /// The port as configured.
        port: u16,
        /// What the last address tried answered.
        #[source]
        source: io::Error,
    },

    /// The TLS handshake failed: certificate, host name or protocol.
    #[error("TLS with {host} failed: {reason}")]
    Tls {
        /// The host as configured.
        host: String,
        /// What is wrong, and where it can be mended.
        reason: String,
    },

    /// Something that had to happen within a limit did not.
    #[error("{wait} took longer than {} s", .limit.as_secs_f32())]
    Deadline {
        /// What was waited for.
        wait: &'static str,
        /// How long it was waited for.
        limit: Duration,
    },

    /// The connection ended where an answer was due.
    #[error("connection lost: {0}")]
    ConnectionLost(String),

    /// The server ended the session with `* BYE` (RFC 3501, section 7.1.5).
    #[error("server said BYE: {0}")]
    Bye(String),

    /// The server answered a command with `NO` or `BAD`.
    #[error("{command} was answered {status}: {text}")]
    Refused {
        /// The command, without its arguments.
        command: &'static str,
        /// `NO` or `BAD`.
        status: &'static str,
        /// The server's own words.
        text: String,
    },

    /// The server refused a command because it was asked too often.
    #[error("{command} was throttled: {text}")]
    Throttled {
        /// The command, without its arguments.
        command: &'static str,
        /// The server's own words.
        text: String,
        /// How long the server asked to be left alone.
        pause: Option<Duration>,
    },

    /// There is no access token (RFC 6749) to log in with.
    #[error("no access token: {reason}")]
    Token {
        /// Why, in the words of who was asked for it.
        reason: String,
        /// It was refused, and not only out of reach: another attempt will most likely end the same.
        refused: bool,
    },

    /// There is no password to log in with.
    #[error("no password: {reason}")]
    Password {
        /// Why; names the file it should stand in.
        reason: String,
    },

    /// A request over HTTP was answered, and not with success.
    #[error("{request} was answered {status}: {text}")]
    Answered {
        /// What was asked for, without addresses.
        request: &'static str,
        /// The status code (RFC 9110, section 15).
        status: u16,
        /// The server's own words.
        text: String,
    },

    /// The server sent what its protocol does not allow, or more than the limits do.
    #[error("unusable answer from the server: {0}")]
    Protocol(String),

    /// The mailbox does not keep the marks of delivered messages: they would come back for ever.
    #[error("the mailbox cannot be used: {0}")]
    Unusable(String),

    /// Nothing could be delivered because its receiver is out of reach. No message was harmed.
    #[error("{receiver} is not available: {reason}")]
    ReceiverDown {
        /// What is out of reach, such as `Redis`.
        receiver: &'static str,
        /// Why.
        reason: String,
        /// How long the receiver itself asked to be left alone.
        retry_after: Option<Duration>,
    },

    /// A message outside of any mailbox was not delivered. Says why.
    #[error("{0}")]
    NotDelivered(String),

    /// The process is ending, and what was going on had changed nothing yet.
    #[error("shutting down")]
    ShuttingDown,

    /// A log file could not be opened.
    #[error("cannot open log file {path}: {source}")]
    LogFile {
        /// The path as configured.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// True when the server answered the login with `NO` or `BAD`, and when it does not let us at the mailbox.
    pub(crate) fn is_refused_login(&self) -> bool {
        matches!(
            self,
            Self::Refused { command: "LOGIN" | "AUTHENTICATE", .. }
                | Self::Token { refused: true, .. }
                | Self::Answered { status: 401 | 403, .. }
        )
    }

    /// True when it takes a person to mend it, most likely.
    pub(crate) fn needs_an_operator(&self) -> bool {
        self.is_refused_login()
            || matches!(self, Self::Password { .. } | Self::Answered { request: FOLDER, status: 404, .. })
    }

    /// True when the server understood what was asked for and does not do it, which leaves the session usable.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Refused { .. } => true,
            Self::Answered { status, .. } => matches!(status, 400..=499) && !matches!(status, 401 | 403),
            _ => false,
        }
    }

    /// True when there is no such mailbox, or none that can be selected.
    pub(crate) fn is_missing_mailbox(&self) -> bool {
        matches!(self, Self::Refused { command: "SELECT", .. } | Self::Answered { request: FOLDER, status: 404, .. })
    }

    /// How long the server itself asked to be left alone.
    pub(crate) fn suggested_pause(&self) -> Duration {
        match self {
            Self::Throttled { pause, .. } => pause.unwrap_or_default(),
            Self::Bye(text) => suggested_pause(text).unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }

    /// False when the server has reasons of its own to end a session.
    pub(crate) fn may_lie_in_a_message(&self) -> bool {
        match self {
            Self::Throttled { .. }
            | Self::Token { .. }
            | Self::Password { .. }
            | Self::Answered { status: 401 | 403, .. } => false,
            Self::Bye(text) => !is_throttling(text),
            _ => true,
        }
    }

    /// True when the connection to the inbox can be kept although the pass failed.
    pub(crate) fn spares_the_connection(&self) -> bool {
        matches!(self, Self::ReceiverDown { .. })
    }
}
