//! Which inbox a mailbox has.

use std::sync::Arc;

use super::{graph::GraphSettings, imap::ImapSettings};
use crate::{Result, fields::Fields};

/// `inbox_method` and the keys that belong to it.
#[derive(Clone, Debug)]
pub(crate) enum InboxSettings {
    Imap(Arc<ImapSettings>),
    Graph(Box<GraphSettings>),
}

impl InboxSettings {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        match fields.text("inbox_method")?.as_deref() {
            None | Some("imap") => ImapSettings::read(fields).map(Arc::new).map(Self::Imap),
            Some("microsoft_graph") => GraphSettings::read(fields).map(Box::new).map(Self::Graph),
            Some(_) => Err(fields.error("inbox_method", "must be imap or microsoft_graph")),
        }
    }

    /// The login name.
    pub(crate) fn email(&self) -> &str {
        match self {
            Self::Imap(settings) => &settings.email,
            Self::Graph(settings) => &settings.email,
        }
    }

    /// The mailbox's name on the server.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Imap(settings) => &settings.name,
            Self::Graph(settings) => &settings.name,
        }
    }

    /// Whether this name means the same mailbox.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        match self {
            // INBOX is the one name whose case does not matter (RFC 3501, section 5.1).
            Self::Imap(settings) => {
                let own = settings.name.as_str();
                name == own || [name, own].iter().all(|name| name.eq_ignore_ascii_case("INBOX"))
            }
            Self::Graph(settings) => name.to_lowercase() == settings.name.to_lowercase(),
        }
    }

    /// The same account, and another of its mailboxes.
    pub(crate) fn rename(&mut self, to: String) {
        match self {
            Self::Imap(settings) => Arc::make_mut(settings).name = to,
            Self::Graph(settings) => settings.name = to,
        }
    }
}
