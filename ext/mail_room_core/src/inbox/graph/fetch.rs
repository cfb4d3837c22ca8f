//! The messages themselves, byte for byte (Microsoft, "Get MIME content of a message").

use std::pin::pin;

use futures_util::{StreamExt, stream};

use super::{
    Graph,
    client::{AT_ONCE, Body},
    is_gone,
};
use crate::{
    Error, Result,
    inbox::{Fetched, Missing},
    message::{Message, Uid},
};

/// What a request for a message is called in errors.
const FETCH: &str = "GET message/$value";

/// A message may well be larger than its size at the server: encoded, it grows by a third.
const LEEWAY: u64 = 2;
const SMALL: u64 = 256 << 10;

/// What says nothing about the one message that was asked for (Microsoft, "Microsoft Graph error responses").
const GENERAL_TROUBLE: [&str; 5] = [
    "ErrorInternalServerError",
    "ErrorInternalServerTransientError",
    "InternalServerError",
    "UnknownError",
    "generalException",
];

/// What came of one message.
type Outcome = (Uid, Result<Body>);

impl Graph {
    pub(super) async fn fetch_all(&mut self, uids: &[Uid]) -> Result<Fetched> {
        let mut outcomes = self.outcomes(uids).await?;
        outcomes.sort_unstable_by_key(|(uid, _)| *uid);
        let some_came = outcomes.iter().any(|(_, outcome)| matches!(outcome, Ok(Body::Whole(_))));
        let mut fetched = Fetched::default();
        let mut bytes = 0;
        for (uid, outcome) in outcomes {
            let outcome = match outcome {
                // Much larger than expected: alone it may be as large as is allowed.
                Ok(Body::TooLarge(_)) if bytes <= self.limits.window_bytes => {
                    self.body(uid, self.limits.message_bytes).await
                }
                Ok(Body::TooLarge(_)) => {
                    fetched.missing.push((uid, Missing::NoRoom));
                    continue;
                }
                outcome => outcome,
            };
            match self.sent(uid, outcome, some_came, uids.len() == 1) {
                Ok(message) => {
                    bytes += message.raw.len() as u64;
                    fetched.messages.push(message);
                }
                Err(missing) => fetched.missing.push((uid, missing?)),
            }
        }
        Ok(fetched)
    }

    /// What came of each, in any order.
    ///
    /// # Errors
    /// The first that is about more than one message: the others would meet it, too.
    async fn outcomes(&self, uids: &[Uid]) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(uids.len());
        let mut under_way = pin!(
            stream::iter(uids.iter().copied())
                .map(|uid| async move {
                    let expected = self.found.get(&uid).map_or(0, |found| found.bytes);
                    (uid, self.body(uid, (expected * LEEWAY).max(SMALL)).await)
                })
                .buffer_unordered(AT_ONCE)
        );
        while let Some((uid, outcome)) = under_way.next().await {
            match outcome {
                Err(error) if !matches!(error, Error::Answered { .. } | Error::Throttled { command: FETCH, .. }) => {
                    return Err(error);
                }
                outcome => outcomes.push((uid, outcome)),
            }
        }
        Ok(outcomes)
    }

    async fn body(&self, uid: Uid, most: u64) -> Result<Body> {
        let url = self.account.client.url(&["messages", &self.origin.name(uid).to_string(), "$value"]);
        self.account.client.body(FETCH, url, most.min(self.limits.message_bytes), &self.witness).await
    }

    /// The message, or why there is none, or what is wrong with more than this message. `alone`: no other was asked for.
    fn sent(&self, uid: Uid, outcome: Result<Body>, some_came: bool, alone: bool) -> Result<Message, Result<Missing>> {
        match outcome {
            Ok(Body::Whole(raw)) if raw.is_empty() => {
                // A server in trouble: an empty message would be taken for delivered.
                Err(Ok(Missing::Unreadable("the server sent nothing".to_owned())))
            }
            Ok(Body::Whole(raw)) => Ok(Message { origin: self.origin.clone(), uid, raw }),
            Ok(Body::TooLarge(bytes)) => Err(Ok(Missing::TooLarge(bytes))),
            Err(error) if is_gone(&error) => Err(Ok(Missing::Gone)),
            Err(Error::Answered { status, text, .. })
                // Whoever may not read any would not have got the list.
                if some_came || alone && matches!(status, 401 | 403) || lies_in_the_message(status, &text) =>
            {
                Err(Ok(Missing::Unreadable(text)))
            }
            // The gate keeps the next requests back for as long as the server asks, these among them.
            Err(Error::Throttled { command: FETCH, .. }) if some_came => Err(Ok(Missing::NoRoom)),
            // A server that is busy would not have sent the list.
            Err(Error::Throttled { command: FETCH, text, .. }) if alone && !text.starts_with("429") => {
                Err(Ok(Missing::Unreadable(text)))
            }
            Err(error) => Err(Err(error)),
        }
    }
}

fn lies_in_the_message(status: u16, text: &str) -> bool {
    match status {
        // A mailbox that is not there, or not ours, has none of its messages.
        401 | 403 | 404 | 410 => false,
        400..=499 => true,
        500 => !GENERAL_TROUBLE.iter().any(|code| text.starts_with(code)) && text.starts_with("Error"),
        _ => false,
    }
}
