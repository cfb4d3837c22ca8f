//! An IMAP server that holds thousands of sessions in one thread.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::TcpListener,
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use super::{Options, Result, session::Session};

/// Ends with its last sessions.
pub(crate) struct Server {
    shared: Arc<Shared>,
    port: u16,
    accepting: JoinHandle<()>,
}

/// What the sessions have in common.
pub(crate) struct Shared {
    boxes: Mutex<HashMap<String, Mailbox>>,
    marks: Mutex<Vec<Instant>>,
    /// What has come in; the sessions look for what of it is theirs.
    pub(crate) arrived: watch::Sender<Arrived>,
    open: watch::Sender<bool>,
    connections: AtomicUsize,
    logging_in: AtomicUsize,
    most_logging_in: AtomicUsize,
    pub(crate) idling: AtomicUsize,
    pub(crate) delay: Duration,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Arrived {
    pub(crate) each: u32,
    backlog: u32,
}

/// Its messages have the UIDs from 1 on.
#[derive(Default)]
struct Mailbox {
    marked: std::collections::BTreeSet<u32>,
}

/// The mailbox that has a backlog.
const LADEN: &str = "box0@example.com";

impl Server {
    pub(crate) fn start(options: &Options) -> Result<Self> {
        let listener = socket(options)?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            boxes: Mutex::default(),
            marks: Mutex::default(),
            arrived: watch::Sender::default(),
            open: watch::Sender::new(false),
            connections: AtomicUsize::new(0),
            logging_in: AtomicUsize::new(0),
            most_logging_in: AtomicUsize::new(0),
            idling: AtomicUsize::new(0),
            delay: options.delay,
        });
        let accepting = tokio::spawn(accept(listener, acceptor(options)?, Arc::clone(&shared)));
        Ok(Self { shared, port, accepting })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// From now on clients are greeted.
    pub(crate) fn open(&self) {
        self.shared.open.send_replace(true);
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn idling(&self) -> usize {
        self.shared.idling.load(Ordering::Relaxed)
    }

    /// How many connections were on their way to a login at the same time.
    pub(crate) fn most_logging_in(&self) -> usize {
        self.shared.most_logging_in.load(Ordering::Relaxed)
    }

    pub(crate) fn deliver(&self, each: u32, backlog: u32) {
        self.shared.arrived.send_replace(Arrived { each, backlog });
    }

    /// How many messages were marked, the backlog not counted.
    pub(crate) fn marked(&self) -> usize {
        lock(&self.shared.marks).len()
    }

    /// Seconds until the first, half of them, and the last.
    pub(crate) fn marked_after(&self, begin: Instant) -> (f64, f64, f64) {
        let marks = lock(&self.shared.marks);
        let after = |nth: usize| {
            marks.get(nth).map_or(0.0, |mark| (mark.duration_since(begin).as_secs_f64() * 1000.0).round() / 1000.0)
        };
        (after(0), after(marks.len() / 2), after(marks.len().saturating_sub(1)))
    }

    /// How much of the backlog is still to be marked.
    pub(crate) fn backlog_left(&self) -> u32 {
        let backlog = self.shared.arrived.borrow().backlog;
        let marked = lock(&self.shared.boxes).get(LADEN).map_or(0, |mailbox| mailbox.marked.len());
        backlog.saturating_sub(u32::try_from(marked).unwrap_or_default())
    }

    pub(crate) fn all_marked(&self) -> bool {
        let boxes = lock(&self.shared.boxes);
        boxes.iter().all(|(user, mailbox)| mailbox.marked.len() >= self.shared.messages(user) as usize)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    /// How many messages have come in for a user.
    pub(crate) fn messages(&self, user: &str) -> u32 {
        let Arrived { each, backlog } = *self.arrived.borrow();
        if user == LADEN && backlog > 0 { backlog } else { each }
    }

    /// Those of a user that are not marked.
    pub(crate) fn unseen(&self, user: &str) -> Vec<u32> {
        let boxes = lock(&self.boxes);
        let marked = boxes.get(user).map(|mailbox| &mailbox.marked);
        (1..=self.messages(user)).filter(|uid| !marked.is_some_and(|marked| marked.contains(uid))).collect()
    }

    pub(crate) fn mark(&self, user: &str, uids: &[u32]) {
        let laden = user == LADEN && self.arrived.borrow().backlog > 0;
        let mut boxes = lock(&self.boxes);
        let mailbox = boxes.entry(user.to_owned()).or_default();
        for uid in uids {
            if mailbox.marked.insert(*uid) && !laden {
                lock(&self.marks).push(Instant::now());
            }
        }
    }

    pub(crate) fn logged_in(&self, user: &str) {
        self.logging_in.fetch_sub(1, Ordering::Relaxed);
        lock(&self.boxes).entry(user.to_owned()).or_default();
    }

    fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        let now = self.logging_in.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_logging_in.fetch_max(now, Ordering::Relaxed);
    }
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, shared: Arc<Shared>) {
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        let _ = socket.set_nodelay(true);
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        shared.connected();
        tokio::spawn(async move {
            let mut open = shared.open.subscribe();
            let _ = open.wait_for(|open| *open).await;
            drop(open);
            // A client that goes is none of our business.
            let _ = match acceptor {
                None => Session::new(socket, shared).serve().await,
                Some(acceptor) => match acceptor.accept(socket).await {
                    Ok(stream) => Session::new(stream, shared).serve().await,
                    Err(error) => Err(error),
                },
            };
        });
    }
}

/// All clients may come at once.
fn socket(options: &Options) -> Result<TcpListener> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    Ok(socket.listen(u32::try_from(options.mailboxes)?.max(1024))?)
}

fn acceptor(options: &Options) -> Result<Option<TlsAcceptor>> {
    let Some([certificate, key]) = &options.tls else { return Ok(None) };
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?;
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
