//! Where a mailbox on Microsoft Graph is and how to get in.

use crate::{Result, fields::Fields};

/// The Graph keys of a mailbox's settings.
#[derive(Clone, Debug)]
pub(crate) struct GraphSettings {
    pub(crate) email: String,
    pub(crate) name: String,
}

impl GraphSettings {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        Ok(Self { email: fields.required_text("email")?, name: fields.required_text("name")? })
    }
}
