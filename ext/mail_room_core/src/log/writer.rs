//! A thread that writes the log lines of all mailboxes.
//!
//! A log file on a network drive, or a pipe nobody reads, can hold a write up for ever. That must cost
//! log lines and nothing else, so no task ever writes one itself.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
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

/// How long the first of them waits for others: each call of the thread costs more than the line it is called for.
const GATHERING: Duration = Duration::from_millis(1);

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
    outputs: Mutex<HashMap<Target, Arc<Output>>>,
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
        let target = if *target == Target::Nowhere { &Target::Stderr } else { target };
        let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(output) = outputs.get(target) {
            return Ok(Arc::clone(output));
        }
        let output = Arc::new(match target {
            Target::Stdout => Output::Stdout,
            Target::Stderr | Target::Nowhere => Output::Stderr,
            Target::File(path) => Output::File(open(path)?),
        });
        outputs.insert(target.clone(), Arc::clone(&output));
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

fn open(path: &Path) -> Result<File> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.map_err(|source| Error::LogFile { path: path.display().to_string(), source })
}

/// Ends when the writer it works for is gone. Lines that wait for the same file are written together.
fn work(orders: &Receiver<Order>, dropped: &AtomicU64) {
    let mut batch = Batch::default();
    while let Ok(order) = orders.recv() {
        thread::sleep(GATHERING);
        let mut next = Some(order);
        while let Some(order) = next {
            match order {
                Order::Write(output, line) => {
                    let missing = dropped.swap(0, Ordering::Relaxed);
                    if missing > 0 {
                        batch.add(
                            &output,
                            &format!("{{\"severity\":\"WARN\",\"action\":\"{missing} log lines dropped\"}}\n"),
                        );
                    }
                    batch.add(&output, &line);
                }
                Order::Answer(answer) => {
                    batch.write();
                    let _ = answer.send(());
                }
            }
            next = orders.try_recv().ok();
        }
        batch.write();
    }
}

/// Whole lines for one output.
#[derive(Default)]
struct Batch {
    output: Option<Arc<Output>>,
    lines: String,
}

impl Batch {
    fn add(&mut self, output: &Arc<Output>, line: &str) {
        let same = self.output.as_ref().is_some_and(|known| Arc::ptr_eq(known, output));
        if !same || self.lines.len() + line.len() > output.most() {
            self.write();
            self.output = Some(Arc::clone(output));
        }
        self.lines.push_str(line);
    }

    /// A log that cannot be written must not stop mail.
    fn write(&mut self) {
        if let Some(output) = self.output.take() {
            let lines = self.lines.as_bytes();
            let _ = match &*output {
                Output::Stdout => io::stdout().write_all(lines),
                Output::Stderr => io::stderr().write_all(lines),
                Output::File(file) => { file }.write_all(lines),
            };
        }
        // What a storm of lines has taken is given back.
        self.lines = String::new();
    }
}

impl Output {
    /// Bytes to be written at once. A pipe keeps no more than these together when others write to it (POSIX,
    /// `PIPE_BUF`), a file that is appended to any number.
    fn most(&self) -> usize {
        match self {
            Self::Stdout | Self::Stderr => 4 << 10,
            Self::File(_) => 64 << 10,
        }
    }
}
