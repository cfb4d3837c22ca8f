//! Servers for tests, which do what no real one does at will.

use std::{
    future::{Future, pending},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use reqwest::Url;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
    time::Instant,
};

/// A request as it came, read to the end that `Content-Length` names; None when the connection ended instead.
pub(crate) async fn read_request(socket: &mut TcpStream) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(socket.read_u8().await.ok()?);
    }
    let head = String::from_utf8_lossy(&read).to_lowercase();
    let length = head.split_once("content-length: ").and_then(|(_, length)| length.lines().next());
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a number"))];
    socket.read_exact(&mut body).await.ok()?;
    read.extend_from_slice(&body);
    Some(read)
}

/// What a server does about a request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Answers, and reads on.
    Whole(Vec<u8>),
    /// Writes this and closes.
    Cut(Vec<u8>),
    /// Writes this and no more.
    Silence(Vec<u8>),
}

impl Answer {
    /// With `headers` such as `"Retry-After: 1\r\n"`.
    pub(crate) fn new(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut answer = format!("HTTP/1.1 {status} Whatever\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
        if status == 204 {
            answer = format!("HTTP/1.1 204 No Content\r\n{headers}\r\n");
        }
        Self::Whole([answer.as_bytes(), body].concat())
    }

    async fn write(self, mut socket: TcpStream) -> Option<TcpStream> {
        let (Self::Whole(bytes) | Self::Cut(bytes) | Self::Silence(bytes)) = &self;
        socket.write_all(bytes).await.ok()?;
        match self {
            Self::Whole(_) => Some(socket),
            Self::Cut(_) => None,
            Self::Silence(_) => pending().await,
        }
    }
}

/// A request that came.
#[derive(Clone)]
pub(crate) struct Heard {
    pub(crate) at: Instant,
    /// The first line and the headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Ends when it is dropped.
pub(crate) struct Server {
    pub(crate) url: Url,
    heard: Arc<Mutex<Vec<Heard>>>,
    task: AbortHandle,
}

impl Server {
    /// Has an answer for each request, in their order; to the last of them for all that follow.
    pub(crate) async fn scripted(answers: Vec<Answer>) -> Self {
        Self::new(move |nth, _, socket| {
            let answer = answers.get(nth).or(answers.last()).expect("an answer").clone();
            answer.write(socket)
        })
        .await
    }

    /// Has an answer for what stands in a request; `nth` counts from zero.
    pub(crate) async fn answering(answer: impl Fn(usize, &Heard) -> Answer + Send + Sync + 'static) -> Self {
        Self::new(move |nth, heard, socket| answer(nth, &heard).write(socket)).await
    }

    /// Hands each request on with its connection, which ends unless it is given back.
    pub(crate) async fn new<F>(serve: impl Fn(usize, Heard, TcpStream) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<TcpStream>> + Send,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (heard, serve) = (Arc::new(Mutex::new(Vec::new())), Arc::new(serve));
        let (noted, counter) = (Arc::clone(&heard), Arc::new(AtomicUsize::new(0)));
        let accept = async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut socket, _) = listener.accept().await.expect("a connection");
                let (noted, counter, serve) = (Arc::clone(&noted), Arc::clone(&counter), Arc::clone(&serve));
                connections.spawn(async move {
                    while let Some(request) = read_request(&mut socket).await {
                        let heard = Heard::new(&request);
                        noted.lock().unwrap_or_else(PoisonError::into_inner).push(heard.clone());
                        match serve(counter.fetch_add(1, Ordering::SeqCst), heard, socket).await {
                            Some(kept) => socket = kept,
                            None => return,
                        }
                    }
                });
            }
        };
        let url = Url::parse(&format!("http://{address}")).expect("a URL");
        Self { url, heard, task: tokio::spawn(accept).abort_handle() }
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Heard {
    fn new(request: &[u8]) -> Self {
        let end = request.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("the end of the headers") + 4;
        let (head, body) = request.split_at(end);
        Self { at: Instant::now(), head: String::from_utf8_lossy(head).into_owned(), body: body.to_vec() }
    }

    /// A header, whatever the case of its name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}
