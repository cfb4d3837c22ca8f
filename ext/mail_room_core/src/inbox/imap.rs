//! ② A mailbox on an IMAP server (RFC 3501).

mod account;
mod alerts;
mod as_inbox;
mod connect;
pub(crate) mod examine;
mod frames;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod gathered;
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
#[cfg(test)]
mod tests;
mod throttle;
mod transport;
pub(crate) mod uid_set;
mod wire;

use std::sync::Arc;

use tokio::time::{Instant, timeout};

pub(crate) use self::{
    account::Account,
    settings::ImapSettings,
    throttle::{is_throttling, suggested_pause},
};
use self::{
    alerts::Alerts,
    gathered::Gathered,
    response::{Code, Response},
    select::{Selected, mailbox_name, select},
    uid_set::uid_sets,
    wire::{Limit, Question, Wire},
};
use super::{MessageSize, Next, Witness};
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
        self.abandon();
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

    /// Notes what will be wanted next. It is asked together with what is done next: behind the marks for what is done
    /// already, so that those are not held up by all that is sent.
    fn announce(&mut self, next: Next<'_>) {
        if matches!(next, Next::Removal(_)) && !self.uid_plus {
            return; // what EXPUNGE removes depends on all that was done before
        }
        if self.wire.asked(next).is_none() && !self.wire.will_ask(next) {
            let question = self.question(next);
            self.wire.ask_soon(question);
        }
    }

    /// The sizes of those of `uids`, in ascending order, that still exist, oldest first.
    async fn sizes(&mut self, uids: &[Uid]) -> Result<Vec<MessageSize>> {
        Ok(self.told(Next::Sizes(uids)).await?.sizes.into_values().collect())
    }

    /// Those of the messages `uids`, in ascending order, that still exist, oldest first, byte for
    /// byte and unmarked.
    async fn fetch(&mut self, uids: &[Uid]) -> Result<Vec<Message>> {
        let bodies = self.told(Next::Messages(uids)).await?.bodies;
        let message = |(uid, raw)| Message { origin: Arc::clone(&self.origin), uid, raw };
        Ok(bodies.into_iter().map(message).collect())
    }

    /// What the server tells, which may have been announced.
    async fn told(&mut self, next: Next<'_>) -> Result<Gathered> {
        // Who waits for what is on its way already has nothing more to send, and what was announced goes out before that.
        if self.wire.will_ask(next) || self.wire.asked(next).is_some() {
            self.wire.ask([]).await?;
        }
        let ticket = match self.wire.asked(next) {
            Some(ticket) => {
                // What is asked for comes in the order in which it was announced; removals come in between.
                if !matches!(next, Next::Removal(_)) {
                    self.wire.skip_to(ticket);
                }
                ticket
            }
            None => {
                let [ticket] = self.wire.ask([self.question(next)]).await?;
                ticket
            }
        };
        self.wire.answer(ticket).await
    }

    fn question(&self, next: Next<'_>) -> Question {
        let gathered = Gathered::of(next, self.limits.window_bytes + self.limits.message_bytes);
        let (uids, items) = match next {
            Next::Removal(uids) => {
                let arguments = uid_sets(uids).iter().map(|set| format!("EXPUNGE {set}")).collect();
                return Question { command: "UID", arguments, limit: self.limit(), gathered };
            }
            Next::Sizes(uids) if self.keywords => (uids, "(UID FLAGS RFC822.SIZE)"),
            Next::Sizes(uids) => (uids, "(UID RFC822.SIZE)"),
            Next::Messages(uids) => (uids, "(UID FLAGS RFC822.SIZE BODY.PEEK[])"),
        };
        let arguments = uid_sets(uids).iter().map(|set| format!("FETCH {set} {items}")).collect();
        Question { command: "UID", arguments, limit: Limit::Silence(self.timeouts.literal), gathered }
    }

    /// What was announced and not asked for is of no interest any more.
    fn abandon(&mut self) {
        self.wire.abandon_all();
    }

    /// Says goodbye. The answer matters to nobody; the deadline does.
    async fn logout(mut self) {
        // Before it would answer, the server would send all of them.
        if self.wire.awaits_messages() {
            return;
        }
        self.abandon();
        let limit = self.timeouts.done;
        let _ = timeout(limit, self.wire.run("LOGOUT", "", Limit::Total(limit), |_| ())).await;
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
