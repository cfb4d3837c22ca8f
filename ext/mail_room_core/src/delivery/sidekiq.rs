//! Pushes each message as a Sidekiq job.

pub(super) mod examine;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use serde::Serialize;

use super::{Delivery, Outcome};
use crate::{
    Error, Result,
    arbitration::Claims,
    charset::to_utf8,
    fields::Fields,
    incoming_email::MailboxType,
    message::Message,
    redis_connection::{Connected, RECEIVER, RedisConnection, RedisSettings},
};

/// The `delivery_options` of today's gem.
#[derive(Clone, Debug)]
pub(crate) struct SidekiqSettings {
    pub(crate) redis: RedisSettings,
    /// Prefix of every key, for Redis servers shared through redis-namespace.
    namespace: Option<String>,
    queue: String,
    worker: String,
}

impl SidekiqSettings {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self> {
        let options = fields.section("delivery_options")?;
        Ok(Self {
            redis: RedisSettings::read(&options)?,
            namespace: options.text("namespace")?.filter(|namespace| !namespace.is_empty()),
            queue: options.text("queue")?.unwrap_or_else(|| "default".to_owned()),
            worker: options.required_text("worker")?,
        })
    }

    /// The commands that the server has to take, with an empty job.
    pub(super) fn commands(&self) -> redis::Pipeline {
        let mut commands = redis::pipe();
        commands.sadd(self.key("queues"), &self.queue).lpush(self.queue_key(), "");
        commands
    }

    fn queue_key(&self) -> String {
        self.key(&format!("queue:{}", self.queue))
    }

    /// Which of GitLab's receivers its jobs are for.
    pub(super) fn mailbox_type(&self) -> Option<MailboxType> {
        MailboxType::of_worker(&self.worker)
    }

    fn key(&self, name: &str) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}:{name}"),
            None => name.to_owned(),
        }
    }
}

/// The job as today's gem writes it, and `created_at`, which Sidekiq's web page shows.
#[derive(Serialize)]
struct Job<'a> {
    class: &'a str,
    args: [&'a str; 1],
    queue: &'a str,
    jid: &'a str,
    /// The worker decides about mails it cannot use; today's gem switches Sidekiq's retries off.
    retry: bool,
    created_at: f64,
    enqueued_at: f64,
}

pub(super) struct Sidekiq {
    settings: SidekiqSettings,
    queues_key: String,
    queue_key: String,
    redis: Arc<RedisConnection>,
    /// When the arbiter uses the same database.
    claims: Option<Arc<Claims>>,
    /// On which connection jobs were pushed that no replica is known to have.
    unconfirmed: Mutex<Option<Pushed>>,
}

/// Where jobs went.
#[derive(Clone, Copy)]
enum Pushed {
    On(Connected),
    /// Some of them to a master that may not be one any more.
    OnSeveral,
}

impl Sidekiq {
    pub(super) fn new(settings: SidekiqSettings, redis: Arc<RedisConnection>, claims: Option<Arc<Claims>>) -> Self {
        let queues_key = settings.key("queues");
        let queue_key = settings.queue_key();
        Self { settings, queues_key, queue_key, redis, claims, unconfirmed: Mutex::default() }
    }

    fn job(&self, message: &Message) -> serde_json::Result<Vec<u8>> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let text = to_utf8(&message.raw);
        // Room for escaped line ends, so that the buffer of a large message is not doubled.
        let mut job = Vec::with_capacity(text.len() + text.len() / 16 + 512);
        serde_json::to_writer(
            &mut job,
            &Job {
                class: &self.settings.worker,
                args: [&text],
                queue: &self.settings.queue,
                jid: &message.delivery_id(),
                retry: false,
                created_at: now,
                enqueued_at: now,
            },
        )?;
        Ok(job)
    }
}

impl Sidekiq {
    /// A master that dies takes along what no replica has.
    fn pushed(&self, on: Connected) {
        if !self.settings.redis.is_replicated() {
            return;
        }
        let mut unconfirmed = self.unconfirmed();
        *unconfirmed = match *unconfirmed {
            None => Some(Pushed::On(on)),
            Some(Pushed::On(before)) if before == on => Some(Pushed::On(on)),
            Some(_) => Some(Pushed::OnSeveral),
        };
    }

    fn unconfirmed(&self) -> MutexGuard<'_, Option<Pushed>> {
        self.unconfirmed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Delivery for Sidekiq {
    fn name(&self) -> &'static str {
        "MailRoom::Delivery::Sidekiq"
    }

    async fn deliver(&self, message: Message) -> Outcome {
        let job = match self.job(&message) {
            Ok(job) => job,
            Err(error) => return Outcome::TryAgain(error.to_string()),
        };
        let Message { origin, uid, raw } = message;
        drop(raw);
        match self.redis.too_large(job.len()).await {
            Ok(None) => {}
            Ok(Some(reason)) => return Outcome::Refused(format!("the job is too large: {reason}")),
            Err(reason) => return Outcome::ReceiverDown { receiver: RECEIVER, reason, retry_after: None },
        }
        let queue = &self.settings.queue;
        // Without its name in `queues` a queue is invisible on Sidekiq's web page.
        let pushed = match &self.claims {
            Some(claims) => {
                let push = claims.push(&origin, uid, &self.queues_key, &self.queue_key, queue, job);
                self.redis.invoke_on::<bool>(&push).await
            }
            None => {
                let mut push = redis::pipe();
                push.sadd(&self.queues_key, queue).lpush(&self.queue_key, job);
                // The length of the queue: who answers anything else has not pushed it.
                self.redis.run_last_on::<u64>(push).await.map(|(_, on)| (true, on))
            }
        };
        match pushed {
            Ok((true, on)) => {
                self.pushed(on);
                Outcome::accepted()
            }
            Ok((false, _)) => Outcome::ClaimLost,
            Err(reason) => Outcome::ReceiverDown { receiver: RECEIVER, reason, retry_after: None },
        }
    }

    async fn confirm(&self) -> Result<()> {
        let Some(pushed) = self.unconfirmed().take() else { return Ok(()) };
        let confirmed = match pushed {
            Pushed::On(connection) => self.redis.replicated(connection).await,
            Pushed::OnSeveral => Err("the connection changed before the replicas had all jobs".to_owned()),
        };
        confirmed.map_err(|reason| Error::ReceiverDown { receiver: RECEIVER, reason, retry_after: None })
    }

    fn doubt(&self) {
        if self.claims.is_some() {
            self.pushed(self.redis.connected());
        }
    }

    fn records_acceptance(&self) -> bool {
        self.claims.is_some()
    }

    async fn reachable(&self) -> Result<()> {
        self.redis.ping().await.map_err(|reason| Error::ReceiverDown { receiver: RECEIVER, reason, retry_after: None })
    }
}
