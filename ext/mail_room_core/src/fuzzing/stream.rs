//! A connection whose other side says what it was given, and nothing else.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    runtime::{Builder, Runtime},
};

/// How often somebody may read past the end before that counts as a loop without end.
const PATIENCE: u32 = 1_000;

/// How often somebody may ask for what is only said after a question, before it is said all the same.
const GATE: u32 = 20;

/// In what pieces the bytes come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    /// As much as fits.
    Whole,
    /// One by one, each after a pause.
    Bytes,
    /// In pieces of up to 80 bytes, drawn from this seed, each after a pause.
    Pieces(u64),
}

/// The other side of a connection. It ends with the last byte.
#[derive(Debug)]
pub(crate) struct Scripted {
    bytes: Vec<u8>,
    at: usize,
    cut: Cut,
    random: fastrand::Rng,
    paused: bool,
    ended: u32,
    /// Positions at which it waits for the client to say something, the last one first.
    gates: Vec<usize>,
    waited: u32,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Scripted {
    pub(crate) fn new(bytes: &[u8], cut: Cut) -> Self {
        let seed = if let Cut::Pieces(seed) = cut { seed } else { 0 };
        Self {
            bytes: bytes.to_vec(),
            at: 0,
            cut,
            random: fastrand::Rng::with_seed(seed),
            paused: false,
            ended: 0,
            gates: Vec::new(),
            waited: 0,
            written: Arc::default(),
        }
    }

    /// The same, but it waits at these positions, in ascending order, until the client has said something.
    pub(crate) fn waiting_at(mut self, gates: impl IntoIterator<Item = usize>) -> Self {
        self.gates = gates.into_iter().collect();
        self.gates.reverse();
        self
    }

    /// What the client has said.
    pub(crate) fn written(&self) -> Arc<Mutex<Vec<u8>>> {
        Arc::clone(&self.written)
    }

    fn is_at_gate(&self) -> bool {
        self.gates.last() == Some(&self.at)
    }

    fn open_gate(&mut self) {
        if self.is_at_gate() {
            self.gates.pop();
        }
        self.waited = 0;
    }

    fn piece(&mut self) -> usize {
        let most = match self.cut {
            Cut::Whole => usize::MAX,
            Cut::Bytes => 1,
            Cut::Pieces(_) => self.random.usize(1..=80),
        };
        let end = self.gates.last().copied().unwrap_or(self.bytes.len());
        most.min(end - self.at)
    }

    fn pauses(&mut self, cx: &Context<'_>) -> bool {
        self.paused = !self.paused && !matches!(self.cut, Cut::Whole);
        if self.paused {
            cx.waker().wake_by_ref();
        }
        self.paused
    }
}

impl AsyncRead for Scripted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.at == self.bytes.len() {
            self.ended += 1;
            assert!(self.ended < PATIENCE, "what has ended is read again and again");
            return Poll::Ready(Ok(()));
        }
        if self.is_at_gate() {
            self.waited += 1;
            if self.waited > GATE {
                self.open_gate();
            }
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.pauses(cx) {
            return Poll::Pending;
        }
        let (at, piece) = (self.at, self.piece().min(buf.remaining()));
        buf.put_slice(&self.bytes[at..at + piece]);
        self.at += piece;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Scripted {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.open_gate();
        self.written.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Runs to the end what speaks to a [`Scripted`].
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: Runtime = match Builder::new_current_thread().enable_time().build() {
            Ok(runtime) => runtime,
            Err(error) => panic!("no runtime: {error}"),
        };
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
