//! Steps ② to ⑥: one pass over a mailbox.

mod delivering;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result,
    arbitration::{Arbitration, Claimed},
    crash_point::{self, Step},
    delivery::Delivery,
    inbox::imap::{Imap, MessageSize},
    log::{Log, brief},
    mailbox::{Limits, Settlement},
    message::{Message, Uid},
    settle::{Ledger, Settled},
    window::{Budget, Window, windows},
};

/// How many messages are claimed and asked for their sizes at once.
const CLAIMED_AT_ONCE: usize = 500;
/// A list older than this is made anew. Beside a second process it must be younger than the records
/// of what was delivered, or a message could be taken for new after its record has gone.
const LIST_AGE: Duration = Duration::from_secs(300);
/// How many UIDs a log line names.
const LOGGED_UIDS: usize = 100;

/// What a pass works with, session after session.
pub(crate) struct Pass {
    pub(crate) arbitration: Arc<dyn Arbitration>,
    pub(crate) delivery: Arc<dyn Delivery>,
    pub(crate) settlement: Settlement,
    pub(crate) limits: Limits,
    pub(crate) budget: Budget,
    pub(crate) log: Log,
    pub(crate) ledger: Ledger,
    /// Messages at which the receiver was found to be down. They come last the next time: should one
    /// of them be the cause, it does not hold up the others for ever.
    pub(crate) suspects: BTreeSet<Uid>,
    /// The receiver was found to be down: the next time one message goes ahead of the others.
    pub(crate) probing: bool,
}

/// How a pass went that met no error.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    /// Messages that stay unread: the server did not send them, or their delivery was not accepted.
    pub(crate) try_again: usize,
    /// Messages that are in the hands of another process.
    pub(crate) held: usize,
    /// There is more to do at once: the list grew too old to go on with.
    pub(crate) cut_short: bool,
    /// Messages that were accepted or quarantined: their claims must not be released.
    decided: BTreeSet<Uid>,
}

impl Pass {
    /// Lists, claims, fetches, delivers and settles all there is.
    ///
    /// Ends early, after settling what was accepted, when `stop` is cancelled.
    ///
    /// # Errors
    /// [`Error::ReceiverDown`] leaves the session usable, [`Error::ShuttingDown`] does not. Whatever
    /// the error, what was accepted is marked or stands in the ledger.
    ///
    /// Not cancel safe: a delivery in hand would be lost sight of. Use `stop`.
    pub(crate) async fn run(&mut self, inbox: &mut Imap, stop: &CancellationToken) -> Result<Passed> {
        self.log.info("Processing started", json!({}));
        let mut passed = Passed::default();
        self.settle(inbox).await?;
        let listed_at = Instant::now();
        let unread = unless(stop, inbox.unread()).await?;
        crash_point::after(Step::Listed);
        if unread.is_empty() {
            self.log_listed(0, &[], &[]);
        }
        let total = unread.len();
        self.suspects.retain(|uid| unread.binary_search(uid).is_ok());
        let (last, first): (Vec<Uid>, Vec<Uid>) = unread.into_iter().partition(|uid| self.suspects.contains(uid));
        for listed in first.chunks(CLAIMED_AT_ONCE).chain(last.chunks(CLAIMED_AT_ONCE)) {
            if stop.is_cancelled() {
                break; // between two commands, so that the session can still log out
            }
            if listed_at.elapsed() > LIST_AGE {
                passed.cut_short = true;
                break;
            }
            let claimed = unless(stop, self.arbitration.claim(inbox.origin(), listed)).await;
            if matches!(claimed, Err(Error::ShuttingDown)) {
                // The arbiter may have granted what nobody waits for any more.
                self.arbitration.release(inbox.origin(), listed).await;
            }
            let Claimed { granted, done } = claimed?;
            crash_point::after(Step::Claimed);
            self.log_listed(total, listed, &granted);
            passed.held += listed.len() - granted.len() - done.len();
            self.make_up_for(&done);
            let arbitration = Arc::clone(&self.arbitration);
            let outcome = tokio::select! {
                outcome = self.take(inbox, &granted, stop, &mut passed) => outcome,
                () = arbitration.renew() => Ok(()), // which never ends
            };
            let left: Vec<Uid> = granted.into_iter().filter(|uid| !passed.decided.contains(uid)).collect();
            self.arbitration.release(inbox.origin(), &left).await;
            passed.decided.clear();
            outcome?;
        }
        Ok(passed)
    }

