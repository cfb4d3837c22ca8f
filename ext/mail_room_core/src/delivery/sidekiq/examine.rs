//! Whether somebody works off the jobs.

use std::collections::BTreeSet;

use redis::Pipeline;
use serde::Deserialize;

use super::SidekiqSettings;
use crate::{
    check::{Report, Stop},
    redis_connection::RedisConnection,
};

const REDIS: &str = "sidekiq.redis";
const ROLE: &str = "sidekiq.role";
const WORKERS: &str = "sidekiq.workers";

/// The checks that there are.
pub(in crate::delivery) const NAMES: [&str; 3] = [REDIS, ROLE, WORKERS];

/// More processes than this are not looked at.
const MOST: usize = 1_000;

/// What older GitLabs had.
const OLD_NAMESPACE: &str = "resque:gitlab";

/// What a process of Sidekiq tells of itself (`Sidekiq::Launcher`).
#[derive(Deserialize)]
struct Process {
    #[serde(default)]
    queues: Vec<String>,
}

/// Looks, as far as it gets. `claims` are commands that come with a job when the arbiter keeps its claims there, too.
pub(in crate::delivery) async fn run(
    settings: &SidekiqSettings,
    redis: &RedisConnection,
    claims: Option<Pipeline>,
    report: &mut Report,
) -> Result<(), Stop> {
    let mut commands = settings.commands();
    for command in claims.iter().flat_map(Pipeline::cmd_iter) {
        commands.add_command(command.clone());
    }
    redis.examine(REDIS, ROLE, None, &commands, report).await?;
    let key = settings.key("processes");
    let mut question = redis::pipe();
    question.cmd("SRANDMEMBER").arg(&key).arg(MOST);
    let asked = redis.run::<(Vec<String>,)>(&question).await;
    let (identities,) = asked.map_err(|reason| no_answer(&reason, &key, report))?;
    let mut question = redis::pipe();
    for identity in &identities {
        question.cmd("HGET").arg(settings.key(identity)).arg("info");
    }
    let told: Vec<Option<String>> = if identities.is_empty() {
        Vec::new()
    } else {
        redis.run(&question).await.map_err(|reason| no_answer(&reason, &key, report))?
    };
    // What a process told of itself goes a minute after it.
    let alive: Vec<Process> = told.into_iter().flatten().filter_map(|info| serde_json::from_str(&info).ok()).collect();
    let ours = alive.iter().filter(|process| process.queues.contains(&settings.queue)).count();
    let (queue, all) = (&settings.queue, alive.len());
    if ours > 0 {
        report.yes(WORKERS, format!("{ours} of {all} Sidekiq processes take jobs from queue {queue:?}"));
        return Ok(());
    }
    if identities.len() == MOST {
        let detail = format!(
            "of more than {MOST} Sidekiq processes no more were looked at, and none of these takes jobs \
                              from queue {queue:?}"
        );
        report.skipped(WORKERS, detail, None);
        return Ok(());
    }
    if all > 0 {
        let taken: BTreeSet<&str> = alive.iter().flat_map(|process| &process.queues).map(String::as_str).collect();
        let shown = taken.iter().take(20).copied().collect::<Vec<_>>().join(", ");
        let detail = format!("none of {all} Sidekiq processes takes jobs from queue {queue:?}; they take {shown}");
        return Err(report.no(WORKERS, detail, "set queue to one of these, or have a process take this one, too"));
    }
    Err(nobody(settings, redis, &key, identities.len(), report).await)
}

fn no_answer(reason: &str, key: &str, report: &mut Report) -> Stop {
    report.skipped(WORKERS, format!("{key} cannot be read: {reason}"), None);
    Stop
}

/// There is no process here, but for `silent` ones that never said that they ended: perhaps in another place.
async fn nobody(
    settings: &SidekiqSettings,
    redis: &RedisConnection,
    key: &str,
    silent: usize,
    report: &mut Report,
) -> Stop {
    let db = settings.redis.database();
    let old = format!("{OLD_NAMESPACE}:processes");
    let elsewhere = redis.databases_with(&["processes", &old], key).await;
    let detail = match silent {
        0 => format!("no Sidekiq process is known in database {db} (key {key})"),
        1 => format!("1 Sidekiq process was known in database {db} (key {key}) and has gone silent"),
        _ => format!("{silent} Sidekiq processes were known in database {db} (key {key}) and have gone silent"),
    };
    let others: Vec<String> =
        elsewhere.iter().filter(|other| **other != db).map(|other| format!("database {other}")).collect();
    let (seen, advice) = if !others.is_empty() {
        (format!("; there is one in {}", others.join(", ")), "set redis_db (or redis_url) to where Sidekiq is")
    } else if elsewhere.contains(&db) {
        let advice = "Sidekiq is here under another namespace: GitLab has none any more, and had resque:gitlab before";
        ("; there is one under another namespace".to_owned(), advice)
    } else if silent > 0 {
        (String::new(), "start Sidekiq: it was ended without a chance to say so, or its machine is away")
    } else {
        (
            String::new(),
            "start Sidekiq; if it runs, redis_url, redis_db or namespace are not Sidekiq's: jobs would wait for ever",
        )
    };
    report.no(WORKERS, format!("{detail}{seen}"), advice)
}
