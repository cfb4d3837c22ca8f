//! What is the same for all mailboxes of a service.

use reqwest::Url;

use super::{AZURE_AD, Grant, https, text};
use crate::{Result, fields::Fields};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preset {
    /// Microsoft: "Authenticate an IMAP, POP or SMTP connection using OAuth".
    Microsoft365,
    /// Google: "OAuth 2.0 for IMAP" and "Using OAuth 2.0 for Web Server Applications".
    Google,
}

impl Preset {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Option<Self>> {
        match text(fields, "preset")?.map(|name| name.to_ascii_lowercase()).as_deref() {
            None => Ok(None),
            Some("microsoft365") => Ok(Some(Self::Microsoft365)),
            Some("google") => Ok(Some(Self::Google)),
            Some(_) => Err(fields.error("preset", "must be microsoft365 or google")),
        }
    }

    pub(super) fn token_url(self, fields: &Fields<'_>) -> Result<Url> {
        match self {
            Self::Microsoft365 => microsoft(fields, AZURE_AD, "token_url"),
            Self::Google => https(fields, "token_url", "https://oauth2.googleapis.com/token"),
        }
    }

    pub(super) fn scope(self, grant: &Grant) -> &'static str {
        match (self, grant) {
            (Self::Microsoft365, Grant::ClientCredentials) => "https://outlook.office365.com/.default",
            (Self::Microsoft365, Grant::RefreshToken(_)) => {
                "https://outlook.office365.com/IMAP.AccessAsUser.All offline_access"
            }
            (Self::Google, _) => "https://mail.google.com/",
        }
    }
}

/// The token endpoint of the tenant `tenant_id`; `key` is where its host is from.
pub(super) fn microsoft(fields: &Fields<'_>, host: &str, key: &str) -> Result<Url> {
    let tenant = fields.required_text("tenant_id")?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if !tenant.bytes().all(fits) || tenant.starts_with('.') {
        return Err(fields.error("tenant_id", "must be a tenant's id or one of its domains"));
    }
    https(fields, key, &format!("{}/{tenant}/oauth2/v2.0/token", host.trim_end_matches('/')))
}
