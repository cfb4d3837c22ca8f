//! Claims kept in Redis, for several processes that watch one mailbox.
//!
//! Each message has two keys, below the configured namespace:
//!
//! * its own, `delivered:<account>:<mailbox>:<uidvalidity>:<uid>`. While a process works on the
//!   message it holds `lease:<token>` and is renewed; let go, it is deleted; after acceptance it holds
//!   `done` until the message has been marked, and `settled` for ten minutes more.
//! * `delivered:<uid>`, the key of gitlab-mail_room, which holds `1` there. It holds the name of the
//!   own key here, so that an old process leaves the message alone, and one of ours can tell that it
//!   belongs to another mailbox with the same UID and is no obstacle.
//!
//! A message whose delivery failed has a third one, `attempts:<account>:<mailbox>:<uidvalidity>:<uid>`,
//! with the number of failures.

mod keys;
mod scripts;

use std::{
    collections::BTreeMap,
    process,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::time::{Instant, sleep};

use self::{keys::Keys, scripts::Scripts};
use super::{Arbitration, Claimed};
use crate::{
    Error, Result,
    fields::Fields,
    message::{Origin, Uid},
    redis_connection::{RECEIVER, RedisConnection, RedisSettings},
};

/// A claim that is not renewed runs out after this long: so long the messages of a process that died
/// wait for another one.
const LEASE: Duration = Duration::from_secs(30);

/// How often claims are renewed, and how long that may take: two attempts before one runs out.
const RENEWAL: Duration = Duration::from_secs(8);
const RENEWAL_LIMIT: Duration = Duration::from_secs(5);

/// How long it is remembered that a message was accepted but not marked: it may lie unread until
/// somebody starts a process again.
const DONE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The same once it is marked: another process may have listed it before, and must not list so long
/// ago. It is what gitlab-mail_room gives its key.
const SETTLED: Duration = Duration::from_secs(600);

/// `redis_url`, `namespace` and the rest of `arbitration_options`.
#[derive(Clone, Debug)]
pub(crate) struct RedisArbitrationSettings {
    pub(crate) redis: RedisSettings,
    namespace: Option<String>,
}

impl RedisArbitrationSettings {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self> {
        let options = fields.section("arbitration_options")?;
        Ok(Self {
            redis: RedisSettings::read(&options)?,
            namespace: options.text("namespace")?.filter(|namespace| !namespace.is_empty()),
        })
    }
}

impl RedisArbitrationSettings {
    /// The commands that the server has to take: those of the scripts, and those that run them.
    pub(crate) fn commands(&self) -> redis::Pipeline {
        let key = format!("{}mail_room check", Keys::new(self.namespace.as_deref()).prefix());
        let mut commands = redis::pipe();
        commands.get(&key).set(&key, "").del(&key);
        commands.cmd("SCRIPT").arg("LOAD").arg("return 1");
        commands.cmd("EVALSHA").arg(redis::Script::new("return 1").get_hash()).arg(1).arg(&key);
        commands
    }
}

/// The claims of one mailbox in one process.
pub(crate) struct Redis {
    settings: RedisArbitrationSettings,
    connection: Arc<RedisConnection>,
    claims: Arc<Claims>,
    held: Mutex<BTreeMap<String, Held>>,
}

/// A claim of this process.
struct Held {
    /// The key of gitlab-mail_room.
    old: String,
    /// When it runs out, by this machine's clock and rather too early.
    until: Instant,
}

/// What it takes to speak of a claim: names of keys, the token of this process, the scripts.
pub(crate) struct Claims {
    keys: Keys,
    token: String,
    scripts: Scripts,
}

impl Redis {
    pub(super) fn new(settings: RedisArbitrationSettings, connection: Arc<RedisConnection>) -> Self {
        // Process and random part: the first for who looks at the key, the second for its uniqueness.
        let token = format!("lease:{}:{:016x}", process::id(), fastrand::u64(..));
        let keys = Keys::new(settings.namespace.as_deref());
        let claims = Arc::new(Claims { keys, token, scripts: Scripts::new() });
        Self { settings, connection, claims, held: Mutex::default() }
    }

    /// For a delivery whose commands go to this database: what makes a job and the record of its
    /// acceptance one step.
    pub(crate) fn claims_in(&self, redis: &RedisSettings) -> Option<Arc<Claims>> {
        self.settings.redis.same_database(redis).then(|| Arc::clone(&self.claims))
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn change(
        &self,
        script: &redis::Script,
        pairs: &[(String, String)],
        lifetime: Duration,
    ) -> Result<(), String> {
        if pairs.is_empty() {
            return Ok(());
        }
        let invocation = self.claims.invocation(script, pairs, lifetime);
        self.connection.invoke_on::<()>(&invocation).await.map(|_| ())
    }

    /// No longer to be renewed.
    fn forget(&self, pairs: &[(String, String)]) {
        let mut held = self.held();
        for (own, _) in pairs {
            held.remove(own);
        }
    }
}

impl Claims {
    fn invocation<'a>(
        &self,
        script: &'a redis::Script,
        pairs: &[(String, String)],
        lifetime: Duration,
    ) -> redis::ScriptInvocation<'a> {
        let mut invocation = script.prepare_invoke();
        for (own, old) in pairs {
            invocation.key(own).key(old);
        }
        let lifetime = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
        invocation.arg(&self.token).arg(self.keys.prefix()).arg(lifetime);
        invocation
    }

    /// A push of `job` that happens only while this process holds the message, and that records the
    /// acceptance in the same step. Answers whether it happened.
    pub(crate) fn push<'a>(
        &'a self,
        origin: &Origin,
        uid: Uid,
        queues_key: &str,
        queue_key: &str,
        queue: &str,
        job: Vec<u8>,
    ) -> redis::ScriptInvocation<'a> {
        let pair = self.keys.pair(origin, uid);
        let mut invocation = self.invocation(&self.scripts.push, &[pair], DONE);
        invocation.key(queues_key).key(queue_key).arg(queue).arg(job);
        invocation
    }
}

