//! A look at a Redis: whether it answers, and whether it takes what is written.

use redis::Value;

use super::{RedisConnection, RedisSettings, role::Master};
use crate::check::{Check, Problem, Report, Stop};

/// What is written and removed again in one step.
const PROBE: &str = "mail_room:check";

/// More databases than this are not looked into.
const MOST_DATABASES: usize = 16;

impl RedisConnection {
    /// Looks, with checks of these names.
    pub(crate) async fn examine(
        &self,
        reachable: &'static str,
        role: &'static str,
        warning: Option<&str>,
        check: Check,
        report: &mut Report,
    ) -> Result<(), Stop> {
        self.ping().await.map_err(|reason| report.problem(reachable, unreachable(reason)))?;
        let title = format!("{}, database {}", self.settings.title(), self.settings.login.db());
        let led_to = self.open().as_ref().map(|open| open.place.to_string()).unwrap_or_default();
        let master =
            if self.settings.is_replicated() { format!("; the sentinels name {led_to}") } else { String::new() };
        report.yes_but(reachable, format!("{title} answers{master}"), warning);
        self.look_at_role(role, check, report).await
    }

    async fn look_at_role(&self, role: &'static str, check: Check, report: &mut Report) -> Result<(), Stop> {
        let told = self.run::<(Vec<Value>,)>(redis::pipe().cmd("ROLE")).await;
        let told = match told {
            Ok((answer,)) => match Master::read(&answer) {
                Some(master) => format!("master, with {} replicas", master.replicas.len()),
                None => {
                    let advice = "set redis_url to the master, or sentinels that know which server is the master";
                    return Err(report.no(role, "this server is a replica, and takes nothing", advice));
                }
            },
            Err(reason) => format!("it does not tell its role ({reason})"),
        };
        if check.read_only {
            report.yes(role, format!("{told}; nothing was written (read only)"));
            return Ok(());
        }
        let key = format!("{PROBE}:{:016x}", fastrand::u64(..));
        let mut written = redis::pipe();
        written.atomic().cmd("SET").arg(&key).arg("1").arg("EX").arg(10).ignore().del(&key);
        match self.run::<(u32,)>(&written).await {
            Ok(_) => {
                report.yes(role, format!("{told}; takes what is written"));
                Ok(())
            }
            // A user who may only do what the daemon does.
            Err(reason) if reason.contains("NOPERM") => {
                let detail = format!("{told}; whether it takes what is written was not tried: {reason}");
                report.yes(role, detail);
                Ok(())
            }
            Err(reason) => Err(report.problem(role, unwritable(reason))),
        }
    }

    /// In which databases of the server one of these keys is.
    pub(crate) async fn databases_with(&self, keys: &[String]) -> Vec<i64> {
        let asked = self.run::<(String,)>(redis::pipe().cmd("INFO").arg("keyspace")).await;
        let Ok((keyspace,)) = asked else { return Vec::new() };
        let number = |line: &str| line.strip_prefix("db")?.split(':').next()?.parse::<i64>().ok();
        let mut found = Vec::new();
        for db in keyspace.lines().filter_map(number).take(MOST_DATABASES) {
            let settings = RedisSettings { login: self.settings.login.clone().set_db(db), ..self.settings.clone() };
            let mut question = redis::pipe();
            question.cmd("EXISTS").arg(keys);
            if matches!(Self::new(settings, self.limit).run::<(u32,)>(&question).await, Ok((1..,))) {
                found.push(db);
            }
        }
        found
    }
}

impl RedisSettings {
    /// The database that is used.
    pub(crate) fn database(&self) -> i64 {
        self.login.db()
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
    let advice = if reason.contains("OOM") {
        "the server is full: raise maxmemory, or find out what fills it (with Sidekiq, maxmemory-policy has to be noeviction)"
    } else if reason.contains("MISCONF") {
        "the server cannot save its data (disk full?): its log tells"
    } else if reason.contains("NOREPLICAS") {
        "too few replicas follow the master (min-replicas-to-write)"
    } else {
        "the server's own log may tell more"
    };
    Problem::new(reason, advice)
}
