//! Steps ② to ⑥: one pass over a mailbox.

mod delivering;
mod failing;
mod first_run;
mod settling;
mod sorter;
mod sorting;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub(crate) use self::{first_run::FirstRun, sorter::Sorter};
use crate::{
    Error, Result,
    arbitration::{Arbitration, Claimed},
    attempts::Attempts,
    crash_point::{self, Step},
    delivery::Delivery,
    inbox::{Fetched, Inbox, Unread},
    log::{Log, brief},
    mailbox::{Limits, Settlement},
    message::{Origin, Uid},
    settle::{Ledger, Notes},
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
    pub(crate) sorter: Sorter,
    pub(crate) delivery: Arc<dyn Delivery>,
    pub(crate) settlement: Settlement,
    /// Where quarantined messages are moved to; unless set they stay.
    pub(crate) quarantine_mailbox: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) first_run: FirstRun,
    pub(crate) budget: Budget,
    pub(crate) log: Log,
    /// The mailbox in the generation of the present session.
    pub(crate) origin: Arc<Origin>,
    pub(crate) ledger: Ledger,
    pub(crate) notes: Notes,
    pub(crate) attempts: Attempts,
    /// The receiver was found to be down: the next time one message goes ahead of the others.
    pub(crate) probing: bool,
    /// How many messages were marked so far.
    pub(crate) marked: usize,
    /// What is being fetched or delivered.
    pub(crate) in_hand: Option<Vec<Uid>>,
    /// Messages that were accepted, skipped or quarantined since the last claims: those must not be released.
    pub(crate) decided: BTreeSet<Uid>,
    /// Messages the server listed and told no size of.
    pub(crate) sizeless: BTreeSet<Uid>,
    /// Messages whose counted failures are to be forgotten.
    pub(crate) forgiven: Vec<Uid>,
}

/// How a pass went that met no error.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    /// Messages that are in the hands of another process, or could not be had at the moment.
    pub(crate) held: usize,
    /// There is more to do at once: the list grew too old to go on with.
    pub(crate) cut_short: bool,
    /// Nothing was done: there are more messages than there may be at first.
    pub(crate) refused: bool,
}

impl Pass {
    /// Lists, claims, fetches, sorts, delivers and settles all there is.
    ///
    /// Ends early, after settling what was accepted, when `stop` is cancelled.
    ///
    /// # Errors
    /// [`Error::ReceiverDown`] leaves the session usable, [`Error::ShuttingDown`] does not. Whatever
    /// the error, what was accepted is marked or stands in the ledger.
    ///
    /// Not cancel safe: a delivery in hand would be lost sight of. Use `stop`.
    pub(crate) async fn run(&mut self, inbox: &mut dyn Inbox, stop: &CancellationToken) -> Result<Passed> {
        self.log.info("Processing started", json!({}));
        let mut passed = Passed::default();
        self.decided.clear();
        self.settle(inbox).await?;
        let listed_at = Instant::now();
        let Unread { uids: mut unread, count: total } = unless(stop, inbox.unread()).await?;
        crash_point::after(Step::Listed);
        let more = total > unread.len();
        if self.refuses_to_begin(total) {
            passed.refused = true;
            return Ok(passed);
        }
        if !more {
            self.ledger.keep(&unread);
        }
        unread.retain(|uid| !self.ledger.holds(*uid));
        self.attempts.keep(&unread);
        self.notes.keep(&unread);
        self.sizeless.retain(|uid| unread.binary_search(uid).is_ok());
        let (first, again) = self.attempts.due(unread);
        if first.is_empty() && again.is_empty() {
            self.log_listed(total, &[], &[]);
        }
        for listed in first.chunks(CLAIMED_AT_ONCE).chain(again.chunks(1)) {
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
            let held = listed.len() - granted.len() - done.len();
            if held > 0 {
                passed.held += held;
                let elsewhere = listed.iter().filter(|uid| !granted.contains(uid) && !done.contains(uid));
                elsewhere.for_each(|uid| self.attempts.held_elsewhere(*uid));
            }
            self.make_up_for(&done);
            let marked_before = self.marked;
            let arbitration = Arc::clone(&self.arbitration);
            let outcome = tokio::select! {
                outcome = self.take(inbox, &granted, stop, &mut passed) => outcome,
                () = arbitration.renew() => Ok(()), // which never ends
            };
            // A list that was not the whole one is made anew, unless nothing in it could be worked off.
            passed.cut_short |= more && self.marked > marked_before;
            let left: Vec<Uid> = granted.into_iter().filter(|uid| !self.decided.contains(uid)).collect();
            self.arbitration.release(inbox.origin(), &left).await;
            self.decided.clear();
            outcome?;
        }
        Ok(passed)
    }

