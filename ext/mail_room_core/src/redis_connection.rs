//! Connections to Redis, shared by all that use the same server.

mod link;
mod sentinel;
mod settings;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redis::{FromRedisValue, Pipeline, RedisResult, ScriptInvocation, Value, aio::MultiplexedConnection};
use tokio::{sync::Mutex, time::timeout};

pub(crate) use self::settings::RedisSettings;
/// What log lines call a Redis that does not answer.
pub(crate) const RECEIVER: &str = "Redis";

/// How long to wait for a replica. One that is alive needs a millisecond.
const REPLICATION: Duration = Duration::from_secs(1);

/// One connection per server, login and timeout, however many mailboxes use it: commands are
/// multiplexed.
#[derive(Default)]
pub(crate) struct RedisConnections {
    connections: HashMap<(String, Duration), Arc<RedisConnection>>,
}

impl RedisConnections {
    pub(crate) fn get(&mut self, settings: &RedisSettings, limit: Duration) -> Arc<RedisConnection> {
        let connection = || Arc::new(RedisConnection::new(settings.clone(), limit));
        Arc::clone(self.connections.entry((settings.identity.expose().to_owned(), limit)).or_insert_with(connection))
    }
}

/// A connection that is made when first needed, and made anew after anything went wrong on it.
///
/// With sentinels it is made to whoever is the master then: a failover shows as a lost connection or
/// as a refusal to write, and both lead to a new one.
pub(crate) struct RedisConnection {
    settings: RedisSettings,
    limit: Duration,
    open: Mutex<Option<MultiplexedConnection>>,
    /// How often a connection was made.
    made: AtomicU64,
}

/// Tells one connection from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Connected(u64);

impl RedisConnection {
    fn new(settings: RedisSettings, limit: Duration) -> Self {
        Self { settings, limit, open: Mutex::new(None), made: AtomicU64::new(0) }
    }

    /// Runs commands, within the limit. A command that timed out may have been carried out
    /// nevertheless.
    ///
    /// # Errors
    /// Says what is wrong, and with which server.
    pub(crate) async fn run<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, String> {
        self.with(async |mut connection| commands.query_async(&mut connection).await).await
    }

    /// Runs a script, within the limit; as [`RedisConnection::run`] otherwise.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn invoke<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, String> {
        self.with(async |mut connection| script.invoke_async(&mut connection).await).await
    }

    /// The present connection.
    pub(crate) fn connected(&self) -> Connected {
        Connected(self.made.load(Ordering::Acquire))
    }

    /// Waits, for a moment at most, until a replica has what was written on this connection. Where
    /// there is none, or none that answers, there is none that could take over either.
    ///
    /// # Errors
    /// As [`RedisConnection::run`], and when this is no master any more.
    pub(crate) async fn replicated(&self) -> Result<(), String> {
        let (role,): (Vec<Value>,) = self.run(redis::pipe().cmd("ROLE")).await?;
        match link::replicas(&role) {
            Some(0) => return Ok(()),
            Some(_) => {}
            None => return Err("wrong role: it is no master any more".to_owned()),
        }
        let milliseconds = u64::try_from(REPLICATION.as_millis()).unwrap_or(u64::MAX);
        self.run(redis::pipe().cmd("WAIT").arg(1).arg(milliseconds)).await
    }

    /// # Errors
    /// Says why the server cannot be used at the moment.
    pub(crate) async fn ping(&self) -> Result<(), String> {
        self.run(redis::pipe().cmd("PING")).await
    }

    /// Sets `key` unless it is there, to vanish after so many seconds. Whether it was set.
    ///
    /// # Errors
    /// As [`RedisConnection::run`].
    pub(crate) async fn set_nx_ex(&self, key: &str, value: &str, seconds: u64) -> Result<bool, String> {
        let mut set = redis::pipe();
        set.cmd("SET").arg(key).arg(value).arg("NX").arg("EX").arg(seconds);
        let (answer,): (Option<String>,) = self.run(&set).await?;
        Ok(answer.is_some())
    }

    async fn with<T>(&self, work: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>) -> Result<T, String> {
        let whole = async { work(self.connection().await?).await.map_err(|error| link::explain(&error)) };
        let failure = match timeout(self.limit, whole).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(failure)) => failure,
            Err(_) => format!("no answer within {} s", self.limit.as_secs_f32()),
        };
        // A connection that went silent can look alive for a quarter of an hour: never use it again.
        self.open.lock().await.take();
        Err(format!("{}: {failure}", self.settings.title()))
    }

    /// A handle on the one connection. Who comes while it is being made waits for it.
    async fn connection(&self) -> Result<MultiplexedConnection, String> {
        let mut open = self.open.lock().await;
        if let Some(connection) = open.as_ref() {
            return Ok(connection.clone());
        }
        let RedisSettings { place, login, tls, sentinels, .. } = &self.settings;
        let connection = match sentinels {
            None => link::open(place, tls.as_ref(), login, self.limit).await?,
            Some(sentinels) => {
                let master = sentinels.find_master().await?;
                let mut connection =
                    link::open(&master, tls.as_ref(), login, self.limit).await.map_err(|e| format!("{master}: {e}"))?;
                // A sentinel may not have heard of a failover yet.
                let role: Vec<Value> =
                    redis::cmd("ROLE").query_async(&mut connection).await.map_err(|error| link::explain(&error))?;
                match link::replicas(&role) {
                    Some(_) => connection,
                    None => return Err(format!("{master}: wrong role: the sentinels' master is a replica")),
                }
            }
        };
        self.made.fetch_add(1, Ordering::AcqRel);
        Ok(open.insert(connection).clone())
    }
}
