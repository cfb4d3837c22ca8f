//! Access tokens (RFC 6749) that stand in for passwords.

use crate::{Error, Result, fields::Fields, mailbox::Timeouts, secret::Secret};

/// Where tokens come from.
#[derive(Clone, Debug)]
pub(crate) struct OAuth2Settings {}

impl OAuth2Settings {
    /// The section `oauth2` of an IMAP mailbox; None when there is none.
    pub(crate) fn read(_fields: &Fields<'_>) -> Result<Option<Self>> {
        Ok(None)
    }

    /// From the section `inbox_options` of a mailbox on Microsoft Graph.
    pub(crate) fn for_graph(_options: &Fields<'_>) -> Result<Self> {
        Ok(Self {})
    }
}

/// A token and how long it holds.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) secret: Secret,
    pub(crate) expires_at: Option<tokio::time::Instant>,
}

/// The tokens of one mailbox.
#[derive(Debug)]
pub(crate) struct Tokens {}

impl Tokens {
    pub(crate) fn new(_settings: OAuth2Settings, _timeouts: &Timeouts) -> Self {
        Self {}
    }

    /// A token that is valid for a while yet.
    pub(crate) async fn token(&self) -> Result<Token> {
        Err(Error::Token { reason: "not there yet".to_owned(), refused: false })
    }

    /// A server did not take a token.
    pub(crate) async fn rejected(&self, _token: &Token) {}
}
