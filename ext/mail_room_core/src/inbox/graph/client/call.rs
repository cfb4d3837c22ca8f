//! One request, and the way to its answer.

use bytes::Bytes;
use reqwest::{
    Method, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use tokio::time::timeout;

use super::{Client, patience::Patience, reply::Reply};
use crate::{Error, Result, http::explain, oauth2::Token};

/// Ids that stay the same when a message is moved (Microsoft: "Obtain immutable identifiers for Outlook resources").
const IMMUTABLE_IDS: &str = r#"IdType="ImmutableId""#;

pub(super) const JSON: &str = "application/json";

/// What is asked, as often as it has to be.
pub(super) struct Call<'a> {
    /// For log and errors.
    pub(super) request: &'static str,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) prefer: &'a [&'a str],
    pub(super) body: Option<Bytes>,
    pub(super) accept: &'static str,
    /// Whether it may be asked again when nobody knows whether it was done.
    pub(super) repeatable: bool,
}

impl Client {
    /// Asks once, as soon as that is allowed.
    pub(super) async fn attempt(&self, call: &Call<'_>, patience: &mut Patience) -> Result<(Reply<'_>, Token)> {
        let place = self.gate.enter(call.request, patience).await?;
        let token = self.tokens.token().await?;
        let no_client = |reason| Error::Tls { host: self.address.host(), reason };
        let mut request = self
            .clients
            .get()
            .map_err(no_client)?
            .request(call.method.clone(), call.url.clone())
            .header(AUTHORIZATION, bearer(&token)?)
            .header(ACCEPT, call.accept)
            // In one line, as Microsoft's own libraries send it.
            .header("prefer", preferences(call.prefer));
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, JSON).body(body.clone());
        }
        let (wait, limit) = (call.request, self.command);
        let response = timeout(limit, request.send()).await.map_err(|_| Error::Deadline { wait, limit })?;
        let response = response.map_err(|error| lost(&self.address.host(), &error))?;
        Ok((Reply::new(call.request, response, self.silence, self.address.host(), place), token))
    }
}

fn bearer(token: &Token) -> Result<HeaderValue> {
    let unfit = |_| Error::Token { reason: "it has characters that no header has room for".to_owned(), refused: true };
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.secret.expose())).map_err(unfit)?;
    value.set_sensitive(true);
    Ok(value)
}

/// With what is to be preferred besides immutable ids.
pub(super) fn preferences(further: &[&str]) -> String {
    [&[IMMUTABLE_IDS], further].concat().join(", ")
}

pub(super) fn lost(host: &str, error: &reqwest::Error) -> Error {
    Error::ConnectionLost(format!("{host}: {}", explain(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn a_token_that_fits_no_header_is_never_shown() {
        let token = Token { secret: Secret::new("hunter2\n".into()), expires_at: None };
        let error = bearer(&token).expect_err("no header");
        assert!(!error.to_string().contains("hunter2") && error.is_refused_login(), "{error}");
    }
}
