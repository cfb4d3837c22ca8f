//! Deliveries made by a Ruby class.
//!
//! Ruby has one thread per such mailbox, which waits for a message, delivers it, and answers. Nothing
//! here ever calls Ruby. The pair of sockets is there for Ruby to wait on: a file descriptor is what
//! Ruby can wait for without losing signals, `Thread#kill` and `Timeout`.

use std::{
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use super::{Delivery, Outcome};
use crate::{
    Error, Result,
    message::{Message, Name},
};

/// What Ruby answered.
#[derive(Debug)]
enum Answer {
    Accepted,
    TryAgain(String),
}

/// A message in Ruby's hands. Dropped without an answer, it counts as not accepted: an answer that
/// was never given must not lose a message.
#[derive(Debug)]
pub struct Handed {
    name: Name,
    raw: Vec<u8>,
    answer: oneshot::Sender<Answer>,
}

impl Handed {
    /// What the message is called in its mailbox.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The message, byte for byte. Empty when it was taken before.
    pub fn take_raw(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.raw)
    }

    /// The application has the message.
    pub fn accept(self) {
        // Nobody waits any more when the process is ending.
        let _ = self.answer.send(Answer::Accepted);
    }

    /// The application does not have it, for a `reason` that goes into the log.
    pub fn try_again(self, reason: String) {
        let _ = self.answer.send(Answer::TryAgain(reason));
    }
}

/// What a thread that was woken finds.
#[derive(Debug)]
pub enum Next {
    /// A message to deliver.
    Message(Handed),
    /// Nothing yet: wait again.
    Nothing,
    /// There will be no more.
    Ended,
}

/// Ruby's end.
#[derive(Debug)]
pub struct Receiver {
    messages: Mutex<mpsc::Receiver<Handed>>,
    ready: UnixStream,
}

impl Receiver {
    /// Readable when [`Receiver::next`] has something to tell.
    #[must_use]
    pub fn ready(&self) -> BorrowedFd<'_> {
        self.ready.as_fd()
    }

    /// What there is, without waiting.
    pub fn next(&self) -> Next {
        // One byte per message; the end of the stream when the other end is gone.
        let ended = matches!((&self.ready).read(&mut [0]), Ok(0));
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match messages.try_recv() {
                // Nobody waits for the answer any more: the delivery would be made twice.
                Ok(handed) if handed.answer.is_closed() => {}
                Ok(handed) => return Next::Message(handed),
                Err(mpsc::error::TryRecvError::Empty) if !ended => return Next::Nothing,
                Err(_) => return Next::Ended,
            }
        }
    }
}

/// The mailbox's end.
pub(super) struct HandOver {
    class: String,
    messages: mpsc::Sender<Handed>,
    ready: UnixStream,
}

/// Both ends of a hand-over to the Ruby class of this name.
///
/// # Errors
/// When the process has no file descriptors left.
pub(super) fn hand_over(class: String) -> Result<(HandOver, Receiver)> {
    let (ruby, core) = pair().map_err(|error| {
        let reason = format!("no sockets: {error}");
        Error::ReceiverDown { receiver: "the Ruby class", reason, retry_after: None }
    })?;
    // One message at a time: a mailbox waits for each answer.
    let (sender, receiver) = mpsc::channel(1);
    Ok((HandOver { class, messages: sender, ready: core }, Receiver { messages: Mutex::new(receiver), ready: ruby }))
}

/// Neither end ever blocks: not a task, and not Ruby while it holds its lock.
fn pair() -> io::Result<(UnixStream, UnixStream)> {
    let (ruby, core) = UnixStream::pair()?;
    ruby.set_nonblocking(true)?;
    core.set_nonblocking(true)?;
    Ok((ruby, core))
}

#[async_trait]
impl Delivery for HandOver {
    fn name(&self) -> &str {
        &self.class
    }

    async fn deliver(&self, message: Message) -> Outcome {
        let (answer, answered) = oneshot::channel();
        let handed = Handed { name: message.name(), raw: message.raw, answer };
        if self.messages.send(handed).await.is_err() || (&self.ready).write_all(&[1]).is_err() {
            let reason = "no Ruby thread takes messages any more".to_owned();
            return Outcome::ReceiverDown { receiver: "the Ruby class", reason, retry_after: None };
        }
        match answered.await {
            Ok(Answer::Accepted) => Outcome::accepted(),
            Ok(Answer::TryAgain(reason)) => Outcome::TryAgain(reason),
            Err(_) => Outcome::TryAgain("the Ruby thread ended without an answer".to_owned()),
        }
    }
}
