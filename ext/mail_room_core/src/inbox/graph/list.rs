//! Lists of messages, page by page.

use serde::Deserialize;
use serde_json::json;

use super::{
    Graph, folder,
    note::{self, NOTE, SIZE},
};
use crate::{
    Error, Result,
    inbox::{
        MessageSize, Unread,
        keywords::{DELIVERED, QUARANTINED},
    },
    log::brief,
    message::Uid,
};

/// What a request for a list is called in errors.
const LIST: &str = "GET messages";

/// How many messages a page holds.
const PAGE: &str = "500";

/// Most messages in one list, as each of them costs memory for its long name. The next list has the rest.
const MOST_LISTED: usize = 10_000;

/// Ids have some 150 bytes, and are kept.
const LONGEST_ID: usize = 1 << 10;

/// A server that goes on with empty pages would be asked for ever.
const MOST_PAGES: usize = 1_000;

/// What a message of unknown size is taken for.
const PROBABLE_SIZE: u64 = 64 << 10;

/// Properties that are sorted by have to come first in the filter (Microsoft, "List messages").
const FROM_THE_BEGINNING: &str = "receivedDateTime ge 1900-01-01T00:00:00Z";

#[derive(Deserialize)]
struct Page {
    value: Vec<Listed>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    #[serde(default, rename = "singleValueExtendedProperties")]
    properties: Vec<Property>,
}

#[derive(Deserialize)]
struct Property {
    id: String,
    value: Option<String>,
}

impl Listed {
    fn property(&self, id: &str) -> Option<&str> {
        // Servers write the number of a property in their own way: Integer 0xe08.
        let same = |property: &&Property| spelled(&property.id) == spelled(id);
        self.properties.iter().find(same).and_then(|property| property.value.as_deref())
    }
}

fn spelled(id: &str) -> String {
    id.to_ascii_lowercase().replace("0x0", "0x")
}

impl Graph {
    /// The unread messages, oldest first, and what is known of them.
    pub(super) async fn list_unread(&mut self) -> Result<Unread> {
        let (uids, more) = self.list("isRead eq false").await?;
        let mut count = uids.len();
        if more {
            let folder = folder::by_id(&self.account.client, &self.folder.id, &self.witness).await?;
            count = usize::try_from(folder.unread_item_count).unwrap_or_default().max(count + 1);
        }
        self.account.names.keep(&uids);
        self.found.retain(|uid, _| uids.binary_search(uid).is_ok());
        Ok(Unread { uids, count })
    }

    /// Messages that a process marked and did not live to remove.
    pub(super) async fn list_leftovers(&mut self) -> Result<Vec<Uid>> {
        match self.list(&format!("isRead eq true and {}", note::filter(DELIVERED))).await {
            Ok((uids, _)) => Ok(uids),
            // Large folders may take too long for it, and this is no reason not to serve one.
            Err(error @ (Error::Answered { .. } | Error::Deadline { .. })) => {
                self.witness.warn("messages to be removed were left", json!({"error": brief(&error.to_string())}));
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }

    /// The messages that count as quarantined: those with our note, which in the folder itself are flagged
    /// besides; the flag alone will do there for one that is named.
    pub(super) async fn list_quarantined(&mut self, aside: bool, named: &[String]) -> Result<Vec<Uid>> {
        const FLAGGED: &str = "flag/flagStatus eq 'flagged'";
        let noted = note::filter(QUARANTINED);
        let filter = match (aside, named.is_empty()) {
            (true, _) => noted,
            (false, true) => format!("{FLAGGED} and {noted}"),
            (false, false) => FLAGGED.to_owned(),
        };
        let (mut uids, _) = self.list(&filter).await?;
        if !named.is_empty() {
            uids.retain(|uid| named.contains(&self.origin.name(*uid).to_string()));
        }
        Ok(uids)
    }

    /// The messages that a filter finds, by the numbers they have from now on, and whether there are more.
    async fn list(&mut self, filter: &str) -> Result<(Vec<Uid>, bool)> {
        let mut url = self.account.client.url(&["mailFolders", &self.folder.id, "messages"]);
        url.query_pairs_mut()
            .append_pair("$filter", &format!("{FROM_THE_BEGINNING} and {filter}"))
            .append_pair("$orderby", "receivedDateTime asc")
            .append_pair("$select", "id")
            .append_pair("$top", PAGE)
            .append_pair(
                "$expand",
                &format!("singleValueExtendedProperties($filter=id eq '{SIZE}' or id eq '{NOTE}')"),
            );
        let (mut uids, mut next) = (Vec::new(), Some(url));
        for _ in 0..MOST_PAGES {
            let Some(url) = next.take() else { break };
            let page: Page = self.account.client.get(LIST, url, &[], &self.witness).await?;
            next = page.next.map(|link| self.account.client.follow(&link)).transpose()?;
            for listed in page.value.into_iter().filter(|listed| listed.id.len() <= LONGEST_ID) {
                if uids.len() == MOST_LISTED {
                    uids.sort_unstable();
                    return Ok((uids, true));
                }
                let uid = self.account.names.number(&listed.id);
                let size = listed.property(SIZE).and_then(|size| size.parse().ok());
                let keywords = listed.property(NOTE).map(note::keywords).unwrap_or_default();
                // What is too large shows when it is fetched: this size is not that of what is sent.
                let bytes = size.unwrap_or(PROBABLE_SIZE).min(self.limits.message_bytes);
                self.found.insert(uid, MessageSize { uid, bytes, keywords });
                uids.push(uid);
            }
        }
        uids.sort_unstable();
        uids.dedup();
        Ok((uids, next.is_some()))
    }
}