    /// Marks what is decided, and lets the arbiter know.
    ///
    /// # Errors
    /// Those of STORE and EXPUNGE: what is not marked stays in the ledger then. And
    /// [`Error::ReceiverDown`] when the receiver may have lost what it had accepted: nothing is marked
    /// then, and whether a message has to be delivered again shows when it is claimed again.
    pub(crate) async fn settle(&mut self, inbox: &mut Imap) -> Result<()> {
        if let Err(error) = self.delivery.confirm().await {
            self.ledger.forget();
            return Err(error);
        }
        let Settled { accepted, quarantined } = self.ledger.settle(inbox, self.settlement).await?;
        self.arbitration.settled(inbox.origin(), &accepted).await;
        self.arbitration.release(inbox.origin(), &quarantined).await;
        Ok(())
    }

    /// Messages that another process delivered, and did not live to mark.
    fn make_up_for(&mut self, done: &[Uid]) {
        if !done.is_empty() {
            self.delivery.doubt();
        }
        for uid in done {
            self.ledger.accepted(*uid, self.settlement);
            self.log.info("delivered before, marking only", json!({"uid": uid}));
        }
    }

    /// Carries what was claimed to the application, window by window.
    async fn take(
        &mut self,
        inbox: &mut Imap,
        claimed: &[Uid],
        stop: &CancellationToken,
        passed: &mut Passed,
    ) -> Result<()> {
        let (fit, oversize): (Vec<MessageSize>, Vec<MessageSize>) = unless(stop, inbox.sizes(claimed))
            .await?
            .into_iter()
            .partition(|message| message.bytes <= self.limits.message_bytes);
        for MessageSize { uid, bytes } in oversize {
            self.quarantine(uid, &format!("{bytes} bytes are more than max_message_size"));
            passed.decided.insert(uid);
        }
        let (ahead, others) = fit.split_at(usize::from(self.probing && !fit.is_empty()));
        for Window { uids, bytes } in windows(ahead, &self.limits).into_iter().chain(windows(others, &self.limits)) {
            if stop.is_cancelled() {
                break;
            }
            let room = unless(stop, async { Ok(self.budget.room_for(bytes).await) }).await?;
            room.during(self.carry(inbox, &uids, stop, passed)).await?;
        }
        self.settle(inbox).await
    }

    /// Fetches, delivers and settles the messages of one window.
    async fn carry(
        &mut self,
        inbox: &mut Imap,
        uids: &[Uid],
        stop: &CancellationToken,
        passed: &mut Passed,
    ) -> Result<()> {
        let messages = match unless(stop, inbox.fetch(uids)).await {
            // One message the server cannot read must not hold up its neighbours.
            Err(error @ Error::Refused { .. }) if uids.len() > 1 => self.fetch_singly(inbox, uids, stop, error).await,
            fetched => fetched,
        }?;
        crash_point::after(Step::Fetched);
        passed.try_again += uids.len() - messages.len();
        self.log_missing(uids, &messages);
        let delivered = self.deliver(inbox, messages, stop, passed).await;
        self.settle(inbox).await?;
        delivered
    }

    /// The messages the server can read. `error` is what it said to all at once.
    async fn fetch_singly(
        &self,
        inbox: &mut Imap,
        uids: &[Uid],
        stop: &CancellationToken,
        error: Error,
    ) -> Result<Vec<Message>> {
        self.log.warn("fetching one by one", json!({"error": brief(&error.to_string())}));
        let mut messages = Vec::with_capacity(uids.len());
        for uid in uids {
            match unless(stop, inbox.fetch(&[*uid])).await {
                Err(Error::Refused { .. }) => {}
                fetched => messages.extend(fetched?),
            }
        }
        Ok(messages)
    }

    fn quarantine(&mut self, uid: Uid, reason: &str) {
        self.ledger.quarantined(uid);
        let hint = "marked \\Seen and \\Flagged; mark it unread to have it tried again";
        self.log.error("message quarantined", json!({"uid": uid, "error": brief(reason), "hint": hint}));
    }

    /// Another client may have removed a message meanwhile; a server that keeps one back must show.
    fn log_missing(&self, asked: &[Uid], messages: &[Message]) {
        let sent = |uid: &Uid| messages.binary_search_by_key(uid, |message| message.uid).is_ok();
        for uid in asked.iter().filter(|uid| !sent(uid)) {
            self.log.warn("message not sent by the server", json!({"uid": uid}));
        }
    }

    fn log_listed(&self, unread: usize, listed: &[Uid], claimed: &[Uid]) {
        let some = |uids: &[Uid]| uids[..uids.len().min(LOGGED_UIDS)].to_vec();
        self.log.info(
            "Getting new messages",
            json!({
                "unread": {"count": unread, "ids": some(listed)},
                "to_be_delivered": {"count": claimed.len(), "ids": some(claimed)},
                "arbitrator": self.arbitration.name(),
            }),
        );
    }
}

/// The outcome of `work`, unless the process is to end first. What is broken off this way leaves the
/// session unusable, and nothing delivered or marked.
pub(crate) async fn unless<T>(stop: &CancellationToken, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(Error::ShuttingDown),
        outcome = work => outcome,
    }
}
