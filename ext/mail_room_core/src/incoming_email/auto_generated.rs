//! Which messages GitLab takes for auto-replies (`lib/gitlab/email/receiver.rb`).

use super::Headers;

/// Whether GitLab rejects this message as an auto-reply.
pub(crate) fn is_auto_generated(headers: &Headers<'_>) -> bool {
    todo!("{headers:?}")
}
