//! Keeps one mailbox served: a session after the other, and in each session pass, wait, pass …

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result,
    backoff::Backoff,
    delivery::hand_over,
    inbox::imap::Imap,
    log::Log,
    mailbox::Mailbox,
    pass::{Pass, unless},
    redis_connection::RedisConnections,
    settle::Ledger,
    window::Budget,
};

/// The watcher of one mailbox.
pub(crate) struct Watcher {
    mailbox: Mailbox,
    pass: Pass,
    backoff: Backoff,
    log: Log,
}

impl Watcher {
    /// A watcher, and for a Ruby class the end of the hand-over Ruby takes messages from.
    ///
    /// # Errors
    /// When a log file or a pipe cannot be opened.
    pub(crate) fn new(
        mailbox: Mailbox,
        redis: &mut RedisConnections,
        budget: Budget,
    ) -> Result<(Self, Option<hand_over::Receiver>)> {
        let log = Log::open(mailbox.log.clone(), &mailbox.imap.email, &mailbox.imap.name)?;
        let (delivery, receiver) = mailbox.delivery.clone().build(redis, &mailbox.timeouts)?;
        let pass = Pass {
            arbitration: mailbox.arbitration.build(),
            delivery,
            settlement: mailbox.settlement,
            limits: mailbox.limits,
            budget,
            log: log.clone(),
            ledger: Ledger::default(),
        };
        Ok((Self { mailbox, pass, backoff: Backoff::new(), log }, receiver))
    }

    /// Serves the mailbox until `stop` is cancelled. No error ends it: each leads to a new session
    /// after a backoff.
    pub(crate) async fn run(&mut self, stop: &CancellationToken) {
        self.log.info("Setting up watcher", json!({}));
        if self.mailbox.imap.security.trusts_anyone() {
            self.log.warn("verify_mode is none: the server's certificate is not checked", json!({}));
        }
        loop {
            match self.session(stop).await {
                Ok(()) | Err(Error::ShuttingDown) => break,
                Err(error) => {
                    let wait = self.backoff.next();
                    let told = json!({"error": error.to_string(), "retry_in_s": rounded(wait)});
                    self.log.warn("Disconnected. Resetting...", told);
                    if unless(stop, sleep_for(wait)).await.is_err() {
                        break;
                    }
                }
            }
        }
        self.log.info("Done with mailbox", json!({}));
    }

    /// Waits before a watcher that panicked is run again.
    pub(crate) async fn recover(&mut self, panic: &str, stop: &CancellationToken) {
        let wait = self.backoff.next();
        self.log.error("Watcher panicked. Restarting...", json!({"error": panic, "retry_in_s": rounded(wait)}));
        let _ = unless(stop, sleep_for(wait)).await;
    }

    /// One connection's life. Ends well only when `stop` is cancelled.
    async fn session(&mut self, stop: &CancellationToken) -> Result<()> {
        let log = self.log.clone();
        let mut inbox = unless(stop, Imap::open(&self.mailbox, |step| log.info(step, json!({})))).await?;
        self.pass.ledger.enter(inbox.origin().uid_validity);
        self.warn_of_what_is_missing(&inbox);
        while !stop.is_cancelled() {
            let wait = match self.pass.run(&mut inbox, stop).await {
                Ok(passed) if passed.try_again == 0 => {
                    self.backoff.reset();
                    Duration::MAX
                }
                Ok(_) => self.backoff.next(),
                Err(error) if error.spares_the_connection() => {
                    self.await_receiver(error, stop).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            if stop.is_cancelled() {
                break;
            }
            self.log.info("Idling", json!({}));
            inbox.wait(wait, stop.cancelled()).await?;
        }
        self.log.info("Quitting connection...", json!({}));
        inbox.logout().await;
        Ok(())
    }

    /// Mail waits safely on the server while its receiver is down, and nothing is fetched meanwhile.
    async fn await_receiver(&mut self, mut error: Error, stop: &CancellationToken) {
        loop {
            let wait = self.backoff.next();
            let told = json!({"error": error.to_string(), "retry_in_s": rounded(wait)});
            self.log.warn("Delivery paused", told);
            if unless(stop, sleep_for(wait)).await.is_err() {
                return;
            }
            match unless(stop, self.pass.delivery.reachable()).await {
                Err(again @ Error::ReceiverDown { .. }) => error = again,
                _ => return,
            }
        }
    }

    fn warn_of_what_is_missing(&self, inbox: &Imap) {
        let settlement = self.mailbox.settlement;
        if settlement.delete && settlement.expunge && !inbox.has_uid_plus() {
            let hint = "the server lacks UIDPLUS: EXPUNGE also removes what other clients marked \\Deleted";
            self.log.warn("expunging by EXPUNGE", json!({"hint": hint}));
        }
        if !inbox.has_idle() {
            let hint = "the server lacks IDLE: it is polled, so new messages may wait up to a minute";
            self.log.warn("polling by NOOP", json!({"hint": hint}));
        }
    }
}

async fn sleep_for(wait: Duration) -> Result<()> {
    sleep(wait).await;
    Ok(())
}

/// Seconds with one digit after the point.
fn rounded(wait: Duration) -> f64 {
    (wait.as_secs_f64() * 10.0).round() / 10.0
}
