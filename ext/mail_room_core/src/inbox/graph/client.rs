//! Requests to Microsoft Graph for one mailbox, and their answers.
//!
//! What an answer means is decided in one place, `Client::send`: a token that is not taken any more is renewed,
//! and a server that is busy is left alone by every request of the mailbox for as long as it asks (Microsoft:
//! "Microsoft Graph throttling guidance").

mod address;
mod batch;
mod call;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod gate;
mod patience;
mod refusal;
mod reply;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::{Method, Url};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

pub(super) use self::gate::AT_ONCE;
pub(crate) use self::gate::Gates;
use self::{
    address::Address,
    call::{Call, JSON},
    gate::Gate,
    patience::{IN_PLACE, Patience},
    refusal::{Kind, Refusal},
    reply::Reply,
};
pub(super) use self::{batch::Part, reply::Body};
use super::super::Witness;
use crate::{
    Error, Result,
    http::Clients,
    mailbox::Timeouts,
    oauth2::{Token, Tokens},
    tls::TlsPolicy,
};

/// A list of 500 messages has some 500 kB.
const JSON_BYTES: u64 = 16 << 20;

/// How long after an error of the server's own a question is asked once more.
const BEFORE_REPETITION: Duration = Duration::from_secs(1);

/// The way to one mailbox. Outlives sessions.
///
/// Every method is cancel safe: what was asked may be done or not, and nothing stays locked.
pub(super) struct Client {
    address: Address,
    tokens: Tokens,
    clients: Clients,
    gate: Arc<Gate>,
    /// From the beginning of a request to the end of the answer's header.
    command: Duration,
    /// Between two pieces of an answer's body.
    silence: Duration,
    /// How long a request waits in all while the server is busy.
    in_place: Duration,
}

impl Client {
    /// `endpoint` such as `https://graph.microsoft.com`; `email` is the mailbox's user.
    pub(super) fn new(endpoint: &Url, email: &str, tokens: Tokens, gate: Arc<Gate>, timeouts: &Timeouts) -> Self {
        Self {
            address: Address::new(endpoint, email),
            tokens,
            clients: Clients::new(endpoint, TlsPolicy::default(), timeouts.connect),
            gate,
            command: timeouts.command,
            silence: timeouts.literal,
            in_place: IN_PLACE,
        }
    }

    /// A token for requests to the server.
    ///
    /// # Errors
    /// As [`Tokens::token`].
    pub(super) async fn token(&self) -> Result<Token> {
        self.tokens.token().await
    }

    /// `{endpoint}/v1.0/users/{email}/{path…}`, each segment percent-encoded.
    pub(super) fn url(&self, path: &[&str]) -> Url {
        self.address.url(path)
    }

    /// The same as parts of a batch name it: `/users/{email}/{path…}`.
    pub(super) fn relative(&self, path: &[&str]) -> String {
        self.address.relative(path)
    }

    /// Where an `@odata.nextLink` or `@odata.deltaLink` leads.
    ///
    /// # Errors
    /// [`Error::Protocol`] when that is another server: the token is none of its business.
    pub(super) fn follow(&self, link: &str) -> Result<Url> {
        self.address.follow(link)
    }

