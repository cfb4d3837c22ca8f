//! Connections to Redis, shared by all that use the same server.

mod capacity;
mod examine;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod line;
mod link;
mod replication;
mod role;
#[cfg(test)]
pub(crate) mod scripted;
mod sentinel;
mod settings;
mod transactions;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use redis::{FromRedisValue, Pipeline, RedisResult, Value};
use tokio::time::timeout;

use self::{line::Line, role::Master, settings::Place};
pub(crate) use self::{
    line::{LongWord, Request, Script},
    settings::RedisSettings,
};

/// What log lines call a Redis that does not answer.
pub(crate) const RECEIVER: &str = "Redis";

/// One connection per server, login and timeout, however many mailboxes use it: the commands of all go
/// down the same line.
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
    failed: Mutex<Failed>,
}

/// Connections that could not be made.
#[derive(Default)]
struct Failed {
    times: u64,
    /// Why the last one could not.
    reason: String,
}

/// Keeps those who use a connection at the same time in their order: they wait here, first come first served,
/// until their request has its place behind those before it, whatever has to be done first.
#[derive(Default)]
pub(crate) struct Turns(Arc<tokio::sync::Mutex<()>>);

/// Held until it is the next one's turn.
type Turn = Option<tokio::sync::OwnedMutexGuard<()>>;

/// What became of a long word.
pub(crate) enum Pushed<T> {
    Answered(T, Connected),
    /// It was not sent, for this reason.
    TooLarge(String),
}

/// Tells one connection from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Connected(u64);

#[derive(Clone)]
struct Open {
    connected: Connected,
    line: Line,
    /// The server it leads to; below sentinels the master of that moment.
    place: Place,
}

impl RedisConnection {
    fn new(settings: RedisSettings, limit: Duration) -> Self {
        Self {
            settings,
            limit,
            open: Mutex::default(),
            making: tokio::sync::Mutex::default(),
            made: AtomicU64::new(0),
            failed: Mutex::default(),
        }
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
        self.with(self.limit, async |mut line| commands.query_async(&mut line).await).await
    }

    /// Carries a request out of which the last command counts: the others are done or not. A script that the server
    /// does not know is loaded. As [`RedisConnection::run_on`] otherwise.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn carry_out<T: FromRedisValue>(&self, request: Request) -> Result<(T, Connected), String> {
        self.carry_out_within(request, self.limit).await
    }

    /// The same, within a limit of its own.
    ///
    /// # Errors
    /// As [`RedisConnection::run`].
    pub(crate) async fn carry_out_within<T: FromRedisValue>(
        &self,
        request: Request,
        limit: Duration,
    ) -> Result<(T, Connected), String> {
        self.with(limit.min(self.limit), async |line| line.carry_out(request, None).await).await
    }

    /// Carries a request out with a long word of so many bytes, which may be more than the server takes. Those who are
    /// polled in an order are sent in it. As [`RedisConnection::carry_out`] otherwise.
    ///
    /// `request` is told whether it may be a transaction, which it may not unless there is a `list` it pushes to in one.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn push<T: FromRedisValue>(
        &self,
        bytes: usize,
        list: Option<&str>,
        turns: &Turns,
        request: impl FnOnce(bool) -> Request,
    ) -> Result<Pushed<T>, String> {
        let work = async |line: Line, turn: Turn| {
            if let Some(reason) = capacity::too_large(&line, bytes).await? {
                return Ok(Err(reason));
            }
            let transaction = match list {
                Some(list) => transactions::are_taken(&line, list).await?,
                None => false,
            };
            line.carry_out(request(transaction), turn).await.map(Ok)
        };
        Ok(match self.in_turn(Some(turns), self.limit, work).await? {
            (Ok(answer), on) => Pushed::Answered(answer, on),
            (Err(reason), _) => {
                Pushed::TooLarge(format!("{bytes} bytes are more than {} takes ({reason})", self.settings.title()))
            }
        })
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
        work: impl AsyncFnOnce(Line) -> RedisResult<T>,
    ) -> Result<(T, Connected), String> {
        self.in_turn(None, limit, async |line, _| work(line).await).await
    }

    async fn in_turn<T>(
        &self,
        turns: Option<&Turns>,
        limit: Duration,
        work: impl AsyncFnOnce(Line, Turn) -> RedisResult<T>,
    ) -> Result<(T, Connected), String> {
        let (mut used, failed) = (None, self.failed().times);
        let whole = async {
            let turn = match turns {
                Some(turns) => Some(Arc::clone(&turns.0).lock_owned().await),
                None => None,
            };
            let open = self.connection(failed).await?;
            used = Some(open.connected);
            match work(open.line, turn).await {
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

    fn failed(&self) -> MutexGuard<'_, Failed> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A handle on the one connection. Who comes while it is being made waits for it. When it cannot be made, that holds
    /// for all who came before it was known: `failed` is how often it had failed then.
    async fn connection(&self, failed: u64) -> Result<Open, String> {
        if let Some(open) = self.usable() {
            return Ok(open);
        }
        let _making = self.making.lock().await;
        if let Some(open) = self.usable() {
            return Ok(open);
        }
        {
            let known = self.failed();
            if known.times != failed {
                return Err(known.reason.clone());
            }
        }
        let made = self.connect().await.inspect_err(|reason| {
            let mut failed = self.failed();
            failed.times += 1;
            failed.reason.clone_from(reason);
        });
        let (line, place) = made?;
        let connected = Connected(self.made.fetch_add(1, Ordering::AcqRel) + 1);
        Ok(self.open().insert(Open { connected, line, place }).clone())
    }

    /// The present connection, unless it has ended in the meantime.
    fn usable(&self) -> Option<Open> {
        self.open().as_ref().filter(|open| !open.line.is_closed()).cloned()
    }

    async fn connect(&self) -> Result<(Line, Place), String> {
        let RedisSettings { place, login, tls, sentinels, .. } = &self.settings;
        let Some(sentinels) = sentinels else {
            return Ok((link::open(place, tls.as_ref(), login, self.limit).await?, place.clone()));
        };
        let master = sentinels.find_master().await?;
        let at = |problem: String| format!("{master}: {problem}");
        let mut line = link::open(&master, tls.as_ref(), login, self.limit).await.map_err(at)?;
        // A sentinel may not have heard of a failover yet.
        let role: Vec<Value> =
            redis::cmd("ROLE").query_async(&mut line).await.map_err(|error| at(link::explain(&error, login)))?;
        if Master::read(&role).is_none() {
            return Err(at("wrong role: the sentinels' master is a replica".to_owned()));
        }
        Ok((line, master))
    }
}
