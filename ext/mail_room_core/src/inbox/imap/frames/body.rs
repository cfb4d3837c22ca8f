//! A message on its way from the socket to where it stays.

use std::{
    io,
    pin::pin,
    task::{Context, Poll},
};

use bytes::{Buf, BufMut, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Memory set aside for bytes that were announced and have not come. What has come doubles it.
const AHEAD: usize = 1 << 20;
/// Most bytes of one read: other mailboxes' tasks wait as long as it takes.
const AT_ONCE: usize = 256 << 10;

/// A body of which bytes are due. It never holds more room than was announced.
#[derive(Debug)]
pub(super) struct Body {
    bytes: Vec<u8>,
    left: usize,
}

impl Body {
    /// # Errors
    /// When so much cannot be addressed.
    pub(super) fn new(announced: u64) -> Result<Self, String> {
        let left = usize::try_from(announced).map_err(|_| format!("a message of {announced} bytes"))?;
        Ok(Self { bytes: Vec::with_capacity(left.min(AHEAD)), left })
    }

    /// Bytes that have not come.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The bytes, once all have come.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Takes those of its bytes that were read together with others.
    pub(super) fn take_from(&mut self, raw: &mut BytesMut) {
        while self.left > 0 && !raw.is_empty() {
            let part = self.room().min(raw.len());
            self.bytes.extend_from_slice(&raw[..part]);
            raw.advance(part);
            self.left -= part;
        }
    }

    /// Reads some of its bytes, and nothing else, to where they stay. None are read at the stream's end.
    pub(super) fn poll_fill(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let most = self.room().min(AT_ONCE);
        let read = poll_read_up_to(most, stream, cx, &mut self.bytes);
        if let Poll::Ready(Ok(read)) = &read {
            self.left -= read;
        }
        read
    }

    /// How many of its bytes there is room for, of which there is some as long as bytes are due.
    fn room(&mut self) -> usize {
        if self.bytes.len() == self.bytes.capacity() {
            self.bytes.reserve_exact(self.left.min(self.bytes.len().max(AHEAD)));
        }
        self.left.min(self.bytes.capacity() - self.bytes.len())
    }
}

/// Reads into room that nobody had to fill with zeroes before.
pub(super) fn poll_read_up_to(
    most: usize,
    stream: &mut (impl AsyncRead + Unpin),
    cx: &mut Context<'_>,
    to: &mut impl BufMut,
) -> Poll<io::Result<usize>> {
    let mut to = to.limit(most);
    pin!(stream.read_buf(&mut to)).poll(cx)
}
