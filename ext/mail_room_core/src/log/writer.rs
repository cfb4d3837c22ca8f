//! A thread that writes the log lines of all mailboxes.
//!
//! A log file on a network drive, or a pipe nobody reads, can hold a write up for ever. That must cost
//! log lines and nothing else, so no task ever writes one itself.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::Duration,
};

use super::Target;
use crate::{Error, Result};

/// Lines waiting to be written. More than that are dropped, and counted.
const WAITING: usize = 10_000;

/// Something lines can be written to.
pub(crate) enum Output {
    Stdout,
    Stderr,
    File(File),
}

enum Order {
    Write(Arc<Output>, String),
    /// Answer when all orders before this one are done.
    Answer(SyncSender<()>),
}

/// The log files of a process, one descriptor each, and the thread that writes them.
#[derive(Default)]
pub(crate) struct Writer {
    files: Mutex<HashMap<PathBuf, Arc<Output>>>,
    /// The thread starts with the first line: not before a fork, then.
    orders: OnceLock<Option<SyncSender<Order>>>,
    dropped: Arc<AtomicU64>,
}

impl Writer {
    /// Opens the target, once for all mailboxes that share it.
    ///
    /// # Errors
    /// [`Error::LogFile`] when the file cannot be opened.
    pub(super) fn output(&self, target: &Target) -> Result<Arc<Output>> {
        let path = match target {
            Target::Stdout => return Ok(Arc::new(Output::Stdout)),
            Target::Stderr | Target::Nowhere => return Ok(Arc::new(Output::Stderr)),
            Target::File(path) => path,
        };
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(output) = files.get(path) {
            return Ok(Arc::clone(output));
        }
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .map_err(|source| Error::LogFile { path: path.display().to_string(), source })?;
        let output = Arc::new(Output::File(file));
        files.insert(path.clone(), Arc::clone(&output));
        Ok(output)
    }

    /// Never waits: a line there is no room for is dropped.
    pub(super) fn write(&self, output: &Arc<Output>, line: String) {
        let sent = self.orders().is_some_and(|orders| orders.try_send(Order::Write(Arc::clone(output), line)).is_ok());
        if !sent {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns when everything is written, or after `limit`. Blocks: not for a task.
    pub(crate) fn flush(&self, limit: Duration) {
        let (answer, answered) = mpsc::sync_channel(1);
        let asked = self.orders().is_some_and(|orders| orders.try_send(Order::Answer(answer)).is_ok());
        if asked {
            let _: Result<(), RecvTimeoutError> = answered.recv_timeout(limit);
        }
    }

    fn orders(&self) -> Option<&SyncSender<Order>> {
        let start = || {
            let (orders, received) = mpsc::sync_channel(WAITING);
            let dropped = Arc::clone(&self.dropped);
            // Without a thread there is no log; mail matters more.
            let thread = thread::Builder::new().name("mail_room.log".to_owned());
            thread.spawn(move || work(&received, &dropped)).ok().map(|_| orders)
        };
        self.orders.get_or_init(start).as_ref()
    }
}

/// Ends when the writer it works for is gone.
fn work(orders: &Receiver<Order>, dropped: &AtomicU64) {
    for order in orders {
        match order {
            Order::Write(output, line) => {
                let missing = dropped.swap(0, Ordering::Relaxed);
                if missing > 0 {
                    write(&output, &format!("{{\"severity\":\"WARN\",\"action\":\"{missing} log lines dropped\"}}\n"));
                }
                write(&output, &line);
            }
            Order::Answer(answer) => {
                let _ = answer.send(());
            }
        }
    }
}

/// A log that cannot be written must not stop mail.
fn write(output: &Output, line: &str) {
    let _ = match output {
        Output::Stdout => io::stdout().write_all(line.as_bytes()),
        Output::Stderr => io::stderr().write_all(line.as_bytes()),
        Output::File(file) => { file }.write_all(line.as_bytes()),
    };
}
