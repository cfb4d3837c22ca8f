//! Connections to Redis, shared by all that use the same server.

mod capacity;
mod examine;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod link;
mod replication;
mod role;
mod sentinel;
mod settings;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redis::{
    ErrorKind, FromRedisValue, Pipeline, RedisError, RedisResult, ScriptInvocation, Value, aio::MultiplexedConnection,
};
use tokio::time::timeout;

pub(crate) use self::settings::RedisSettings;
use self::{role::Master, settings::Place};

/// What log lines call a Redis that does not answer.
pub(crate) const RECEIVER: &str = "Redis";

/// One connection per server, login and timeout, however many mailboxes use it: commands are
/// multiplexed.
#[derive(Default)]
pub(crate) struct RedisConnections {
    connections: Vec<Arc<RedisConnection>>,
}

impl RedisConnections {
    pub(crate) fn get(&mut self, settings: &RedisSettings, limit: Duration) -> Arc<RedisConnection> {
        let serves = |known: &&Arc<RedisConnection>| known.limit == limit && known.settings.same_login(settings);
        if let Some(known) = self.connections.iter().find(serves) {
            return Arc::clone(known);
        }
        let connection = Arc::new(RedisConnection::new(settings.clone(), limit));
        self.connections.push(Arc::clone(&connection));
        connection
    }
}

/// A connection that is made when first needed, and made anew after it failed.
///
/// With sentinels it is made to whoever is the master then: a failover shows as a lost connection or
/// as a refusal to write, and both lead to a new one.
pub(crate) struct RedisConnection {
    settings: RedisSettings,
    limit: Duration,
    open: Mutex<Option<Open>>,
    /// Held by who makes the connection; the others wait for it.
    making: tokio::sync::Mutex<()>,
    /// How often a connection was made.
    made: AtomicU64,
}

/// Tells one connection from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Connected(u64);

#[derive(Clone)]
struct Open {
    connected: Connected,
    connection: MultiplexedConnection,
    /// The server it leads to; below sentinels the master of that moment.
    place: Place,
}

impl RedisConnection {
    fn new(settings: RedisSettings, limit: Duration) -> Self {
        Self { settings, limit, open: Mutex::default(), making: tokio::sync::Mutex::default(), made: AtomicU64::new(0) }
    }

    /// Runs commands, within the limit. A command that timed out may have been carried out
    /// nevertheless.
    ///
    /// # Errors
    /// Says what is wrong, and with which server.
    pub(crate) async fn run<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, String> {
        self.run_on(commands).await.map(|(answer, _)| answer)
    }

    /// As [`RedisConnection::run`], and tells on which connection.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn run_on<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<(T, Connected), String> {
        self.with(self.limit, async |mut connection| commands.query_async(&mut connection).await).await
    }

    /// Runs commands of which the last one counts: the others are carried out or not. As [`RedisConnection::run_on`]
    /// otherwise.
    ///
    /// A transaction would be no better. A server that refuses to begin one carries its commands out all the same.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn run_last_on<T: FromRedisValue>(
        &self,
        mut commands: Pipeline,
    ) -> Result<(T, Connected), String> {
        commands.ignore_errors();
        let work = async |mut connection| {
            let mut answers: Vec<RedisResult<Value>> = commands.query_async(&mut connection).await?;
            let none = || RedisError::from((ErrorKind::Parse, "no answer"));
            Ok(T::from_redis_value(answers.pop().ok_or_else(none)??)?)
        };
        self.with(self.limit, work).await
    }

    /// Runs a script; as [`RedisConnection::run_on`] otherwise.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn invoke_on<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<(T, Connected), String> {
        self.with(self.limit, async |connection| link::invoke(script, connection).await).await
    }

    /// Runs a script, within a limit of its own.
    ///
    /// # Errors
    /// As [`RedisConnection::run`].
    pub(crate) async fn invoke<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
        limit: Duration,
    ) -> Result<T, String> {
        let limit = limit.min(self.limit);
        self.with(limit, async |connection| link::invoke(script, connection).await).await.map(|(answer, _)| answer)
    }

    /// The present connection.
    pub(crate) fn connected(&self) -> Connected {
        Connected(self.made.load(Ordering::Acquire))
    }

    /// # Errors
    /// Says why the server cannot be used at the moment.
    pub(crate) async fn ping(&self) -> Result<(), String> {
        let (_,): (String,) = self.run(redis::pipe().cmd("PING")).await?;
        Ok(())
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

    async fn with<T>(
        &self,
        limit: Duration,
        work: impl AsyncFnOnce(MultiplexedConnection) -> RedisResult<T>,
    ) -> Result<(T, Connected), String> {
        let mut used = None;
        let whole = async {
            let open = self.connection().await?;
            used = Some(open.connected);
            match work(open.connection).await {
                Ok(answer) => Ok((answer, open.connected)),
                Err(error) => {
                    if !link::spares_the_connection(&error) {
                        self.abandon(open.connected);
                    }
                    Err(link::explain(&error, &self.settings.login))
                }
            }
        };
        let failure = match timeout(limit, whole).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(failure)) => failure,
            Err(_) => {
                // A connection that went silent can look alive for a quarter of an hour.
                used.into_iter().for_each(|connected| self.abandon(connected));
                let what = if used.is_some() { "" } else { "connecting: " };
                format!("{what}no answer within {} s", limit.as_secs_f32())
            }
        };
        Err(format!("{}: {failure}", self.settings.title()))
    }

    /// Never to be used again, unless somebody has made a new one by now.
    fn abandon(&self, connected: Connected) {
        let mut open = self.open();
        if open.as_ref().is_some_and(|open| open.connected == connected) {
            *open = None;
        }
    }

    fn open(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A handle on the one connection. Who comes while it is being made waits for it.
    async fn connection(&self) -> Result<Open, String> {
        let known = self.open().clone();
        if let Some(open) = known {
            return Ok(open);
        }
        let _making = self.making.lock().await;
        let known = self.open().clone();
        if let Some(open) = known {
            return Ok(open);
        }
        let (connection, place) = self.connect().await?;
        let connected = Connected(self.made.fetch_add(1, Ordering::AcqRel) + 1);
        Ok(self.open().insert(Open { connected, connection, place }).clone())
    }

    async fn connect(&self) -> Result<(MultiplexedConnection, Place), String> {
        let RedisSettings { place, login, tls, sentinels, .. } = &self.settings;
        let Some(sentinels) = sentinels else {
            return Ok((link::open(place, tls.as_ref(), login, self.limit).await?, place.clone()));
        };
        let master = sentinels.find_master().await?;
        let at = |problem: String| format!("{master}: {problem}");
        let mut connection = link::open(&master, tls.as_ref(), login, self.limit).await.map_err(at)?;
        // A sentinel may not have heard of a failover yet.
        let role: Vec<Value> =
            redis::cmd("ROLE").query_async(&mut connection).await.map_err(|error| at(link::explain(&error, login)))?;
        if Master::read(&role).is_none() {
            return Err(at("wrong role: the sentinels' master is a replica".to_owned()));
        }
        Ok((connection, master))
    }
}
