//! Who may ask, and when.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::Url;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep_until},
};

use super::patience::Patience;
use crate::{Error, Result};

/// Microsoft: "Microsoft Graph service-specific throttling limits", Outlook: four concurrent requests of an
/// application to a mailbox.
pub(in crate::inbox::graph) const AT_ONCE: usize = 4;

/// What is closed for longer by less than this is no news: requests that were under way together are turned down
/// together.
const NO_NEWS: Duration = Duration::from_secs(1);

/// The gates of a process: folders of one mailbox share one, as Microsoft counts by application and mailbox.
#[derive(Default)]
pub(crate) struct Gates(Vec<(Url, String, String, Arc<Gate>)>);

impl Gates {
    /// The gate of the mailbox `email` at `endpoint`, for the application `client_id`.
    pub(in crate::inbox::graph) fn get(&mut self, endpoint: &Url, client_id: &str, email: &str) -> Arc<Gate> {
        let email = email.to_lowercase();
        let same = |known: &&(Url, String, String, _)| (&known.0, &*known.1, &known.2) == (endpoint, client_id, &email);
        if let Some((.., gate)) = self.0.iter().find(same) {
            return Arc::clone(gate);
        }
        let gate = Arc::new(Gate::new());
        self.0.push((endpoint.clone(), client_id.to_owned(), email, Arc::clone(&gate)));
        gate
    }
}

/// All requests of a mailbox go through it.
pub(in crate::inbox::graph) struct Gate {
    places: Semaphore,
    closed: Mutex<Option<Closed>>,
}

#[derive(Clone)]
struct Closed {
    until: Instant,
    /// What the server said.
    text: String,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self { places: Semaphore::new(AT_ONCE), closed: Mutex::new(None) }
    }

    /// Waits until the server can be asked. The place is taken until it is dropped.
    ///
    /// # Errors
    /// [`Error::Throttled`] when that takes longer than whoever asks can wait.
    pub(super) async fn enter(&self, request: &'static str, patience: &mut Patience) -> Result<SemaphorePermit<'_>> {
        loop {
            let place = self.places.acquire().await.map_err(|_| Error::ShuttingDown)?;
            let Some(Closed { until, text }) = self.closed() else { return Ok(place) };
            drop(place);
            let wait = until.saturating_duration_since(Instant::now());
            if !patience.spend(wait) {
                return Err(Error::Throttled { command: request, text, pause: Some(wait) });
            }
            sleep_until(until).await;
        }
    }

    /// Lets nobody through before `until`; what was asked for earlier still holds. Tells whether that is news.
    pub(super) fn close(&self, until: Instant, text: &str) -> bool {
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        let before = closed.as_ref().map_or_else(Instant::now, |closed| closed.until.max(Instant::now()));
        let was_open = closed.as_ref().is_none_or(|closed| closed.until <= Instant::now());
        if until > before {
            *closed = Some(Closed { until, text: text.to_owned() });
        }
        was_open || until.saturating_duration_since(before) > NO_NEWS
    }

    fn closed(&self) -> Option<Closed> {
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        closed.take_if(|closed| closed.until <= Instant::now());
        closed.clone()
    }
}
