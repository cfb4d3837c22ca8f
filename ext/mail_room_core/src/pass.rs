//! Steps ② to ⑥: one pass over a mailbox.

mod answered;
mod delivering;
mod errand;
mod failing;
mod first_run;
mod planning;
mod round;
mod settling;
mod sorter;
mod sorting;

use std::{collections::BTreeSet, future::pending, sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt};
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use self::round::Round;
pub(crate) use self::{first_run::FirstRun, sorter::Sorter};
use crate::{
    Error, Result,
    arbitration::Arbitration,
    attempts::Attempts,
    crash_point::{self, Step},
    delivery::Delivery,
    inbox::{Inbox, Unread},
    log::Log,
    mailbox::{Limits, Settlement},
    message::{Origin, Uid},
    settle::{Ledger, Notes},
    window::Budget,
};

/// A list older than this is made anew. Beside a second process it must be younger than the records
/// of what was delivered, or a message could be taken for new after its record has gone.
const LIST_AGE: Duration = Duration::from_secs(300);
/// How many UIDs a log line names.
const LOGGED_UIDS: usize = 100;
/// How often a round looks at what only time changes.
const TICK: Duration = Duration::from_secs(1);

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
    pub(crate) marks: usize,
    /// The session broke with too many messages in hand to say which one may be the cause: the next time there are fewer.
    pub(crate) careful: bool,
    /// What is being fetched or delivered.
    pub(crate) in_hand: BTreeSet<Uid>,
    /// Messages that are claimed, and neither accepted nor skipped nor quarantined: those are to be released.
    pub(crate) claimed: BTreeSet<Uid>,
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
        self.let_go().await; // of what a panic left
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
            return Ok(passed);
        }
        let marks_before = self.marks;
        let mut round = Round::new(inbox, self.chunks(&first, &again), total);
        let arbitration = Arc::clone(&self.arbitration);
        tokio::select! {
            () = self.work_off(&mut round, stop, listed_at) => {}
            () = arbitration.renew() => {} // which never ends
        }
        round.claiming_is_left(&mut self.claimed);
        let Round { inbox, passed, result, .. } = round;
        let settled = match (&result, inbox) {
            (Ok(()) | Err(Error::ReceiverDown { .. }), Some(inbox)) => self.settle(inbox).await,
            _ => Ok(()),
        };
        self.let_go().await;
        settled?;
        if result.as_ref().err().is_none_or(Error::spares_the_connection) {
            self.in_hand.clear();
        }
        result?;
        self.careful = false;
        // A list that was not the whole one is made anew, unless nothing in it could be worked off.
        let cut_short = passed.cut_short || more && self.marks > marks_before;
        Ok(Passed { cut_short, ..passed })
    }

    /// Carries what was listed to the application, until nothing is left or something ends it.
    async fn work_off(&mut self, round: &mut Round<'_>, stop: &CancellationToken, listed_at: Instant) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.plan(round, listed_at);
            if round.is_over() {
                return;
            }
            let last_errand = round.last_errand(!self.ledger.is_empty());
            tokio::select! {
                biased;
                () = stop.cancelled(), if round.stopping.is_none() => {
                    round.stopping = Some(Instant::now());
                    round.claiming_is_left(&mut self.claimed);
                }
                (inbox, done) = when(&mut round.errand) => {
                    (round.inbox, round.errand) = (Some(inbox), None);
                    self.errand_ended(done, round).await;
                }
                delivered = round.under_way.next(), if !round.under_way.is_empty() => {
                    let mut next = delivered;
                    while let Some(delivered) = next {
                        self.deliver_ended(delivered, round).await;
                        next = round.under_way.next().now_or_never().flatten();
                    }
                }
                claimed = when(&mut round.claiming) => {
                    round.claiming = None;
                    self.claim_ended(claimed, round);
                }
                room = when(&mut round.making_room) => {
                    round.making_room = None;
                    round.has_room(room);
                }
                _ = round.chores.next(), if !round.chores.is_empty() => {}
                () = sleep_until(last_errand.unwrap_or_else(Instant::now)), if last_errand.is_some() => {
                    // What is broken off this way leaves the session unusable.
                    round.errand = None;
                    round.result = Err(Error::ShuttingDown);
                }
                _ = tick.tick() => round.end_loans(),
            }
        }
    }

    /// Lets go of what was claimed and not decided.
    async fn let_go(&mut self) {
        let left: Vec<Uid> = std::mem::take(&mut self.claimed).into_iter().collect();
        if !left.is_empty() {
            self.arbitration.release(&self.origin, &left).await;
        }
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

/// The outcome of what may be under way.
async fn when<T>(work: &mut Option<impl Future<Output = T> + Unpin>) -> T {
    match work {
        Some(work) => work.await,
        None => pending().await,
    }
}
