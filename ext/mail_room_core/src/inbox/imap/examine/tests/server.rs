//! An IMAP server of one mailbox that behaves as a test wants it to, with many sessions at once.

use std::sync::{Arc, Mutex, PoisonError};

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
    /// It hangs up after this command.
    pub(super) hangs_up_after: Option<&'static str>,
}

/// Ends when it is dropped.
pub(super) struct Server {
    pub(super) port: u16,
    heard: Arc<Mutex<Vec<String>>>,
    task: AbortHandle,
}

impl Server {
    pub(super) async fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (noted, news) = (Arc::clone(&heard), Arc::new(Notify::new()));
        let task = tokio::spawn(async move {
            let mut sessions = JoinSet::new();
            loop {
                let (socket, _) = listener.accept().await.expect("a connection");
                let session = Session { manner: manner.clone(), heard: Arc::clone(&noted), news: Arc::clone(&news) };
                sessions.spawn(session.serve(socket));
            }
        });
        Self { port, heard, task: task.abort_handle() }
    }

    /// The commands so far, without their tags.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Session {
    manner: Manner,
    heard: Arc<Mutex<Vec<String>>>,
    news: Arc<Notify>,
}

impl Session {
    async fn serve(self, socket: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(socket);
        let greeting = self.manner.greeting.unwrap_or("* OK ready\r\n");
        stream.write_all(greeting.as_bytes()).await.ok()?;
        loop {
            let line = line(&mut stream).await?;
            let (tag, command) = line.split_once(' ')?;
            self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(command.to_owned());
            let answer = self.manner.answers.iter().find(|(beginning, _)| command.starts_with(beginning));
            let answer = match answer {
                Some((_, answer)) => (*answer).to_owned(),
                None => self.usual(command, &mut stream).await?,
            };
            stream.write_all(answer.replace('$', tag).as_bytes()).await.ok()?;
            if self.manner.hangs_up_after.is_some_and(|last| command.starts_with(last)) {
                return None;
            }
        }
    }

    async fn usual(&self, command: &str, stream: &mut BufReader<TcpStream>) -> Option<String> {
        let capabilities = self.manner.capabilities.unwrap_or("IMAP4rev1 IDLE UIDPLUS");
        Some(match command.split(' ').next()? {
            "CAPABILITY" => format!("* CAPABILITY {capabilities}\r\n$ OK done\r\n"),
            "SELECT" => "* 3 EXISTS\r\n* OK [UIDVALIDITY 1] is\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] are\r\n\
                         $ OK [READ-WRITE] done\r\n"
                .to_owned(),
            "UID" if command.contains("SEARCH HEADER") => "* SEARCH 42\r\n$ OK done\r\n".to_owned(),
            "UID" if command.contains("SEARCH") => "* SEARCH 1 2\r\n$ OK done\r\n".to_owned(),
            "LIST" => "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Support\r\n$ OK done\r\n".to_owned(),
            "APPEND" => {
                let length = command.rsplit_once('{')?.1.trim_end_matches('}').parse::<usize>().ok()?;
                stream.write_all(b"+ go on\r\n").await.ok()?;
                stream.read_exact(&mut vec![0; length + 2]).await.ok()?;
                self.news.notify_waiters();
                "$ OK [APPENDUID 1 42] done\r\n".to_owned()
            }
            "IDLE" => {
                stream.write_all(b"+ idling\r\n").await.ok()?;
                tokio::select! {
                    done = line(stream) => drop(done?),
                    () = self.news.notified(), if !self.manner.mute => {
                        stream.write_all(b"* 4 EXISTS\r\n").await.ok()?;
                        line(stream).await?;
                    }
                }
                "$ OK done\r\n".to_owned()
            }
            _ => "$ OK done\r\n".to_owned(),
        })
    }
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}