    /// To be called with each new session. What is known of UIDs holds in one generation of a mailbox.
    pub(crate) fn enter(&mut self, origin: &Arc<Origin>) {
        let uid_validity = origin.uid_validity;
        self.origin = Arc::clone(origin);
        self.ledger.enter(uid_validity);
        self.notes.enter(uid_validity);
        self.attempts.enter(uid_validity);
        self.sizeless.clear();
    }

    /// Carries what was claimed to the application, window by window.
    async fn take(
        &mut self,
        inbox: &mut dyn Inbox,
        claimed: &[Uid],
        stop: &CancellationToken,
        passed: &mut Passed,
    ) -> Result<()> {
        let Some(mut sizes) = self.sizes(inbox, claimed, stop).await? else { return self.settle(inbox).await };
        self.not_sized(claimed, &sizes).await;
        self.seen(&mut sizes).await;
        let mut fit = Vec::with_capacity(sizes.len());
        for size in sizes {
            if size.bytes <= self.limits.message_bytes {
                fit.push(size);
            } else {
                self.too_large(size.uid, size.bytes);
            }
        }
        let (ahead, others) = fit.split_at(usize::from(self.probing && !fit.is_empty()));
        let cut = |messages| windows(messages, &self.limits, |uid| self.attempts.sets_apart(uid));
        let windows: Vec<Window> = cut(ahead).into_iter().chain(cut(others)).collect();
        for Window { uids, bytes } in windows {
            if stop.is_cancelled() {
                break;
            }
            let room = unless(stop, async { Ok(self.budget.room_for(bytes).await) }).await?;
            room.during(self.carry(inbox, &uids, stop, passed)).await?;
        }
        self.settle(inbox).await
    }

    /// Fetches, sorts, delivers and settles the messages of one window.
    async fn carry(
        &mut self,
        inbox: &mut dyn Inbox,
        uids: &[Uid],
        stop: &CancellationToken,
        passed: &mut Passed,
    ) -> Result<()> {
        self.in_hand = Some(uids.to_vec());
        let Fetched { messages, missing } = match unless(stop, inbox.fetch(uids)).await {
            // One message the server cannot read must not hold up its neighbours.
            Err(error @ Error::Refused { .. }) if self.can_do_without(uids) => {
                self.fetch_singly(inbox, uids, stop, error).await
            }
            fetched => fetched,
        }?;
        crash_point::after(Step::Fetched);
        self.not_sent(uids, &messages, missing, passed).await;
        let delivered = self.deliver(inbox, messages, stop, passed).await;
        self.in_hand = None;
        self.settle(inbox).await?;
        delivered
    }

    /// The messages the server can read. `error` is what it said to all at once.
    async fn fetch_singly(
        &self,
        inbox: &mut dyn Inbox,
        uids: &[Uid],
        stop: &CancellationToken,
        error: Error,
    ) -> Result<Fetched> {
        self.log.warn("fetching one by one", json!({"error": brief(&error.to_string())}));
        let mut all = Fetched::default();
        for uid in uids {
            match unless(stop, inbox.fetch(&[*uid])).await {
                Err(Error::Refused { .. }) => {}
                fetched => {
                    let Fetched { messages, missing } = fetched?;
                    all.messages.extend(messages);
                    all.missing.extend(missing);
                }
            }
        }
        Ok(all)
    }

    fn log_listed(&self, unread: usize, listed: &[Uid], claimed: &[Uid]) {
        let some = |uids: &[Uid]| self.origin.names(&uids[..uids.len().min(LOGGED_UIDS)]);
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
