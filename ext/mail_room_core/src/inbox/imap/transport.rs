//! The bytes of a session: a socket, with or without TLS, and what of it reaches the parser.

use std::{
    io::{self, ErrorKind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::{frames::Frames, guard::Guard};
use crate::net::Stream;

/// A stream of responses the parser can read: every byte has passed the [`Guard`], and no line
/// comes before its response's end.
#[derive(Debug)]
pub(super) struct Transport {
    stream: Box<dyn Stream>,
    frames: Frames,
    activity: Activity,
}

impl Transport {
    pub(super) fn new(stream: Box<dyn Stream>, guard: Guard, activity: Activity) -> Self {
        Self { stream, frames: Frames::new(guard), activity }
    }

    /// The body that belongs to the `nth` response that was read, counted from 1.
    ///
    /// # Errors
    /// When the parser has read more or fewer responses than it was given.
    pub(super) fn take_message(&mut self, nth: u64) -> Result<Option<Vec<u8>>, String> {
        self.frames.take_message(nth)
    }
}

impl AsyncRead for Transport {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { stream, frames, activity } = &mut *self;
        loop {
            let taken =
                frames.take(buf.remaining()).map_err(|reason| io::Error::new(ErrorKind::InvalidData, reason))?;
            if frames.take_progress() {
                activity.note();
            }
            if !taken.is_empty() {
                buf.put_slice(&taken);
                return Poll::Ready(Ok(()));
            }
            let more = ready!(frames.poll_fill(stream, cx))?;
            if !more {
                let amid = frames.is_amid().then(|| ErrorKind::UnexpectedEof.into());
                return Poll::Ready(amid.map_or(Ok(()), Err));
            }
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// When the last byte of or about a message came, for limits on silence rather than on duration.
#[derive(Clone, Debug)]
pub(super) struct Activity {
    start: Instant,
    last_ms: Arc<AtomicU64>,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), last_ms: Arc::new(AtomicU64::new(0)) }
    }

    pub(super) fn note(&self) {
        let elapsed = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(elapsed, Ordering::Relaxed);
    }

    pub(super) fn last(&self) -> Instant {
        self.start + std::time::Duration::from_millis(self.last_ms.load(Ordering::Relaxed))
    }
}
