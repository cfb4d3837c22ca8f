//! The server's side of a trace.

use std::{
    collections::VecDeque,
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, ReadHalf, WriteHalf},
    net::TcpListener,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    journal::Journal,
    scram::Exchange,
    tls::secured,
    trace::{Script, Step},
};

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// How often a log is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// What ends a run: the last of its traces to come to `[stop]`, a test itself, or a mismatch.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    pub(crate) token: CancellationToken,
    awaited: Arc<AtomicUsize>,
}

impl Stop {
    /// A stop that as many traces, or words of the log, have to come to.
    pub(crate) fn new(awaited: usize) -> Self {
        Self { token: CancellationToken::new(), awaited: Arc::new(AtomicUsize::new(awaited)) }
    }

    async fn reached(&self) {
        if self.awaited.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.token.cancel();
        }
        self.token.cancelled().await;
    }

    /// Comes to it when these words stand in the log.
    pub(crate) async fn reached_with(self, words: &'static str, log: PathBuf) {
        while !fs::read_to_string(&log).is_ok_and(|text| text.contains(words)) {
            sleep(LOOK).await;
        }
        self.reached().await;
    }
}

/// Plays a script to its end.
///
/// # Errors
/// Says where the client did something else. The run is told to stop then.
pub(crate) async fn serve(
    listener: TcpListener,
    script: Arc<Script>,
    journal: Journal,
    stop: Stop,
) -> Result<(), String> {
    loop {
        for steps in &script.connections {
            let (socket, _) = listener.accept().await.map_err(|error| error.to_string())?;
            let socket: Box<dyn Stream> = if script.tls { Box::new(secured(socket).await?) } else { Box::new(socket) };
            let outcome = Connection::new(socket, journal.clone()).play(steps, &stop).await;
            // A process that ends may leave a server that begins again and again at any point.
            if let Err(mismatch) = outcome
                && !(script.again && stop.token.is_cancelled())
            {
                stop.token.cancel();
                return Err(format!("{}: {mismatch} in {:#?}", script.name, journal.events()));
            }
        }
        if !script.again {
            return Ok(());
        }
    }
}

struct Connection {
    reader: BufReader<ReadHalf<Box<dyn Stream>>>,
    writer: WriteHalf<Box<dyn Stream>>,
    journal: Journal,
    /// The last command's.
    tag: String,
    /// What came with it.
    command: String,
    /// The tags of commands that were not answered, oldest first.
    unanswered: VecDeque<String>,
    unsent: Vec<u8>,
}

impl Connection {
    fn new(socket: Box<dyn Stream>, journal: Journal) -> Self {
        let (reader, writer) = tokio::io::split(socket);
        let reader = BufReader::new(reader);
        let (tag, unanswered) = (String::new(), VecDeque::new());
        Self { reader, writer, journal, tag, unanswered, command: String::new(), unsent: Vec::new() }
    }

    async fn play(mut self, steps: &[Step], stop: &Stop) -> Result<(), String> {
        self.journal.note("connected".to_owned());
        for step in steps {
            if !matches!(step, Step::Say { drip: None, .. }) {
                self.flush().await;
            }
            match step {
                Step::Say { tagged, bytes, drip } => {
                    if let Some(place) = tagged {
                        let tag = self.unanswered.remove(*place).unwrap_or_else(|| self.tag.clone());
                        self.unsent.extend_from_slice(format!("{tag} ").as_bytes());
                    }
                    self.unsent.extend_from_slice(bytes);
                    if let Some(apart) = drip {
                        for byte in std::mem::take(&mut self.unsent) {
                            self.unsent.push(byte);
                            self.flush().await;
                            sleep(*apart).await;
                        }
                    }
                }
                Step::Hear(expected) => self.hear(expected).await?,
                Step::Scram(manner) => self.scram(manner).await?,
                Step::Pause(time) => sleep(*time).await,
                Step::Keepalives(apart) => {
                    while timeout(*apart, self.reader.fill_buf()).await.is_err() {
                        self.unsent.extend_from_slice(b"* OK Still here\r\n");
                        self.flush().await;
                    }
                }
                Step::Silence => self.hear_nothing().await?,
                Step::Deafness => while self.line().await.is_some() {},
                Step::Close => return Ok(()),
                Step::Stop => stop.reached().await,
            }
        }
        self.flush().await;
        self.hear_nothing().await
    }

    /// A client that has hung up is noticed by the next step that listens.
    async fn flush(&mut self) {
        let _ = self.writer.write_all(&std::mem::take(&mut self.unsent)).await;
    }

    async fn hear(&mut self, expected: &str) -> Result<(), String> {
        let line = self.line().await.ok_or_else(|| format!("the client hung up where {expected:?} was due"))?;
        let (tag, heard) = match (expected.strip_prefix("$ "), line.split_once(' ')) {
            (Some(expected), Some((tag, heard))) if matches(expected, heard) => (Some(tag), heard),
            (None, _) if matches(expected, &line) => (None, line.as_str()),
            _ => return Err(format!("expected {expected:?}, got {line:?}")),
        };
        self.journal.note(format!("C: {heard}"));
        heard.clone_into(&mut self.command);
        if let Some(tag) = tag {
            tag.clone_into(&mut self.tag);
            self.unanswered.push_back(tag.to_owned());
        }
        Ok(())
    }

    /// Up to the client's last word. Who is lied to may hang up.
    async fn scram(&mut self, manner: &str) -> Result<(), String> {
        let mut exchange = Exchange::new(manner);
        let with_command = self.command.split(' ').nth(2).map(str::to_owned);
        let mut heard = match with_command {
            Some(first) => first,
            None => self.asked("").await.ok_or("the client hung up before it began")?,
        };
        while let Some(challenge) = exchange.next(&heard)? {
            heard = match self.asked(&challenge).await {
                Some(heard) => heard,
                None if manner == "honest" => return Err(format!("the client hung up after {challenge:?}")),
                None => return Ok(()),
            };
        }
        Ok(())
    }

    async fn asked(&mut self, challenge: &str) -> Option<String> {
        self.unsent.extend_from_slice(format!("+ {challenge}\r\n").as_bytes());
        self.flush().await;
        self.line().await
    }

    async fn hear_nothing(&mut self) -> Result<(), String> {
        match self.line().await {
            None => Ok(()),
            Some(line) => Err(format!("expected no more, got {line:?}")),
        }
    }

    /// The client's next line; none when it has hung up.
    async fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let read = self.reader.read_until(b'\n', &mut line).await;
        (read.is_ok() && !line.is_empty()).then(|| String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

/// Whether `line` is `pattern`, in which `...` stands for anything.
fn matches(pattern: &str, line: &str) -> bool {
    let Some((beginning, rest)) = pattern.split_once("...") else { return pattern == line };
    let Some(mut line) = line.strip_prefix(beginning) else { return false };
    let mut pieces: Vec<&str> = rest.split("...").collect();
    let end = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some((_, after)) = line.split_once(piece) else { return false };
        line = after;
    }
    line.ends_with(end)
}
