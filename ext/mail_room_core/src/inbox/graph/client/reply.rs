//! An answer whose header has come, and how long its body may take.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Response, header::RETRY_AFTER};
use tokio::{
    sync::SemaphorePermit,
    time::{Instant, timeout_at},
};

use super::{call::lost, refusal::Refusal};
use crate::{Error, Result, secret::Secret};

/// Where only silence is limited, a server that is never quite silent would be waited for without end, see
/// `inbox/imap/wire.rs`.
const MOST_SILENCES: u32 = 100;

/// Microsoft's have some hundred bytes.
const REFUSAL_BYTES: usize = 64 << 10;

/// What there is room for when nobody said how much will come.
const FIRST_ROOM: u64 = 16 << 10;

/// The body of a success.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::inbox::graph) enum Body {
    Whole(Vec<u8>),
    /// As large as this, in bytes, or larger.
    TooLarge(u64),
}

/// Holds its place at the gate: a request ends with the last byte of its answer.
pub(super) struct Reply<'a> {
    request: &'static str,
    response: Response,
    silence: Duration,
    end: Instant,
    host: String,
    _place: SemaphorePermit<'a>,
}

impl<'a> Reply<'a> {
    pub(super) fn new(
        request: &'static str,
        response: Response,
        silence: Duration,
        host: String,
        place: SemaphorePermit<'a>,
    ) -> Self {
        Self { request, response, silence, end: Instant::now() + silence * MOST_SILENCES, host, _place: place }
    }

    pub(super) fn is_success(&self) -> bool {
        self.response.status().is_success()
    }

    /// The next piece of the body; None at its end.
    ///
    /// # Errors
    /// [`Error::ConnectionLost`] when it breaks off, [`Error::Deadline`].
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let silent = Instant::now() + self.silence;
        let limit = if silent < self.end { self.silence } else { self.silence * MOST_SILENCES };
        match timeout_at(silent.min(self.end), self.response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| lost(&self.host, &error)),
            Err(_) => Err(Error::Deadline { wait: self.request, limit }),
        }
    }

    /// All of the body, unless it is larger than this.
    pub(super) async fn collect(mut self, most: u64) -> Result<Body> {
        let announced = self.response.content_length();
        if let Some(size) = announced.filter(|size| *size > most) {
            return Ok(Body::TooLarge(size));
        }
        let room = announced.unwrap_or(FIRST_ROOM).min(most);
        let mut body = Vec::with_capacity(usize::try_from(room).unwrap_or_default());
        while let Some(chunk) = self.chunk().await? {
            let size = (body.len() + chunk.len()) as u64;
            if size > most {
                return Ok(Body::TooLarge(size));
            }
            body.extend_from_slice(&chunk);
        }
        // A window counts the bytes of its messages, and not the room that was made for more.
        body.shrink_to_fit();
        Ok(Body::Whole(body))
    }

    /// What a server says that is not ready to do what it was asked. One that breaks off has said enough.
    pub(super) async fn refusal(mut self, token: &Secret) -> Refusal {
        let status = self.response.status().as_u16();
        let wait = self.response.headers().get(RETRY_AFTER).and_then(|wait| wait.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = self.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() >= REFUSAL_BYTES {
                body.truncate(REFUSAL_BYTES);
                break;
            }
        }
        Refusal::new(status, &body, wait.as_deref(), token)
    }
}
