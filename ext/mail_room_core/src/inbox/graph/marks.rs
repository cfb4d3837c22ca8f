//! Marks on messages, in batches (Microsoft, "Combine multiple HTTP requests using JSON batching").

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
            if graph.keywords(uid) != keywords {
                change["singleValueExtendedProperties"] = noting(&keywords);
            }
            change
        });
        let exceptions = marked.await?;
        for uid in uids.iter().filter(|uid| exceptions.iter().all(|(other, _)| other != *uid)) {
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
        self.each(REMOVE, uids, |graph, _, id| {
            let client = &graph.account.client;
            if graph.account.settings.delete_permanently {
                let url = client.relative(&["messages", id, "permanentDelete"]);
                Part { method: "POST", url, body: None }
            } else {
                Part { method: "DELETE", url: client.relative(&["messages", id]), body: None }
            }
        })
        .await
    }

    pub(super) async fn move_all(&mut self, uids: &[Uid], name: &str) -> Result<()> {
        let folder = folder::find_or_make(&self.account.client, name, &self.witness).await?;
        let moved = self.each(MOVE, uids, |graph, _, id| Part {
            method: "POST",
            url: graph.account.client.relative(&["messages", id, "move"]),
            body: Some(json!({"destinationId": folder.id})),
        });
        all(moved.await?)
    }

    /// Changes the keywords of one message.
    pub(super) async fn note(&mut self, uid: Uid, change: impl FnOnce(&mut Vec<String>)) -> Result<()> {
        let mut after = self.keywords(uid).to_vec();
        change(&mut after);
        if after != self.keywords(uid) {
            all(self.update(&[uid], |_, _| json!({"singleValueExtendedProperties": noting(&after)})).await?)?;
        }
        self.noted.insert(uid, after);
        Ok(())
    }

    /// The keywords of a message, as far as is known.
    fn keywords(&self, uid: Uid) -> &[String] {
        let noted = self.noted.get(&uid).or_else(|| self.found.get(&uid).map(|found| &found.keywords));
        noted.map_or(&[], Vec::as_slice)
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
        self.changes |= answers.iter().any(Result::is_ok);
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
            Error::Answered { status: 401 | 403, .. } => self.changes,
            Error::Answered { .. } => true,
            _ => false,
        }
    }
}

/// For those to whom one exception is too much.
pub(super) fn all(exceptions: Exceptions) -> Result<()> {
    exceptions.into_iter().next().map_or(Ok(()), |(_, error)| Err(error))
}
