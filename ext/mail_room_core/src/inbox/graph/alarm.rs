//! Hears of new messages without asking for a list (Microsoft, "message: delta").

use reqwest::Url;
use serde::Deserialize;

use super::{Graph, folder::Folder};
use crate::{Error, Result};

/// What a request for changes is called in errors.
const DELTA: &str = "GET messages/delta";

/// To begin with, a folder tells of all messages in it, read ones included. Of larger ones it is cheaper to ask for the
/// unread each time.
const LARGEST_FOLDER: u64 = 5_000;

/// How many messages a page holds.
const PAGE: &str = "odata.maxpagesize=500";

/// A server that goes on with pages would be asked for ever.
const MOST_PAGES: usize = 50;

/// How a folder's changes are heard of.
#[derive(Debug)]
pub(super) enum Alarm {
    /// Not at all: the list is asked for each time.
    Off,
    /// Nothing was asked yet.
    Unset,
    /// By asking for what has changed since then.
    Set(Url),
}

#[derive(Deserialize)]
struct Page {
    value: Vec<Changed>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    last: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    id: String,
    /// Missing when the message was removed.
    is_read: Option<bool>,
}

impl Alarm {
    pub(super) fn new(folder: &Folder) -> Self {
        if folder.total_item_count > LARGEST_FOLDER { Self::Off } else { Self::Unset }
    }
}

impl Graph {
    /// Whether a list has to be asked for: an unread message is there that was not in the last one, or nobody knows.
    pub(super) async fn rings(&mut self) -> Result<bool> {
        let begins = matches!(self.alarm, Alarm::Unset);
        let url = match &self.alarm {
            Alarm::Off => return Ok(true),
            Alarm::Set(url) => url.clone(),
            Alarm::Unset => {
                let mut url = self.account.client.url(&["mailFolders", &self.folder.id, "messages", "delta"]);
                url.query_pairs_mut().append_pair("$select", "isRead");
                url
            }
        };
        match self.changes(url).await {
            Ok(rings) => Ok(rings),
            // The state at the server is gone (SyncStateNotFound), or it keeps none.
            Err(Error::Answered { status: 400 | 404 | 405 | 410 | 501, .. }) => {
                self.alarm = if begins { Alarm::Off } else { Alarm::Unset };
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    async fn changes(&mut self, first: Url) -> Result<bool> {
        let (mut rings, mut url) = (false, first);
        for _ in 0..MOST_PAGES {
            let page: Page = self.account.client.get(DELTA, url, &[PAGE], &self.witness).await?;
            rings |= page.value.iter().any(|changed| changed.is_read == Some(false) && !self.is_listed(&changed.id));
            match (page.next, page.last) {
                (Some(next), _) => url = self.account.client.follow(&next)?,
                (None, Some(last)) => {
                    self.alarm = Alarm::Set(self.account.client.follow(&last)?);
                    return Ok(rings);
                }
                (None, None) => break,
            }
        }
        self.alarm = Alarm::Off;
        Ok(true)
    }

    /// Whether a message was in the last list and waits since.
    fn is_listed(&self, id: &str) -> bool {
        self.account.names.known_as(id).is_some_and(|uid| self.found.contains_key(&uid))
    }
}
