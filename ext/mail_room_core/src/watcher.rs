//! Keeps one mailbox served: a session after the other, and in each session pass, wait, pass …

use std::{collections::BTreeSet, mem, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result,
    arbitration::ArbitrationSettings,
    attempts::{Attempts, HELD_ELSEWHERE},
    backoff::Backoff,
    delivery::{DeliverySettings, hand_over},
    inbox::{Doors, Entrance, Witness},
    log::{Log, Writer, brief},
    mailbox::Mailbox,
    message::Origin,
    pass::{FirstRun, Pass, Passed, Sorter, unless},
    postgres_connection::PostgresConnections,
    redis_connection::RedisConnections,
    service_manager::Attendance,
    settle::{Ledger, Notes},
    window::Budget,
};

/// A session that has worked for so long was no accident: the next failure is a new one. A server
/// that closes each session soon after it began must not be stormed with logins.
const STABLE: Duration = Duration::from_secs(60);

/// What gitlab-mail_room calls it in its log.
const DISCONNECTED: &str = "Disconnected. Resetting...";

/// The shortest wait after a login that was refused twice running.
const REFUSED_AGAIN: Duration = Duration::from_secs(30);

/// Failing messages that are due soon after each other are tried in one pass.
const SHORTEST_WAIT: Duration = Duration::from_millis(50);

/// A mailbox with too many messages to begin with is looked at again after so long: that somebody marks them as
/// read does not end IDLE.
const REFUSED_BATCH: Duration = Duration::from_secs(30);

/// A receiver that asks for more is asked again nevertheless.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);

/// The watcher of one mailbox.
pub(crate) struct Watcher {
    mailbox: Box<Mailbox>,
    entrance: Entrance,
    pass: Pass,
    /// Between two sessions, and two looks at a receiver that is down: one's trouble says nothing about
    /// the other's.
    reconnecting: Backoff,
    receiver: Backoff,
    /// Whether the last session ended at the login.
    login_refused: bool,
    /// How often this watcher has panicked.
    panics: u32,
    /// When the first pass of this session succeeded.
    healthy_since: Option<Instant>,
    attendance: Attendance,
    log: Log,
}

impl Watcher {
    /// A watcher, and for a Ruby class the end of the hand-over Ruby takes messages from.
    ///
    /// # Errors
    /// When a log file or a pipe cannot be opened.
    pub(crate) fn new(
        mut mailbox: Box<Mailbox>,
        redis: &mut RedisConnections,
        postgres: &mut PostgresConnections,
        doors: &mut Doors,
        budget: Budget,
        writer: &Arc<Writer>,
        attendance: &Attendance,
    ) -> Result<(Self, Option<hand_over::Receiver>)> {
        let (email, name) = (mailbox.inbox.email(), mailbox.inbox.name());
        let log = Log::open(writer, &mailbox.log, email, name, mailbox.redactor.clone())?;
        // What is made of these settings keeps them: there may be many mailboxes.
        let arbitration = mem::replace(&mut mailbox.arbitration, ArbitrationSettings::Noop);
        let (arbitration, claims_in) = arbitration.build(redis, &mailbox.timeouts);
        let delivery = mem::replace(&mut mailbox.delivery, DeliverySettings::Noop);
        let (delivery, receiver) = delivery.build(redis, postgres, &claims_in, &mailbox.timeouts)?;
        let pass = Pass {
            arbitration,
            sorter: Sorter::new(mailbox.incoming_email.take(), mem::take(&mut mailbox.filter)),
            delivery,
            settlement: mailbox.settlement,
            quarantine_mailbox: mailbox.quarantine_mailbox.take(),
            limits: mailbox.limits,
            first_run: FirstRun::new(mailbox.limits.first_run),
            budget,
            log: log.clone(),
            origin: Arc::new(Origin::numbered(String::new(), String::new(), 0)),
            ledger: Ledger::default(),
            notes: Notes::default(),
            attempts: Attempts::default(),
            probing: false,
            careful: false,
            marks: 0,
            in_hand: BTreeSet::new(),
            claimed: BTreeSet::new(),
            sizeless: BTreeSet::new(),
            forgiven: Vec::new(),
        };
        let watcher = Self {
            entrance: Entrance::new(&mailbox, doors),
            mailbox,
            pass,
            reconnecting: Backoff::new(),
            receiver: Backoff::new(),
            login_refused: false,
            panics: 0,
            healthy_since: None,
            attendance: attendance.clone(),
            log,
        };
        Ok((watcher, receiver))
    }

