//! One connection to one Redis server, from the socket to the login.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, ErrorKind, RedisConnectionInfo, RedisError, ServerErrorKind, Value,
    aio::MultiplexedConnection,
};
use tokio::net::UnixStream;

use super::settings::Place;
use crate::{
    net::{self, Stream},
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
) -> Result<MultiplexedConnection, String> {
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
                    Box::new(policy.handshake(host, socket, limit * 4 / 5).await.map_err(|error| error.to_string())?)
                }
            }
        }
    };
    over(stream, login).await
}

/// [`open`] from the first byte of Redis' protocol on.
pub(super) async fn over(
    stream: Box<dyn Stream>,
    login: &RedisConnectionInfo,
) -> Result<MultiplexedConnection, String> {
    // Whoever waits has a limit of his own; the library's would come before it.
    let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
    let (connection, driver) =
        MultiplexedConnection::new_with_config(login, stream, config).await.map_err(|error| explain(&error, login))?;
    // Ends when the last handle on the connection is dropped.
    tokio::spawn(driver);
    Ok(connection)
}

/// Whether the server is well although it did not do what it was asked.
pub(super) fn spares_the_connection(error: &RedisError) -> bool {
    let not_well = matches!(
        error.kind(),
        ErrorKind::Server(
            ServerErrorKind::ReadOnly
                | ServerErrorKind::BusyLoading
                | ServerErrorKind::MasterDown
                | ServerErrorKind::TryAgain
        )
    );
    // What a server answers has a code; what goes wrong before has none.
    error.code().is_some() && !not_well
}

/// How many replicas follow a server, from its answer to `ROLE`; none unless it is a master.
pub(super) fn replicas(role: &[Value]) -> Option<usize> {
    match role {
        [Value::BulkString(role), _, Value::Array(replicas), ..] if role == b"master" => Some(replicas.len()),
        _ => None,
    }
}

/// The server's words, with what an operator looks for in front, and without the password: a server that
/// does not know a command repeats its arguments.
pub(super) fn explain(error: &RedisError, login: &RedisConnectionInfo) -> String {
    let told = hinted(error);
    login.password().map_or_else(|| told.clone(), |password| Secret::new(password.to_owned()).redact(&told))
}

fn hinted(error: &RedisError) -> String {
    let hint = match (error.kind(), error.code()) {
        (ErrorKind::AuthenticationFailed, _) | (_, Some("WRONGPASS")) => "user or password refused",
        (_, Some("NOAUTH")) => "a password is needed",
        (_, Some("NOPERM")) => "the user lacks a permission",
        (ErrorKind::Server(ServerErrorKind::ReadOnly), _) => "wrong role: this server is a replica",
        (ErrorKind::Server(ServerErrorKind::BusyLoading), _) => "the server is still loading its data",
        (_, Some("OOM")) => "the server has no memory left",
        (ErrorKind::Io, _) => "connection lost",
        _ => return error.to_string(),
    };
    format!("{hint}: {error}")
}
