//! What people and other programs call a message.

use std::{fmt, sync::Arc};

use serde::Serialize;

use super::Uid;

/// What a message is called outside of this process. As JSON it is a number or a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Name {
    /// Its UID on an IMAP server.
    Uid(Uid),
    /// Its immutable id in Microsoft Graph.
    Id(Arc<str>),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uid(uid) => uid.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}
