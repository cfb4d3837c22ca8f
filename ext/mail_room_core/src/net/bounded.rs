//! A limit for what a server may answer.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The answers expected here are yes, no, or a list of some hundred numbers.
const LIMIT: u64 = 16 << 20;

/// A stream on which only 16 MiB may come in until something is written again. The library for PostgreSQL
/// keeps what it reads until an answer is complete, however large it claims to be.
#[derive(Debug)]
pub(crate) struct Bounded<S> {
    stream: S,
    left: u64,
}

impl<S> Bounded<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, left: LIMIT }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let came = u64::try_from(buffer.filled().len() - before).unwrap_or(u64::MAX);
        match self.left.checked_sub(came) {
            Some(left) => self.left = left,
            None => {
                let text = format!("the server answers with more than {LIMIT} bytes");
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, text)));
            }
        }
        polled
    }
}

impl<S> Bounded<S> {
    /// A question that was sent, if only a part of it, may be answered. One that could not be is none: who
    /// does not listen shall not speak for ever.
    fn asked(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.left = LIMIT;
        }
        written
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.asked(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.asked(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex, repeat};

    use super::*;

    #[tokio::test]
    async fn an_answer_without_end_is_broken_off() {
        let mut endless = Bounded::new(repeat(b'x'));
        let error = tokio::io::copy(&mut endless, &mut tokio::io::sink()).await.expect_err("an error");
        assert!(error.to_string().contains("more than 16777216 bytes"), "{error}");
    }

    #[tokio::test]
    async fn each_question_has_an_answer_of_its_own() {
        let (near, mut far) = duplex(64);
        let mut near = Bounded::new(near);
        for _ in 0..2 {
            near.left = 3;
            near.write_all(b"?").await.expect("written");
            far.write_all(b"well").await.expect("written");
            near.read_exact(&mut [0; 4]).await.expect("read");
        }
    }
}
