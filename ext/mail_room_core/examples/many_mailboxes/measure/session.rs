//! One client of the server.

use std::{
    io,
    sync::{Arc, atomic::Ordering},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    time::sleep,
};

use super::server::Shared;

/// A session waits with this much.
const BUFFER_BYTES: usize = 256;

pub(crate) struct Session<S> {
    stream: BufReader<S>,
    shared: Arc<Shared>,
    user: String,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(crate) fn new(stream: S, shared: Arc<Shared>) -> Self {
        Self { stream: BufReader::with_capacity(BUFFER_BYTES, stream), shared, user: String::new() }
    }

    pub(crate) async fn serve(mut self) -> io::Result<()> {
        self.slowly("* OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE] ready\r\n").await?;
        while let Some(line) = self.line().await? {
            let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
            let answer = self.answer(command).await?;
            if command == "IDLE" {
                self.idle(tag).await?;
            } else if self.user.is_empty() {
                self.slowly(&format!("{answer}{tag} OK done\r\n")).await?;
            } else {
                self.say(&format!("{answer}{tag} OK done\r\n")).await?;
            }
            if command == "LOGOUT" {
                break;
            }
        }
        Ok(())
    }

    /// What stands before the tagged answer.
    async fn answer(&mut self, command: &str) -> io::Result<String> {
        let words: Vec<&str> = command.split(' ').collect();
        Ok(match words[..] {
            ["CAPABILITY"] => "* CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE\r\n".to_owned(),
            ["LOGIN", user, ..] => {
                sleep(self.shared.delay).await;
                user.trim_matches('"').clone_into(&mut self.user);
                self.shared.logged_in(&self.user);
                String::new()
            }
            ["SELECT", ..] => format!(
                "* FLAGS (\\Seen \\Deleted)\r\n* {} EXISTS\r\n* OK [UIDVALIDITY 1] kept\r\n\
                 * OK [PERMANENTFLAGS (\\Seen \\Deleted \\Flagged \\*)] kept\r\n",
                self.shared.messages(&self.user)
            ),
            ["UID", "SEARCH", "UNSEEN"] => {
                let unseen = self.shared.unseen(&self.user).iter().map(|uid| format!(" {uid}")).collect::<String>();
                format!("* SEARCH{unseen}\r\n")
            }
            ["UID", "SEARCH", ..] => "* SEARCH\r\n".to_owned(),
            ["UID", "FETCH", set, ..] => messages(set, command.contains("BODY.PEEK[]")),
            ["UID", "STORE", set, "+FLAGS.SILENT", ..] if command.contains("\\Seen") => {
                self.shared.mark(&self.user, &uids(set));
                String::new()
            }
            _ => String::new(),
        })
    }

    async fn idle(&mut self, tag: &str) -> io::Result<()> {
        let mut arrived = self.shared.arrived.subscribe();
        let known = self.shared.unseen(&self.user).len();
        self.say("+ idling\r\n").await?;
        if known > 0 {
            self.tell_exists().await?;
        }
        self.shared.idling.fetch_add(1, Ordering::Relaxed);
        let done = loop {
            tokio::select! {
                line = read_line(&mut self.stream) => break line,
                changed = arrived.changed() => if changed.is_ok() {
                    self.tell_exists().await?;
                },
            }
        };
        self.shared.idling.fetch_sub(1, Ordering::Relaxed);
        done?;
        self.say(&format!("{tag} OK done\r\n")).await
    }

    async fn tell_exists(&mut self) -> io::Result<()> {
        let exists = self.shared.messages(&self.user);
        self.say(&format!("* {exists} EXISTS\r\n")).await
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        read_line(&mut self.stream).await
    }

    async fn slowly(&mut self, text: &str) -> io::Result<()> {
        sleep(self.shared.delay).await;
        self.say(text).await
    }

    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(text.as_bytes()).await?;
        self.stream.flush().await
    }
}

async fn read_line(stream: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<Option<String>> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await?;
    Ok((length > 0).then(|| line.trim_end().to_owned()))
}

/// About 3 kB each.
fn messages(set: &str, with_body: bool) -> String {
    let mut text = String::new();
    for uid in uids(set) {
        let body =
            format!("From: ann@example.com\r\nSubject: Mail {uid}\r\n\r\n{}\r\n", "A line of text.\r\n".repeat(180));
        let item = if with_body { format!(" BODY[] {{{}}}\r\n{body}", body.len()) } else { String::new() };
        text += &format!("* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE {}{item})\r\n", body.len());
    }
    text
}

/// Of a set such as `1:3,7` (RFC 3501, section 9).
fn uids(set: &str) -> Vec<u32> {
    let number = |text: &str| text.parse::<u32>().unwrap_or_default();
    let range = |part: &str| {
        let (first, last) = part.split_once(':').unwrap_or((part, part));
        number(first)..=number(last)
    };
    set.split(',').flat_map(range).collect()
}
