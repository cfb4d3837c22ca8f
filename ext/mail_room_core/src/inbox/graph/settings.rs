//! Where a mailbox on Microsoft Graph is and how to get in.

use std::time::Duration;

use reqwest::Url;

use crate::{Result, fields::Fields, oauth2::OAuth2Settings};

/// The global service. National clouds have others (Microsoft, "National cloud deployments").
const ENDPOINT: &str = "https://graph.microsoft.com";

/// What gitlab-mail_room does.
const POLL_INTERVAL: Duration = Duration::from_secs(60);

/// The Graph keys of a mailbox's settings; GitLab renders them below `inbox_options`.
#[derive(Clone, Debug)]
pub(crate) struct GraphSettings {
    /// The user whose mailbox it is.
    pub(crate) email: String,
    /// The folder: a well-known name, a display name, a path of these, or an id.
    pub(crate) name: String,
    pub(crate) endpoint: Url,
    /// The application that asks.
    pub(crate) client_id: String,
    pub(crate) oauth2: OAuth2Settings,
    /// How often to look for new messages.
    pub(crate) poll_interval: Duration,
    /// Whether messages are removed for good, and not moved to Deleted Items.
    pub(crate) delete_permanently: bool,
}

impl GraphSettings {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        let options = fields.section("inbox_options")?;
        if fields.text("search_command")?.is_some_and(|command| command != "UNSEEN") {
            fields.remark("search_command", "has no meaning with microsoft_graph: unread messages are delivered");
        }
        for key in ["auth_method", "oauth2"] {
            if fields.get(key).is_some() {
                fields.remark(key, "has no meaning with microsoft_graph: what it needs stands in inbox_options");
            }
        }
        let delete_permanently = options.switch("delete_permanently")?;
        if delete_permanently && !fields.switch("delete_after_delivery")? {
            options.remark("delete_permanently", "has no meaning without delete_after_delivery");
        }
        Ok(Self {
            email: fields.required_text("email")?,
            name: fields.required_text("name")?,
            endpoint: endpoint(&options)?,
            client_id: options.required_text("client_id")?,
            oauth2: OAuth2Settings::for_graph(&options)?,
            poll_interval: options.seconds("poll_interval", POLL_INTERVAL)?,
            delete_permanently,
        })
    }
}

/// `graph_endpoint`, which [`OAuth2Settings::for_graph`] looks at more closely.
fn endpoint(options: &Fields<'_>) -> Result<Url> {
    let text = options.text("graph_endpoint")?.filter(|text| !text.is_empty());
    let url = Url::parse(text.as_deref().unwrap_or(ENDPOINT)).ok().filter(Url::has_host);
    url.ok_or_else(|| options.error("graph_endpoint", format!("must be a URL such as {ENDPOINT}")))
}
