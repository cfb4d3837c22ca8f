//! Asks a token endpoint (RFC 6749, section 3.2).

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use form_urlencoded::{Serializer, byte_serialize};
use reqwest::{
    Response,
    header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER},
};
use tokio::time::timeout;

use super::{
    answer::{Answer, Granted},
    certificate::{ASSERTION_TYPE, Certificate},
    failure::Failure,
    settings::{ClientSecret, EndpointSettings, Grant},
};
use crate::{
    aside::aside,
    http::{Clients, explain, retry_after},
    mailbox::Timeouts,
    secret::Secret,
    tls::TlsPolicy,
};

/// Tokens of real servers have a few kilobytes.
const LONGEST_ANSWER: usize = 1 << 20;

pub(super) struct Endpoint {
    settings: EndpointSettings,
    /// What the server gave last in place of the one that is configured.
    rotated: Mutex<Option<Secret>>,
    clients: Clients,
}

/// A form, and what of it must not be told.
struct Form {
    body: String,
    secrets: Vec<Secret>,
}

impl Endpoint {
    pub(super) fn new(settings: EndpointSettings, timeouts: &Timeouts) -> Self {
        let clients = Clients::new(&settings.url, TlsPolicy::default(), timeouts.connect);
        Self { settings, rotated: Mutex::new(None), clients }
    }

    /// One request. To be carried to its end: what broke off may have been a refresh token in exchange for one
    /// that is worth nothing any more.
    pub(super) async fn ask(&self, limit: Duration) -> Result<Granted, Failure> {
        let late = || {
            Failure::Passing(format!("{} gave none within {} s (command_timeout)", self.host(), limit.as_secs_f32()))
        };
        let granted = timeout(limit, self.exchange()).await.map_err(|_| late()).flatten()?;
        if let Some(token) = &granted.refresh_token {
            *self.rotated.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        }
        Ok(granted)
    }

    /// Whether each token costs the refresh token, which the server may replace.
    pub(super) fn refreshes(&self) -> bool {
        matches!(self.settings.grant, Grant::RefreshToken(_))
    }

    /// Whether the server has given another refresh token than the one of the settings.
    pub(super) fn has_rotated(&self) -> bool {
        let rotated = self.rotated.lock().unwrap_or_else(PoisonError::into_inner);
        match (&self.settings.grant, &*rotated) {
            (Grant::RefreshToken(configured), Some(rotated)) => configured != rotated,
            _ => false,
        }
    }

    async fn exchange(&self) -> Result<Granted, Failure> {
        let Form { body, secrets } = self.form().await.map_err(Failure::Passing)?;
        let here = |problem: String| Failure::Passing(format!("{}: {problem}", self.host()));
        let request = self
            .clients
            .get()
            .map_err(here)?
            .post(self.settings.url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(body);
        let response = request.send().await.map_err(|error| here(explain(&error)))?;
        let answer = read(response).await.map_err(here)?;
        let redact = |text: &str| secrets.iter().fold(text.to_owned(), |text, secret| secret.redact(&text));
        answer.granted(&redact).map_err(|failure| failure.at(self.host()))
    }

    async fn form(&self) -> Result<Form, String> {
        let EndpointSettings { url, client_id, secret, grant, scope } = &self.settings;
        let mut form = Form { body: String::new(), secrets: Vec::new() };
        match grant {
            Grant::ClientCredentials => form.add("grant_type", "client_credentials"),
            Grant::RefreshToken(configured) => {
                let rotated = self.rotated.lock().unwrap_or_else(PoisonError::into_inner).clone();
                form.add("grant_type", "refresh_token");
                form.add_secret("refresh_token", rotated.as_ref().unwrap_or(configured));
            }
        }
        if let Some(scope) = scope {
            form.add("scope", scope);
        }
        form.add("client_id", client_id);
        match secret {
            ClientSecret::None => {}
            ClientSecret::Text(secret) => form.add_secret("client_secret", secret),
            ClientSecret::Certificate(path) => {
                let (path, client_id, audience) = (path.clone(), client_id.clone(), url.to_string());
                let signed = aside(move || {
                    let made = Certificate::read(&path).and_then(|read| read.assertion(&client_id, &audience));
                    made.map_err(|problem| format!("client_certificate_path ({}) {problem}", path.display()))
                });
                let assertion = signed.await.map_err(|error| error.to_string()).flatten()?;
                form.add("client_assertion_type", ASSERTION_TYPE);
                form.add_secret("client_assertion", &Secret::new(assertion));
            }
        }
        Ok(form)
    }

    fn host(&self) -> &str {
        self.settings.url.host_str().unwrap_or_default()
    }
}

impl Form {
    fn add(&mut self, key: &str, value: &str) {
        let start = self.body.len() + usize::from(!self.body.is_empty());
        if start > 0 {
            self.body.push('&');
        }
        let pair = Serializer::new(String::new()).append_pair(key, value).finish();
        self.body.push_str(&pair);
    }

    /// As it is and as it is sent, a server may repeat it either way.
    fn add_secret(&mut self, key: &str, value: &Secret) {
        self.add(key, value.expose());
        let encoded: String = byte_serialize(value.expose().as_bytes()).collect();
        self.secrets.extend([Secret::new(encoded), value.clone()]);
    }
}

async fn read(mut response: Response) -> Result<Answer, String> {
    let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = header.and_then(|text| retry_after(text, SystemTime::now()));
    let status = response.status().as_u16();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(Answer { status, retry_after, body }),
            // What it means stands in its header.
            Err(_) if !(200..300).contains(&status) => return Ok(Answer { status, retry_after, body }),
            Err(error) => return Err(format!("the answer {status} broke off: {}", explain(&error))),
        }
        if body.len() > LONGEST_ANSWER {
            return Err(format!("the answer {status} was longer than 1 MiB"));
        }
    }
}
