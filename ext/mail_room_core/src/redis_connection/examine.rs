//! A look at a Redis: whether it answers, and whether it takes what is written.

use redis::{Pipeline, RedisResult, Value};

use super::{RedisConnection, RedisSettings, link, role::Master};
use crate::check::{Problem, Report, Stop};

/// What to do about a replica.
const TO_MASTER: &str = "set redis_url to the master, or sentinels that know which server is the master";

/// More databases than this are not looked into.
const MOST_DATABASES: usize = 16;

/// What a server thinks of commands.
enum Judged {
    Taken,
    /// It was not asked: it has no transactions for this user.
    Unknown(String),
}

impl RedisConnection {
    /// Looks, with checks of these names. `commands` are those that the server has to take, on the keys they would
    /// have; none is carried out.
    pub(crate) async fn examine(
        &self,
        reachable: &'static str,
        role: &'static str,
        warning: Option<&str>,
        commands: &Pipeline,
        report: &mut Report,
    ) -> Result<(), Stop> {
        self.ping().await.map_err(|reason| report.problem(reachable, unreachable(reason)))?;
        let title = format!("{}, database {}", self.settings.title(), self.settings.login.db());
        let led_to = self.open().as_ref().map(|open| open.place.to_string()).unwrap_or_default();
        let master =
            if self.settings.is_replicated() { format!("; the sentinels name {led_to}") } else { String::new() };
        report.yes_but(reachable, format!("{title} answers{master}"), warning);
        self.look_at_role(role, commands, report).await
    }

    async fn look_at_role(&self, role: &'static str, commands: &Pipeline, report: &mut Report) -> Result<(), Stop> {
        let mut warning = None;
        let told = match self.run::<(Vec<Value>,)>(redis::pipe().cmd("ROLE")).await {
            Err(reason) => format!("it does not tell its role ({reason})"),
            Ok((answer,)) => match (Master::read(&answer), answer.first()) {
                (Some(master), _) => format!("master, with {} replicas", master.replicas.len()),
                (None, Some(Value::BulkString(name))) if name == b"sentinel" => {
                    let advice = "list it below sentinels, and have redis_url name the master as the sentinels know it \
                                  (redis://:password@mymaster)";
                    return Err(report.no(role, "this server is a sentinel, which keeps no data", advice));
                }
                // Whether it can be written to is for the server to say.
                (None, _) => {
                    warning = Some(format!(
                        "what is written to a replica is lost with its next resynchronization: {TO_MASTER}"
                    ));
                    "this server is a replica".to_owned()
                }
            },
        };
        match self.judge(commands).await {
            Ok(Judged::Taken) => {
                let advice = warning.or(self.evicts().await.map(|policy| {
                    format!(
                        "maxmemory-policy is {policy}: a full server throws jobs and claims away. Set it to noeviction"
                    )
                }));
                report.yes_but(role, format!("{told}; takes what is written"), advice.as_deref());
                Ok(())
            }
            Ok(Judged::Unknown(reason)) => {
                let detail = format!("{told}; whether it takes what is written was not tried: {reason}");
                let advice = "the check needs MULTI and DISCARD (ACL SETUSER: +multi +discard), the daemon does not";
                report.yes_but(role, detail, warning.as_deref().or(Some(advice)));
                Ok(())
            }
            Err(reason) => Err(report.problem(role, unwritable(reason))),
        }
    }

    /// Has the server judge commands, and carries none of them out: what a transaction may not do for want of a right,
    /// of memory, of a disk or of the right role is refused when it is queued, and then the transaction is dropped.
    ///
    /// # Errors
    /// Says what the server refuses.
    async fn judge(&self, commands: &Pipeline) -> Result<Judged, String> {
        let mut queue = commands.clone();
        queue.ignore_errors().cmd("DISCARD");
        let asked = self.with(self.limit, async |mut connection| {
            // By itself, and on the same connection: outside of a transaction the commands would be carried out.
            match redis::cmd("MULTI").exec_async(&mut connection).await {
                Ok(()) => queue.query_async(&mut connection).await.map(Ok),
                Err(error) if link::spares_the_connection(&error) => Ok(Err(error)),
                Err(error) => Err(error),
            }
        });
        let (answers, connected): (RedisResult<Vec<RedisResult<Value>>>, _) = asked.await?;
        let explained = |error| format!("{}: {}", self.settings.title(), link::explain(&error, &self.settings.login));
        let answers = match answers {
            Ok(answers) => answers,
            Err(error) => return Ok(Judged::Unknown(explained(error))),
        };
        // It may be in the transaction still, should DISCARD have been refused.
        self.abandon(connected);
        let queued = answers.len().saturating_sub(1);
        match answers.into_iter().take(queued).find_map(Result::err) {
            None => Ok(Judged::Taken),
            Some(error) => Err(explained(error)),
        }
    }

