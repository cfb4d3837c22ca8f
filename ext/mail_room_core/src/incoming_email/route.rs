//! What GitLab does with a message.

use serde::Serialize;

use super::handler::Handler;

/// Which of GitLab's receivers a message is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailboxType {
    /// `EmailReceiverWorker`
    #[default]
    IncomingEmail,
    /// `ServiceDeskEmailReceiverWorker`
    ServiceDeskEmail,
}

/// What GitLab does with a message, and what it goes by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Which of GitLab's addresses the message is for.
    pub mailbox: MailboxType,
    /// GitLab rejects it unseen: an auto-reply.
    pub auto_generated: bool,
    /// What stands for `%{key}` in the address, or in a reply's message id.
    pub mail_key: Option<String>,
    /// The header the key was found in.
    pub header: Option<&'static str>,
    /// The address or message id the key was found in.
    pub value: Option<String>,
    /// Who takes it.
    pub handler: Option<Handler>,
    /// The class of GitLab's error when nobody does, without its module.
    pub error: Option<&'static str>,
    /// From the key.
    pub project_id: Option<u64>,
    /// The full path of the project with `-` for `/`, from the key.
    pub project_slug: Option<String>,
    /// The full path of the project, from a key of the old form.
    pub project_path: Option<String>,
    /// The author's token for incoming mail. Whoever has it can write in the author's name.
    pub token: Option<String>,
    /// From the key.
    pub issue_iid: Option<u64>,
    /// GitLab itself comes to nothing here, by a quirk.
    pub differs_from_gitlab: bool,
}

impl Route {
    /// What is left to say when the headers could not be read.
    pub(crate) fn unparsable() -> Self {
        Self { error: Some("EmailUnparsableError"), ..Self::default() }
    }
}
