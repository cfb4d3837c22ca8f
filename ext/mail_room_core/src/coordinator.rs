//! All mailboxes of a process, side by side.

use std::{
    any::Any, collections::BTreeMap, future::pending, panic::AssertUnwindSafe, pin::Pin, sync::Arc, time::Duration,
};

use futures_util::FutureExt;
use serde_json::{Value, json, value::RawValue};
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result,
    delivery::hand_over,
    descriptors::Need,
    fields::Fields,
    health::Health,
    inbox::Doors,
    log::Writer,
    mailbox::{self, Mailbox},
    postgres_connection::PostgresConnections,
    redis_connection::RedisConnections,
    service_manager::{Attendance, Attendant, RollCall, ServiceManager},
    watcher::Watcher,
    window::Budget,
};

/// How long the end may wait for the last log lines to be written.
const LAST_LINES: Duration = Duration::from_millis(500);
/// How long a shutdown may take when the settings do not say.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Watches over the watchers.
pub struct Coordinator {
    #[expect(clippy::vec_box, reason = "each goes into its task as it is")]
    watchers: Vec<Box<Watcher>>,
    hand_overs: Vec<Option<hand_over::Receiver>>,
    shutdown_timeout: Duration,
    writer: Arc<Writer>,
    health: Option<Health>,
    attendance: Attendance,
    service_manager: Option<ServiceManager>,
}

impl Coordinator {
    /// Reads `{"mailboxes": […], "shutdown_timeout": seconds, "health_check": {"address": …, "port": …},
    /// "service_manager": {"socket": …, "watchdog_usec": …}}` and opens what can be opened without a network: log
    /// files, hand-overs and the socket of the health check. Nothing runs yet.
    ///
    /// The process may have as many file descriptors after that as its hard limit lets it, where the soft one is too
    /// low.
    ///
    /// # Errors
    /// [`Error::Configuration`], also when the mailboxes need more descriptors than there may be, and
    /// [`Error::LogFile`].
    pub fn from_json(text: &str) -> Result<Self> {
        let (settings, mailboxes) = read(text)?;
        let shutdown_timeout =
            Fields::new(&settings, "settings".to_owned())?.seconds("shutdown_timeout", SHUTDOWN_TIMEOUT)?;
        let (mut redis, mut postgres) = (RedisConnections::default(), PostgresConnections::default());
        let mut doors = Doors::default();
        let (budget, writer) = (Budget::new(), Arc::new(Writer::default()));
        let attendance = Attendance::of(mailboxes.len());
        let mut need = Need::default();
        let mailboxes = mailboxes.iter().map(|mailbox| Mailbox::from_json(mailbox.get()).map(Box::new));
        let mailboxes = mailboxes.collect::<Result<Vec<_>>>()?;
        mailboxes.iter().for_each(|mailbox| need.add(mailbox));
        need.provide()?;
        let (mut watchers, mut hand_overs) = (Vec::new(), Vec::new());
        for mailbox in mailboxes {
            let (watcher, receiver) =
                Watcher::new(mailbox, &mut redis, &mut postgres, &mut doors, budget.clone(), &writer, &attendance)?;
            watchers.push(Box::new(watcher));
            hand_overs.push(receiver);
        }
        let health = Health::bind(settings.get("health_check"))?;
        let service_manager = ServiceManager::read(settings.get("service_manager"));
        Ok(Self { watchers, hand_overs, shutdown_timeout, writer, health, attendance, service_manager })
    }

    /// For each mailbox, when its delivery is a Ruby class, the end of the hand-over its messages are
    /// to be taken from. Empty when called again.
    pub fn take_hand_overs(&mut self) -> Vec<Option<hand_over::Receiver>> {
        std::mem::take(&mut self.hand_overs)
    }

