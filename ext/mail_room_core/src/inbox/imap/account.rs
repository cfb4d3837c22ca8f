//! What of a mailbox outlives its sessions.

use std::sync::Arc;

use super::settings::{Credentials, ImapSettings, Password, PasswordMethod, TokenMethod};
use crate::{mailbox::Timeouts, oauth2::Tokens};

/// A mailbox on a server, and the key to it.
pub(crate) struct Account {
    pub(super) settings: Arc<ImapSettings>,
    pub(super) key: Key,
}

/// What shows the server that it is us.
pub(super) enum Key {
    Password { password: Password, method: Option<PasswordMethod> },
    Token { tokens: Box<Tokens>, method: TokenMethod },
}

impl Account {
    pub(crate) fn new(settings: Arc<ImapSettings>, timeouts: &Timeouts) -> Self {
        let key = match settings.credentials.clone() {
            Credentials::Password { password, method } => Key::Password { password, method },
            Credentials::Token { source, method } => {
                Key::Token { tokens: Box::new(Tokens::new(source, timeouts)), method }
            }
        };
        Self { settings, key }
    }

    /// Whether a login costs a refresh token.
    pub(super) fn refreshes(&self) -> bool {
        matches!(&self.key, Key::Token { tokens, .. } if tokens.refreshes())
    }
}
