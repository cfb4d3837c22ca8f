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

use self::{
    keys::{Keys, Pair},
    scripts::Scripts,
};
use super::{Arbitration, Claimed};
use crate::{
    Error, Result,
    fields::Fields,
    message::{Origin, Uid},
    redis_connection::{LongWord, RECEIVER, RedisConnection, RedisSettings, Request, Script},
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
        commands.cmd("MGET").arg(&key);
        commands.set(&key, "").del(&key);
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
    held: Mutex<BTreeMap<(u32, Uid), Held>>,
}

/// A claim of this process, which stands below its generation and UID.
struct Held {
    pair: Pair,
    /// When it runs out, by this machine's clock and rather too early.
    until: Instant,
}

/// A job for Sidekiq, and where it goes.
pub(crate) struct Push<'a> {
    /// The set of all queues, and the queue itself.
    pub(crate) queues_key: &'a str,
    pub(crate) queue_key: &'a str,
    /// Its name.
    pub(crate) queue: &'a str,
    pub(crate) job: LongWord,
    /// By which the job can be told.
    pub(crate) jid: &'a str,
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

    fn held(&self) -> MutexGuard<'_, BTreeMap<(u32, Uid), Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn change(&self, script: &Script, origin: &Origin, uids: &[Uid], lifetime: Duration) -> Result<(), String> {
        if uids.is_empty() {
            return Ok(());
        }
        let pairs = uids.iter().map(|uid| self.claims.keys.pair(origin, *uid));
        let request = self.claims.request(script, pairs, &[], lifetime, 0);
        self.connection.carry_out::<()>(request).await.map(|_| ())
    }

    /// No longer to be renewed.
    fn forget(&self, origin: &Origin, uids: &[Uid]) {
        let mut held = self.held();
        for uid in uids {
            held.remove(&(origin.uid_validity, *uid));
        }
    }
}

impl Claims {
    /// A run of a script, with keys beside the pairs; so many words of its own are to follow.
    fn request(
        &self,
        script: &Script,
        pairs: impl ExactSizeIterator<Item = Pair>,
        keys: &[&str],
        lifetime: Duration,
        more: usize,
    ) -> Request {
        let mut request = Request::new();
        request.script(script, pairs.len() * 2 + keys.len(), 3 + more);
        self.words(&mut request, pairs, keys, lifetime);
        request
    }

    /// What all scripts are told.
    fn words(&self, request: &mut Request, pairs: impl Iterator<Item = Pair>, keys: &[&str], lifetime: Duration) {
        for Pair { own, old } in pairs {
            request.word(own).word(old);
        }
        for key in keys {
            request.word(key);
        }
        let lifetime = u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX);
        request.word(&self.token).word(self.keys.prefix()).number(lifetime);
    }

    /// A push that happens only while this process holds the message, and that records the acceptance in the same step.
    /// Answers whether it happened.
    pub(crate) fn push(&self, origin: &Origin, uid: Uid, push: Push<'_>) -> Request {
        let pair = std::iter::once(self.keys.pair(origin, uid));
        let keys = [push.queues_key, push.queue_key];
        let mut request = self.request(&self.scripts.push, pair, &keys, DONE, 2);
        request.word(push.queue).long_word(push.job);
        request
    }

    /// The same as a transaction, for a large job.
    pub(crate) fn push_large(&self, origin: &Origin, uid: Uid, push: Push<'_>) -> Request {
        let pair = std::iter::once(self.keys.pair(origin, uid));
        let mut request = Request::new();
        request.multi().command(3).word("LPUSH").word(push.queue_key).long_word(push.job);
        let keys = [push.queues_key, push.queue_key];
        request.command(3 + keys.len() + 2 + 5).word("EVAL").word(&self.scripts.confirm).number(keys.len() as u64 + 2);
        self.words(&mut request, pair, &keys, DONE);
        request.word(push.queue).word(push.jid);
        request.commit();
        request
    }
}

#[async_trait]
impl Arbitration for Redis {
    fn name(&self) -> &'static str {
        "MailRoom::Arbitration::Redis"
    }

    async fn claim(&self, origin: &Origin, uids: &[Uid]) -> Result<Claimed> {
        let pairs: Vec<_> = uids.iter().map(|uid| self.claims.keys.pair(origin, *uid)).collect();
        let request = self.claims.request(&self.claims.scripts.claim, pairs.iter().cloned(), &[], LEASE, 0);
        let until = Instant::now() + LEASE;
        let (answers, _): (Vec<u8>, _) = self
            .connection
            .carry_out(request)
            .await
            .map_err(|reason| Error::ReceiverDown { receiver: RECEIVER, reason, retry_after: None })?;
        let mut claimed = Claimed::default();
        let mut held = self.held();
        for ((uid, pair), answer) in uids.iter().zip(pairs).zip(answers) {
            match answer {
                scripts::GRANTED => {
                    claimed.granted.push(*uid);
                    held.insert((origin.uid_validity, *uid), Held { pair, until });
                }
                // Where UIDs mean nothing beyond a session, the record may be of another message.
                scripts::DONE if origin.uid_validity != 0 => claimed.done.push(*uid),
                _ => {}
            }
        }
        Ok(claimed)
    }

    fn holds(&self, origin: &Origin, uid: Uid) -> bool {
        self.held().get(&(origin.uid_validity, uid)).is_some_and(|held| Instant::now() < held.until)
    }

    async fn renew(&self) {
        loop {
            sleep(RENEWAL).await;
            let (held, pairs): (Vec<_>, Vec<_>) =
                self.held().iter().map(|(message, held)| (*message, held.pair.clone())).unzip();
            if held.is_empty() {
                continue;
            }
            let request = self.claims.request(&self.claims.scripts.renew, pairs.into_iter(), &[], LEASE, 0);
            let until = Instant::now() + LEASE;
            // What cannot be renewed runs out, and is not delivered then.
            let renewed = self.connection.carry_out_within::<Vec<u8>>(request, RENEWAL_LIMIT).await;
            let Ok((answers, _)) = renewed else { continue };
            let mut still = self.held();
            for (message, answer) in held.iter().zip(answers) {
                match still.get_mut(message) {
                    Some(held) if answer == scripts::GRANTED => held.until = until,
                    _ => drop(still.remove(message)),
                }
            }
        }
    }

    fn keeps_records(&self) -> bool {
        true
    }

    async fn record(&self, origin: &Origin, uid: Uid) -> Result<(), String> {
        self.change(&self.claims.scripts.record, origin, &[uid], DONE).await?;
        self.forget(origin, &[uid]);
        Ok(())
    }

    async fn settled(&self, origin: &Origin, uids: &[Uid]) {
        self.forget(origin, uids);
        // A record that is kept for longer than it serves does no harm.
        let _ = self.change(&self.claims.scripts.settle, origin, uids, SETTLED).await;
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
        self.forget(origin, uids);
        // A claim that is not released runs out.
        let _ = self.change(&self.claims.scripts.release, origin, uids, LEASE).await;
    }
}
