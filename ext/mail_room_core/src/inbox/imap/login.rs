//! Greeting and login.

mod offer;

use std::{pin::pin, time::Duration};

use futures_util::FutureExt;
use tokio::time::Instant;

use self::offer::{Offer, Way};
use super::{
    account::Key,
    response::{Response, Status},
    sasl::{
        Mechanism, authenticate,
        bearer::Bearer,
        password::{Login, Plain},
        scram::ScramSha256,
    },
    settings::{ImapSettings, TokenMethod},
    wire::{Limit, Wire},
};
use crate::{
    Error, Result,
    mailbox::Timeouts,
    oauth2::{Token, Tokens},
    secret::Secret,
};

/// See [`margin`]: as `oauth2::tokens` has it.
const LONGEST_MARGIN: Duration = Duration::from_secs(5 * 60);

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

/// Logs in as the settings say. Returns when the session has to be replaced by a new one, because its access
/// token is about to expire; None where that does not happen, or nobody knows.
///
/// # Errors
/// [`Error::Refused`] when the server does not accept the password or token, or must not be sent one; its text
/// never repeats it. [`Error::Token`] and [`Error::Password`] when there is none. [`Error::Protocol`] when the server has to show who
/// it is and does not.
pub(super) async fn log_in(
    wire: &mut Wire,
    settings: &ImapSettings,
    key: &Key,
    timeouts: &Timeouts,
) -> Result<Option<Instant>> {
    let limit = Limit::Total(timeouts.command);
    learn_capabilities(wire, timeouts).await?;
    let offer = Offer::new(wire.capabilities().unwrap_or_default(), settings.security.is_tls());
    wire.forget_capabilities();
    match key {
        Key::Password { password, method } => {
            let way = offer.way(*method)?;
            let password = password.current(timeouts.command).await?;
            wire.hide(password.clone());
            let mut outcome = with_password(wire, &settings.email, &password, way, &offer, limit).await;
            // Where it is offered to all, and known of some only: today's gem gets in.
            if let (Err(Error::Refused { .. }), Some(other)) = (&outcome, offer.way_beside(way, *method)) {
                outcome = with_password(wire, &settings.email, &password, other, &offer, limit).await;
            }
            outcome.map(|()| None)
        }
        Key::Token { tokens, method } => {
            offer.takes_token(*method)?;
            let mut entry = Entry { wire, settings, method: *method, with_command: offer.initial_response, limit };
            let token = entry.with_token_of(tokens).await?;
            Ok(token.expires_at.map(|expires_at| expires_at - margin(expires_at)))
        }
    }
}

async fn with_password(
    wire: &mut Wire,
    email: &str,
    password: &Secret,
    way: Way,
    offer: &Offer,
    limit: Limit,
) -> Result<()> {
    let mechanism: Box<dyn Mechanism> = match way {
        Way::Command => return login(wire, email, password, limit).await,
        Way::Plain => Box::new(Plain::new(email, password)),
        Way::Login => Box::new(Login::new(email, password)),
        Way::ScramSha256 => Box::new(ScramSha256::new(email, password)?),
    };
    authenticate(wire, mechanism, offer.initial_response, limit).await
}

/// How long before a token expires the session is to end. No longer than the time in which the tokens know that
/// they have to be renewed, else the next session would get the same one.
fn margin(expires_at: Instant) -> Duration {
    (expires_at.saturating_duration_since(Instant::now()) / 10).min(LONGEST_MARGIN)
}

/// A login with tokens.
struct Entry<'a> {
    wire: &'a mut Wire,
    settings: &'a ImapSettings,
    method: TokenMethod,
    /// See [`authenticate`].
    with_command: bool,
    limit: Limit,
}

impl Entry<'_> {
    /// Logs in, and tells with which token. One of an earlier login may have been withdrawn since: then one more
    /// attempt is made, with a new one.
    async fn with_token_of(&mut self, tokens: &Tokens) -> Result<Token> {
        let (token, kept) = kept_or_new(tokens.token()).await?;
        let refused = match self.with(&token).await {
            Err(refused @ Error::Refused { .. }) => refused,
            done => return done.map(|()| token),
        };
        tokens.rejected(&token).await;
        if !kept {
            return Err(refused);
        }
        let new = tokens.token().await?;
        if new.secret == token.secret {
            return Err(refused);
        }
        let done = self.with(&new).await;
        if let Err(Error::Refused { .. }) = &done {
            tokens.rejected(&new).await;
        }
        done.map(|()| new)
    }

    async fn with(&mut self, token: &Token) -> Result<()> {
        let ImapSettings { email, host, port, .. } = self.settings;
        self.wire.hide(token.secret.clone());
        let bearer = match self.method {
            TokenMethod::Xoauth2 => Bearer::xoauth2(email, &token.secret),
            TokenMethod::OauthBearer => Bearer::oauthbearer(email, host, *port, &token.secret),
        };
        authenticate(self.wire, Box::new(bearer), self.with_command, self.limit).await
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

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_soon_before_its_token_and_never_before_it_has_begun() {
        let left = |seconds| margin(Instant::now() + Duration::from_secs(seconds)).as_secs();
        assert_eq!(left(24 * 60 * 60), 300);
        assert_eq!(left(60), 6);
        let begin = Instant::now();
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(margin(begin), Duration::ZERO);
    }

    #[test]
    fn quotes_what_a_quoted_string_can_hold() {
        assert_eq!(quoted(r#"a"b\c"#).as_deref(), Some(r#""a\"b\\c""#));
        assert_eq!(quoted("pässword"), None);
        assert_eq!(quoted("a\r\nb"), None);
    }
}
