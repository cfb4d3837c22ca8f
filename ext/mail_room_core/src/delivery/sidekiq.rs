//! Pushes each message as a Sidekiq job.

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
    message::Message,
    redis_connection::{Connected, RECEIVER, RedisConnection, RedisSettings},
};

/// The `delivery_options` of today's gem.
#[derive(Clone, Debug)]
pub(crate) struct SidekiqSettings {
    pub(super) redis: RedisSettings,
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
    unconfirmed: Mutex<Option<Connected>>,
}

impl Sidekiq {
    pub(super) fn new(settings: SidekiqSettings, redis: Arc<RedisConnection>, claims: Option<Arc<Claims>>) -> Self {
        let queues_key = settings.key("queues");
        let queue_key = settings.key(&format!("queue:{}", settings.queue));
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
    /// A master that dies takes along what no replica has. `before` is the connection as it was before
    /// the push: were it another one by now, the push could have been made on either.
    fn pushed(&self, before: Connected) {
        if self.settings.redis.is_replicated() {
            self.unconfirmed().get_or_insert(before);
        }
    }

    fn unconfirmed(&self) -> MutexGuard<'_, Option<Connected>> {
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
        let queue = &self.settings.queue;
        let before = self.redis.connected();
        // Without its name in `queues` a queue is invisible on Sidekiq's web page.
        let pushed = match &self.claims {
            Some(claims) => {
                let push = claims.push(&message, &self.queues_key, &self.queue_key, queue, job);
                drop(message);
                self.redis.invoke::<bool>(&push).await
            }
            None => {
                drop(message);
                let mut push = redis::pipe();
                push.atomic().sadd(&self.queues_key, queue).ignore().lpush(&self.queue_key, job).ignore();
                self.redis.run::<()>(&push).await.map(|()| true)
            }
        };
        match pushed {
            Ok(true) => {
                self.pushed(before);
                Outcome::accepted()
            }
            Ok(false) => Outcome::TryAgain("its claim ran out, and another process may have it by now".to_owned()),
            Err(reason) => Outcome::ReceiverDown { receiver: RECEIVER, reason, retry_after: None },
        }
    }

    async fn confirm(&self) -> Result<()> {
        let Some(pushed) = self.unconfirmed().take() else { return Ok(()) };
        let down = |reason| Error::ReceiverDown { receiver: RECEIVER, reason, retry_after: None };
        self.redis.replicated().await.map_err(down)?;
        if self.redis.connected() == pushed {
            return Ok(());
        }
        Err(down("the master changed before its replicas had all jobs".to_owned()))
    }

    fn records_acceptance(&self) -> bool {
        self.claims.is_some()
    }

    async fn reachable(&self) -> Result<()> {
        self.redis.ping().await.map_err(|reason| Error::ReceiverDown { receiver: RECEIVER, reason, retry_after: None })
    }
}
