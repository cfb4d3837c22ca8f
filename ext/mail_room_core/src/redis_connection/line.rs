//! The one connection to a server: what is asked goes down it in order, and is answered in order.
//!
//! Requests enter a channel and are written by a task of their own, small ones together, as long as somebody waits
//! for the answer. A long text is escaped on its way into the buffer that is written, so that there is no second
//! copy of it.
//!
//! Source: "Redis serialization protocol specification" of Redis' documentation, the parts on RESP2 and pipelining.

mod asked;
mod escape;
mod reading;
mod request;
#[cfg(test)]
mod tests;
mod writing;

use std::{
    convert::Infallible,
    io,
    sync::{Arc, OnceLock},
};

use redis::{
    Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisFuture, RedisResult, Value, aio::ConnectionLike,
};
use tokio::sync::{OnceCell, mpsc, oneshot};

pub(crate) use self::request::{LongWord, Request, Script};
use self::{
    asked::{Asked, lacks_script},
    reading::read,
    writing::write,
};
use super::{Turn, capacity::Capacity};
use crate::net::Stream;

/// How many requests wait in the channel at most. Who finds it full waits before it, in order.
const WAITING: usize = 256;

/// How often a script is loaded that the server has forgotten by the time it is to run: nothing was done then.
const LOADED: u32 = 5;

/// A handle on a connection. The connection ends with the last one, whatever is under way.
#[derive(Clone)]
pub(super) struct Line {
    requests: mpsc::Sender<Sent>,
    ended: Arc<OnceLock<RedisError>>,
    capacity: Arc<OnceCell<Capacity>>,
    transactions: Arc<OnceCell<bool>>,
    /// Whose drop tells the task that nobody is left.
    _held: Arc<oneshot::Sender<Infallible>>,
}

/// A request on its way.
struct Sent {
    request: Arc<Request>,
    /// Its script is to be loaded first, although that was done before.
    load: bool,
    answer: oneshot::Sender<RedisResult<Vec<Value>>>,
}

/// An answer that is to come.
pub(super) struct Awaited {
    answer: oneshot::Receiver<RedisResult<Vec<Value>>>,
    ended: Arc<OnceLock<RedisError>>,
}

impl Line {
    /// Speaks Redis' protocol over a stream from here on.
    pub(super) fn over(stream: Box<dyn Stream>) -> Self {
        let (requests, waiting) = mpsc::channel(WAITING);
        let (held, released) = oneshot::channel::<Infallible>();
        let ended = Arc::new(OnceLock::new());
        let line = Self {
            requests,
            ended: Arc::clone(&ended),
            capacity: Arc::default(),
            transactions: Arc::default(),
            _held: Arc::new(held),
        };
        tokio::spawn(async move {
            tokio::select! {
                () = drive(stream, waiting, &ended) => {}
                _ = released => {}
            }
        });
        line
    }

    /// Sends a request: it has its place in the order when this is done.
    ///
    /// Cancelling before that sends nothing; afterwards it may be carried out all the same.
    pub(super) async fn send(&self, request: Arc<Request>, load: bool) -> RedisResult<Awaited> {
        let (sender, answer) = oneshot::channel();
        let sent = Sent { request, load, answer: sender };
        match self.requests.send(sent).await {
            Ok(()) => Ok(Awaited { answer, ended: Arc::clone(&self.ended) }),
            Err(_) => Err(why(&self.ended)),
        }
    }

    /// Sends a request and waits for all that is answered to it. The answers may be errors of the server.
    pub(super) async fn ask(&self, request: Request) -> RedisResult<Vec<Value>> {
        self.send(Arc::new(request), false).await?.answer().await
    }

