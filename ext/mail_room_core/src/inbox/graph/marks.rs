//! Marks on messages, in batches (Microsoft, "Combine multiple HTTP requests using JSON batching").

use serde_json::{Value, json};

use super::{Graph, client::Part, folder, note::noting};
use crate::{Error, Result, inbox::Mark, message::Uid};

/// What these requests are called in errors.
const UPDATE: &str = "PATCH message";
const REMOVE: &str = "DELETE message";
const MOVE: &str = "POST message/move";

impl Graph {
    pub(super) async fn mark_all(&mut self, uids: &[Uid], mark: Mark) -> Result<()> {
        let mut change = json!({"isRead": true});
        if mark == Mark::Quarantined {
            change["flag"] = json!({"flagStatus": "flagged"});
        }
        // The note says this alone from now on: what it said before has served.
        let keywords: Vec<String> = mark.keyword().map(str::to_owned).into_iter().collect();
        if !keywords.is_empty() {
            change["singleValueExtendedProperties"] = noting(&keywords);
        }
        self.update(uids, &change).await?;
        for uid in uids {
            self.found.remove(uid);
            if !keywords.is_empty() {
                self.noted.insert(*uid, keywords.clone());
            }
        }
        Ok(())
    }

    pub(super) async fn update(&self, uids: &[Uid], change: &Value) -> Result<()> {
        self.each(UPDATE, uids, |graph, id| Part {
            method: "PATCH",
            url: graph.account.client.relative(&["messages", id]),
            body: Some(change.clone()),
        })
        .await
    }

    /// Removes messages: for good, or to where people can bring them back from.
    pub(super) async fn remove(&self, uids: &[Uid]) -> Result<()> {
        self.each(REMOVE, uids, |graph, id| {
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

    pub(super) async fn move_all(&self, uids: &[Uid], name: &str) -> Result<()> {
        let folder = folder::find_or_make(&self.account.client, name, &self.witness).await?;
        self.each(MOVE, uids, |graph, id| Part {
            method: "POST",
            url: graph.account.client.relative(&["messages", id, "move"]),
            body: Some(json!({"destinationId": folder.id})),
        })
        .await
    }

    /// Changes the keywords of one message. Tells what they are now.
    pub(super) async fn note(&mut self, uid: Uid, change: impl FnOnce(&mut Vec<String>)) -> Result<()> {
        let before = self.noted.get(&uid).or_else(|| self.found.get(&uid).map(|found| &found.keywords));
        let before = before.cloned().unwrap_or_default();
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            self.update(&[uid], &json!({"singleValueExtendedProperties": noting(&after)})).await?;
        }
        self.noted.insert(uid, after);
        Ok(())
    }

    /// One part of a batch for each message. What is gone needs nothing any more.
    async fn each(
        &self,
        request: &'static str,
        uids: &[Uid],
        part: impl Fn(&Self, &str) -> Part + Send + Sync,
    ) -> Result<()> {
        let parts: Vec<Part> = uids.iter().map(|uid| part(self, &self.origin.name(*uid).to_string())).collect();
        for answer in self.account.client.batch(request, parts, &self.witness).await? {
            match answer {
                Err(Error::Answered { status: 404 | 410, .. }) => {}
                other => other?,
            }
        }
        Ok(())
    }
}
