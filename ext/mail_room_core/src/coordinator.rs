//! All mailboxes of a process, side by side.

use std::{any::Any, future::pending, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use serde_json::{Value, json};
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Result,
    delivery::hand_over,
    fields::Fields,
    health::Health,
    inbox::graph::Gates,
    log::Writer,
    mailbox::{self, Mailbox},
    postgres_connection::PostgresConnections,
    redis_connection::RedisConnections,
    service_manager::{Attendance, Attendant, RollCall, ServiceManager},
    watcher::Watcher,
    window::Budget,
};

/// How far apart mailboxes begin: a thousand handshakes in one instant help nobody.
const STAGGER: Duration = Duration::from_millis(2);
/// How long the end may wait for the last log lines to be written.
const LAST_LINES: Duration = Duration::from_millis(500);
/// How long a shutdown may take when the settings do not say.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Watches over the watchers.
pub struct Coordinator {
    watchers: Vec<Watcher>,
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
    /// # Errors
    /// [`Error::Configuration`] and [`Error::LogFile`].
    pub fn from_json(text: &str) -> Result<Self> {
        let settings = mailbox::parse(text)?;
        let shutdown_timeout =
            Fields::new(&settings, "settings".to_owned())?.seconds("shutdown_timeout", SHUTDOWN_TIMEOUT)?;
        let mailboxes = match settings.get("mailboxes") {
            None | Some(Value::Null) => &[],
            Some(Value::Array(mailboxes)) => mailboxes.as_slice(),
            Some(_) => return Err(Error::Configuration("mailboxes must be a list".to_owned())),
        };
        let (mut redis, mut postgres) = (RedisConnections::default(), PostgresConnections::default());
        let mut gates = Gates::default();
        let (budget, writer) = (Budget::new(), Arc::new(Writer::default()));
        let attendance = Attendance::of(mailboxes.len());
        let (mut watchers, mut hand_overs) = (Vec::new(), Vec::new());
        for mailbox in mailboxes {
            let mailbox = Mailbox::from_settings(mailbox)?;
            let (watcher, receiver) =
                Watcher::new(mailbox, &mut redis, &mut postgres, &mut gates, budget.clone(), &writer, &attendance)?;
            watchers.push(watcher);
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
        for (watcher, nth) in self.watchers.into_iter().zip(0u32..) {
            let log = watcher.log().clone();
            under_way
                .push((log, tasks.spawn(attended(roll_call.admit(), supervise(watcher, STAGGER * nth, stop.clone())))));
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

/// Answers for a supervisor, in its own task, so that there is no answer when that is stuck.
async fn attended(mut attendant: Attendant, supervisor: impl Future<Output = ()>) {
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
async fn supervise(mut watcher: Watcher, delay: Duration, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => return,
        () = sleep(delay) => {}
    }
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
