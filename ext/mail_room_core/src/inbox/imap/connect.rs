//! From a host name to a session's first byte: resolving, connecting, TLS, STARTTLS.

use std::{io, os::fd::AsRawFd};

use rustix::{
    io::Errno,
    process::{Resource, getrlimit},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    time::timeout,
};

use super::settings::{ImapSettings, Security};
use crate::{
    Error, Result,
    mailbox::Timeouts,
    net::{self, Stream},
};

/// Longest line of a server before TLS.
const PLAIN_LINE_BYTES: u64 = 8 << 10;

/// File descriptors that mailboxes leave to Redis and others they deliver to: without those no mailbox is served.
const LEFT: u64 = 4;

/// A stream ready for IMAP, and whether the greeting is still to come on it.
pub(super) struct Connected {
    pub(super) stream: Box<dyn Stream>,
    pub(super) greeting_follows: bool,
}

/// Connects as the settings say.
///
/// # Errors
/// [`Error::Resolve`], [`Error::Connect`], [`Error::Tls`], [`Error::Deadline`], and for STARTTLS
/// [`Error::Refused`] or [`Error::Protocol`].
///
/// Cancelling drops the connection.
pub(super) async fn connect(settings: &ImapSettings, timeouts: &Timeouts) -> Result<Connected> {
    let limit = timeouts.connect;
    let socket = timeout(limit, net::connect(&settings.host, settings.port))
        .await
        .unwrap_or(Err(Error::Deadline { wait: "connecting", limit }))?;
    if is_among_the_last(&socket) {
        return Err(Error::Connect { host: settings.host.clone(), port: settings.port, source: Errno::MFILE.into() });
    }
    match &settings.security {
        Security::Plain => Ok(Connected { stream: Box::new(socket), greeting_follows: true }),
        Security::Tls(policy) => {
            let stream = policy.handshake(&settings.host, socket, timeouts.tls).await?;
            Ok(Connected { stream: Box::new(stream), greeting_follows: true })
        }
        Security::StartTls(policy) => {
            let limit = timeouts.greeting;
            let socket =
                timeout(limit, start_tls(socket)).await.unwrap_or(Err(Error::Deadline { wait: "STARTTLS", limit }))?;
            let stream = policy.handshake(&settings.host, socket, timeouts.tls).await?;
            Ok(Connected { stream: Box::new(stream), greeting_follows: false })
        }
    }
}

/// Whether there are hardly any descriptors left: a new one always gets the lowest number that is free.
fn is_among_the_last(socket: &impl AsRawFd) -> bool {
    let number = u64::try_from(socket.as_raw_fd()).unwrap_or_default();
    getrlimit(Resource::Nofile).current.is_some_and(|limit| number + LEFT >= limit)
}

/// The dialogue up to the point where the handshake begins (RFC 3501, section 6.2.1).
///
/// It has a reader of its own: whatever a server, or someone between, sends along with its answer
/// would otherwise count as sent under TLS (CVE-2011-0411 and its kin). For the same reason nobody is
/// shown what a greeting before TLS has to say.
pub(super) async fn start_tls<S: AsyncRead + AsyncWrite + Unpin>(mut socket: S) -> Result<S> {
    let lost = |error: io::Error| Error::ConnectionLost(error.to_string());
    let mut reader = BufReader::new(&mut socket);
    let greeting = plain_line(&mut reader).await?;
    match greeting.split_ascii_whitespace().nth(1).map(str::to_ascii_uppercase).as_deref() {
        Some("OK") => {}
        Some("BYE") => return Err(Error::Bye(greeting)),
        // A session that is already logged in can no longer be secured.
        _ => return Err(Error::Protocol("STARTTLS needs a greeting of OK".into())),
    }
    reader.get_mut().write_all(b"A0000 STARTTLS\r\n").await.map_err(lost)?;
    loop {
        let line = plain_line(&mut reader).await?;
        let Some(answer) = line.strip_prefix("A0000 ") else { continue };
        let (status, text) = answer.split_once(' ').unwrap_or((answer, ""));
        if !status.eq_ignore_ascii_case("OK") {
            let status = if status.eq_ignore_ascii_case("NO") { "NO" } else { "BAD" };
            return Err(Error::Refused { command: "STARTTLS", status, text: text.to_owned() });
        }
        break;
    }
    if !reader.buffer().is_empty() {
        return Err(Error::Protocol("bytes sent before the TLS handshake".into()));
    }
    Ok(socket)
}

pub(super) async fn plain_line(reader: &mut BufReader<&mut (impl AsyncRead + Unpin)>) -> Result<String> {
    let mut line = Vec::new();
    let mut limited = reader.take(PLAIN_LINE_BYTES);
    limited.read_until(b'\n', &mut line).await.map_err(|error| Error::ConnectionLost(error.to_string()))?;
    match line.last() {
        Some(b'\n') => Ok(String::from_utf8_lossy(&line).trim_end().to_owned()),
        Some(_) if limited.limit() == 0 => {
            Err(Error::Protocol(format!("a line of more than {PLAIN_LINE_BYTES} bytes")))
        }
        _ => Err(Error::ConnectionLost("the server closed it".into())),
    }
}
