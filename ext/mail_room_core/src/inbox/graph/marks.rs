//! Marks on messages, in batches (Microsoft, "Combine multiple HTTP requests using JSON batching").

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::{Graph, client::Part, folder, is_gone, note::noting};
use crate::{
    Error, Result,
    inbox::{Exceptions, Mark},
    message::Uid,
};

/// What these requests are called in errors.
const UPDATE: &str = "PATCH message";
const REMOVE: &str = "DELETE message";
const MOVE: &str = "POST message/move";

impl Graph {
    pub(super) async fn mark_all(&mut self, uids: &[Uid], mark: Mark) -> Result<Exceptions> {
        // The note says this alone from now on: what it said before has served.
        let keywords: Vec<String> = mark.keyword().map(str::to_owned).into_iter().collect();
        let marked = self.update(uids, |graph, uid| {
            let mut change = json!({"isRead": true});
            if mark == Mark::Quarantined {
                change["flag"] = json!({"flagStatus": "flagged"});
            }
            if graph.keywords(uid) != Some(&keywords) {
                change["singleValueExtendedProperties"] = noting(&keywords);
            }
            change
        });
        let exceptions = marked.await?;
        for uid in uids.iter().filter(|uid| !is_among(**uid, &exceptions)) {
            self.found.remove(uid);
            self.noted.insert(*uid, keywords.clone());
        }
        Ok(exceptions)
    }

    pub(super) async fn update(
        &mut self,
        uids: &[Uid],
        change: impl Fn(&Self, Uid) -> Value + Send + Sync,
    ) -> Result<Exceptions> {
        self.each(UPDATE, uids, |graph, uid, id| Part {
            method: "PATCH",
            url: graph.account.client.relative(&["messages", id]),
            body: Some(change(graph, uid)),
        })
        .await
    }

    /// Removes messages: for good, or to where people can bring them back from.
    pub(super) async fn remove(&mut self, uids: &[Uid]) -> Result<Exceptions> {
        if self.account.settings.delete_permanently {
            let removed = self.each(REMOVE, uids, |graph, _, id| Part {
                method: "POST",
                url: graph.account.client.relative(&["messages", id, "permanentDelete"]),
                body: None,
            });
            return removed.await;
        }
        // Asked for once more, as an answer was lost, a message that is in Deleted Items by then must not be removed
        // from there: so it is asked for in this folder.
        let removed = self.each(REMOVE, uids, |graph, _, id| Part {
            method: "DELETE",
            url: graph.account.client.relative(&["mailFolders", &graph.folder.id, "messages", id]),
            body: None,
        });
        let exceptions = removed.await?;
        // Whoever brings one back shall not see it removed again. Good to have, and no more.
        let moved: Vec<Uid> = uids.iter().copied().filter(|uid| !is_among(*uid, &exceptions)).collect();
        self.update(&moved, |_, _| json!({"singleValueExtendedProperties": noting(&[])})).await?;
        Ok(exceptions)
    }

    pub(super) async fn move_all(&mut self, uids: &[Uid], name: &str) -> Result<Exceptions> {
        let folder = folder::find_or_make(&self.account.client, name, &self.witness).await?;
        self.each(MOVE, uids, |graph, _, id| Part {
            method: "POST",
            url: graph.account.client.relative(&["messages", id, "move"]),
            body: Some(json!({"destinationId": folder.id})),
        })
        .await
    }

    /// Changes the keywords of one message, and tells whether the server has it so.
    pub(super) async fn note(&mut self, uid: Uid, change: impl FnOnce(&mut Vec<String>)) -> Result<bool> {
        let mut after = self.keywords(uid).cloned().unwrap_or_default();
        change(&mut after);
        if self.keywords(uid) != Some(&after) {
            let change = json!({"singleValueExtendedProperties": noting(&after)});
            if !self.update(&[uid], |_, _| change.clone()).await?.is_empty() {
                return Ok(false);
            }
        }
        self.noted.insert(uid, after);
        Ok(true)
    }

    /// The keywords of a message; None when they are not known.
    fn keywords(&self, uid: Uid) -> Option<&Vec<String>> {
        self.noted.get(&uid).or_else(|| self.found.get(&uid).map(|found| &found.keywords))
    }

    /// One part of a batch for each message. What is gone needs nothing any more.
    async fn each(
        &mut self,
        request: &'static str,
        uids: &[Uid],
        part: impl Fn(&Self, Uid, &str) -> Part + Send + Sync,
    ) -> Result<Exceptions> {
        let parts: Vec<Part> = uids.iter().map(|uid| part(self, *uid, &self.origin.name(*uid).to_string())).collect();
        let answers = self.account.client.batch(request, parts, &self.witness).await?;
        self.account.changes.fetch_or(answers.iter().any(Result::is_ok), Ordering::Relaxed);
        let mut exceptions = Exceptions::new();
        for (uid, answer) in uids.iter().zip(answers) {
            match answer {
                Err(error) if is_gone(&error) => {}
                Err(error) if self.lies_in_the_message(&error) => exceptions.push((*uid, error)),
                other => other?,
            }
        }
        Ok(exceptions)
    }

    /// Whether it is this one message that cannot be changed, under retention perhaps, or broken. Who may change none
    /// is told the same of each.
    fn lies_in_the_message(&self, error: &Error) -> bool {
        match error {
            Error::Answered { status: 401 | 403, .. } => self.account.changes.load(Ordering::Relaxed),
            Error::Answered { .. } => true,
            _ => false,
        }
    }
}

fn is_among(uid: Uid, exceptions: &Exceptions) -> bool {
    exceptions.iter().any(|(other, _)| *other == uid)
}

/// For those to whom one exception is too much.
pub(super) fn all(exceptions: Exceptions) -> Result<()> {
    exceptions.into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
}
