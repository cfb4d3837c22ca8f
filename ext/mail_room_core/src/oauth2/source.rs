//! Gets a token, wherever it comes from.

use std::{path::PathBuf, time::Duration};

use tokio::time::timeout;

use super::{OAuth2Settings, answer::Granted, command, endpoint::Endpoint, failure::Failure};
use crate::{
    aside::aside,
    mailbox::Timeouts,
    secret::{self, Secret},
};

pub(super) enum Source {
    Endpoint(Box<Endpoint>),
    Command(Secret),
    File(PathBuf),
}

impl Source {
    pub(super) fn new(settings: OAuth2Settings, timeouts: &Timeouts) -> Self {
        match settings {
            OAuth2Settings::Endpoint(settings) => Self::Endpoint(Box::new(Endpoint::new(settings, timeouts))),
            OAuth2Settings::Command(command) => Self::Command(command),
            OAuth2Settings::File(path) => Self::File(path),
        }
    }

    /// Never takes longer than the limit.
    pub(super) async fn ask(&self, limit: Duration) -> Result<Granted, Failure> {
        match self {
            Self::Endpoint(endpoint) => endpoint.ask(limit).await,
            Self::Command(command) => {
                let printed = command::output(command.expose(), limit).await;
                let granted =
                    printed.and_then(|printed| Granted::read(&printed).map_err(|problem| format!("printed {problem}")));
                granted.map_err(|problem| Failure::Passing(format!("token_command {problem}")))
            }
            Self::File(path) => {
                let late = |_| format!("cannot be read within {} s (command_timeout)", limit.as_secs_f32());
                let read = {
                    let path = path.clone();
                    aside(move || secret::read(&path))
                };
                let content = timeout(limit, read).await.map_err(late);
                let content = content.and_then(|read| read.map_err(|error| error.to_string())).flatten();
                let granted =
                    content.and_then(|content| Granted::read(&content).map_err(|problem| format!("holds {problem}")));
                granted.map_err(|problem| Failure::Passing(format!("token_file ({}) {problem}", path.display())))
            }
        }
    }

    /// Whether a token may be used again.
    pub(super) fn lasts(&self, granted: &Granted) -> bool {
        match self {
            Self::Endpoint(_) => true,
            Self::Command(_) => granted.lifetime.is_some(),
            // Whoever writes it knows best; it costs nothing to look.
            Self::File(_) => false,
        }
    }

    /// As [`Endpoint::refreshes`].
    pub(super) fn refreshes(&self) -> bool {
        matches!(self, Self::Endpoint(endpoint) if endpoint.refreshes())
    }

    /// As [`Endpoint::has_rotated`].
    pub(super) fn has_rotated(&self) -> bool {
        matches!(self, Self::Endpoint(endpoint) if endpoint.has_rotated())
    }

    /// Whether a request has to be carried to its end although nobody waits for it any more.
    pub(super) fn must_end(&self) -> bool {
        matches!(self, Self::Endpoint(_))
    }
}
