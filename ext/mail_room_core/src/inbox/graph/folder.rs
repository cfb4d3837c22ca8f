//! From the name of a folder to its id.

use serde::Deserialize;

use super::client::Client;
use crate::{Error, Result, inbox::Witness};

/// What a request for a folder is called in errors.
pub(crate) const FOLDER: &str = "GET mailFolders";

/// Names that mean the same in every mailbox, whatever its language (Microsoft, "mailFolder resource type").
const WELL_KNOWN: [&str; 17] = [
    "archive",
    "clutter",
    "conflicts",
    "conversationhistory",
    "deleteditems",
    "drafts",
    "inbox",
    "junkemail",
    "localfailures",
    "msgfolderroot",
    "outbox",
    "recoverableitemsdeletions",
    "scheduled",
    "searchfolders",
    "sentitems",
    "serverfailures",
    "syncissues",
];

/// An id is longer than names are.
const SHORTEST_ID: usize = 40;

/// What is asked of folders.
const SELECTED: &str = "id,totalItemCount,unreadItemCount";

/// A folder of a mailbox.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Folder {
    pub(super) id: String,
    /// How many messages it holds, read ones included.
    #[serde(default)]
    pub(super) total_item_count: u64,
    #[serde(default)]
    pub(super) unread_item_count: u64,
}

#[derive(Deserialize)]
struct Folders {
    value: Vec<Folder>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

/// A filter may find nothing on a page and something on the next.
const MOST_PAGES: usize = 100;

fn well_known(name: &str) -> Option<&'static str> {
    WELL_KNOWN.into_iter().find(|known| name.eq_ignore_ascii_case(known))
}

/// Finds the folder of this name: a well-known one; or by display name; or by a path of display names, the first of
/// which may be a well-known one; or by id.
///
/// # Errors
/// [`Error::Answered`] with 404 when there is none.
pub(super) async fn find(client: &Client, name: &str, witness: &Witness) -> Result<Folder> {
    if let Some(known) = well_known(name) {
        match by_id(client, known, witness).await {
            // Not every mailbox has each of them, and a folder of its own may be called so.
            Err(Error::Answered { status: 404, .. }) => {}
            found => return found,
        }
    }
    if let Some(folder) = below(client, None, name, witness).await? {
        return Ok(folder);
    }
    if name.contains('/')
        && let Some(folder) = by_path(client, name, witness).await?
    {
        return Ok(folder);
    }
    if name.len() >= SHORTEST_ID && !name.contains('/') {
        match by_id(client, name, witness).await {
            Err(Error::Answered { status: 400 | 404, .. }) => {}
            found => return found,
        }
    }
    Err(Error::Answered { request: FOLDER, status: 404, text: format!("no folder is called {name:?}") })
}

/// The folder of this name, which is made when there is none.
///
/// # Errors
/// Those of [`find`], and of the request that makes it. A missing part of a path is not made.
pub(super) async fn find_or_make(client: &Client, name: &str, witness: &Witness) -> Result<Folder> {
    match find(client, name, witness).await {
        Err(Error::Answered { request: FOLDER, status: 404, .. }) => {}
        found => return found,
    }
    let (parent, last) = match name.rsplit_once('/') {
        Some((path, last)) => (Some(find(client, path, witness).await?), last),
        None => (None, name),
    };
    let url = match &parent {
        Some(parent) => client.url(&["mailFolders", &parent.id, "childFolders"]),
        None => client.url(&["mailFolders"]),
    };
    client.post("POST mailFolders", url, &serde_json::json!({"displayName": last}), witness).await
}

/// The folder with this id, or well-known name.
///
/// # Errors
/// [`Error::Answered`] with 404, and 400 for what is no id.
pub(super) async fn by_id(client: &Client, id: &str, witness: &Witness) -> Result<Folder> {
    let mut url = client.url(&["mailFolders", id]);
    url.query_pairs_mut().append_pair("$select", SELECTED);
    client.get(FOLDER, url, &[], witness).await
}

async fn by_path(client: &Client, path: &str, witness: &Witness) -> Result<Option<Folder>> {
    let mut folder: Option<Folder> = None;
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let found = match (&folder, well_known(part)) {
            (None, Some(known)) => Some(by_id(client, known, witness).await?),
            (parent, _) => below(client, parent.as_ref(), part, witness).await?,
        };
        let Some(found) = found else { return Ok(None) };
        folder = Some(found);
    }
    Ok(folder)
}

/// The folder of this display name, at the top or below another one.
async fn below(client: &Client, parent: Option<&Folder>, name: &str, witness: &Witness) -> Result<Option<Folder>> {
    let mut url = match parent {
        Some(parent) => client.url(&["mailFolders", &parent.id, "childFolders"]),
        None => client.url(&["mailFolders"]),
    };
    let filter = format!("displayName eq '{}'", name.replace('\'', "''"));
    url.query_pairs_mut().append_pair("$filter", &filter).append_pair("$select", SELECTED);
    for _ in 0..MOST_PAGES {
        let Folders { value, next } = client.get(FOLDER, url, &[], witness).await?;
        if let found @ Some(_) = value.into_iter().next() {
            return Ok(found);
        }
        match next {
            Some(link) => url = client.follow(&link)?,
            None => break,
        }
    }
    Ok(None)
}
