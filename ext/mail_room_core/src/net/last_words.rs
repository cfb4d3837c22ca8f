//! Why a peer is gone.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A TLS stream that, when nothing can be written any more, tells what the peer said before it went: with
/// TLS 1.3 a server looks at the client's certificate after the client's handshake is done, and the first thing
/// that fails may be a write (RFC 8446, appendix E.1.2 and section 6.2).
#[derive(Debug)]
pub(crate) struct LastWords<S>(S);

impl<S> LastWords<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self(stream)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> LastWords<S> {
    /// The error of a write, or the one that reading ends with when that is at hand and says more.
    fn why<T>(&mut self, context: &mut Context<'_>, error: io::Error) -> Poll<io::Result<T>> {
        let mut byte = [0];
        let said = Pin::new(&mut self.0).poll_read(context, &mut ReadBuf::new(&mut byte));
        match said {
            // A TLS alert is one of invalid data to the library.
            Poll::Ready(Err(said)) if said.kind() == io::ErrorKind::InvalidData => Poll::Ready(Err(said)),
            _ => Poll::Ready(Err(error)),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for LastWords<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for LastWords<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match ready!(Pin::new(&mut self.0).poll_write(context, bytes)) {
            Err(error) => self.why(context, error),
            written => Poll::Ready(written),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match ready!(Pin::new(&mut self.0).poll_flush(context)) {
            Err(error) => self.why(context, error),
            flushed => Poll::Ready(flushed),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    /// Takes nothing, and has said something.
    struct Gone(io::ErrorKind);

    impl AsyncRead for Gone {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::Error::new(self.0, "what was said")))
        }
    }

    impl AsyncWrite for Gone {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn an_alert_says_more_than_a_broken_pipe() {
        let told = LastWords::new(Gone(io::ErrorKind::InvalidData)).write(b"AUTH").await.expect_err("an error");
        assert_eq!(told.to_string(), "what was said");
        let told = LastWords::new(Gone(io::ErrorKind::ConnectionReset)).flush().await.expect_err("an error");
        assert_eq!(told.kind(), io::ErrorKind::BrokenPipe);
    }
}
