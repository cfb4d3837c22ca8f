//! A webhook that takes everything, and counts. It is fast and holds nothing, so that what is measured is not its own.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Larger than a message that is to come in one piece.
const BUFFER: usize = 256 << 10;

pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) counts: Arc<Counts>,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) connections: AtomicUsize,
    pub(crate) requests: AtomicUsize,
    /// How often something had come.
    pub(crate) reads: AtomicUsize,
    /// Of bodies.
    pub(crate) bytes: AtomicUsize,
}

impl Counts {
    pub(crate) fn get(count: &AtomicUsize) -> usize {
        count.load(Ordering::SeqCst)
    }
}

impl Webhook {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let counts = Arc::clone(&shared);
                counts.connections.fetch_add(1, Ordering::SeqCst);
                thread::spawn(move || serve(socket, &counts));
            }
        });
        Self { url, counts }
    }
}

/// Answers request after request, until the client goes away.
fn serve(mut socket: TcpStream, counts: &Counts) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut buffer = vec![0; BUFFER];
    loop {
        let mut filled = 0;
        let (head, length) = loop {
            filled += read(&mut socket, &mut buffer[filled..], counts)?;
            if let Some(end) = buffer[..filled].windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break (end + 4, length(&buffer[..end])?);
            }
        };
        let mut missing = length - (filled - head);
        while missing > 0 {
            missing -= read(&mut socket, &mut buffer, counts)?;
        }
        counts.requests.fetch_add(1, Ordering::SeqCst);
        counts.bytes.fetch_add(length, Ordering::SeqCst);
        socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").ok()?;
    }
}

fn read(socket: &mut TcpStream, buffer: &mut [u8], counts: &Counts) -> Option<usize> {
    let read = socket.read(buffer).ok().filter(|read| *read > 0)?;
    counts.reads.fetch_add(1, Ordering::SeqCst);
    Some(read)
}

/// Of the body that follows this head.
fn length(head: &[u8]) -> Option<usize> {
    let head = String::from_utf8_lossy(head).to_lowercase();
    head.split_once("content-length: ")?.1.lines().next()?.parse().ok()
}
