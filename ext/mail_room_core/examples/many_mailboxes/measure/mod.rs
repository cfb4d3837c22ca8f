//! The figures.

mod daemon;
mod options;
mod server;
mod session;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

pub(crate) use self::options::Options;
use self::{daemon::Daemon, server::Server};

pub(crate) type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(500);
/// What is left of a burst, or of the start, is over after this.
const SETTLED: Duration = Duration::from_secs(2);

/// All that is measured, as `main.rs` has it.
///
/// # Errors
/// When a figure cannot be had.
pub(crate) async fn measure(options: &Options) -> Result<Value> {
    raise_descriptors();
    let one = one(options).await?;
    let server = Server::start(options)?;
    let begin = Instant::now();
    let mut daemon = Daemon::start(options, &server, options.mailboxes)?;
    daemon.until("the first connection", || server.connections() > 0).await?;
    let loaded = json!({"rss": daemon.rss()?, "after": seconds(begin)});
    let loaded_rss = daemon.rss()?;
    server.open();
    daemon.until("all to idle", || server.idling() == options.mailboxes).await?;
    let after = seconds(begin);
    sleep(SETTLED).await;
    let idle = idle(options, &mut daemon).await?;
    let rss = daemon.rss()?;
    let all = json!({
        "after": after, "rss": rss, "cpu": idle,
        "per_mailbox": per(rss, one.0, options.mailboxes - 1), "per_session": per(rss, loaded_rss, options.mailboxes),
    });
    let burst = if options.burst > 0 { burst(options, &server, &mut daemon).await? } else { Value::Null };
    let threads = daemon.most_threads();
    let (ending, begin) = (daemon.end(), Instant::now());
    let status = timeout(LIMIT, ending).await??;
    Ok(json!({
        "mailboxes": options.mailboxes, "tls": options.tls.is_some(), "one": {"rss": one.0, "threads": one.1},
        "loaded": loaded, "idle": all, "burst": burst, "threads": threads, "connections": server.connections(),
        "logging_in_at_once": server.most_logging_in(), "end": {"after": seconds(begin), "status": status},
    }))
}

/// What a process with one mailbox takes, and its threads.
async fn one(options: &Options) -> Result<(u64, u64)> {
    let server = Server::start(options)?;
    server.open();
    let mut daemon = Daemon::start(options, &server, 1)?;
    daemon.until("one to idle", || server.idling() == 1).await?;
    sleep(SETTLED).await;
    let rss = daemon.rss()?;
    let threads = daemon.most_threads();
    timeout(LIMIT, daemon.end()).await??;
    Ok((rss, threads))
}

/// The part of a core that is used up while nothing happens.
async fn idle(options: &Options, daemon: &mut Daemon) -> Result<f64> {
    let (before, begin) = (daemon.cpu()?, Instant::now());
    sleep(options.idle).await;
    Ok((daemon.cpu()? - before) / seconds(begin))
}

/// So many mails for each mailbox, and a backlog for the first, until all but the backlog are marked.
async fn burst(options: &Options, server: &Server, daemon: &mut Daemon) -> Result<Value> {
    let (begin, before) = (Instant::now(), daemon.cpu()?);
    let due = (options.mailboxes - usize::from(options.backlog > 0)) * options.burst as usize;
    server.deliver(options.burst, options.backlog);
    daemon.until("the burst to be marked", || server.marked() >= due).await?;
    let after = seconds(begin);
    let (first, half, last) = server.marked_after(begin);
    let backlog_left = server.backlog_left();
    daemon.until("the end of the backlog", || server.all_marked()).await?;
    daemon.until("all to idle again", || server.idling() == options.mailboxes).await?;
    let (over, cpu) = (seconds(begin), daemon.cpu()? - before);
    sleep(SETTLED).await;
    Ok(json!({
        "after": after, "first": first, "half": half, "last": last, "backlog_left": backlog_left, "over": over,
        "cpu_seconds": cpu, "rss": daemon.rss()?, "peak": daemon.peak()?,
    }))
}

fn per(rss: u64, before: u64, mailboxes: usize) -> u64 {
    rss.saturating_sub(before) / mailboxes.max(1) as u64
}

fn seconds(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 1000.0).round() / 1000.0
}

/// One for each mailbox is needed here, too.
fn raise_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}
