//! Greeting and login.

mod offer;

use std::pin::pin;

use futures_util::FutureExt;
use tokio::time::Instant;

use self::offer::{Offer, Way};
use super::{
    response::{Response, Status},
    sasl::{
        Mechanism, authenticate,
        bearer::Bearer,
        password::{Login, Plain},
        scram::ScramSha256,
    },
    settings::{Credentials, ImapSettings, TokenMethod},
    wire::{Limit, Wire},
};
use crate::{
    Error, Result,
    mailbox::Timeouts,
    oauth2::{Token, Tokens},
    secret::Secret,
};

/// Waits for the server's first words. True when it takes the client for logged in already.
///
/// # Errors
/// [`Error::Bye`] when it turns the client away, [`Error::Deadline`] when it says nothing.
pub(super) async fn greet(wire: &mut Wire, timeouts: &Timeouts) -> Result<bool> {
    match wire.next("the greeting", Instant::now(), Limit::Total(timeouts.greeting)).await? {
        Response::Notice { status: Status::Ok, .. } => Ok(false),
        Response::Notice { status: Status::Preauth, .. } => Ok(true),
        Response::Bye(text) => Err(Error::Bye(text)),
        _ => Err(Error::Protocol("the first line is no greeting".into())),
    }
}

/// Logs in as the settings say. Returns when the session's access token expires, if it has one and that is known.
///
/// # Errors
/// [`Error::Refused`] when the server does not accept the password or token, or must not be sent one; its text
/// never repeats it. [`Error::Token`] when there is no token. [`Error::Protocol`] when the server has to show who
/// it is and does not.
pub(super) async fn log_in(
    wire: &mut Wire,
    settings: &ImapSettings,
    tokens: Option<&Tokens>,
    timeouts: &Timeouts,
) -> Result<Option<Instant>> {
    let limit = Limit::Total(timeouts.command);
    learn_capabilities(wire, timeouts).await?;
    let offer = Offer::new(wire.capabilities().unwrap_or_default(), settings.security.is_tls());
    wire.forget_capabilities();
    match &settings.credentials {
        Credentials::Password { password, method } => {
            let email = &settings.email;
            let way = offer.way(*method)?;
            wire.hide(password.clone());
            let mechanism: Box<dyn Mechanism> = match way {
                Way::Command => return login(wire, email, password, limit).await.map(|()| None),
                Way::Plain => Box::new(Plain::new(email, password)),
                Way::Login => Box::new(Login::new(email, password)),
                Way::ScramSha256 => Box::new(ScramSha256::new(email, password)?),
            };
            authenticate(wire, mechanism, offer.initial_response, limit).await.map(|()| None)
        }
        Credentials::Token { source, method } => {
            offer.takes_token(*method)?;
            let of_this_session;
            let tokens = if let Some(tokens) = tokens {
                tokens
            } else {
                of_this_session = Tokens::new(source.clone(), timeouts);
                &of_this_session
            };
            let begins_with_command = offer.initial_response;
            log_in_with_token(wire, settings, *method, tokens, begins_with_command, limit).await
        }
    }
}

/// A token from an earlier login may have been withdrawn since: then one more attempt is made, with a new one.
async fn log_in_with_token(
    wire: &mut Wire,
    settings: &ImapSettings,
    method: TokenMethod,
    tokens: &Tokens,
    begins_with_command: bool,
    limit: Limit,
) -> Result<Option<Instant>> {
    let (token, kept) = kept_or_new(tokens.token()).await?;
    let mut token = token;
    let mut attempts_left = if kept { 2 } else { 1 };
    loop {
        wire.hide(token.secret.clone());
        let bearer = match method {
            TokenMethod::Xoauth2 => Bearer::xoauth2(&settings.email, &token.secret),
            TokenMethod::OauthBearer => {
                Bearer::oauthbearer(&settings.email, &settings.host, settings.port, &token.secret)
            }
        };
        let refused = match authenticate(wire, Box::new(bearer), begins_with_command, limit).await {
            Ok(()) => return Ok(token.expires_at),
            Err(refused @ Error::Refused { .. }) => refused,
            Err(error) => return Err(error),
        };
        tokens.rejected(&token).await;
        attempts_left -= 1;
        if attempts_left == 0 {
            return Err(refused);
        }
        let next = tokens.token().await?;
        if next.secret == token.secret {
            return Err(refused);
        }
        token = next;
    }
}

/// A token, and whether it was there already: a new one is waited for.
async fn kept_or_new(asking: impl Future<Output = Result<Token>>) -> Result<(Token, bool)> {
    let mut asking = pin!(asking);
    match asking.as_mut().now_or_never() {
        Some(token) => Ok((token?, true)),
        None => Ok((asking.await?, false)),
    }
}

/// Asks for the capabilities unless the server has told them by itself (RFC 3501, section 6.1.1).
pub(super) async fn learn_capabilities(wire: &mut Wire, timeouts: &Timeouts) -> Result<()> {
    if wire.capabilities().is_none() {
        wire.run("CAPABILITY", "", Limit::Total(timeouts.command), |_| ()).await?;
    }
    Ok(())
}

/// RFC 3501, section 6.2.3.
async fn login(wire: &mut Wire, email: &str, password: &Secret, limit: Limit) -> Result<()> {
    let outcome = match (quoted(email), quoted(password.expose())) {
        (Some(email), Some(password)) => wire.run("LOGIN", &format!("{email} {password}"), limit, |_| ()).await,
        // What a quoted string cannot hold goes as literals.
        _ => {
            let lines = [format!("{email} {{{}}}", password.expose().len()), password.expose().to_owned()];
            wire.converse("LOGIN", &format!("{{{}}}", email.len()), &mut lines.iter(), limit, |_| ()).await
        }
    };
    outcome.map(|_| ())
}

/// `text` as a quoted string (RFC 3501, section 9), when one can hold it.
pub(super) fn quoted(text: &str) -> Option<String> {
    let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    printable.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_a_quoted_string_can_hold() {
        assert_eq!(quoted(r#"a"b\c"#).as_deref(), Some(r#""a\"b\\c""#));
        assert_eq!(quoted("pässword"), None);
        assert_eq!(quoted("a\r\nb"), None);
    }
}
