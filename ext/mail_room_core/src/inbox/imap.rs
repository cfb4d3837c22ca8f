//! ② A mailbox on an IMAP server (RFC 3501).

mod account;
mod alerts;
mod as_inbox;
mod connect;
pub(crate) mod examine;
mod frames;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod guard;
mod idle;
mod login;
mod marks;
mod mutf7;
mod quarantine;
mod readable;
mod response;
mod sasl;
mod select;
mod settings;
mod throttle;
mod transport;
mod uid_set;
mod wire;

use std::{collections::BTreeMap, sync::Arc};

use tokio::time::Instant;

pub(crate) use self::{
    account::Account,
    settings::ImapSettings,
    throttle::{is_throttling, suggested_pause},
};
use self::{
    alerts::Alerts,
    response::{Code, Response},
    select::{Selected, mailbox_name, select},
    uid_set::uid_sets,
    wire::{Limit, Wire},
};
use super::{MessageSize, Witness, keywords::is_ours};
use crate::{
    Result,
    mailbox::{Limits, Mailbox, Timeouts},
    message::{Message, Origin, Uid},
    net::Stream,
};

/// Most messages worked off in one pass. The next one finds the rest.
const MOST_UNREAD: usize = 1_000_000;

/// A session with one mailbox selected.
///
/// After any error but [`Error::Refused`], and after a dropped future, the session must be dropped.
pub(crate) struct Imap {
    wire: Wire,
    timeouts: Timeouts,
    limits: Limits,
    search_command: String,
    /// When the access token is about to expire that it was opened with.
    ends_at: Option<Instant>,
    origin: Arc<Origin>,
    /// Whether the server can remove exactly the messages it is told to (RFC 4315).
    uid_plus: bool,
    /// Whether the server can tell of new messages by itself (RFC 2177).
    idle: bool,
    /// Whether the server can move messages (RFC 6851).
    moves: bool,
    /// Whether the server keeps keywords of ours.
    keywords: bool,
}

impl Imap {
    /// Connects, logs in and selects the mailbox. `witness` is told each step, and for as long as the session
    /// lasts what the server wants people to read.
    ///
    /// # Errors
    /// Any [`Error`] that has to do with a connection; also when the mailbox could not be marked
    /// (read-only), because then every message would be delivered again and again.
    pub(crate) async fn open(account: &Account, mailbox: &Mailbox, witness: &Witness) -> Result<Self> {
        witness.step("Connecting");
        let connected = connect::connect(&account.settings, &mailbox.timeouts).await?;
        let (told, alerted) = (witness.clone(), witness.clone());
        let step = |step| told.step(step);
        let alert = move |text: &str| alerted.alert(text);
        Self::begin(connected.stream, connected.greeting_follows, account, mailbox, step, alert).await
    }