    /// Carries a request out. The answer to its last command counts: the others may be errors. Of a transaction
    /// no answer may be one.
    ///
    /// It is the next one's `turn` as soon as this one has its place in the order. Only should its script be unknown
    /// does it go behind those that were sent in the meantime.
    pub(super) async fn carry_out<T: FromRedisValue>(&self, request: Request, turn: Turn) -> RedisResult<T> {
        let request = Arc::new(request);
        let mut awaited = self.send(Arc::clone(&request), false).await?;
        drop(turn);
        let mut loaded = 0;
        loop {
            let mut answers = awaited.answer().await?;
            if request.is_transaction() {
                return outcome(answers);
            }
            let answer = answers.pop().ok_or_else(lost)?;
            if !lacks_script(&answer) || loaded == LOADED {
                return Ok(T::from_redis_value(answer.extract_error()?)?);
            }
            awaited = self.send(Arc::clone(&request), true).await?;
            loaded += 1;
        }
    }

    /// Whether it is of no use any more.
    pub(super) fn is_closed(&self) -> bool {
        self.requests.is_closed()
    }

    /// What was found out about the server's limits.
    pub(super) fn capacity(&self) -> &OnceCell<Capacity> {
        &self.capacity
    }

    /// Whether transactions were found to be of use.
    pub(super) fn transactions(&self) -> &OnceCell<bool> {
        &self.transactions
    }
}

impl Awaited {
    /// The answers, which may be errors of the server.
    pub(super) async fn answer(self) -> RedisResult<Vec<Value>> {
        self.answer.await.unwrap_or_else(|_| Err(why(&self.ended)))
    }
}

/// The answer to the last command of a transaction, unless one of its commands was refused. Those that cannot be put in
/// the line are refused before it is carried out, and say why; `EXEC` says no more than that there was one.
fn outcome<T: FromRedisValue>(answers: Vec<Value>) -> RedisResult<T> {
    let mut last = None;
    for answer in answers {
        last = Some(answer.extract_error()?);
    }
    match last {
        Some(Value::Array(mut carried_out)) => Ok(T::from_redis_value(carried_out.pop().ok_or_else(lost)?)?),
        _ => Err((ErrorKind::Parse, "no answer to a transaction").into()),
    }
}

/// Why a connection ended.
fn why(ended: &OnceLock<RedisError>) -> RedisError {
    ended.get().cloned().unwrap_or_else(lost)
}

fn lost() -> RedisError {
    io::Error::from(io::ErrorKind::BrokenPipe).into()
}

/// Writes and reads until one of both fails; then whoever waits is told why.
async fn drive(stream: Box<dyn Stream>, mut waiting: mpsc::Receiver<Sent>, ended: &OnceLock<RedisError>) {
    let (reader, writer) = tokio::io::split(stream);
    let asked = Asked::default();
    let error = {
        let mut reading = std::pin::pin!(read(reader, &asked));
        tokio::select! {
            biased;
            error = &mut reading => error,
            written = write(writer, &mut waiting, &asked) => match written {
                Ok(()) => return,
                Err(error) => last_words(reading.as_mut()).await.unwrap_or_else(|| error.into()),
            },
        }
    };
    let error = ended.get_or_init(|| error);
    waiting.close();
    asked.fail(error);
    while let Some(Sent { answer, .. }) = waiting.recv().await {
        let _ = answer.send(Err(error.clone()));
    }
}

/// What the server said before it went, when it is at hand.
async fn last_words(mut reading: std::pin::Pin<&mut impl Future<Output = RedisError>>) -> Option<RedisError> {
    tokio::select! {
        biased;
        error = &mut reading => Some(error).filter(|error| error.code().is_some()),
        () = std::future::ready(()) => None,
    }
}

impl ConnectionLike for Line {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let mut answers = self.ask(Request::packed(command.get_packed_command(), 1)).await?;
            answers.pop().ok_or_else(lost)
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let mut answers = self.ask(Request::packed(pipeline.get_packed_pipeline(), offset + count)).await?;
            answers.drain(..offset.min(answers.len()));
            Ok(answers)
        })
    }

    fn get_db(&self) -> i64 {
        0 // nobody asks
    }
}
