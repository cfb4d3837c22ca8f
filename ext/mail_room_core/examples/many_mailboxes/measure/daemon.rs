//! The process that is measured.

use std::{
    env, fs,
    path::PathBuf,
    process::{self, Child, Command},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{LIMIT, Options, Result, server::Server};

/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// Of the CPU, in which Linux counts for programs.
const TICKS_IN_A_SECOND: f64 = 100.0;

pub(crate) struct Daemon {
    child: Child,
    configuration: PathBuf,
    most_threads: u64,
}

impl Daemon {
    pub(crate) fn start(options: &Options, server: &Server, mailboxes: usize) -> Result<Self> {
        let configuration = env::temp_dir().join(format!("many_mailboxes-{}-{mailboxes}.yml", process::id()));
        // YAML holds JSON.
        fs::write(&configuration, settings(options, server.port(), mailboxes).to_string())?;
        let (program, arguments) = options.command.split_first().ok_or("no command")?;
        let child = Command::new(program).args(arguments).arg("-c").arg(&configuration).spawn()?;
        Ok(Self { child, configuration, most_threads: 0 })
    }

    /// # Errors
    /// When it ends before that, or takes too long.
    pub(crate) async fn until(&mut self, what: &str, done: impl Fn() -> bool) -> Result<()> {
        let begin = Instant::now();
        while !done() {
            self.most_threads();
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("ended ({status}) before {what}").into());
            }
            if begin.elapsed() > LIMIT {
                return Err(format!("waited too long for {what}").into());
            }
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Bytes in memory.
    pub(crate) fn rss(&self) -> Result<u64> {
        self.status("VmRSS:").map(|kib| kib * 1024)
    }

    /// The most that it ever had.
    pub(crate) fn peak(&self) -> Result<u64> {
        self.status("VmHWM:").map(|kib| kib * 1024)
    }

    /// So far, as far as was looked.
    pub(crate) fn most_threads(&mut self) -> u64 {
        self.most_threads = self.most_threads.max(self.status("Threads:").unwrap_or_default());
        self.most_threads
    }

    /// Seconds of a core that it has used up.
    pub(crate) fn cpu(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let after_name = stat.rsplit_once(')').ok_or("no stat")?.1;
        let ticks =
            after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap_or_default());
        Ok(ticks.sum::<f64>() / TICKS_IN_A_SECOND)
    }

    /// Asks it to end, and waits until it has. Its exit status.
    pub(crate) async fn end(mut self) -> Result<Option<i32>> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM)?;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            sleep(LOOK).await;
        }
    }

    fn status(&self, key: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(key)).ok_or("no status")?;
        Ok(line.split_whitespace().next().ok_or("no status")?.parse()?)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.configuration);
    }
}

fn settings(options: &Options, port: u16, mailboxes: usize) -> Value {
    let ssl = match (&options.tls, &options.ca_file) {
        (None, _) => json!(false),
        (Some(_), None) => json!({"verify_mode": "none"}),
        (Some(_), Some(ca_file)) => json!({"ca_file": ca_file}),
    };
    let (delivery, arbitration) = match &options.redis_url {
        None => (json!({"delivery_method": "noop"}), json!({})),
        Some(url) => (
            json!({"delivery_method": "sidekiq",
                   "delivery_options": {"redis_url": url, "queue": "mail", "worker": "EmailReceiverWorker"}}),
            json!({"arbitration_method": "redis",
                   "arbitration_options": {"redis_url": url, "namespace": "mail_room"}}),
        ),
    };
    let log = options.log_path.as_ref().map_or_else(|| json!({}), |path| json!({"logger": {"log_path": path}}));
    let mailbox = |number| {
        let mut mailbox = json!({
            "email": format!("box{number}@example.com"), "password": "secret", "host": "localhost", "port": port,
            "ssl": ssl, "name": "INBOX", "delete_after_delivery": true, "expunge_deleted": true,
        });
        for more in [&delivery, &arbitration, &log] {
            if let (Value::Object(mailbox), Value::Object(more)) = (&mut mailbox, more) {
                mailbox.extend(more.clone());
            }
        }
        mailbox
    };
    json!({"mailboxes": (0..mailboxes).map(mailbox).collect::<Vec<_>>(), "shutdown_timeout": 60})
}
