//! Access tokens (RFC 6749) that stand in for passwords.
//!
//! They come from a token endpoint, by client credentials (section 4.4) or a refresh token (section 6), from a
//! command of the operator's, or from a file that something else keeps fresh. Microsoft: "Microsoft identity
//! platform and the OAuth 2.0 client credentials flow"; Google: "OAuth 2.0 for IMAP".

mod answer;
mod certificate;
mod command;
mod endpoint;
mod failure;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod settings;
mod source;
mod tokens;

use std::path::PathBuf;

use tokio::time::Instant;

use self::settings::EndpointSettings;
pub(crate) use self::tokens::Tokens;
use crate::{Result, fields::Fields, secret::Secret};

/// Where tokens come from.
#[derive(Clone, Debug)]
pub(crate) enum OAuth2Settings {
    /// A token endpoint (RFC 6749, section 3.2).
    Endpoint(EndpointSettings),
    /// What this prints. It may hold secrets of its own.
    Command(Secret),
    /// What stands in this file at that moment.
    File(PathBuf),
}

impl OAuth2Settings {
    /// The section `oauth2` of an IMAP mailbox; None when there is none.
    ///
    /// # Errors
    /// [`crate::Error::Configuration`] for what is missing, unknown or contradicts itself, and for a certificate
    /// that cannot be used.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Option<Self>> {
        match fields.get("oauth2") {
            None => Ok(None),
            Some(_) => settings::read(&fields.section("oauth2")?).map(Some),
        }
    }

    /// From the section `inbox_options` of a mailbox on Microsoft Graph.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(crate) fn for_graph(options: &Fields<'_>) -> Result<Self> {
        EndpointSettings::for_graph(options).map(Self::Endpoint)
    }
}

/// A token and how long it holds.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) secret: Secret,
    /// None when nobody said: until a server does not take it any more.
    pub(crate) expires_at: Option<Instant>,
}