    /// The policy by which a full server makes room, when it would throw away what nobody asked it to.
    async fn evicts(&self) -> Option<String> {
        let (memory,) = self.run::<(String,)>(redis::pipe().cmd("INFO").arg("memory")).await.ok()?;
        let value =
            |key: &str| memory.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':').map(str::trim));
        let limited = value("maxmemory").is_some_and(|limit| limit != "0");
        value("maxmemory_policy").filter(|policy| limited && *policy != "noeviction").map(str::to_owned)
    }

    /// In which databases of the server one of these keys is; in that of the settings, one but for `known`.
    pub(crate) async fn databases_with(&self, keys: &[&str], known: &str) -> Vec<i64> {
        let asked = self.run::<(String,)>(redis::pipe().cmd("INFO").arg("keyspace")).await;
        let Ok((keyspace,)) = asked else { return Vec::new() };
        let number = |line: &str| line.strip_prefix("db")?.split(':').next()?.parse::<i64>().ok();
        let mut found = Vec::new();
        for db in keyspace.lines().filter_map(number).take(MOST_DATABASES) {
            let settings = RedisSettings { login: self.settings.login.clone().set_db(db), ..self.settings.clone() };
            let mut question = redis::pipe();
            let own = db == self.settings.database();
            question.cmd("EXISTS").arg(keys.iter().filter(|key| !own || **key != known).collect::<Vec<_>>());
            if matches!(Self::new(settings, self.limit).run::<(u32,)>(&question).await, Ok((1..,))) {
                found.push(db);
            }
        }
        found
    }
}

fn unreachable(reason: String) -> Problem {
    let says = |words: &str| reason.contains(words);
    let advice = if says("WRONGPASS") || says("NOAUTH") || says("invalid username-password") || says("invalid password")
    {
        "set the password (and user) of redis_url, redis://user:password@host, with %-escapes for what no URL may hold"
    } else if says("NOPERM") {
        "give the user of redis_url the right (ACL SETUSER): LPUSH, SADD, EVAL, PING and more"
    } else if says("sentinel") {
        "check sentinels, sentinel_password, and that redis_url names the master as they know it (redis://:password@mymaster)"
    } else if says("TLS") || says("handshake") {
        "redis:// is without TLS and rediss:// with it: which does this port speak? redis_ssl_params names its CA"
    } else if says("DB index") {
        "the server has no database of this number: set redis_db, or the number behind the last / of redis_url"
    } else if says("LOADING") {
        "wait until the server has loaded its data"
    } else {
        "check redis_url, and whether the server runs and this machine may reach it"
    };
    Problem::new(reason, advice)
}

fn unwritable(reason: String) -> Problem {
    let says = |words: &str| reason.contains(words);
    let advice = if says("NOPERM") {
        "give the user of redis_url this right on this key (ACL SETUSER): the daemon needs it"
    } else if says("READONLY") {
        TO_MASTER
    } else if ["MOVED", "CROSSSLOT", "CLUSTERDOWN"].into_iter().any(says) {
        "this is a Redis Cluster, which neither GitLab's Sidekiq nor mail_room can use: name one server, or sentinels"
    } else if says("OOM") {
        "the server is full: raise maxmemory, or find out what fills it (with Sidekiq, maxmemory-policy has to be noeviction)"
    } else if says("MISCONF") {
        "the server cannot save its data (disk full?): its log tells"
    } else if says("NOREPLICAS") {
        "too few replicas follow the master (min-replicas-to-write)"
    } else {
        "the server's own log may tell more"
    };
    Problem::new(reason, advice)
}
