//! One session with a PostgreSQL server.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
    task::AbortHandle,
};
use tokio_postgres::{
    Client, Config,
    config::SslMode,
    error::SqlState,
    tls::{MakeTlsConnect, NoTls, TlsConnect, TlsStream},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    failure::Failure,
    settings::{Encryption, Place, PostgresSettings},
};
use crate::{
    net::{self, Bounded},
    tls::TlsPolicy,
};

/// What `pg_stat_activity` shows.
const APPLICATION_NAME: &str = "mail_room";

/// A session that is open until it is broken off, or either side ends it.
pub(super) struct Link {
    client: Client,
    /// Carries bytes to and fro.
    task: AbortHandle,
    /// Until it has proven to work, and once something went wrong.
    broken: AtomicBool,
}

impl Link {
    /// # Errors
    /// Says what is wrong. There is no deadline here.
    ///
    /// Cancelling drops the connection.
    pub(super) async fn open(settings: &PostgresSettings, statement: Duration) -> Result<Self, Failure> {
        let (client, task) = match &settings.place {
            // As with libpq, there is no TLS on a unix socket.
            Place::Socket(path) => {
                let socket = UnixStream::connect(path).await;
                let socket = socket.map_err(|error| Failure::local(format!("cannot connect: {error}")))?;
                handshake(socket, NoTls, &config(settings, SslMode::Disable)).await
            }
            Place::Tcp { host, port } => over_tcp(settings, host, *port).await?,
        }
        .map_err(|error| Failure::from(&error))?;
        let link = Self { client, task, broken: AtomicBool::new(true) };
        // The server gives up first, so that it is known whether a late statement was carried out.
        let limit = (statement / 10 * 9).as_millis().clamp(1, i32::MAX as u128);
        let limited = link.client.batch_execute(&format!("SET statement_timeout = {limit}")).await;
        limited.map_err(|error| Failure::from(&error))?;
        link.broken.store(false, Ordering::Release);
        Ok(link)
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn is_usable(&self) -> bool {
        !self.broken.load(Ordering::Acquire) && !self.client.is_closed()
    }

    /// Ends the session at once; whoever waits for an answer on it gets an error.
    pub(super) fn break_off(&self) {
        self.broken.store(true, Ordering::Release);
        self.task.abort();
    }
}

impl Drop for Link {
    /// A session in order says goodbye; one that hangs would wait for an answer for ever.
    fn drop(&mut self) {
        if self.broken.load(Ordering::Acquire) {
            self.task.abort();
        }
    }
}

pub(super) type Opened = Result<(Client, AbortHandle), tokio_postgres::Error>;

async fn over_tcp(settings: &PostgresSettings, host: &str, port: u16) -> Result<Opened, Failure> {
    let attempt = async |mode, policy: &TlsPolicy| {
        let tls = policy.client_config().map_err(Failure::local)?;
        // The trait has this method once for each kind of socket.
        let mut tls = MakeRustlsConnect::new(tls.as_ref().clone());
        let tls = MakeTlsConnect::<Bounded<TcpStream>>::make_tls_connect(&mut tls, host)
            .map_err(|never| Failure::local(never.to_string()))?;
        let socket = net::connect(host, port).await?;
        Ok::<Opened, Failure>(handshake(socket, tls, &config(settings, mode)).await)
    };
    let plain = async || {
        let socket = net::connect(host, port).await?;
        Ok::<Opened, Failure>(handshake(socket, NoTls, &config(settings, SslMode::Disable)).await)
    };
    match &settings.encryption {
        Encryption::Never => plain().await,
        Encryption::Always(policy) => attempt(SslMode::Require, policy).await,
        Encryption::WhenOffered => match attempt(SslMode::Prefer, &TlsPolicy::trusting_anyone()).await? {
            Err(error) if may_be_for_tls(&error) => plain().await,
            opened => Ok(opened),
        },
    }
}

/// What libpq takes, with `sslmode=prefer`, as a reason to try again without TLS: a handshake that
/// failed, or a `pg_hba.conf` that has no line for connections with TLS.
fn may_be_for_tls(error: &tokio_postgres::Error) -> bool {
    error.code().is_none_or(|code| *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
}

pub(super) async fn handshake<S, T>(socket: S, tls: T, config: &Config) -> Opened
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: TlsConnect<Bounded<S>, Stream: TlsStream + Send + 'static>,
{
    let (client, connection) = config.connect_raw(Bounded::new(socket), tls).await?;
    let task = tokio::spawn(async move {
        // Its error reaches whoever waits for an answer.
        let _ = connection.await;
    });
    Ok((client, task.abort_handle()))
}

fn config(settings: &PostgresSettings, mode: SslMode) -> Config {
    let mut config = Config::new();
    config.application_name(APPLICATION_NAME).ssl_mode(mode);
    if let Some(username) = &settings.username {
        config.user(username);
    }
    if let Some(database) = &settings.database {
        config.dbname(database);
    }
    if let Some(password) = &settings.password {
        config.password(password.expose());
    }
    config
}
