//! A token endpoint that answers what it is told to.

use std::{
    collections::{HashMap, VecDeque},
    future::pending,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};

pub(super) type Form = HashMap<String, String>;

pub(super) enum Say {
    /// A status line with headers, and a body.
    This(String, String),
    /// The same, but not before this is notified.
    Later(Arc<Notify>, String, String),
    /// A body without end.
    Endless,
    Nothing,
}

pub(super) struct Server {
    pub(super) port: u16,
    forms: Arc<Mutex<Vec<Form>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(super) fn granted(token: &str, expires_in: u64) -> Say {
    say("200 OK", &json!({"access_token": token, "token_type": "Bearer", "expires_in": expires_in}))
}

pub(super) fn say(status: &str, body: &Value) -> Say {
    Say::This(status.to_owned(), body.to_string())
}

impl Server {
    /// Each request gets the next of the answers, and 404 when none is left.
    pub(super) async fn start(answers: impl IntoIterator<Item = Say>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let forms = Arc::new(Mutex::new(Vec::new()));
        let mut answers: VecDeque<Say> = answers.into_iter().collect();
        let seen = Arc::clone(&forms);
        let task = tokio::spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.expect("a connection");
                let answer = answers.pop_front();
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    let form = request(&mut socket).await;
                    seen.lock().unwrap_or_else(PoisonError::into_inner).push(form);
                    speak(&mut socket, answer).await;
                });
            }
        });
        Self { port, forms, task }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/token", self.port)
    }

    /// What was asked so far.
    pub(super) fn forms(&self) -> Vec<Form> {
        self.forms.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until there were so many requests.
    pub(super) async fn asked(&self, times: usize) {
        while self.forms().len() < times {
            tokio::task::yield_now().await;
        }
    }
}

async fn request(socket: &mut TcpStream) -> Form {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let (_, length) = head.split_once("content-length: ").expect("a Content-Length");
            let length: usize = length.lines().next().expect("a line").parse().expect("a number");
            if body.len() >= length {
                assert!(head.starts_with("post /token http/1.1\r\n"), "{head}");
                assert!(head.contains("content-type: application/x-www-form-urlencoded\r\n"), "{head}");
                return form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            }
        }
        assert!(socket.read_buf(&mut read).await.expect("a byte") > 0, "the request ended early");
    }
}

async fn speak(socket: &mut TcpStream, answer: Option<Say>) {
    let (head, body) = match answer {
        None => ("404 Nothing Left".to_owned(), String::new()),
        Some(Say::This(head, body)) => (head, body),
        Some(Say::Later(gate, head, body)) => {
            gate.notified().await;
            (head, body)
        }
        Some(Say::Nothing) => pending().await,
        Some(Say::Endless) => {
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while socket.write_all(&[b' '; 65_536]).await.is_ok() {}
            return;
        }
    };
    let length = body.len();
    let answer = format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    let _ = socket.write_all(answer.as_bytes()).await;
}
