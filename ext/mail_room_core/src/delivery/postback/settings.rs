//! The `delivery_options` of today's gem, and ours.

use std::fmt;

use reqwest::{
    Url,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING},
};

use super::credentials::Credentials;
use crate::{Result, fields::Fields, incoming_email::MailboxType, jwt::JwtSettings, secret::Secret, tls::TlsPolicy};

/// What Faraday 1 sends for a body of text. Rack takes such a body for a form and trips over `%`,
/// but applications of today rely on it.
const DEFAULT_CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// Rails: `ActionMailbox::Ingresses::Relay::InboundEmailsController`.
const ACTION_MAILBOX_TYPE: &str = "message/rfc822";
const ACTION_MAILBOX_USER: &str = "actionmailbox";
const ACTION_MAILBOX_PATH: &str = "/rails/action_mailbox/relay/inbound_emails";

/// The keys that make a JWT; one without the others is a mistake.
const JWT_KEYS: [&str; 6] =
    ["jwt_auth_header", "jwt_issuer", "jwt_algorithm", "jwt_secret_path", "jwt_key_id", "jwt_expires_in"];

/// Where messages are posted, and as whom.
#[derive(Clone)]
pub(crate) struct PostbackSettings {
    /// Without user and password.
    pub(super) url: Url,
    pub(super) content_type: HeaderValue,
    pub(super) credentials: Option<Credentials>,
    /// The header that takes the token.
    pub(super) jwt: Option<(HeaderName, JwtSettings)>,
    pub(super) tls: TlsPolicy,
}

impl fmt::Debug for PostbackSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url: _, content_type, credentials, jwt, tls } = self;
        f.debug_struct("PostbackSettings")
            .field("url", &self.shown_url())
            .field("content_type", content_type)
            .field("credentials", credentials)
            .field("jwt", jwt)
            .field("tls", tls)
            .finish()
    }
}

impl PostbackSettings {
    /// Which of GitLab's receivers messages are posted to.
    pub(in crate::delivery) fn mailbox_type(&self) -> Option<MailboxType> {
        MailboxType::of_url(self.url.path())
    }

    /// The URL for people: its query may hold secrets.
    pub(super) fn shown_url(&self) -> String {
        let mut shown = self.url.clone();
        shown.set_query(None);
        shown.into()
    }

    /// A key at the top of the mailbox comes before the same in `delivery_options`.
    ///
    /// # Errors
    /// [`crate::Error::Configuration`] for whatever could not work, so that it shows at start and not
    /// with the first mail.
    pub(in crate::delivery) fn read(fields: &Fields<'_>) -> Result<Self> {
        let options = fields.section("delivery_options")?;
        let action_mailbox = options.switch("action_mailbox")?;
        let (mut url, mut credentials) = url(fields, &options)?;
        if let Some(configured) = credentials_of(fields, &options, action_mailbox)? {
            credentials = Some(configured);
        }
        if action_mailbox {
            if credentials.is_none() {
                return Err(options.error("password", "is required with action_mailbox"));
            }
            if url.path() == "/" {
                url.set_path(ACTION_MAILBOX_PATH);
            }
        }
        Ok(Self {
            url,
            content_type: content_type(fields, &options, action_mailbox)?,
            credentials,
            jwt: jwt(&options)?,
            tls: TlsPolicy::read(&options.section("ssl")?)?,
        })
    }
}

