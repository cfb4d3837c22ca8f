//! Who takes a message, by its mail key.

use serde::Serialize;

/// GitLab's handlers (`lib/gitlab/email/handler.rb`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Handler {
    /// A reply to a notification becomes a comment.
    CreateNote,
    /// A new issue.
    CreateIssue,
    /// A comment on an issue that is named by its number.
    CreateNoteOnIssuable,
    /// No more notifications of one thread.
    Unsubscribe,
    /// A new merge request.
    CreateMergeRequest,
    /// A customer's request.
    ServiceDesk,
}

impl Handler {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateNote => "create_note",
            Self::CreateIssue => "create_issue",
            Self::CreateNoteOnIssuable => "create_note_on_issuable",
            Self::Unsubscribe => "unsubscribe",
            Self::CreateMergeRequest => "create_merge_request",
            Self::ServiceDesk => "service_desk",
        }
    }
}
