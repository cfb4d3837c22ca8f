//! Steps ④ and ⑤: the messages of one window, and what follows from the outcome of each.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    Pass, Passed,
    failing::{NOT_ACCEPTED, NOT_DELIVERED},
};
use crate::{
    Error, Result,
    attempts::Fault,
    crash_point::{self, Step},
    delivery::Outcome,
    inbox::Inbox,
    log::brief,
    message::{Message, Uid},
};

/// Why a claimed message is not delivered after all.
const LOST_CLAIM: &str = "its claim ran out, and another process may have it by now";

/// While a slow application works off a window, what it has accepted is marked so often: that much a crash
/// repeats at most, and the server sees that its client is alive.
const SETTLED_EVERY: Duration = Duration::from_secs(5);

impl Pass {
    /// Delivers message after message; their order is kept unless `delivery_concurrency` says
    /// otherwise. After a failure that concerns all, those under way are waited for and no more begun.
    pub(super) async fn deliver(
        &mut self,
        inbox: &mut dyn Inbox,
        messages: Vec<Message>,
        stop: &CancellationToken,
        passed: &mut Passed,
    ) -> Result<()> {
        let mut waiting = messages.into_iter();
        let mut under_way = FuturesUnordered::new();
        let (mut result, mut hurried) = (Ok(()), false);
        let mut settled_at = Instant::now();
        loop {
            // Deliveries under way would not go on meanwhile.
            let to_settle = settled_at.elapsed() >= SETTLED_EVERY;
            if to_settle && result.is_ok() && under_way.is_empty() {
                result = self.settle(inbox).await;
                settled_at = Instant::now();
                continue;
            }
            while result.is_ok() && !to_settle && !stop.is_cancelled() && under_way.len() < self.limits.concurrency {
                let Some(message) = waiting.next() else { break };
                if !self.arbitration.holds(inbox.origin(), message.uid) {
                    self.claim_lost(message.uid, passed);
                    continue;
                }
                let Some(told) = self.sort(&message) else { continue };
                under_way.push(self.sending(message, told));
            }
            let delivered = tokio::select! {
                delivered = under_way.next() => delivered,
                () = stop.cancelled(), if !hurried => {
                    // The deliveries under way may outlast the process. What was accepted before them is
                    // marked now; what cannot be marked is told when they are.
                    let _ = self.settle(inbox).await;
                    hurried = true;
                    continue;
                }
            };
            let Some(delivered) = delivered else { return result };
            if let Err(error) = self.delivered(delivered, passed).await {
                result = Err(error);
            }
        }
    }

    /// One delivery, whose it is, and what is to be told of it.
    fn sending(
        &self,
        message: Message,
        told: Map<String, Value>,
    ) -> impl Future<Output = (Uid, Map<String, Value>, Outcome)> + use<> {
        let (uid, delivery) = (message.uid, Arc::clone(&self.delivery));
        let sending = json!({"uid": message.name(), "deliverer": delivery.name(), "byte_size": message.raw.len()});
        self.log.info("sending to deliverer", sending);
        async move { (uid, told, delivery.deliver(message).await) }
    }

    /// What follows from the outcome of a delivery.
    async fn delivered(
        &mut self,
        (uid, route, outcome): (Uid, Map<String, Value>, Outcome),
        passed: &mut Passed,
    ) -> Result<()> {
        self.out_of_hand(uid);
        match outcome {
            Outcome::Accepted(details) => {
                crash_point::after(Step::Accepted);
                let to_record = self.arbitration.keeps_records() && !self.delivery.records_acceptance();
                if to_record {
                    // A record outlives what the receiver may still lose.
                    self.delivery.confirm().await?;
                }
                // Whatever fails from here on, it is accepted.
                self.probing = false;
                self.ledger.accepted(uid, self.settlement);
                self.decided(uid, false);
                self.attempts.accepted();
                let mut told = json!({"uid": self.origin.name(uid), "delivery_method": self.method()});
                if let Value::Object(told) = &mut told {
                    told.extend(route);
                    told.extend(details);
                }
                self.log.info("message pushed", told);
                if to_record && let Err(error) = self.arbitration.record(&self.origin, uid).await {
                    self.log
                        .warn("acceptance not recorded", json!({"uid": self.origin.name(uid), "error": brief(&error)}));
                }
                crash_point::after(Step::Recorded);
            }
            Outcome::ClaimLost => self.claim_lost(uid, passed),
            Outcome::TryAgain(reason) => {
                let fault = self.failed(uid, NOT_ACCEPTED, &reason).await;
                if fault == Fault::Receiver {
                    self.probing = true;
                    return Err(Error::ReceiverDown { receiver: "the application", reason, retry_after: None });
                }
            }
            Outcome::Refused(reason) => self.quarantine(uid, &reason),
            Outcome::ReceiverDown { receiver, reason, retry_after } => {
                let fault = self.attempts.met_a_receiver_down(uid);
                if fault != Fault::Receiver {
                    self.judged(uid, fault, NOT_ACCEPTED, &format!("{receiver}: {reason}")).await;
                }
                // Whoever names a time is left alone for it.
                if fault == Fault::Receiver || retry_after.is_some() {
                    self.probing = true;
                    return Err(Error::ReceiverDown { receiver, reason, retry_after });
                }
            }
        }
        Ok(())
    }

    pub(super) fn out_of_hand(&mut self, uid: Uid) {
        if let Some(uids) = &mut self.in_hand {
            uids.retain(|in_hand| *in_hand != uid);
        }
    }

    fn claim_lost(&mut self, uid: Uid, passed: &mut Passed) {
        passed.held += 1;
        self.attempts.held_elsewhere(uid);
        self.log.warn(NOT_DELIVERED, json!({"uid": self.origin.name(uid), "error": LOST_CLAIM}));
    }

    /// `Sidekiq` of `MailRoom::Delivery::Sidekiq`.
    fn method(&self) -> &str {
        let name = self.delivery.name();
        name.rsplit("::").next().unwrap_or(name)
    }
}
