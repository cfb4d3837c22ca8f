//! A key, and where it was found.

use std::borrow::Cow;

use super::handler::Handler;

/// A key that was found.
pub(super) struct Found<'x> {
    pub(super) header: &'static str,
    pub(super) value: Cow<'x, str>,
    pub(super) key: String,
    pub(super) handler: Option<Handler>,
    /// What GitLab does otherwise, so that it does not find it.
    pub(super) quirk: Option<&'static str>,
}

impl Found<'_> {
    /// A handler takes it, and GitLab may have made this key: `a@example.com, incoming+b` of two addresses in one
    /// field looks like a project and a token.
    pub(super) fn is_good(&self) -> bool {
        self.handler.is_some() && !self.key.contains([',', ';', ' ', '\t'])
    }
}
