//! Why there is no token, in a form that everybody who waited for it can be told.

use std::time::Duration;

use crate::Error;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Another attempt will most likely end the same.
    Refused(String),
    /// Out of reach, out of order, or out of its mind.
    Passing(String),
    /// Asked too often.
    Throttled { text: String, pause: Option<Duration> },
}

impl Failure {
    pub(super) fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// The same, and who said so.
    pub(super) fn at(self, host: &str) -> Self {
        let told = |text: String| format!("{host}: {text}");
        match self {
            Self::Refused(reason) => Self::Refused(told(reason)),
            Self::Passing(reason) => Self::Passing(told(reason)),
            Self::Throttled { text, pause } => Self::Throttled { text: told(text), pause },
        }
    }

    /// How long nobody should ask again.
    pub(super) fn pause(&self) -> Option<Duration> {
        match self {
            Self::Throttled { pause, .. } => *pause,
            Self::Refused(_) | Self::Passing(_) => None,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(reason) => Self::Token { reason, refused: true },
            Failure::Passing(reason) => Self::Token { reason, refused: false },
            Failure::Throttled { text, pause } => Self::Throttled { command: "the request for a token", text, pause },
        }
    }
}
