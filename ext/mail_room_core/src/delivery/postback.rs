//! Posts each message to a web application: GitLab's main way.
//!
//! GitLab's side of it is `lib/api/internal/mail_room.rb`.

mod answer;
mod credentials;
pub(super) mod examine;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod settings;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::{
    Response, Url,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use tokio::time::{Instant, timeout, timeout_at};

pub(crate) use self::settings::PostbackSettings;
use self::{answer::Answer, credentials::Credentials};
use super::{Delivery, Outcome};
use crate::{
    Error, Result,
    http::{Clients, explain, host, is_proxied},
    jwt::{Jwt, Mint},
    mailbox::Timeouts,
    message::Message,
    net,
};

/// What log lines call the receiver.
const RECEIVER: &str = "the webhook";

/// The same for the same message, so that the application can tell a repetition.
const DELIVERY_ID: HeaderName = HeaderName::from_static("x-mailroom-delivery-id");

/// How much of an answer is read. More than that ends the connection, which costs a new one.
const ANSWER_BYTES: usize = 16 * 1024;

/// How long the rest of a success is waited for: nobody needs it, but a connection whose answer was read
/// to its end can be used again.
const REST_OF_A_SUCCESS: Duration = Duration::from_secs(1);

pub(super) struct Postback {
    url: Url,
    /// The URL as log lines show it.
    shown_url: String,
    headers: HeaderMap,
    credentials: Option<Credentials>,
    jwt: Option<(HeaderName, Mint)>,
    clients: Clients,
    connect: Duration,
    limit: Duration,
}

impl Postback {
    pub(super) fn new(settings: PostbackSettings, timeouts: &Timeouts) -> Self {
        let shown_url = settings.shown_url();
        let PostbackSettings { url, content_type, credentials, jwt, tls } = settings;
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type)]);
        if let Some(authorization) = credentials.as_ref().and_then(Credentials::header) {
            headers.insert(AUTHORIZATION, authorization);
        }
        Self {
            shown_url,
            headers,
            credentials,
            jwt: jwt.map(|(header, settings)| (header, Mint::new(Jwt::new(settings)))),
            clients: Clients::new(&url, tls, timeouts.connect),
            connect: timeouts.connect,
            limit: timeouts.delivery,
            url,
        }
    }

    /// One request, and its answer as far as it is of interest.
    ///
    /// The JWT comes with it, so that it can be left out of what is told.
    ///
    /// # Errors
    /// When there was no answer: the reason.
    async fn post(&self, message: Message) -> Result<(Answer, Option<HeaderValue>), String> {
        let deadline = Instant::now() + self.limit;
        let late = |_| format!("no answer within {} s (delivery_timeout)", self.limit.as_secs_f32());
        let sent = timeout_at(deadline, self.send(message)).await.map_err(late)?;
        let (token, response) = sent?;
        let mut answer = Answer::read(response.status().as_u16(), response.headers(), &self.url);
        let patience = if answer.is_success() { deadline.min(Instant::now() + REST_OF_A_SUCCESS) } else { deadline };
        let body = timeout_at(patience, beginning(response)).await.map_err(late).flatten();
        match body {
            Ok(body) => answer.body = self.redact(&body, token.as_ref()),
            // Accepted, and not tried again: a success with its whole header is what the webhook had to
            // say, and it says so after it has the message. To post it again would make two of it.
            Err(_) if answer.is_success() => {}
            Err(reason) => return Err(format!("the answer {} broke off: {reason}", answer.status)),
        }
        Ok((answer, token))
    }

    /// The JWT that was sent, and the answer up to its body.
    async fn send(&self, message: Message) -> Result<(Option<HeaderValue>, Response), String> {
        let mut headers = self.headers.clone();
        if let Ok(id) = HeaderValue::from_str(&message.delivery_id()) {
            headers.insert(DELIVERY_ID, id);
        }
        if message.raw.is_empty() {
            // RFC 9110, section 8.6: without it, some servers answer 411.
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let token = self.token().await?;
        if let (Some((name, _)), Some(token)) = (&self.jwt, &token) {
            headers.insert(name, token.clone());
        }
        let request = self.clients.get()?.post(self.url.clone()).headers(headers).body(Bytes::from(message.raw));
        let response = request.send().await.map_err(|error| explain(&error))?;
        Ok((token, response))
    }

    /// A fresh JWT.
    async fn token(&self) -> Result<Option<HeaderValue>, String> {
        let Some((_, jwt)) = &self.jwt else { return Ok(None) };
        let token = jwt.token().await?;
        let mut value = HeaderValue::from_str(&token).map_err(|error| error.to_string())?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    fn redact(&self, text: &str, token: Option<&HeaderValue>) -> String {
        let text = match &self.credentials {
            Some(credentials) => credentials.redact(text),
            None => text.to_owned(),
        };
        match token.and_then(|token| token.to_str().ok()) {
            Some(token) => text.replace(token, "[REDACTED]"),
            None => text,
        }
    }

    /// Where the secret of the JWT lies, for hints.
    fn secret_path(&self) -> Option<String> {
        self.jwt.as_ref().map(|(_, jwt)| jwt.jwt().secret_path().display().to_string())
    }
}

#[async_trait]
impl Delivery for Postback {
    fn name(&self) -> &'static str {
        "MailRoom::Delivery::Postback"
    }

    async fn deliver(&self, message: Message) -> Outcome {
        match self.post(message).await {
            Ok((answer, token)) => {
                let outcome = answer.outcome(&self.shown_url, self.secret_path().as_deref());
                // Once more, since an answer may have repeated a secret in an escaped form.
                outcome.map_reason(|reason| self.redact(&reason, token.as_ref()))
            }
            Err(reason) => Outcome::ReceiverDown { receiver: RECEIVER, reason, retry_after: None },
        }
    }

    /// The secret can be used, and something listens. Behind a proxy only a request could tell.
    async fn reachable(&self) -> Result<()> {
        let down = |reason| Error::ReceiverDown { receiver: RECEIVER, reason, retry_after: None };
        let looked = timeout(self.connect, async {
            self.token().await.map_err(down)?;
            let (Some(host), Some(port)) = (host(&self.url), self.url.port_or_known_default()) else {
                return Ok(());
            };
            if is_proxied(&self.url) {
                return Ok(());
            }
            net::connect(host, port).await.map(drop).map_err(|error| down(error.to_string()))
        });
        let late = || down(format!("cannot connect within {} s (connect_timeout)", self.connect.as_secs_f32()));
        looked.await.map_err(|_| late())?
    }
}

/// The first kilobytes of the body. Read to its end where it is short, so that the connection can be
/// used again.
async fn beginning(mut response: Response) -> Result<String, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| explain(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() >= ANSWER_BYTES {
            body.truncate(ANSWER_BYTES);
            break;
        }
    }
    Ok(String::from_utf8_lossy(&body).into_owned())
}

#[cfg(test)]
mod tests;