    /// Asks for JSON, with what is to be preferred besides immutable ids.
    ///
    /// # Errors
    /// [`Error::Answered`]; [`Error::Throttled`] when the server wants to be left alone for long; [`Error::Token`];
    /// [`Error::ConnectionLost`], [`Error::Tls`] and [`Error::Deadline`]; [`Error::Protocol`] for malformed JSON.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        request: &'static str,
        url: Url,
        prefer: &[&str],
        witness: &Witness,
    ) -> Result<T> {
        let call = Call { request, method: Method::GET, url, prefer, body: None, accept: JSON, repeatable: true };
        let (answer, _) = self.json(&call, &mut self.patience(), witness).await?;
        Ok(answer)
    }

    /// Sends JSON and is answered JSON, or nothing, which counts as `null`. Not repeated when nobody knows whether it
    /// was done.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        request: &'static str,
        url: Url,
        body: &Value,
        witness: &Witness,
    ) -> Result<T> {
        let body = Some(Bytes::from(body.to_string()));
        let call = Call { request, method: Method::POST, url, prefer: &[], body, accept: JSON, repeatable: false };
        let (answer, _) = self.json(&call, &mut self.patience(), witness).await?;
        Ok(answer)
    }

    /// Asks for bytes as they are, such as the MIME of a message; no more than `most` are read.
    ///
    /// # Errors
    /// As [`Client::get`]. A body that breaks off is [`Error::ConnectionLost`].
    pub(super) async fn body(&self, request: &'static str, url: Url, most: u64, witness: &Witness) -> Result<Body> {
        let method = Method::GET;
        let call = Call { request, method, url, prefer: &[], body: None, accept: "*/*", repeatable: true };
        let (body, _) = self.whole(&call, most, &mut self.patience(), witness).await?;
        Ok(body)
    }

    fn patience(&self) -> Patience {
        Patience::new(self.in_place)
    }

    /// What the body of a success says, and the token that it was given for.
    async fn json<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        patience: &mut Patience,
        witness: &Witness,
    ) -> Result<(T, Token)> {
        let unusable = |what: String| Error::Protocol(format!("{what} (while waiting for {})", call.request));
        let (body, token) = self.whole(call, JSON_BYTES, patience, witness).await?;
        let body = match body {
            Body::Whole(body) if body.is_empty() => b"null".to_vec(),
            Body::Whole(body) => body,
            Body::TooLarge(_) => return Err(unusable(format!("an answer of more than {JSON_BYTES} bytes"))),
        };
        // Its own words may quote what stands there.
        let place = |error: serde_json::Error| format!("line {}, column {}", error.line(), error.column());
        let answer = serde_json::from_slice(&body);
        Ok((answer.map_err(|error| unusable(format!("unexpected JSON at {}", place(error))))?, token))
    }

    /// The body of a success.
    async fn whole(
        &self,
        call: &Call<'_>,
        most: u64,
        patience: &mut Patience,
        witness: &Witness,
    ) -> Result<(Body, Token)> {
        loop {
            let (reply, token) = self.send(call, patience, witness).await?;
            match reply.collect(most).await {
                Err(Error::ConnectionLost(_)) if call.repeatable && patience.may_repeat() => {}
                outcome => return Ok((outcome?, token)),
            }
        }
    }

    /// A success up to its body.
    async fn send(&self, call: &Call<'_>, patience: &mut Patience, witness: &Witness) -> Result<(Reply<'_>, Token)> {
        let mut renewed = false;
        loop {
            let (reply, token) = match self.attempt(call, patience).await {
                Err(Error::ConnectionLost(_) | Error::Deadline { .. }) if call.repeatable && patience.may_repeat() => {
                    continue;
                }
                outcome => outcome?,
            };
            if reply.is_success() {
                return Ok((reply, token));
            }
            let refusal = reply.refusal(&token.secret).await;
            match refusal.kind() {
                Kind::Unauthorized if !renewed => {
                    renewed = true;
                    self.tokens.rejected(&token).await;
                }
                Kind::Throttled | Kind::Unavailable => self.put_off(call.request, refusal, patience, witness)?,
                Kind::Failed if call.method == Method::GET && patience.may_repeat() => {
                    sleep(BEFORE_REPETITION).await;
                }
                _ => return Err(refusal.into_error(call.request)),
            }
        }
    }

    /// Keeps all requests of the mailbox back for as long as the server asks.
    ///
    /// # Errors
    /// [`Error::Throttled`] when that is longer than this request can wait.
    fn put_off(
        &self,
        request: &'static str,
        refusal: Refusal,
        patience: &mut Patience,
        witness: &Witness,
    ) -> Result<()> {
        let wait = patience.next_wait(refusal.retry_after);
        let news = self.gate.close(Instant::now() + wait, &refusal.told());
        if !patience.lasts(wait) {
            return Err(refusal.into_error(request));
        }
        if news {
            let retry_in_s = (wait.as_secs_f64() * 10.0).round() / 10.0;
            let details = json!({"request": request, "status": refusal.status, "retry_in_s": retry_in_s});
            witness.warn(refusal.action(), details);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