/// The first of the keys that has a value.
fn first<'f, 'a>(places: &[(&'f Fields<'a>, &'static str)]) -> Result<Option<(&'f Fields<'a>, &'static str, String)>> {
    for (fields, key) in places {
        if let Some(text) = fields.text(key)? {
            return Ok(Some((fields, key, text)));
        }
    }
    Ok(None)
}

/// The URL, and the user and password that stand in it, which Faraday sends as basic auth too.
fn url(fields: &Fields<'_>, options: &Fields<'_>) -> Result<(Url, Option<Credentials>)> {
    let found = first(&[(fields, "delivery_url"), (options, "delivery_url"), (options, "url")])?;
    let Some((place, key, text)) = found.filter(|(.., text)| !text.is_empty()) else {
        return Err(fields.error("delivery_url", "is required for delivery_method postback"));
    };
    let wrong = || place.error(key, "must be a URL such as https://gitlab.example.com/hook");
    let mut url = Url::parse(&text).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong());
    }
    let plain = |part: &str| percent_decoded(part).ok_or_else(wrong);
    let credentials = match (url.username(), url.password()) {
        ("", None) => None,
        (user, password) => Some(Credentials::Basic(plain(user)?, Secret::new(plain(password.unwrap_or_default())?))),
    };
    // Neither can fail for a URL with a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    Ok((url, credentials))
}

/// A token before user and password, as in today's gem. The mailbox's own `password` is that of the
/// inbox and none of the webhook's business.
fn credentials_of(fields: &Fields<'_>, options: &Fields<'_>, action_mailbox: bool) -> Result<Option<Credentials>> {
    let token = first(&[(fields, "delivery_token"), (options, "delivery_token"), (options, "token")])?;
    if let Some((place, key, token)) = token.filter(|(.., token)| !token.is_empty()) {
        if action_mailbox {
            return Err(place.error(key, "has no use with action_mailbox, which takes user and password"));
        }
        let credentials = Credentials::Token(Secret::new(token));
        return match credentials.header() {
            Some(_) => Ok(Some(credentials)),
            None => Err(place.error(key, "must not hold control characters")),
        };
    }
    let user = first(&[(fields, "delivery_username"), (options, "delivery_username"), (options, "username")])?;
    let password = first(&[(fields, "delivery_password"), (options, "delivery_password"), (options, "password")])?;
    match (user, password) {
        (Some((.., user)), Some((.., password))) => Ok(Some(Credentials::Basic(user, Secret::new(password)))),
        (None, Some((.., password))) if action_mailbox => {
            Ok(Some(Credentials::Basic(ACTION_MAILBOX_USER.to_owned(), Secret::new(password))))
        }
        // As today's gem does it: a webhook may ask for nothing at all.
        (Some((place, key, _)), None) => {
            place.remark(key, "has no effect without a password beside it");
            Ok(None)
        }
        (None, Some((place, key, _))) => {
            place.remark(key, "has no effect without a username beside it");
            Ok(None)
        }
        (None, None) => Ok(None),
    }
}

fn content_type(fields: &Fields<'_>, options: &Fields<'_>, action_mailbox: bool) -> Result<HeaderValue> {
    let found = first(&[(fields, "content_type"), (options, "content_type")])?;
    let Some((place, key, text)) = found.filter(|(.., text)| !text.is_empty()) else {
        let preset = if action_mailbox { ACTION_MAILBOX_TYPE } else { DEFAULT_CONTENT_TYPE };
        return Ok(HeaderValue::from_static(preset));
    };
    if action_mailbox && !text.eq_ignore_ascii_case(ACTION_MAILBOX_TYPE) {
        return Err(place.error(key, "must be message/rfc822 or left out with action_mailbox"));
    }
    HeaderValue::from_str(&text).map_err(|_| place.error(key, "must be a media type such as message/rfc822"))
}

fn jwt(options: &Fields<'_>) -> Result<Option<(HeaderName, JwtSettings)>> {
    let blank = |key: &&str| options.get(key).is_none_or(|value| value == "");
    if JWT_KEYS.iter().all(blank) {
        return Ok(None);
    }
    let name = options.required_text("jwt_auth_header")?;
    let header = HeaderName::from_bytes(name.as_bytes())
        .ok()
        .filter(|name| ![CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING].contains(name))
        .ok_or_else(|| options.error("jwt_auth_header", "must be the name of a free HTTP header"))?;
    Ok(Some((header, JwtSettings::read(options)?)))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = if *first == b'%' { after.get(..2).and_then(hex) } else { None };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).ok()
}

fn hex(digits: &[u8]) -> Option<u8> {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests;
