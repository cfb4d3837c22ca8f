//! Marks on messages, in batches (Microsoft, "Combine multiple HTTP requests using JSON batching").

use serde_json::{Value, json};

use super::{Graph, client::Part, folder, is_gone, note::noting};
use crate::{Result, inbox::Mark, message::Uid};

/// What these requests are called in errors.
const UPDATE: &str = "PATCH message";
const REMOVE: &str = "DELETE message";
const MOVE: &str = "POST message/move";

impl Graph {
    pub(super) async fn mark_all(&mut self, uids: &[Uid], mark: Mark) -> Result<()> {
        // The note says this alone from now on: what it said before has served.
        let keywords: Vec<String> = mark.keyword().map(str::to_owned).into_iter().collect();
        self.update(uids, |graph, uid| {
            let mut change = json!({"isRead": true});
            if mark == Mark::Quarantined {
                change["flag"] = json!({"flagStatus": "flagged"});
            }
            if graph.keywords(uid) != keywords {
                change["singleValueExtendedProperties"] = noting(&keywords);
            }
            change
        })
        .await?;
        for uid in uids {
            self.found.remove(uid);
            self.noted.insert(*uid, keywords.clone());
        }
        Ok(())
    }

    pub(super) async fn update(&self, uids: &[Uid], change: impl Fn(&Self, Uid) -> Value + Send + Sync) -> Result<()> {
        self.each(UPDATE, uids, |graph, uid, id| Part {
            method: "PATCH",
            url: graph.account.client.relative(&["messages", id]),
            body: Some(change(graph, uid)),
        })
        .await
    }

    /// Removes messages: for good, or to where people can bring them back from.
    pub(super) async fn remove(&self, uids: &[Uid]) -> Result<()> {
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

    pub(super) async fn move_all(&self, uids: &[Uid], name: &str) -> Result<()> {
        let folder = folder::find_or_make(&self.account.client, name, &self.witness).await?;
        self.each(MOVE, uids, |graph, _, id| Part {
            method: "POST",
            url: graph.account.client.relative(&["messages", id, "move"]),
            body: Some(json!({"destinationId": folder.id})),
        })
        .await
    }

    /// Changes the keywords of one message.
    pub(super) async fn note(&mut self, uid: Uid, change: impl FnOnce(&mut Vec<String>)) -> Result<()> {
        let mut after = self.keywords(uid).to_vec();
        change(&mut after);
        if after != self.keywords(uid) {
            self.update(&[uid], |_, _| json!({"singleValueExtendedProperties": noting(&after)})).await?;
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
        &self,
        request: &'static str,
        uids: &[Uid],
        part: impl Fn(&Self, Uid, &str) -> Part + Send + Sync,
    ) -> Result<()> {
        let parts: Vec<Part> = uids.iter().map(|uid| part(self, *uid, &self.origin.name(*uid).to_string())).collect();
        for answer in self.account.client.batch(request, parts, &self.witness).await? {
            match answer {
                Err(error) if is_gone(&error) => {}
                other => other?,
            }
        }
        Ok(())
    }
}