    /// Serves the mailbox until `stop` is cancelled. No error ends it: each leads to a new session
    /// after a backoff.
    pub(crate) async fn run(&mut self, stop: &CancellationToken) {
        self.log.info("Setting up watcher", json!({}));
        for remark in &self.mailbox.remarks {
            self.log.warn(remark, json!({}));
        }
        loop {
            match self.session(stop).await {
                Ok(End::Stopped) | Err(Error::ShuttingDown) => break,
                Ok(End::Renewed) => {
                    // Tokens that hold for no time at all must not become a storm of logins.
                    if self.healthy_since.take().is_some_and(|since| since.elapsed() >= STABLE) {
                        self.reconnecting.reset();
                    } else if unless(stop, sleep_for(self.reconnecting.next())).await.is_err() {
                        break;
                    }
                }
                Err(error) => {
                    Box::pin(self.pass.broken_off(error.may_lie_in_a_message().then(|| error.to_string()))).await;
                    if self.healthy_since.take().is_some_and(|since| since.elapsed() >= STABLE) {
                        self.reconnecting.reset();
                    }
                    let ceiling = self.reconnecting.ceiling();
                    let wait = self.reconnecting.next().max(self.login_pause(&error)).max(error.suggested_pause());
                    let told = told(&error.to_string(), wait, ceiling);
                    if error.needs_an_operator() {
                        self.log.error(DISCONNECTED, told);
                    } else {
                        self.log.warn(DISCONNECTED, told);
                    }
                    if unless(stop, sleep_for(wait)).await.is_err() {
                        break;
                    }
                }
            }
        }
        Box::pin(self.settle_at_last()).await;
        self.log.info("Done with mailbox", json!({}));
    }

    /// A login that is refused again and again is no passing trouble, and servers lock out those who
    /// go on guessing.
    fn login_pause(&mut self, error: &Error) -> Duration {
        let before = mem::replace(&mut self.login_refused, error.is_refused_login());
        if before && self.login_refused { REFUSED_AGAIN } else { Duration::ZERO }
    }

