//! Pushes each message as a Sidekiq job.

pub(super) mod examine;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use serde::Serialize;

use super::{Delivery, Outcome};
use crate::{
    Error, Result,
    arbitration::{Claims, Push},
    charset::Text,
    fields::Fields,
    incoming_email::MailboxType,
    message::Message,
    redis_connection::{Connected, LongWord, Pushed, RECEIVER, RedisConnection, RedisSettings, Request, Turns},
};

/// How many jobs may be under way.
const AT_ONCE: usize = 1_000;

/// From so many bytes on a job is large: Redis takes it in without a copy (its `PROTO_MBULK_BIG_ARG`).
const LARGE: usize = 32 << 10;

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

/// The end of a job as today's gem writes it, behind `class` and `args`, and `created_at`, which Sidekiq's web page
/// shows.
#[derive(Serialize)]
struct Rest<'a> {
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
    turns: Turns,
    /// When the arbiter uses the same database.
    claims: Option<Arc<Claims>>,
    /// On which connection jobs were pushed that no replica is known to have.
    unconfirmed: Mutex<Option<Where>>,
}

/// Where jobs went.
#[derive(Clone, Copy)]
enum Where {
    On(Connected),
    /// Some of them to a master that may not be one any more.
    OnSeveral,
}

impl Sidekiq {
    pub(super) fn new(settings: SidekiqSettings, redis: Arc<RedisConnection>, claims: Option<Arc<Claims>>) -> Self {
        let queues_key = settings.key("queues");
        let queue_key = settings.queue_key();
        Self { settings, queues_key, queue_key, redis, turns: Turns::default(), claims, unconfirmed: Mutex::default() }
    }

    /// The job, with the message in its middle, and the message no more.
    fn job(&self, raw: Vec<u8>, jid: &str) -> serde_json::Result<LongWord> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let mut before = br#"{"class":"#.to_vec();
        serde_json::to_writer(&mut before, &self.settings.worker)?;
        before.extend_from_slice(br#","args":[""#);
        let rest = serde_json::to_vec(&Rest {
            queue: &self.settings.queue,
            jid,
            retry: false,
            created_at: now,
            enqueued_at: now,
        })?;
        let mut after = br#""],"#.to_vec();
        after.extend(rest.strip_prefix(b"{").unwrap_or_default());
        Ok(LongWord::new(before, Text::new(raw), after))
    }

    /// What pushes a job. Without its name in `queues` a queue is invisible on Sidekiq's web page.
    fn push(&self, job: LongWord) -> Request {
        let mut push = Request::new();
        push.command(3).word("SADD").word(&self.queues_key).word(&self.settings.queue);
        push.command(3).word("LPUSH").word(&self.queue_key).long_word(job);
        push
    }

    /// A master that dies takes along what no replica has.
    fn pushed(&self, on: Connected) {
        if !self.settings.redis.is_replicated() {
            return;
        }
        let mut unconfirmed = self.unconfirmed();
        *unconfirmed = match *unconfirmed {
            None => Some(Where::On(on)),
            Some(Where::On(before)) if before == on => Some(Where::On(on)),
            Some(_) => Some(Where::OnSeveral),
        };
    }

    fn unconfirmed(&self) -> MutexGuard<'_, Option<Where>> {
        self.unconfirmed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Delivery for Sidekiq {
    fn name(&self) -> &'static str {
        "MailRoom::Delivery::Sidekiq"
    }

    async fn deliver(&self, message: Message) -> Outcome {
        let (origin, uid, jid) = (Arc::clone(&message.origin), message.uid, message.delivery_id());
        let job = match self.job(message.raw, &jid) {
            Ok(job) => job,
            Err(error) => return Outcome::TryAgain(error.to_string()),
        };
        let bytes = job.length();
        let Self { queues_key, queue_key, settings: SidekiqSettings { queue, .. }, .. } = self;
        let request = |transaction| {
            let Some(claims) = &self.claims else { return self.push(job) };
            let push = Push { queues_key, queue_key, queue, job, jid: &jid };
            if transaction { claims.push_large(&origin, uid, push) } else { claims.push(&origin, uid, push) }
        };
        let list = (self.claims.is_some() && bytes >= LARGE).then_some(queue_key.as_str());
        // Whether it holds the claim; without claims the length of the queue. Who answers anything else has not
        // pushed it.
        match self.redis.push::<u64>(bytes, list, &self.turns, request).await {
            Ok(Pushed::Answered(0, _)) if self.claims.is_some() => Outcome::ClaimLost,
            Ok(Pushed::Answered(_, on)) => {
                self.pushed(on);
                Outcome::accepted()
            }
            Ok(Pushed::TooLarge(reason)) => Outcome::Refused(format!("the job is too large: {reason}")),
            Err(reason) => Outcome::ReceiverDown { receiver: RECEIVER, reason, retry_after: None },
        }
    }

    /// As many as a window may have: they all go down one line, in the order in which they are polled first.
    fn takes_at_once(&self) -> usize {
        AT_ONCE
    }

    async fn confirm(&self) -> Result<()> {
        let Some(pushed) = self.unconfirmed().take() else { return Ok(()) };
        let confirmed = match pushed {
            Where::On(connection) => self.redis.replicated(connection).await,
            Where::OnSeveral => Err("the connection changed before the replicas had all jobs".to_owned()),
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
