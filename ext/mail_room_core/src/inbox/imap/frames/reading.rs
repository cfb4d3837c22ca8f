//! Bytes, as they come in.

use std::{
    io,
    task::{Context, Poll, ready},
};

use bytes::BytesMut;
use tokio::io::AsyncRead;

use super::{Due, Frames, body::poll_read_up_to};

/// How much is read at once: as much as a TLS record holds.
const READ_BYTES: usize = 16 << 10;
/// The same where the last read came back full, and more than that is likely to wait.
const BUSY_READ_BYTES: usize = 64 << 10;

impl Frames {
    /// Reads once from the server. False at the stream's end.
    pub(in crate::inbox::imap) fn poll_fill(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<bool>> {
        // What is short comes together with what follows it.
        if let Due::Body(body) = &mut self.due
            && self.raw.is_empty()
            && body.left() > READ_BYTES
        {
            let read = ready!(body.poll_fill(stream, cx))?;
            self.progress |= read > 0;
            return Poll::Ready(Ok(read > 0));
        }
        let most = if self.busy { BUSY_READ_BYTES } else { READ_BYTES };
        self.raw.reserve(most);
        let read = poll_read_up_to(most, stream, cx, &mut self.raw);
        self.busy = matches!(read, Poll::Ready(Ok(read)) if read == most);
        self.keep_no_empty_buffer();
        read.map_ok(|read| read > 0)
    }

    /// An idle session waits for a read, and there may be thousands of them.
    fn keep_no_empty_buffer(&mut self) {
        if self.raw.is_empty() {
            self.raw = BytesMut::new();
        }
    }
}
