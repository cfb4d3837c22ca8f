//! Redis Sentinel: asking which server is the master at the moment, and which may be the next.
//!
//! Source: "Guidelines for Redis clients with support for Redis Sentinel" of Redis' documentation.

mod view;

use std::{collections::HashMap, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use redis::{FromRedisValue, RedisConnectionInfo};
use tokio::time::{Instant, timeout, timeout_at};

pub(super) use self::view::View;
use super::{line::Line, link, settings::Place};
use crate::{Result, fields::Fields, secret::Secret, tls::TlsPolicy};

/// Where a sentinel listens unless told otherwise.
const PORT: u16 = 26379;

/// How long one sentinel may take: there are others to ask.
const PATIENCE: Duration = Duration::from_secs(5);

/// When all are to be heard: how long they may take after the first has answered.
const REST: Duration = Duration::from_secs(1);

/// The sentinels of one master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentinels {
    master: String,
    list: Vec<Sentinel>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Sentinel {
    host: String,
    port: u16,
    username: Option<String>,
    password: Option<Secret>,
    tls: Option<TlsPolicy>,
}

impl Sentinels {
    /// `sentinels`, a list of `host`, `port`, `ssl` and `ssl_params`; user and password stand beside
    /// it, or in an entry. Empty counts as absent.
    pub(super) fn read(fields: &Fields<'_>, place: &Place) -> Result<Option<Self>> {
        let entries = fields.list("sentinels")?;
        if entries.is_empty() {
            return Ok(None);
        }
        let Place::Tcp { host: master, .. } = place else {
            return Err(fields.error("redis_url", "must hold the name of the master when there are sentinels"));
        };
        let (username, password) = (fields.text("sentinel_username")?, fields.text("sentinel_password")?);
        let list = entries
            .iter()
            .map(|entry| {
                let policy = TlsPolicy::read(&entry.section("ssl_params")?)?;
                Ok(Sentinel {
                    host: entry.required_text("host")?,
                    port: entry.port("port")?.unwrap_or(PORT),
                    username: entry.text("username")?.or_else(|| username.clone()).filter(|name| !name.is_empty()),
                    password: entry
                        .text("password")?
                        .or_else(|| password.clone())
                        .filter(|password| !password.is_empty())
                        .map(Secret::new),
                    tls: entry.switch("ssl")?.then_some(policy),
                })
            })
            .collect::<Result<_>>()?;
        Ok(Some(Self { master: master.clone(), list }))
    }

    /// Where the master is, by the first sentinel that knows.
    ///
    /// # Errors
    /// What each of them answered.
    pub(super) async fn find_master(&self) -> Result<Place, String> {
        let mut problems = Vec::new();
        let mut asked = self.asked(|sentinel| sentinel.find(&self.master));
        while let Some(answer) = asked.next().await {
            match answer {
                Ok(master) => return Ok(master),
                Err(problem) => problems.push(problem),
            }
        }
        Err(problems.join("; "))
    }

    /// Which replicas may take over from `master`; none when it is the master no more. Asks all
    /// sentinels, since only the one that leads a failover knows of it from the beginning.
    ///
    /// # Errors
    /// What each of them answered, when none knows, or why it cannot be told at the moment.
    pub(super) async fn successors(&self, master: &Place) -> Result<Option<Vec<Place>>, String> {
        let (mut views, mut problems) = (Vec::new(), Vec::new());
        let mut asked = self.asked(|sentinel| sentinel.view(&self.master));
        let mut until = Instant::now() + PATIENCE + REST;
        while let Ok(Some(answer)) = timeout_at(until, asked.next()).await {
            match answer {
                Ok(view) => {
                    until = until.min(Instant::now() + REST);
                    views.push(view);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if views.is_empty() {
            return Err(problems.join("; "));
        }
        view::successors(&views, master)
    }

    /// Puts a question to all at once: one that hangs must not hold up the others.
    fn asked<'a, T, F, Q>(&'a self, question: Q) -> FuturesUnordered<impl Future<Output = Result<T, String>>>
    where
        F: Future<Output = Result<T, String>>,
        Q: Fn(&'a Sentinel) -> F,
    {
        let named = |sentinel: &'a Sentinel| {
            let answer = timeout(PATIENCE, question(sentinel));
            async move {
                let late = |_| Err(format!("no answer within {} s", PATIENCE.as_secs()));
                let answer = answer.await.unwrap_or_else(late);
                answer.map_err(|problem| format!("sentinel {}:{}: {problem}", sentinel.host, sentinel.port))
            }
        };
        self.list.iter().map(named).collect()
    }
}

impl Sentinel {
    async fn find(&self, master: &str) -> Result<Place, String> {
        let (mut connection, login) = self.connect().await?;
        let answer: Option<(String, u16)> = ask(&mut connection, &login, "get-master-addr-by-name", master).await?;
        let (host, port) = answer.ok_or_else(|| format!("knows no master {master:?}"))?;
        Ok(Place::Tcp { host, port })
    }

    async fn view(&self, master: &str) -> Result<View, String> {
        let (mut connection, login) = self.connect().await?;
        let known: HashMap<String, String> = ask(&mut connection, &login, "master", master).await?;
        let replicas: Vec<HashMap<String, String>> = ask(&mut connection, &login, "replicas", master).await?;
        let sentinels: Vec<HashMap<String, String>> = ask(&mut connection, &login, "sentinels", master).await?;
        View::read(&known, &replicas, &sentinels)
    }

    async fn connect(&self) -> Result<(Line, RedisConnectionInfo), String> {
        let mut login = RedisConnectionInfo::default().set_skip_set_lib_name();
        if let Some(username) = &self.username {
            login = login.set_username(username);
        }
        if let Some(password) = &self.password {
            login = login.set_password(password.expose());
        }
        let place = Place::Tcp { host: self.host.clone(), port: self.port };
        let connection = link::open(&place, self.tls.as_ref(), &login, PATIENCE).await?;
        Ok((connection, login))
    }
}

async fn ask<T: FromRedisValue>(
    connection: &mut Line,
    login: &RedisConnectionInfo,
    what: &str,
    master: &str,
) -> Result<T, String> {
    let mut question = redis::cmd("SENTINEL");
    question.arg(what).arg(master);
    question.query_async(connection).await.map_err(|error| link::explain(&error, login))
}