#[async_trait]
impl Arbitration for Redis {
    fn name(&self) -> &'static str {
        "MailRoom::Arbitration::Redis"
    }

    async fn claim(&self, origin: &Origin, uids: &[Uid]) -> Result<Claimed> {
        let pairs = self.claims.keys.pairs(origin, uids);
        let invocation = self.claims.invocation(&self.claims.scripts.claim, &pairs, LEASE);
        let until = Instant::now() + LEASE;
        let (answers, _): (Vec<u8>, _) = self
            .connection
            .invoke_on(&invocation)
            .await
            .map_err(|reason| Error::ReceiverDown { receiver: RECEIVER, reason, retry_after: None })?;
        let mut claimed = Claimed::default();
        let mut held = self.held();
        held.clear(); // what was claimed before is decided or let go
        for ((uid, (own, old)), answer) in uids.iter().zip(pairs).zip(answers) {
            match answer {
                scripts::GRANTED => {
                    claimed.granted.push(*uid);
                    held.insert(own, Held { old, until });
                }
                // Where UIDs mean nothing beyond a session, the record may be of another message.
                scripts::DONE if origin.uid_validity != 0 => claimed.done.push(*uid),
                _ => {}
            }
        }
        Ok(claimed)
    }

    fn holds(&self, origin: &Origin, uid: Uid) -> bool {
        let (own, _) = self.claims.keys.pair(origin, uid);
        self.held().get(&own).is_some_and(|held| Instant::now() < held.until)
    }

    async fn renew(&self) {
        loop {
            sleep(RENEWAL).await;
            let pairs: Vec<_> = self.held().iter().map(|(own, held)| (own.clone(), held.old.clone())).collect();
            if pairs.is_empty() {
                continue;
            }
            let invocation = self.claims.invocation(&self.claims.scripts.renew, &pairs, LEASE);
            let until = Instant::now() + LEASE;
            // What cannot be renewed runs out, and is not delivered then.
            let Ok(answers) = self.connection.invoke::<Vec<u8>>(&invocation, RENEWAL_LIMIT).await else { continue };
            let mut held = self.held();
            for ((own, _), answer) in pairs.iter().zip(answers) {
                match held.get_mut(own) {
                    Some(held) if answer == scripts::GRANTED => held.until = until,
                    _ => drop(held.remove(own)),
                }
            }
        }
    }

    fn keeps_records(&self) -> bool {
        true
    }

    async fn record(&self, origin: &Origin, uid: Uid) -> Result<(), String> {
        let pair = [self.claims.keys.pair(origin, uid)];
        self.change(&self.claims.scripts.record, &pair, DONE).await?;
        self.forget(&pair);
        Ok(())
    }

    async fn settled(&self, origin: &Origin, uids: &[Uid]) {
        let pairs = self.claims.keys.pairs(origin, uids);
        self.forget(&pairs);
        // A record that is kept for longer than it serves does no harm.
        let _ = self.change(&self.claims.scripts.settle, &pairs, SETTLED).await;
    }

    async fn count_failures(&self, origin: &Origin, uid: Uid, more: u32) -> Option<u32> {
        if origin.uid_validity == 0 {
            return None; // the counter could be of another message
        }
        let key = self.claims.keys.attempts(origin, uid);
        let lifetime = i64::try_from(DONE.as_secs()).unwrap_or(i64::MAX);
        let mut count = redis::pipe();
        count.incr(&key, more).expire(&key, lifetime).ignore();
        self.connection.run::<(u32,)>(&count).await.ok().map(|(total,)| total)
    }

    async fn forget_failures(&self, origin: &Origin, uids: &[Uid]) {
        if uids.is_empty() || origin.uid_validity == 0 {
            return;
        }
        let mut forget = redis::pipe();
        for uid in uids {
            forget.del(self.claims.keys.attempts(origin, *uid)).ignore();
        }
        // A counter that stays runs out.
        let _ = self.connection.run::<()>(&forget).await;
    }

    async fn release(&self, origin: &Origin, uids: &[Uid]) {
        let pairs = self.claims.keys.pairs(origin, uids);
        self.forget(&pairs);
        // A claim that is not released runs out.
        let _ = self.change(&self.claims.scripts.release, &pairs, LEASE).await;
    }
}
