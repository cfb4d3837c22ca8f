//! What came of asking.

use std::time::Duration;

use tokio::time::Instant;

use super::super::{Token, failure::Failure};

/// A token is renewed so long before it expires, or when a tenth of its lifetime is left.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// How long after a renewal that failed there is no other, while the old token is still of use.
const BETWEEN_RENEWALS: Duration = Duration::from_secs(30);

const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Cache {
    held: Option<Held>,
    /// What the last attempt ended with, for those who waited for it.
    last: Option<Result<Token, Failure>>,
    /// How many attempts there were.
    asked: u64,
    /// The server asked to be left alone until then.
    closed: Option<(Instant, Failure)>,
}

/// A token that may be used again.
struct Held {
    token: Token,
    /// None when nobody knows when it expires.
    renew_at: Option<Instant>,
}

pub(super) enum Known {
    /// To be used.
    Fresh(Token),
    /// To be renewed, and of use until that is done.
    Old(Token),
    Nothing,
}

impl Cache {
    pub(super) fn known(&self, now: Instant) -> Known {
        match &self.held {
            Some(Held { token, .. }) if !token.is_valid(now) => Known::Nothing,
            Some(Held { token, renew_at: Some(at) }) if *at <= now => Known::Old(token.clone()),
            Some(Held { token, .. }) => Known::Fresh(token.clone()),
            None => Known::Nothing,
        }
    }

    pub(super) fn asked(&self) -> u64 {
        self.asked
    }

    /// What the last attempt ended with, when it ended after this number was read.
    pub(super) fn outcome_since(&self, asked: u64) -> Option<Result<Token, Failure>> {
        if self.asked == asked { None } else { self.last.clone() }
    }

    /// Why the server is not to be asked now.
    pub(super) fn closed(&self, now: Instant) -> Option<Failure> {
        let (until, failure) = self.closed.as_ref()?;
        let left = until.saturating_duration_since(now);
        match failure {
            Failure::Throttled { text, .. } if !left.is_zero() => {
                Some(Failure::Throttled { text: text.clone(), pause: Some(left) })
            }
            _ => None,
        }
    }

    /// `begin` is when it was asked: what the server counts from cannot be earlier.
    pub(super) fn note(&mut self, begin: Instant, outcome: Result<Token, Failure>, lasts: bool) {
        self.asked += 1;
        self.closed = None;
        match &outcome {
            Ok(token) => {
                let lifetime = token.expires_at.map(|end| end.saturating_duration_since(begin));
                let renew_at = lifetime.map(|lifetime| begin + lifetime - MARGIN.min(lifetime / 10));
                self.held = lasts.then(|| Held { token: token.clone(), renew_at });
            }
            Err(failure) => self.note_failure(Instant::now(), failure),
        }
        self.last = Some(outcome);
    }

    fn note_failure(&mut self, now: Instant, failure: &Failure) {
        if failure.is_refused() {
            // Whoever withdrew the credentials meant the tokens too.
            self.held = None;
        }
        let pause = failure.pause();
        self.closed = pause.and_then(|pause| Some((now.checked_add(pause)?, failure.clone())));
        if let Some(Held { token: Token { expires_at: Some(end), .. }, renew_at }) = &mut self.held {
            // A tenth of what is left, so that short-lived tokens get more attempts than one.
            let soon = BETWEEN_RENEWALS.min(end.saturating_duration_since(now) / 10).max(SHORTEST_PAUSE);
            *renew_at = now.checked_add(pause.unwrap_or_default().max(soon));
        }
    }

    pub(super) fn forget(&mut self, token: &Token) {
        let same = |known: &Token| known.secret == token.secret;
        self.held.take_if(|held| same(&held.token));
        self.last.take_if(|last| last.as_ref().is_ok_and(same));
    }
}