    /// [`Imap::open`] from the first byte of IMAP on.
    async fn begin(
        stream: Box<dyn Stream>,
        greeting_follows: bool,
        account: &Account,
        mailbox: &Mailbox,
        mut step: impl FnMut(&'static str),
        alert: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Self> {
        let Account { settings, key } = account;
        let timeouts = &mailbox.timeouts;
        let mut wire = Wire::new(stream, mailbox.limits.message_bytes, Alerts::new(alert));
        let logged_in = greeting_follows && login::greet(&mut wire, timeouts).await?;
        let mut ends_at = None;
        if !logged_in {
            step("Logging into mailbox");
            ends_at = login::log_in(&mut wire, settings, key, timeouts).await?;
        }
        login::learn_capabilities(&mut wire, timeouts).await?;
        step("Setting mailbox");
        let selected = select(&mut wire, &settings.name, timeouts).await?;
        selected.suits(mailbox.settlement)?;
        Ok(Self::with(wire, settings, ends_at, &selected, mailbox))
    }

    /// A session with the mailbox that is selected.
    fn with(
        wire: Wire,
        settings: &ImapSettings,
        ends_at: Option<Instant>,
        selected: &Selected,
        mailbox: &Mailbox,
    ) -> Self {
        let (uid_plus, idle, moves) = (wire.can("UIDPLUS"), wire.can("IDLE"), wire.can("MOVE"));
        let origin = Origin::numbered(settings.account(), settings.name.clone(), selected.uid_validity);
        Self {
            wire,
            timeouts: mailbox.timeouts,
            limits: mailbox.limits,
            search_command: settings.search_command.clone(),
            ends_at,
            origin: Arc::new(origin),
            uid_plus,
            idle,
            moves,
            keywords: selected.keeps_keywords(),
        }
    }

    /// What the configured search finds, oldest first.
    async fn unread(&mut self) -> Result<Vec<Uid>> {
        // Whatever has come in up to here will be found.
        self.wire.take_news();
        let criteria = self.search_command.clone();
        self.search(&criteria).await
    }

    /// What a search finds, in ascending order.
    async fn search(&mut self, criteria: &str) -> Result<Vec<Uid>> {
        let mut uids = Vec::new();
        let collect = |response| {
            if let Response::Search(found) = response {
                uids.extend(found.into_iter().take(MOST_UNREAD - uids.len()));
            }
        };
        self.wire.run("UID", &format!("SEARCH {criteria}"), self.limit(), collect).await?;
        uids.sort_unstable();
        uids.dedup();
        Ok(uids)
    }

    /// The sizes of those of `uids`, in ascending order, that still exist, oldest first.
    async fn sizes(&mut self, uids: &[Uid]) -> Result<Vec<MessageSize>> {
        let mut sizes = BTreeMap::new();
        let items = if self.keywords { "(UID FLAGS RFC822.SIZE)" } else { "(UID RFC822.SIZE)" };
        for set in uid_sets(uids) {
            let collect = |response| {
                if let Response::Fetch(response::Fetched { uid: Some(uid), size: Some(size), flags, .. }) = response
                    && uids.binary_search(&uid).is_ok()
                {
                    let flags = flags.unwrap_or_default();
                    let keywords = flags.into_iter().filter(|flag| is_ours(flag)).collect();
                    sizes.insert(uid, MessageSize { uid, bytes: size.into(), keywords });
                }
            };
            self.fetch_items(&set, items, collect).await?;
        }
        Ok(sizes.into_values().collect())
    }

    /// Those of the messages `uids`, in ascending order, that still exist, oldest first, byte for
    /// byte and unmarked.
    async fn fetch(&mut self, uids: &[Uid]) -> Result<Vec<Message>> {
        // A server may send more than was asked for, in any order, and twice.
        let mut bodies = BTreeMap::new();
        let (mut bytes, most) = (0, self.limits.window_bytes + self.limits.message_bytes);
        for set in uid_sets(uids) {
            let collect = |response| {
                if let Response::Fetch(response::Fetched { uid: Some(uid), size, body: Some(body), .. }) = response
                    && uids.binary_search(&uid).is_ok()
                    // A server in trouble: an empty message would be taken for delivered.
                    && !(body.is_empty() && size.is_some_and(|size| size > 0))
                {
                    bytes += body.len() as u64;
                    // Where the sizes were untrue, what is left out comes with the next pass.
                    if bytes <= most {
                        bodies.insert(uid, body);
                    }
                }
            };
            self.fetch_items(&set, "(UID FLAGS RFC822.SIZE BODY.PEEK[])", collect).await?;
        }
        let message = |(uid, raw)| Message { origin: Arc::clone(&self.origin), uid, raw };
        Ok(bodies.into_iter().map(message).collect())
    }

    /// Says goodbye. The answer matters to nobody; the deadline does.
    async fn logout(mut self) {
        let _ = self.wire.run("LOGOUT", "", Limit::Total(self.timeouts.done), |_| ()).await;
    }

    async fn fetch_items(&mut self, set: &str, items: &str, each: impl FnMut(Response) + Send) -> Result<()> {
        let limit = Limit::Silence(self.timeouts.literal);
        let fetched = self.wire.run("UID", &format!("FETCH {set} {items}"), limit, each).await;
        fetched.map(|_| ())
    }

    fn limit(&self) -> Limit {
        Limit::Total(self.timeouts.command)
    }
}
