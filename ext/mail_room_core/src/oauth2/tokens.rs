//! The tokens of one mailbox, asked for no more often than they have to be.

mod cache;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Mutex as Turn, OwnedMutexGuard},
    time::Instant,
};

use self::cache::{Cache, Known};
use super::{OAuth2Settings, Token, failure::Failure, source::Source};
use crate::{Error, Result, mailbox::Timeouts};

/// What a request gets in any case: one that is cut off may have been answered with a new refresh token.
const SHORTEST_LIMIT: Duration = Duration::from_secs(10);

/// Made once for each mailbox; outlives its sessions.
pub(crate) struct Tokens {
    shared: Arc<Shared>,
    /// Whoever holds it asks; the others wait for what comes of it.
    turn: Arc<Turn<()>>,
}

struct Shared {
    source: Source,
    /// For one request, command or look into a file.
    limit: Duration,
    cache: Mutex<Cache>,
}

impl Tokens {
    pub(crate) fn new(settings: OAuth2Settings, timeouts: &Timeouts) -> Self {
        let source = Source::new(settings, timeouts);
        let shared = Shared { source, limit: timeouts.command, cache: Mutex::default() };
        Self { shared: Arc::new(shared), turn: Arc::default() }
    }

    /// A token that is valid for a while yet. Who comes while it is being asked for gets the same.
    ///
    /// It is renewed when a tenth of its lifetime is left, or five minutes. Where that fails for a passing reason,
    /// the old one is used until it expires.
    ///
    /// Cancelling is safe: a request that is under way is carried to its end all the same, as it may bring a new
    /// refresh token in place of one that is worth nothing any more. A command is ended.
    ///
    /// # Errors
    /// [`Error::Token`], and [`Error::Throttled`] when the server asked to be left alone; nobody asks it before.
    pub(crate) async fn token(&self) -> Result<Token> {
        let now = Instant::now();
        let (known, asked) = {
            let cache = self.shared.cache();
            (cache.known(now), cache.asked())
        };
        let turn = Arc::clone(&self.turn);
        let (old, turn) = match known {
            Known::Fresh(token) => return Ok(token),
            // Whoever has the turn renews it for all.
            Known::Old(token) => match turn.try_lock_owned() {
                Ok(turn) => (Some(token), turn),
                Err(_) => return Ok(token),
            },
            Known::Nothing => (None, turn.lock_owned().await),
        };
        let done_meanwhile = self.shared.cache().outcome_since(asked);
        let outcome = match done_meanwhile {
            Some(outcome) => outcome,
            None => self.ask(turn, old.as_ref()).await,
        };
        match (outcome, old) {
            (Ok(token), _) => Ok(token),
            (Err(failure), Some(old)) if !failure.is_refused() && old.is_valid(Instant::now()) => Ok(old),
            (Err(failure), _) => Err(Error::from(failure)),
        }
    }

    /// A server did not take a token: the next call asks anew, unless the token was renewed meanwhile.
    pub(crate) async fn rejected(&self, token: &Token) {
        self.shared.cache().forget(token);
    }

    /// Whether a token is asked for by a refresh token, in place of which a server may give another one.
    pub(crate) fn refreshes(&self) -> bool {
        self.shared.source.refreshes()
    }

    /// Whether a server has done so.
    pub(crate) fn has_rotated(&self) -> bool {
        self.shared.source.has_rotated()
    }

    async fn ask(&self, turn: OwnedMutexGuard<()>, old: Option<&Token>) -> Result<Token, Failure> {
        let now = Instant::now();
        if let Some(failure) = self.shared.cache().closed(now) {
            return Err(failure);
        }
        // An early renewal that hangs must not last until the old token is of no use either.
        let left = old.and_then(|old| old.expires_at).map(|end| end.saturating_duration_since(now) / 2);
        let limit = left.map_or(self.shared.limit, |left| left.max(SHORTEST_LIMIT).min(self.shared.limit));
        let asking = Arc::clone(&self.shared).ask(turn, limit);
        if !self.shared.source.must_end() {
            return asking.await;
        }
        tokio::spawn(asking).await.unwrap_or_else(|_| Err(Failure::Passing("the request was broken off".to_owned())))
    }
}

impl Shared {
    async fn ask(self: Arc<Self>, _turn: OwnedMutexGuard<()>, limit: Duration) -> Result<Token, Failure> {
        let now = Instant::now();
        let outcome = self.source.ask(limit).await;
        let lasts = outcome.as_ref().is_ok_and(|granted| self.source.lasts(granted));
        let outcome = outcome.map(|granted| {
            let expires_at = granted.lifetime.and_then(|lifetime| now.checked_add(lifetime));
            Token { secret: granted.access_token, expires_at }
        });
        self.cache().note(now, outcome.clone(), lasts);
        outcome
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Token {
    fn is_valid(&self, now: Instant) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
