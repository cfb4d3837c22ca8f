//! The section `oauth2` of a mailbox, and the same in `inbox_options`.

mod preset;

use std::{fmt, path::PathBuf};

use reqwest::Url;

use self::preset::Preset;
use super::{OAuth2Settings, certificate::Certificate};
use crate::{Result, fields::Fields, http::is_loopback, secret::Secret};

/// What goes with a token endpoint, and with nothing else.
const OF_AN_ENDPOINT: [&str; 9] = [
    "preset",
    "token_url",
    "tenant_id",
    "client_id",
    "client_secret",
    "client_certificate_path",
    "scope",
    "grant",
    "refresh_token",
];

const COMMAND: &str = "token_command";
const FILE: &str = "token_file";

const AZURE_AD: &str = "https://login.microsoftonline.com";
const GRAPH: &str = "https://graph.microsoft.com";

/// Whom to ask, as whom, and for what.
#[derive(Clone)]
pub(crate) struct EndpointSettings {
    pub(super) url: Url,
    pub(super) client_id: String,
    pub(super) secret: ClientSecret,
    pub(super) grant: Grant,
    pub(super) scope: Option<String>,
}

/// How the client proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ClientSecret {
    /// A public client (RFC 6749, section 2.1).
    None,
    Text(Secret),
    /// A PEM file with a certificate and its key.
    Certificate(PathBuf),
}

/// What a token is given for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    /// RFC 6749, section 4.4.
    ClientCredentials,
    /// RFC 6749, section 6.
    RefreshToken(Secret),
}

/// Reads the section `oauth2`.
pub(super) fn read(fields: &Fields<'_>) -> Result<OAuth2Settings> {
    let alone = |key: &str, others: &[&str]| match others.iter().find(|other| given(fields, other)) {
        Some(other) => Err(fields.error(other, format!("has no use beside {key}: there is one source of tokens"))),
        None => Ok(()),
    };
    if let Some(command) = text(fields, COMMAND)? {
        alone(COMMAND, &[FILE])?;
        alone(COMMAND, &OF_AN_ENDPOINT)?;
        return Ok(OAuth2Settings::Command(Secret::new(command)));
    }
    if let Some(path) = fields.path(FILE)? {
        alone(FILE, &OF_AN_ENDPOINT)?;
        return Ok(OAuth2Settings::File(path));
    }
    EndpointSettings::read(fields).map(OAuth2Settings::Endpoint)
}

impl EndpointSettings {
    fn read(fields: &Fields<'_>) -> Result<Self> {
        let preset = Preset::read(fields)?;
        let grant = Grant::read(fields, preset)?;
        let url = match (text(fields, "token_url")?, preset) {
            (Some(url), _) => https(fields, "token_url", &url)?,
            (None, Some(preset)) => preset.token_url(fields)?,
            (None, None) => {
                return Err(fields.error("token_url", format!("is required, or a preset, {COMMAND} or {FILE}")));
            }
        };
        if given(fields, "tenant_id") && preset != Some(Preset::Microsoft365) {
            return Err(fields.error("tenant_id", "has no use without preset: microsoft365"));
        }
        let scope = text(fields, "scope")?;
        Ok(Self {
            url,
            client_id: fields.required_text("client_id")?,
            secret: ClientSecret::read(fields, grant == Grant::ClientCredentials)?,
            scope: scope.or_else(|| preset.map(|preset| preset.scope(&grant).to_owned())),
            grant,
        })
    }