    /// Serves all mailboxes until `stop` is cancelled, and ends within the shutdown timeout then:
    /// every watcher finishes the delivery in hand, settles what was accepted, and logs out.
    ///
    /// Cancelling ends the watchers at once; what was accepted may then be delivered again.
    pub async fn run(self, stop: CancellationToken) {
        let health = self.health.map(|health| health.serve(&stop));
        let mut tasks = JoinSet::new();
        let mut roll_call = RollCall::new();
        let mut under_way = Vec::with_capacity(self.watchers.len());
        for watcher in self.watchers {
            let log = watcher.log().clone();
            let supervisor = Box::pin(supervise(watcher, stop.clone()));
            under_way.push((log, tasks.spawn(attended(roll_call.admit(), supervisor))));
        }
        let mut told = JoinSet::new();
        if let Some(manager) = self.service_manager {
            told.spawn(manager.serve(self.attendance, roll_call, stop.clone(), self.shutdown_timeout));
        }
        stop.cancelled().await;
        let all = async { while tasks.join_next().await.is_some() {} };
        if timeout(self.shutdown_timeout, all).await.is_err() {
            for (log, _) in under_way.iter().filter(|(_, task)| !task.is_finished()) {
                let hint = "what was accepted and could not be marked will be delivered again";
                log.warn("Not done within shutdown_timeout", json!({"hint": hint}));
            }
            tasks.shutdown().await;
        }
        drop((health, told)); // which ends them
        let writer = self.writer;
        let _ = spawn_blocking(move || writer.flush(LAST_LINES)).await;
    }
}

/// The settings of the process, and those of its mailboxes. These are read one by one: as a tree, what stands here for
/// thousands takes more memory than the mailboxes themselves.
fn read(text: &str) -> Result<(Value, Vec<&RawValue>)> {
    let mut top: BTreeMap<String, &RawValue> = mailbox::parse(text)?;
    let mailboxes = match top.remove("mailboxes").map(RawValue::get) {
        None | Some("null") => Vec::new(),
        Some(list) if list.starts_with('[') => mailbox::parse(list)?,
        Some(_) => return Err(Error::Configuration("mailboxes must be a list".to_owned())),
    };
    let rest = top.into_iter().map(|(key, value)| Ok((key, mailbox::parse(value.get())?)));
    Ok((Value::Object(rest.collect::<Result<_>>()?), mailboxes))
}

/// Answers for a supervisor, in its own task, so that there is no answer when that is stuck.
async fn attended(mut attendant: Attendant, supervisor: Pin<Box<impl Future<Output = ()>>>) {
    let answering = async {
        attendant.answer().await;
        pending::<()>().await;
    };
    tokio::select! {
        () = supervisor => {}
        () = answering => {}
    }
}

/// Runs a watcher again when it panics: the other mailboxes must not suffer, and neither must its
/// own for longer than a backoff.
async fn supervise(mut watcher: Box<Watcher>, stop: CancellationToken) {
    while let Err(panic) = AssertUnwindSafe(watcher.run(&stop)).catch_unwind().await {
        watcher.recover(panic_text(panic.as_ref()), &stop).await;
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A future is as large as the largest of its states. What a pass needs must not be held while nothing happens.
    #[test]
    fn a_mailbox_that_waits_is_a_small_task() {
        let settings = json!({"mailboxes": [{
            "email": "one@example.com", "password": "p", "name": "INBOX", "host": "h", "port": 993,
            "delivery_method": "noop",
        }]});
        let mut coordinator = Coordinator::from_json(&settings.to_string()).expect("settings");
        let watcher = coordinator.watchers.pop().expect("a watcher");
        let watcher_bytes = size_of_val(&*watcher);
        let supervisor = supervise(watcher, CancellationToken::new());
        let supervisor_bytes = size_of_val(&supervisor);
        let task = attended(RollCall::new().admit(), Box::pin(supervisor));
        let task_bytes = size_of_val(&task);
        println!("watcher {watcher_bytes}, supervisor {supervisor_bytes}, task {task_bytes}");
        assert!(watcher_bytes < 2_000 && supervisor_bytes < 2_000 && task_bytes < 500);
    }
}
