//! Step ⑤: one delivery, and what follows from its outcome.

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use serde_json::{Map, Value, json};

use super::{
    Pass, Passed,
    failing::{NOT_ACCEPTED, NOT_DELIVERED},
    round::Round,
};
use crate::{
    Error, Result,
    attempts::Fault,
    crash_point::{self, Step},
    delivery::Outcome,
    log::brief,
    message::{Message, Uid},
    window::Room,
};

/// Why a claimed message is not delivered after all.
const LOST_CLAIM: &str = "its claim ran out, and another process may have it by now";

/// What came of one delivery.
pub(super) struct Delivered {
    uid: Uid,
    /// What is to be told of it besides.
    told: Map<String, Value>,
    outcome: Outcome,
    /// Whether the arbiter knows that the message was accepted, where it has to be told.
    recorded: Result<(), String>,
    /// What was accepted may be lost nevertheless.
    unconfirmed: Option<Error>,
}

impl Pass {
    /// One delivery, up to the arbiter's record where that is a step of its own.
    pub(super) fn sending(
        &self,
        message: Message,
        told: Map<String, Value>,
        room: Option<Room>,
    ) -> BoxFuture<'static, Delivered> {
        let (uid, delivery) = (message.uid, Arc::clone(&self.delivery));
        let sending = json!({"uid": message.name(), "deliverer": delivery.name(), "byte_size": message.raw.len()});
        self.log.info("sending to deliverer", sending);
        let to_record = self.arbitration.keeps_records() && !delivery.records_acceptance();
        let arbiter = to_record.then(|| (Arc::clone(&self.arbitration), Arc::clone(&self.origin)));
        let sent = async move {
            let outcome = delivery.deliver(message).await;
            drop(room);
            let mut delivered = Delivered { uid, told, outcome, recorded: Ok(()), unconfirmed: None };
            if let Outcome::Accepted(_) = delivered.outcome {
                crash_point::after(Step::Accepted);
                if let Some((arbitration, origin)) = arbiter {
                    // A record outlives what the receiver may still lose.
                    match delivery.confirm().await {
                        Ok(()) => delivered.recorded = arbitration.record(&origin, uid).await,
                        Err(error) => delivered.unconfirmed = Some(error),
                    }
                }
            }
            delivered
        };
        sent.boxed()
    }

    /// What follows from the outcome of a delivery.
    pub(super) async fn delivered(&mut self, delivered: Delivered, round: &mut Round<'_>) -> Result<()> {
        let Delivered { uid, told: route, outcome, recorded, unconfirmed } = delivered;
        self.in_hand.remove(&uid);
        match outcome {
            Outcome::Accepted(details) => {
                if let Some(error) = unconfirmed {
                    return Err(error);
                }
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
                if let Err(error) = recorded {
                    self.log
                        .warn("acceptance not recorded", json!({"uid": self.origin.name(uid), "error": brief(&error)}));
                }
                crash_point::after(Step::Recorded);
            }
            Outcome::ClaimLost => self.claim_lost(uid, &mut round.passed),
            Outcome::TryAgain(reason) => {
                let fault = self.failed(uid, NOT_ACCEPTED, &reason).await;
                if fault == Fault::Receiver {
                    self.probing = true;
                    return Err(Error::ReceiverDown { receiver: "the application", reason, retry_after: None });
                }
            }
            Outcome::Refused(reason) => self.quarantine(uid, &reason),
            // Those that were under way beside the first one that met it say nothing of themselves.
            Outcome::ReceiverDown { .. } if round.result.is_err() => {}
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

    pub(super) fn claim_lost(&mut self, uid: Uid, passed: &mut Passed) {
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