    /// Client credentials for Microsoft Graph, from `tenant_id`, `client_id`, `client_secret` or
    /// `client_certificate_path`, and perhaps the hosts of another cloud.
    pub(super) fn for_graph(options: &Fields<'_>) -> Result<Self> {
        let endpoint = |key: &str, default: &str| {
            let url = text(options, key)?.unwrap_or_else(|| default.to_owned());
            let url = https(options, key, &url)?;
            if url.query().is_some() || url.fragment().is_some() {
                return Err(options.error(key, "must not have a query or a fragment"));
            }
            if url.path() != "/" {
                return Err(options.error(key, "must not have a path"));
            }
            Ok(url)
        };
        let azure_ad = endpoint("azure_ad_endpoint", AZURE_AD)?;
        let graph = endpoint("graph_endpoint", GRAPH)?;
        Ok(Self {
            url: preset::microsoft(options, azure_ad.as_str(), "azure_ad_endpoint")?,
            client_id: options.required_text("client_id")?,
            secret: ClientSecret::read(options, true)?,
            grant: Grant::ClientCredentials,
            scope: Some(format!("{}/.default", graph.as_str().trim_end_matches('/'))),
        })
    }
}

impl fmt::Debug for EndpointSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, client_id, secret, grant, scope } = self;
        // Its query may hold a secret.
        let mut shown_url = url.clone();
        shown_url.set_query(None);
        f.debug_struct("EndpointSettings")
            .field("url", &shown_url.as_str())
            .field("client_id", client_id)
            .field("secret", secret)
            .field("grant", grant)
            .field("scope", scope)
            .finish()
    }
}

impl ClientSecret {
    fn read(fields: &Fields<'_>, required: bool) -> Result<Self> {
        const CERTIFICATE: &str = "client_certificate_path";
        match (text(fields, "client_secret")?, fields.path(CERTIFICATE)?) {
            (Some(_), Some(_)) => Err(fields.error(CERTIFICATE, "has no use beside client_secret: one is enough")),
            (Some(secret), None) => Ok(Self::Text(Secret::new(secret))),
            (None, Some(path)) => match Certificate::read(&path) {
                Ok(_) => Ok(Self::Certificate(path)),
                Err(problem) => {
                    Err(fields.error(CERTIFICATE, format!("cannot be used ({}: {problem})", path.display())))
                }
            },
            (None, None) if required => Err(fields.error("client_secret", format!("is required, or {CERTIFICATE}"))),
            (None, None) => Ok(Self::None),
        }
    }
}

impl Grant {
    fn read(fields: &Fields<'_>, preset: Option<Preset>) -> Result<Self> {
        let refresh_token = text(fields, "refresh_token")?.map(Secret::new);
        match (text(fields, "grant")?.as_deref(), refresh_token) {
            (None | Some("refresh_token"), Some(token)) => Ok(Self::RefreshToken(token)),
            (Some("refresh_token"), None) => Err(fields.error("refresh_token", "is required for grant: refresh_token")),
            (None | Some("client_credentials"), None) if preset == Some(Preset::Google) => {
                Err(fields.error("refresh_token", "is required for preset: google, which takes no client_credentials"))
            }
            (None | Some("client_credentials"), None) => Ok(Self::ClientCredentials),
            (Some("client_credentials"), Some(_)) => {
                Err(fields.error("refresh_token", "has no use beside grant: client_credentials"))
            }
            (Some(_), _) => Err(fields.error("grant", "must be client_credentials or refresh_token")),
        }
    }
}

fn given(fields: &Fields<'_>, key: &str) -> bool {
    fields.get(key).is_some_and(|value| value != "")
}

/// Templates render what is not there as empty text.
fn text(fields: &Fields<'_>, key: &str) -> Result<Option<String>> {
    Ok(fields.text(key)?.filter(|text| !text.is_empty()))
}

/// RFC 6749, section 3.2: a token endpoint has TLS. One on this machine, a proxy perhaps, may go without.
fn https(fields: &Fields<'_>, key: &str, text: &str) -> Result<Url> {
    let url = Url::parse(text).ok().filter(Url::has_host);
    let url = url.ok_or_else(|| fields.error(key, format!("must be a URL such as {AZURE_AD}")))?;
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        return Err(fields.error(key, "must begin with https (http is for this machine alone)"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fields.error(key, "must not hold user and password (client_id and client_secret are for that)"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests;
