//! Answers those who ask whether the process is well: `GET /liveness`.

#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod listener;

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{ALLOW, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use self::listener::listen;
use crate::{Error, Result};

/// Probes and a monitoring system or two; whoever comes beyond that waits for one of them to leave.
const CONNECTIONS: usize = 32;
/// Within this a request has to be there, the first as well as the next on the same connection.
const REQUEST: Duration = Duration::from_secs(10);
/// No connection lasts longer: who does not read the answers would keep its place.
const CONNECTION: Duration = Duration::from_secs(60);
/// Bytes of a request's head. Probes send some hundred.
const HEAD: usize = 16 * 1024;
/// A pause when the process has no file descriptors left.
const BREATH: Duration = Duration::from_millis(100);

/// The sockets of `health_check`, bound but not served yet.
pub(crate) struct Health {
    listeners: Vec<std::net::TcpListener>,
}

impl Health {
    /// Binds what `settings` ask for, `{"address": "0.0.0.0", "port": 8080}`; without settings there is
    /// nothing to serve. A host name is looked up, for ten seconds at most.
    ///
    /// # Errors
    /// [`Error::Configuration`] when nobody can listen there, with address and port.
    pub(crate) fn bind(settings: Option<&Value>) -> Result<Option<Self>> {
        let Some(settings) = settings.filter(|settings| !settings.is_null()) else { return Ok(None) };
        let wrong = |problem: String| Error::Configuration(format!("health_check: {problem}"));
        let address = settings.get("address").and_then(Value::as_str);
        let address = address.ok_or_else(|| wrong("address must be text".into()))?;
        let port = settings.get("port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
        let port = port.ok_or_else(|| wrong("port must be a number up to 65535".into()))?;
        let listeners = listen(address, port)
            .map_err(|error| wrong(format!("cannot listen on address {address}, port {port}: {error}")))?;
        Ok(Some(Self { listeners }))
    }

    /// Answers until the tasks are dropped. Once `stop` is cancelled the answer is that the process is
    /// not running.
    pub(crate) fn serve(self, stop: &CancellationToken) -> JoinSet<()> {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let mut tasks = JoinSet::new();
        for listener in self.listeners {
            tasks.spawn(accept(listener, Arc::clone(&room), stop.clone()));
        }
        tasks
    }
}

async fn accept(listener: std::net::TcpListener, room: Arc<Semaphore>, stop: CancellationToken) {
    // Fails only outside of a runtime.
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((socket, _)) => {
                let stop = stop.clone();
                connections.spawn(async move {
                    let _ = timeout(CONNECTION, converse(socket, stop)).await;
                    drop(place);
                });
            }
            Err(_) => sleep(BREATH).await,
        }
    }
}

async fn converse(socket: impl AsyncRead + AsyncWrite + Unpin, stop: CancellationToken) {
    let service = service_fn(|request: Request<Incoming>| {
        let answer = answer(request.method(), request.uri().path(), !stop.is_cancelled());
        async move { Ok::<_, Infallible>(answer) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(REQUEST).max_buf_size(HEAD);
    // Who asks badly, or hangs up, has no one to tell.
    let _ = http.serve_connection(TokioIo::new(socket), service).await;
}

/// The answers of gitlab-mail_room 0.0.9, and HTTP's own for whatever else is asked.
fn answer(method: &Method, path: &str, running: bool) -> Response<Full<Bytes>> {
    let (status, text) = match (path, method) {
        ("/liveness", &Method::GET | &Method::HEAD) if running => (StatusCode::OK, "OK\n"),
        ("/liveness", &Method::GET | &Method::HEAD) => (StatusCode::INTERNAL_SERVER_ERROR, "Not running\n"),
        ("/liveness", _) => (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed\n"),
        _ => (StatusCode::NOT_FOUND, "Not found\n"),
    };
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;

    fn bind(settings: Value) -> Result<Option<Health>, String> {
        Health::bind(Some(&settings)).map_err(|error| error.to_string())
    }

    fn port_of(health: &Health) -> u16 {
        health.listeners[0].local_addr().expect("an address").port()
    }

    #[test]
    fn nothing_is_served_unless_asked_for() {
        assert!(Health::bind(None).expect("no error").is_none());
        assert!(bind(Value::Null).expect("no error").is_none());
    }

    #[test]
    fn says_what_is_wrong() {
        let wrong = |settings| bind(settings).err().expect("an error");
        assert_eq!(wrong(json!({"port": 1})), "health_check: address must be text");
        assert_eq!(
            wrong(json!({"address": "127.0.0.1", "port": 70000})),
            "health_check: port must be a number up to 65535"
        );
        let taken = bind(json!({"address": "127.0.0.1", "port": 0})).expect("a port").expect("a socket");
        let port = port_of(&taken);
        let text = wrong(json!({"address": "127.0.0.1", "port": port}));
        assert!(
            text.starts_with(&format!("health_check: cannot listen on address 127.0.0.1, port {port}: ")),
            "{text}"
        );
        let text = wrong(json!({"address": "192.0.2.1", "port": port}));
        assert!(text.contains("192.0.2.1"), "{text}");
    }

    async fn ask(port: u16, request: &str) -> String {
        let mut socket = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
        socket.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    #[tokio::test]
    async fn says_that_it_runs_until_it_stops() {
        let health = bind(json!({"address": "127.0.0.1", "port": 0})).expect("a port").expect("a socket");
        let (port, stop) = (port_of(&health), CancellationToken::new());
        let _tasks = health.serve(&stop);
        let get = "GET /liveness HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let answer = ask(port, get).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nOK\n"), "{answer}");
        stop.cancel();
        let answer = ask(port, get).await;
        assert!(answer.starts_with("HTTP/1.1 500 ") && answer.ends_with("\r\n\r\nNot running\n"), "{answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_does_not_keep_the_others_out() {
        let health = bind(json!({"address": "127.0.0.1", "port": 0})).expect("a port").expect("a socket");
        let port = port_of(&health);
        let _tasks = health.serve(&CancellationToken::new());
        let mut silent = Vec::new();
        for _ in 0..CONNECTIONS {
            silent.push(TcpStream::connect(("127.0.0.1", port)).await.expect("a connection"));
        }
        let answer = ask(port, "GET /liveness HTTP/1.0\r\n\r\n").await;
        assert!(answer.ends_with("OK\n"), "{answer}");
    }
}
