//! An IMAP server of one mailbox that behaves as a test wants it to, with many sessions at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::{AbortHandle, JoinSet},
};

/// What it does otherwise than a good server.
#[derive(Clone, Debug, Default)]
pub(super) struct Manner {
    /// In place of the usual greeting.
    pub(super) greeting: Option<&'static str>,
    pub(super) capabilities: Option<&'static str>,
    /// Answers to commands that begin so, without their tags; `$` stands for the tag.
    pub(super) answers: Vec<(&'static str, &'static str)>,
    /// It does not tell idling clients what comes in.
    pub(super) mute: bool,
    /// It hangs up in place of the answer to this command, which it has carried out.
    pub(super) hangs_up_in: Option<&'static str>,
    /// Messages with these names are there from the beginning, besides three others.
    pub(super) holds: Vec<(u32, &'static str)>,
    /// It leaves `\Deleted` out where a message is put there, and does not tell.
    pub(super) appends_undeleted: bool,
}

/// A message.
#[derive(Clone, Debug)]
struct Held {
    uid: u32,
    name: String,
    deleted: bool,
}

/// What its sessions share.
#[derive(Clone, Default)]
struct Mailbox {
    heard: Arc<Mutex<Vec<String>>>,
    held: Arc<Mutex<Vec<Held>>>,
    news: Arc<Notify>,
}

/// Ends when it is dropped.
pub(super) struct Server {
    pub(super) port: u16,
    mailbox: Mailbox,
    task: AbortHandle,
}

impl Server {
    pub(super) async fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let mailbox = Mailbox::default();
        let held = manner.holds.iter().map(|(uid, name)| Held { uid: *uid, name: (*name).to_owned(), deleted: true });
        locked(&mailbox.held).extend(held);
        let shared = mailbox.clone();
        let task = tokio::spawn(async move {
            let mut sessions = JoinSet::new();
            loop {
                let (socket, _) = listener.accept().await.expect("a connection");
                let session = Session { manner: manner.clone(), mailbox: shared.clone() };
                sessions.spawn(session.serve(socket));
            }
        });
        Self { port, mailbox, task: task.abort_handle() }
    }

    /// The commands so far, without their tags.
    pub(super) fn heard(&self) -> Vec<String> {
        locked(&self.mailbox.heard).clone()
    }

    /// The UIDs of the messages with names that are there.
    pub(super) fn held(&self) -> Vec<u32> {
        locked(&self.mailbox.held).iter().map(|held| held.uid).collect()
    }
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Session {
    manner: Manner,
    mailbox: Mailbox,
}

impl Session {
    async fn serve(self, socket: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(socket);
        let greeting = self.manner.greeting.unwrap_or("* OK ready\r\n");
        stream.write_all(greeting.as_bytes()).await.ok()?;
        loop {
            let line = line(&mut stream).await?;
            let (tag, command) = line.split_once(' ')?;
            locked(&self.mailbox.heard).push(command.to_owned());
            let answer = self.manner.answers.iter().find(|(beginning, _)| command.starts_with(beginning));
            let answer = match answer {
                Some((_, answer)) => (*answer).to_owned(),
                None => self.usual(command, &mut stream).await?,
            };
            if self.manner.hangs_up_in.is_some_and(|last| command.starts_with(last)) {
                return None;
            }
            stream.write_all(answer.replace('$', tag).as_bytes()).await.ok()?;
        }
    }

    async fn usual(&self, command: &str, stream: &mut BufReader<TcpStream>) -> Option<String> {
        let capabilities = self.manner.capabilities.unwrap_or("IMAP4rev1 IDLE UIDPLUS");
        Some(match command.split(' ').next()? {
            "CAPABILITY" => format!("* CAPABILITY {capabilities}\r\n$ OK done\r\n"),
            "SELECT" => "* 3 EXISTS\r\n* OK [UIDVALIDITY 1] is\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] are\r\n\
                         $ OK [READ-WRITE] done\r\n"
                .to_owned(),
            "EXAMINE" => "* 3 EXISTS\r\n* OK [PERMANENTFLAGS ()] none\r\n$ OK [READ-ONLY] done\r\n".to_owned(),
            "UID" => self.by_uid(command)?,
            "LIST" => "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Support\r\n$ OK done\r\n".to_owned(),
            "APPEND" => {
                let length = command.rsplit_once('{')?.1.trim_end_matches('}').parse::<usize>().ok()?;
                stream.write_all(b"+ go on\r\n").await.ok()?;
                let mut text = vec![0; length + 2];
                stream.read_exact(&mut text).await.ok()?;
                let text = String::from_utf8(text).ok()?;
                let name = text.lines().find_map(|line| line.strip_prefix("Message-ID: "))?.to_owned();
                locked(&self.mailbox.held).push(Held { uid: 42, name, deleted: !self.manner.appends_undeleted });
                self.mailbox.news.notify_waiters();
                "$ OK [APPENDUID 1 42] done\r\n".to_owned()
            }
            "IDLE" => {
                stream.write_all(b"+ idling\r\n").await.ok()?;
                tokio::select! {
                    done = line(stream) => drop(done?),
                    () = self.mailbox.news.notified(), if !self.manner.mute => {
                        stream.write_all(b"* 4 EXISTS\r\n").await.ok()?;
                        line(stream).await?;
                    }
                }
                "$ OK done\r\n".to_owned()
            }
            _ => "$ OK done\r\n".to_owned(),
        })
    }

    fn by_uid(&self, command: &str) -> Option<String> {
        let mut words = command.split(' ').skip(1);
        let (verb, set) = (words.next()?, words.next()?);
        let within = |range: &str, uid| {
            let (first, last) = range.split_once(':').unwrap_or((range, range));
            first.parse::<u32>().is_ok_and(|first| first <= uid) && last.parse::<u32>().is_ok_and(|last| uid <= last)
        };
        let named = |held: &Held| set.split(',').any(|range| within(range, held.uid));
        let mut held = locked(&self.mailbox.held);
        let mut answer = String::new();
        match verb {
            "SEARCH" if set == "HEADER" => {
                let wanted = command.split('"').nth(1)?;
                let found = held.iter().filter(|held| held.name.contains(wanted));
                let uids: String = found.map(|held| format!(" {}", held.uid)).collect();
                answer = format!("* SEARCH{uids}\r\n");
            }
            "SEARCH" => "* SEARCH 1 2\r\n".clone_into(&mut answer),
            "FETCH" => {
                for Held { uid, name, .. } in held.iter().filter(|held| named(held)) {
                    let text = format!("Message-ID:\r\n {name}\r\n\r\n");
                    let item = format!("BODY[HEADER.FIELDS (MESSAGE-ID)] {{{}}}\r\n{text}", text.len());
                    answer.push_str(&format!("* 4 FETCH (UID {uid} {item})\r\n"));
                }
            }
            "STORE" => held.iter_mut().filter(|held| named(held)).for_each(|held| held.deleted = true),
            "EXPUNGE" => held.retain(|held| !(named(held) && held.deleted)),
            _ => {}
        }
        Some(answer + "$ OK done\r\n")
    }
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}
