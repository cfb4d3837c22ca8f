//! Greeting and login.

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::time::Instant;

use super::{
    response::{Response, Status},
    settings::{ImapSettings, Mechanism},
    wire::{Limit, Wire},
};
use crate::{Error, Result, mailbox::Timeouts, secret::Secret};

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

/// Logs in with LOGIN, as today's gem does, or with AUTHENTICATE PLAIN where the settings ask for it
/// or the server offers nothing else.
///
/// # Errors
/// [`Error::Refused`] when the server does not accept the password; its text never repeats it.
pub(super) async fn log_in(wire: &mut Wire, settings: &ImapSettings, timeouts: &Timeouts) -> Result<()> {
    let limit = Limit::Total(timeouts.command);
    learn_capabilities(wire, timeouts).await?;
    let offers = |name: &str| wire.capabilities().is_some_and(|all| all.iter().any(|offered| offered == name));
    let login_disabled = offers("LOGINDISABLED");
    let mechanism = match settings.mechanism {
        Some(mechanism) => mechanism,
        None if login_disabled && offers("AUTH=PLAIN") => Mechanism::Plain,
        None => Mechanism::Login,
    };
    if mechanism == Mechanism::Login && login_disabled {
        // RFC 3501, section 6.2.3: the password must not be sent then.
        return Err(Error::Refused {
            command: "LOGIN",
            status: "NO",
            text: "the server has LOGIN disabled (LOGINDISABLED); set ssl or start_tls, or auth_method".into(),
        });
    }
    wire.forget_capabilities();
    let (email, password) = (&settings.email, &settings.password);
    match mechanism {
        Mechanism::Login => login(wire, email, password, limit).await,
        Mechanism::Plain => authenticate_plain(wire, email, password, limit).await,
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
            wire.converse("LOGIN", &format!("{{{}}}", email.len()), &lines, limit, |_| ()).await
        }
    };
    outcome.map(|_| ()).map_err(|error| without(password, error))
}

/// RFC 4616.
async fn authenticate_plain(wire: &mut Wire, email: &str, password: &Secret, limit: Limit) -> Result<()> {
    let response = plain_response(email, password);
    let outcome = wire.converse("AUTHENTICATE", "PLAIN", &[response.expose().to_owned()], limit, |_| ()).await;
    outcome.map(|_| ()).map_err(|error| without(&response, without(password, error)))
}

/// What must not be shown of what is sent.
pub(super) fn secrets(settings: &ImapSettings) -> Vec<Secret> {
    vec![settings.password.clone(), plain_response(&settings.email, &settings.password)]
}

/// What AUTHENTICATE PLAIN sends, which is as secret as the password.
fn plain_response(email: &str, password: &Secret) -> Secret {
    Secret::new(STANDARD.encode(format!("\0{email}\0{}", password.expose())))
}

/// Some servers repeat in their answer what they were sent.
fn without(secret: &Secret, error: Error) -> Error {
    match error {
        Error::Refused { command, status, text } => Error::Refused { command, status, text: secret.redact(&text) },
        Error::Throttled { command, text, pause } => Error::Throttled { command, text: secret.redact(&text), pause },
        Error::Bye(text) => Error::Bye(secret.redact(&text)),
        other => other,
    }
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
