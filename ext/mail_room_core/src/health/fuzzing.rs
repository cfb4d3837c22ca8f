//! A door for whoever may reach the health check.

use std::sync::PoisonError;

use tokio_util::sync::CancellationToken;

use super::converse;
use crate::fuzzing::stream::{Cut, Scripted, run};

/// Requests, one after the other. Every answer is one of HTTP.
pub(crate) fn request(bytes: &[u8]) {
    for cut in [Cut::Whole, Cut::Bytes] {
        let stream = Scripted::new(bytes, cut);
        let written = stream.written();
        run(converse(stream, CancellationToken::new()));
        let written = written.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(written.is_empty() || written.starts_with(b"HTTP/1."), "{:?}", String::from_utf8_lossy(&written));
    }
}
