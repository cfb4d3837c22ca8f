//! The bytes of a session: a socket, with or without TLS, and what of it reaches the parser.

use std::{
    io::{self, ErrorKind},
    mem::MaybeUninit,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::{frames::Frames, guard::Guard};
use crate::net::Stream;

/// How much is read at once. As much as a TLS record holds.
const READ_BYTES: usize = 16 << 10;

/// A stream of responses the parser can read: every byte has passed the [`Guard`], and no line
/// comes before its end.
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

    /// Reads what is there. False at the stream's end.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        let mut block = [MaybeUninit::uninit(); READ_BYTES];
        let mut block = ReadBuf::uninit(&mut block);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut block))?;
        self.frames.push(block.filled());
        Poll::Ready(Ok(!block.filled().is_empty()))
    }

    /// Reads a part of a message without a copy.
    fn poll_body(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>, most: u64) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut (&mut self.stream).take(most)).poll_read(cx, buf))?;
        self.frames.passed(buf.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Transport {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            let refused = |reason| io::Error::new(ErrorKind::InvalidData, reason);
            let taken = self.frames.take(buf.remaining()).map_err(refused)?;
            let straight_through = self.frames.straight_through();
            let outcome = match straight_through {
                _ if !taken.is_empty() => {
                    buf.put_slice(&taken);
                    Poll::Ready(Ok(()))
                }
                Some(most) => self.poll_body(cx, buf, most),
                None => match ready!(self.poll_more(cx))? {
                    true => continue,
                    false if self.frames.is_amid() => Poll::Ready(Err(ErrorKind::UnexpectedEof.into())),
                    false => Poll::Ready(Ok(())),
                },
            };
            if self.frames.take_progress() {
                self.activity.note();
            }
            return outcome;
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
