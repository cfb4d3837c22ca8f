//! From a host name to a socket.

mod bounded;
mod last_words;
mod lookup;
mod queue;

use std::{fmt, io, net::SocketAddr, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::sleep,
};

pub(crate) use self::{
    bounded::Bounded,
    last_words::LastWords,
    queue::{Queue, Queues},
};
use crate::{Error, Result};

/// How long one address has before the next is tried beside it (RFC 8305, section 5).
const HEAD_START: Duration = Duration::from_millis(250);
/// A dead peer is noticed after a minute of silence and six unanswered probes.
const KEEPALIVE: Duration = Duration::from_secs(60);
const PROBE_INTERVAL: Duration = Duration::from_secs(10);
const PROBES: u32 = 6;
/// Sent bytes that stay unacknowledged this long end the connection (RFC 5482).
const UNACKNOWLEDGED: Duration = Duration::from_secs(60);

/// A connection, with or without TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Sync + fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync + fmt::Debug> Stream for T {}

/// A socket to the first of the host's addresses to answer, without Nagle's delay and with keepalive.
///
/// # Errors
/// [`Error::Resolve`] and [`Error::Connect`]. There is no deadline here.
pub(crate) async fn connect(host: &str, port: u16) -> Result<TcpStream> {
    connect_to(host, port, resolve(host, port).await?).await
}

/// The addresses of a host, in the order in which they are tried.
///
/// # Errors
/// [`Error::Resolve`]. There is no deadline here.
pub(crate) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>> {
    let failed = |source| Error::Resolve { host: host.to_owned(), source };
    lookup::lookup(host, port).await.map_err(failed)
}

/// As [`connect`], once the addresses are known.
///
/// # Errors
/// [`Error::Connect`]. There is no deadline here.
pub(crate) async fn connect_to(host: &str, port: u16, addresses: Vec<SocketAddr>) -> Result<TcpStream> {
    let mut attempts: FuturesUnordered<_> = addresses
        .into_iter()
        .zip(0u32..)
        .map(|(address, nth)| async move {
            sleep(HEAD_START * nth).await;
            TcpStream::connect(address).await
        })
        .collect();
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    while let Some(attempt) = attempts.next().await {
        match attempt {
            Ok(socket) => {
                tune(&socket).map_err(|error| Error::ConnectionLost(error.to_string()))?;
                return Ok(socket);
            }
            Err(error) => failure = error,
        }
    }
    Err(Error::Connect { host: host.to_owned(), port, source: failure })
}

fn tune(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let socket = SockRef::from(socket);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(PROBE_INTERVAL).with_retries(PROBES);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
    Ok(())
}
