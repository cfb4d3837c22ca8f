//! One connection to one Redis server, from the socket to the login.

use std::time::Duration;

use redis::{Cmd, ErrorKind, RedisConnectionInfo, RedisError, RedisResult, ServerError, Value};
use tokio::net::UnixStream;

use super::{line::Line, settings::Place};
use crate::{
    net::{self, LastWords, Stream},
    secret::Secret,
    tls::TlsPolicy,
};

/// Connects, makes TLS, logs in, selects the database. Whoever calls this keeps to `limit`; the
/// handshake has a part of it, because a Redis without TLS keeps silent when it is greeted with TLS,
/// and that should be told as what it is.
///
/// # Errors
/// Says which of these failed and why, without user and password.
///
/// Cancelling drops the connection.
pub(super) async fn open(
    place: &Place,
    tls: Option<&TlsPolicy>,
    login: &RedisConnectionInfo,
    limit: Duration,
) -> Result<Line, String> {
    let stream: Box<dyn Stream> = match place {
        Place::Unix(path) => {
            let socket = UnixStream::connect(path).await.map_err(|error| format!("cannot connect: {error}"))?;
            Box::new(socket)
        }
        Place::Tcp { host, port } => {
            let socket = net::connect(host, *port).await.map_err(|error| error.to_string())?;
            match tls {
                None => Box::new(socket),
                Some(policy) => {
                    let secured = policy.handshake(host, socket, limit * 4 / 5).await;
                    Box::new(LastWords::new(secured.map_err(|error| error.to_string())?))
                }
            }
        }
    };
    over(stream, login).await
}

/// [`open`] from the first byte of Redis' protocol on.
pub(super) async fn over(stream: Box<dyn Stream>, login: &RedisConnectionInfo) -> Result<Line, String> {
    let mut line = Line::over(stream);
    log_in(&mut line, login).await.map_err(|error| explain(&error, login))?;
    Ok(line)
}

async fn log_in(connection: &mut Line, login: &RedisConnectionInfo) -> RedisResult<()> {
    if let Some(password) = login.password() {
        let authenticated = match login.username() {
            None => confirmed(connection, redis::cmd("AUTH").arg(password)).await,
            Some(username) => confirmed(connection, redis::cmd("AUTH").arg(username).arg(password)).await,
        };
        match authenticated {
            // Before Redis 6 there were no users.
            Err(error) if login.username().is_some() && words(&error).contains("wrong number of arguments") => {
                confirmed(connection, redis::cmd("AUTH").arg(password)).await?;
            }
            authenticated => authenticated?,
        }
    }
    if login.db() != 0 {
        confirmed(connection, redis::cmd("SELECT").arg(login.db())).await?;
    }
    Ok(())
}

/// Runs a command whose answer is `OK`; whoever answers anything else is no Redis.
async fn confirmed(connection: &mut Line, command: &Cmd) -> RedisResult<()> {
    match command.query_async(connection).await? {
        Value::Okay => Ok(()),
        _ => Err((ErrorKind::Parse, "neither OK nor an error").into()),
    }
}

/// What a server says that is of no use now, whatever it is asked.
const NOT_WELL: [&str; 4] = ["READONLY", "LOADING", "MASTERDOWN", "TRYAGAIN"];

/// Whether the server is well although it did not do what it was asked.
pub(super) fn spares_the_connection(error: &RedisError) -> bool {
    // What a server answers has a code; what goes wrong before has none.
    code(error).is_some_and(|code| !NOT_WELL.contains(&code.as_str()))
}

/// What the server refused; of a transaction, what it refused first.
fn refused(error: &RedisError) -> Option<ServerError> {
    error.clone().into_server_errors()?.first().map(|(_, refused)| refused.clone())
}

fn code(error: &RedisError) -> Option<String> {
    refused(error).map(|refused| refused.code().to_owned()).or_else(|| error.code().map(str::to_owned))
}

/// The server's own words, or what kept them from us.
fn words(error: &RedisError) -> String {
    match (refused(error), error.code()) {
        (Some(refused), _) => format!("{} {}", refused.code(), refused.details().unwrap_or_default()),
        (None, Some(code)) => format!("{code} {}", error.detail().unwrap_or_default()),
        (None, None) => error.to_string().lines().collect::<Vec<_>>().join(" "),
    }
}

/// The server's words, with what an operator looks for in front, and without the password: a server that
/// does not know a command repeats its arguments.
pub(super) fn explain(error: &RedisError, login: &RedisConnectionInfo) -> String {
    let told = hinted(error);
    login.password().map_or_else(|| told.clone(), |password| Secret::new(password.to_owned()).redact(&told))
}

fn hinted(error: &RedisError) -> String {
    let hint = match code(error).as_deref() {
        Some("WRONGPASS") => "user or password refused",
        Some("NOAUTH") => "a password is needed",
        Some("NOPERM") => "the user lacks a permission",
        Some("READONLY") => "wrong role: this server is a replica",
        Some("LOADING") => "the server is still loading its data",
        Some("OOM") => "the server has no memory left",
        Some("MISCONF") => "the server cannot save its data",
        None if error.kind() == ErrorKind::Io => "connection lost",
        None if error.kind() == ErrorKind::Parse => "not an answer of Redis",
        _ => return words(error),
    };
    format!("{hint}: {}", words(error))
}
