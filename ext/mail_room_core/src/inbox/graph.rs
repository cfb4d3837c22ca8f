//! ② A mailbox on Microsoft Graph (v1.0).
//!
//! What Graph says of itself: Microsoft, "Use the Outlook mail REST API", "Obtain immutable identifiers for Outlook
//! resources", "Microsoft Graph throttling guidance".

mod alarm;
mod client;
pub(crate) mod examine;
mod fetch;
mod folder;
mod list;
mod marks;
mod note;
mod settings;

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::json;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

#[cfg(any(test, fuzzing))]
pub(crate) use self::client::fuzzing;
use self::{alarm::Alarm, client::Client, folder::Folder, marks::all};
pub(crate) use self::{client::Gates, folder::FOLDER, settings::GraphSettings};
use super::{Exceptions, Fetched, Inbox, Mark, MessageSize, Unread, Witness};
use crate::{
    Error, Result,
    mailbox::{Limits, Mailbox, Settlement, Timeouts},
    message::{Names, Origin, Uid},
    oauth2::Tokens,
};

/// However quiet the alarm is, the list is asked for after so long.
const LONGEST_QUIET: Duration = Duration::from_secs(30 * 60);

/// What of a mailbox outlives its sessions.
pub(crate) struct Account {
    settings: GraphSettings,
    client: Client,
    names: Arc<Names>,
    /// Whether messages can be changed here, as far as was seen.
    changes: AtomicBool,
}

impl Account {
    pub(crate) fn new(settings: &GraphSettings, gates: &mut Gates, timeouts: &Timeouts) -> Self {
        let GraphSettings { endpoint, client_id, email, oauth2, .. } = settings;
        let tokens = Tokens::new(oauth2.clone(), timeouts);
        let gate = gates.get(endpoint, client_id, email);
        Self {
            client: Client::new(endpoint, email, tokens, gate, timeouts),
            settings: settings.clone(),
            names: Arc::default(),
            changes: AtomicBool::new(false),
        }
    }
}

/// A session with one folder. There is no connection that belongs to it: it lasts until something fails.
pub(crate) struct Graph {
    account: Arc<Account>,
    folder: Folder,
    origin: Arc<Origin>,
    limits: Limits,
    witness: Witness,
    /// The messages of the last list that were not marked since.
    found: BTreeMap<Uid, MessageSize>,
    /// Notes that were changed since.
    noted: BTreeMap<Uid, Vec<String>>,
    alarm: Alarm,
}

impl Graph {
    /// Finds the folder, which needs an access token.
    pub(crate) async fn open(account: Arc<Account>, mailbox: &Mailbox, witness: &Witness) -> Result<Self> {
        witness.step("Connecting");
        let GraphSettings { email, name, .. } = &account.settings;
        witness.step("Setting mailbox");
        let folder = folder::find(&account.client, name, witness).await?;
        // Exchange knows users and folders whatever the case of their names, and every process has to mean the same.
        let origin = Origin::named(email.to_lowercase(), name.to_lowercase(), Arc::clone(&account.names));
        Ok(Self {
            alarm: Alarm::new(&folder),
            origin: Arc::new(origin),
            limits: mailbox.limits,
            witness: witness.clone(),
            found: BTreeMap::new(),
            noted: BTreeMap::new(),
            account,
            folder,
        })
    }
}

/// Whether a message is not there any more. A mailbox that is not there, for want of a licence perhaps, is another thing:
/// it comes back with all its messages.
fn is_gone(error: &Error) -> bool {
    matches!(error, Error::Answered { status: 404 | 410, text, .. } if text.starts_with("ErrorItemNotFound"))
}

#[async_trait]
impl Inbox for Graph {
    fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    async fn unread(&mut self) -> Result<Unread> {
        self.noted.clear();
        self.list_unread().await
    }

    async fn sizes(&mut self, uids: &[Uid]) -> Result<Vec<MessageSize>> {
        Ok(uids.iter().filter_map(|uid| self.found.get(uid)).cloned().collect())
    }

    async fn fetch(&mut self, uids: &[Uid]) -> Result<Fetched> {
        self.fetch_all(uids).await
    }

    async fn mark(&mut self, uids: &[Uid], mark: Mark) -> Result<Exceptions> {
        self.mark_all(uids, mark).await
    }

    async fn expunge(&mut self, uids: &[Uid]) -> Result<Exceptions> {
        self.remove(uids).await
    }

    async fn move_to(&mut self, uids: &[Uid], mailbox: &str) -> Result<Exceptions> {
        self.move_all(uids, mailbox).await
    }

    async fn add_keyword(&mut self, uid: Uid, keyword: &str) -> Result<bool> {
        self.note(uid, |keywords| keywords.push(keyword.to_owned())).await
    }

    async fn remove_keywords(&mut self, uid: Uid, unwanted: &[&str]) -> Result<()> {
        self.note(uid, |keywords| keywords.retain(|keyword| !unwanted.contains(&keyword.as_str()))).await.map(|_| ())
    }

    async fn leftovers(&mut self) -> Result<Vec<Uid>> {
        self.list_leftovers().await
    }

    async fn quarantined(&mut self, aside: bool, named: &[String]) -> Result<Vec<Uid>> {
        self.list_quarantined(aside, named).await
    }

    /// The note stays: whoever delivers the message takes it for a sign that its failures count anew. Should the
    /// move break off, it is found by the note.
    async fn put_back(&mut self, uids: &[Uid], _named: bool, home: Option<&str>) -> Result<()> {
        let change = json!({"isRead": false, "flag": {"flagStatus": "notFlagged"}});
        all(self.update(uids, |_, _| change.clone()).await?)?;
        match home {
            Some(home) => all(self.move_all(uids, home).await?),
            None => Ok(()),
        }
    }

    fn shortcomings(&self, _settlement: Settlement) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }

    async fn wait(&mut self, longest: Duration, stop: &CancellationToken) -> Result<()> {
        let poll_interval = self.account.settings.poll_interval;
        let deadline = Instant::now() + longest.min(LONGEST_QUIET.max(poll_interval));
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            tokio::select! {
                () = sleep(left.min(poll_interval)) => {}
                () = stop.cancelled() => return Ok(()),
            }
            if Instant::now() >= deadline {
                return Ok(());
            }
            let rings = tokio::select! {
                rings = self.rings() => rings?,
                () = stop.cancelled() => return Ok(()),
            };
            if rings {
                return Ok(());
            }
        }
    }

    async fn logout(self: Box<Self>) {}
}
