//! A server that expects these commands in this order, and what passes between it and us.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use serde_json::json;
use tokio::{
    io::{
        AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream, ReadBuf, duplex,
    },
    task::JoinHandle,
};

use super::super::{Account, Imap};
use crate::{inbox::InboxSettings, mailbox::Mailbox};

/// Room for all that is sent before anybody reads.
const PIPE: usize = 16 << 20;

const LOGIN: &str = "\
S: * OK ready
C: CAPABILITY
S: * CAPABILITY IMAP4rev1
S: $1 OK done
C: LOGIN \"one@example.com\" \"hunter2\"
S: $2 OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS] welcome
C: SELECT \"INBOX\"
S: * 9 EXISTS
S: * OK [PERMANENTFLAGS (\\Seen \\Deleted KEYWORDS)] kept
S: * OK [UIDVALIDITY 1] UIDs valid
S: $3 OK [READ-WRITE] selected";

/// A session, and the server it has.
pub(super) struct Dialogue {
    pub(super) imap: Imap,
    pub(super) counted: Arc<Counts>,
    server: JoinHandle<()>,
}

/// Reads and writes of our side that moved bytes.
#[derive(Debug, Default)]
pub(super) struct Counts {
    reads: AtomicUsize,
    writes: AtomicUsize,
}

impl Counts {
    /// How many there were since the last call, of either kind.
    pub(super) fn take(&self) -> (usize, usize) {
        (self.reads.swap(0, Ordering::Relaxed), self.writes.swap(0, Ordering::Relaxed))
    }
}

impl Dialogue {
    /// Logs in. After that the server plays `script`: `C: text` is a command that has to come next, `S: text` is
    /// said, with `$1` for the tag of the first command in the script, and `<text>` for that text as a literal.
    /// `[close]` hangs up.
    pub(super) async fn begin(script: &str) -> Self {
        Self::with_keywords(false, script).await
    }

    pub(super) async fn with_keywords(keywords: bool, script: &str) -> Self {
        let (ours, theirs) = duplex(PIPE);
        let counted = Arc::new(Counts::default());
        let ours = Counted { stream: ours, counts: Arc::clone(&counted) };
        let (login, script) = (LOGIN.replace(" KEYWORDS", if keywords { " \\*" } else { "" }), script.to_owned());
        let server = tokio::spawn(async move {
            let mut stream = BufReader::new(theirs);
            if play(&mut stream, &login).await && play(&mut stream, &script).await {
                let mut more = String::new();
                stream.read_to_string(&mut more).await.expect("text");
                assert_eq!(more, "", "there is more than was expected");
            }
        });
        let mailbox = mailbox();
        let InboxSettings::Imap(settings) = &mailbox.inbox else { panic!("no IMAP") };
        let account = Account::new(Arc::clone(settings), &mailbox.timeouts);
        let imap = Imap::begin(Box::new(ours), true, &account, &mailbox, |_| (), |_| ()).await.expect("a session");
        counted.take();
        Self { imap, counted, server }
    }

    /// Waits until the server has heard and said all.
    pub(super) async fn end(self) {
        drop(self.imap);
        self.server.await.expect("a dialogue as it should be");
    }

    /// Says goodbye, and waits as [`Dialogue::end`] does.
    pub(super) async fn log_out(self) {
        self.imap.logout().await;
        self.server.await.expect("a dialogue as it should be");
    }
}

/// False when the server has hung up.
async fn play(stream: &mut BufReader<DuplexStream>, script: &str) -> bool {
    let (mut tags, mut unsent, mut stays): (Vec<String>, _, _) = (Vec::new(), String::new(), true);
    for step in script.lines() {
        match step.split_once(' ') {
            Some(("C:", expected)) => {
                stream.write_all(std::mem::take(&mut unsent).as_bytes()).await.expect("somebody who listens");
                let mut line = String::new();
                stream.read_line(&mut line).await.expect("a line");
                // DONE has no tag.
                let (tag, command) = line.trim_end().split_once(' ').unwrap_or(("", line.trim_end()));
                assert_eq!(command, expected);
                tags.extend((!tag.is_empty()).then(|| tag.to_owned()));
            }
            Some(("S:", said)) => {
                let mut said = format!("{said}\r\n");
                for (at, tag) in tags.iter().enumerate() {
                    said = said.replace(&format!("${} ", at + 1), &format!("{tag} "));
                }
                while let Some((before, rest)) = said.split_once('<') {
                    let (text, after) = rest.split_once('>').expect("an end");
                    said = format!("{before}{{{}}}\r\n{text}{after}", text.len());
                }
                unsent += &said;
            }
            _ => {
                assert_eq!(step, "[close]");
                stays = false;
            }
        }
    }
    stream.write_all(unsent.as_bytes()).await.expect("somebody who listens");
    stays
}

fn mailbox() -> Mailbox {
    let settings = json!({
        "host": "127.0.0.1", "port": 993, "ssl": true, "email": "one@example.com", "password": "hunter2",
        "name": "INBOX", "delivery_method": "noop",
    });
    Mailbox::from_settings(&settings).expect("settings")
}

#[derive(Debug)]
struct Counted {
    stream: DuplexStream,
    counts: Arc<Counts>,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        self.counts.reads.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.counts.writes.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