    /// What was accepted and could not be marked would be delivered again by the next process. One
    /// more attempt, for as long as the shutdown may take.
    async fn settle_at_last(&mut self) {
        if self.pass.ledger.is_empty() {
            return;
        }
        self.pass.ledger.hurry();
        let settled = async {
            let mut inbox = Box::pin(self.entrance.open(&self.mailbox, &Witness::new(&self.log))).await?;
            self.pass.enter(inbox.origin());
            self.pass.settle(inbox.as_mut()).await?;
            inbox.logout().await;
            Ok::<(), Error>(())
        };
        let error = settled.await.err().map(|error| brief(&error.to_string()));
        if error.is_some() || !self.pass.ledger.is_empty() {
            let hint = "messages could not be marked: what was accepted will be delivered again";
            self.log.error("Not settled", json!({"error": error, "hint": hint}));
        }
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Waits before a watcher that panicked is run again.
    pub(crate) async fn recover(&mut self, panic: &str, stop: &CancellationToken) {
        let ceiling = self.reconnecting.ceiling();
        let wait = self.reconnecting.next();
        self.panics += 1;
        Box::pin(self.pass.broken_off(Some(panic.to_owned()))).await;
        let mut told = told(panic, wait, ceiling);
        told["panics"] = self.panics.into();
        self.log.error("Watcher panicked. Restarting...", told);
        let _ = unless(stop, sleep_for(wait)).await;
    }

    /// One connection's life.
    async fn session(&mut self, stop: &CancellationToken) -> Result<End> {
        let witness = Witness::new(&self.log);
        // A task is as large as the largest of what it waits for. All but the wait for mail is boxed.
        let mut inbox = unless(stop, Box::pin(self.entrance.open(&self.mailbox, &witness))).await?;
        let _present = self.attendance.enter();
        self.pass.enter(inbox.origin());
        for (action, hint) in inbox.shortcomings(self.mailbox.settlement) {
            self.log.warn(action, json!({"hint": hint}));
        }
        unless(stop, Box::pin(self.pass.remove_leftovers(inbox.as_mut()))).await?;
        if let Err(down) = unless(stop, self.pass.delivery.reachable()).await {
            Box::pin(self.await_receiver(down, stop)).await;
        }
        while !stop.is_cancelled() {
            let wait = match Box::pin(self.pass.run(inbox.as_mut(), stop)).await {
                Ok(passed) => {
                    let wait = self.passed(&passed);
                    if passed.cut_short {
                        continue;
                    }
                    wait
                }
                Err(error) if error.spares_the_connection() => {
                    Box::pin(self.await_receiver(error, stop)).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            if stop.is_cancelled() {
                break;
            }
            if inbox.ends_at().is_some_and(|ends_at| ends_at <= Instant::now()) {
                self.log.info("Renewing the login", json!({}));
                inbox.logout().await;
                return Ok(End::Renewed);
            }
            self.log.info("Idling", json!({}));
            inbox.wait(wait, stop).await?;
        }
        self.log.info("Quitting connection...", json!({}));
        inbox.logout().await;
        Ok(End::Stopped)
    }

    /// How long to wait for the next pass at most.
    fn passed(&mut self, passed: &Passed) -> Duration {
        self.healthy_since.get_or_insert_with(Instant::now);
        if !self.pass.probing {
            self.receiver.reset();
        }
        let held = match passed {
            Passed { refused: true, .. } => REFUSED_BATCH,
            Passed { held: 1.., .. } => HELD_ELSEWHERE,
            _ => Duration::MAX,
        };
        let due = self.pass.attempts.next_due().into_iter().chain(self.pass.ledger.next_due()).min();
        due.map_or(held, |due| held.min(due.max(SHORTEST_WAIT)))
    }

    /// Mail waits safely on the server while its receiver is down, and nothing is fetched meanwhile.
    async fn await_receiver(&mut self, mut error: Error, stop: &CancellationToken) {
        loop {
            let asked_for = if let Error::ReceiverDown { retry_after, .. } = &error { *retry_after } else { None };
            let ceiling = self.receiver.ceiling();
            let wait = self.receiver.next().max(asked_for.unwrap_or_default().min(LONGEST_RETRY_AFTER));
            self.log.warn("Delivery paused", told(&error.to_string(), wait, ceiling));
            if unless(stop, sleep_for(wait)).await.is_err() {
                return;
            }
            match unless(stop, self.pass.delivery.reachable()).await {
                Err(again @ Error::ReceiverDown { .. }) => error = again,
                _ => return,
            }
        }
    }
}

/// How a session ended that met no error.
enum End {
    Stopped,
    /// Its access token was about to end.
    Renewed,
}

async fn sleep_for(wait: Duration) -> Result<()> {
    sleep(wait).await;
    Ok(())
}

/// What a log line tells of a failure. The ceiling is what the wait was drawn below; a longer wait
/// was asked for.
fn told(error: &str, wait: Duration, ceiling: Duration) -> Value {
    json!({"error": brief(error), "retry_in_s": rounded(wait), "retry_within_s": rounded(ceiling.max(wait))})
}

/// Seconds with one digit after the point.
fn rounded(wait: Duration) -> f64 {
    (wait.as_secs_f64() * 10.0).round() / 10.0
}
