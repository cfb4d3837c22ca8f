//! Many small requests in one (Microsoft: "Combine multiple HTTP requests using JSON batching").

use bytes::Bytes;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::{
    super::super::Witness,
    Client,
    call::{Call, JSON, preferences},
    patience::Patience,
    refusal::{Kind, Refusal},
};
use crate::{Error, Result, oauth2::Token, secret::Secret};

/// Most requests in one.
const MOST: usize = 20;

/// One request of many. All must be such that it does no harm to do them twice.
pub(in crate::inbox::graph) struct Part {
    pub(in crate::inbox::graph) method: &'static str,
    /// As of [`Client::relative`].
    pub(in crate::inbox::graph) url: String,
    pub(in crate::inbox::graph) body: Option<Value>,
}

#[derive(Serialize)]
struct Question<'a> {
    requests: Vec<Asked<'a>>,
}

#[derive(Serialize)]
struct Asked<'a> {
    id: String,
    method: &'static str,
    url: &'a str,
    headers: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a Value>,
}

#[derive(Deserialize)]
pub(super) struct Answer {
    responses: Vec<AnswerToPart>,
}

#[derive(Deserialize)]
struct AnswerToPart {
    id: String,
    status: u16,
    #[serde(default)]
    headers: Option<Map<String, Value>>,
    #[serde(default)]
    body: Value,
}

impl Client {
    /// Sends any number of parts, twenty at a time, and tells what became of each, in their order. Those that a busy
    /// or failing server turned down are sent again for a while.
    ///
    /// # Errors
    /// Of a part: [`Error::Answered`], [`Error::Throttled`], or [`Error::Protocol`] when it got no answer. Of them
    /// all: as [`Client::get`]; any of them may have been done.
    pub(in crate::inbox::graph) async fn batch(
        &self,
        request: &'static str,
        parts: Vec<Part>,
        witness: &Witness,
    ) -> Result<Vec<Result<()>>> {
        let mut outcomes = Vec::with_capacity(parts.len());
        for some in parts.chunks(MOST) {
            outcomes.extend(self.some(request, some, witness).await?);
        }
        Ok(outcomes)
    }

    async fn some(&self, request: &'static str, parts: &[Part], witness: &Witness) -> Result<Vec<Result<()>>> {
        let mut patience = self.patience();
        let mut outcomes: Vec<Result<()>> = parts.iter().map(|_| Ok(())).collect();
        let mut open: Vec<usize> = (0..parts.len()).collect();
        loop {
            let (answer, token) = self.ask(request, parts, &open, &mut patience, witness).await?;
            let verdicts = answer.verdicts(open.len(), &token.secret);
            let mut again = Vec::new();
            let mut worst: Option<Refusal> = None;
            for (nth, verdict) in open.iter().zip(verdicts) {
                outcomes[*nth] = match verdict {
                    Some(Ok(())) => Ok(()),
                    Some(Err(refusal)) if refusal.is_passing() => {
                        again.push(*nth);
                        let error = refusal.clone().into_error(request);
                        worst = Some(refusal.or_worse(worst));
                        Err(error)
                    }
                    Some(Err(refusal)) => Err(refusal.into_error(request)),
                    None => Err(Error::Protocol(format!("no answer to a part of {request}"))),
                };
            }
            let Some(worst) = worst else { return Ok(outcomes) };
            if worst.kind() == Kind::Failed {
                // Only these parts are concerned.
                let wait = patience.next_wait(worst.retry_after);
                if !patience.lasts(wait) || !patience.spend(wait) {
                    return Ok(outcomes);
                }
                sleep(wait).await;
            } else if self.put_off(request, worst, &mut patience, witness).is_err() {
                return Ok(outcomes);
            }
            open = again;
        }
    }

    async fn ask(
        &self,
        request: &'static str,
        parts: &[Part],
        open: &[usize],
        patience: &mut Patience,
        witness: &Witness,
    ) -> Result<(Answer, Token)> {
        let requests = open.iter().filter_map(|nth| parts.get(*nth)).enumerate().map(Asked::new).collect();
        let unwritten = |_| Error::Protocol(format!("{request} cannot be written"));
        let body = serde_json::to_vec(&Question { requests }).map_err(unwritten)?;
        let (url, body) = (self.address.batch(), Some(Bytes::from(body)));
        let call = Call { request, method: Method::POST, url, prefer: &[], body, accept: JSON, repeatable: true };
        self.json(&call, patience, witness).await
    }
}

impl<'a> Asked<'a> {
    fn new((nth, part): (usize, &'a Part)) -> Self {
        // Microsoft: "Best practices for working with Microsoft Graph". The answer would be the whole message.
        let prefer = if part.body.is_some() { preferences(&["return=minimal"]) } else { preferences(&[]) };
        let mut headers = json!({"Prefer": prefer});
        if part.body.is_some() {
            headers["Content-Type"] = JSON.into();
        }
        Self { id: nth.to_string(), method: part.method, url: &part.url, headers, body: part.body.as_ref() }
    }
}

impl Answer {
    /// What became of each of so many parts, in their order, whatever the order of the answers; None where there is
    /// none.
    pub(super) fn verdicts(self, asked: usize, token: &Secret) -> Vec<Option<Result<(), Refusal>>> {
        let mut verdicts: Vec<_> = (0..asked).map(|_| None).collect();
        for answer in self.responses {
            let place = answer.id.parse().ok().and_then(|nth: usize| verdicts.get_mut(nth));
            if let Some(place @ None) = place {
                *place = Some(answer.verdict(token));
            }
        }
        verdicts
    }
}

impl AnswerToPart {
    fn verdict(self, token: &Secret) -> Result<(), Refusal> {
        if (200..300).contains(&self.status) {
            return Ok(());
        }
        Err(Refusal::of_json(self.status, &self.body, self.retry_after().as_deref(), token))
    }

    fn retry_after(&self) -> Option<String> {
        let headers = self.headers.iter().flatten();
        let (_, value) = headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
        value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|seconds| seconds.to_string()))
    }
}
