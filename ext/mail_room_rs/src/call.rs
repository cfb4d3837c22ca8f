//! Single calls into the core: Ruby waits for the answer of one future.

use std::{
    future::Future,
    mem,
    os::unix::net::UnixStream,
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver, TryRecvError},
    },
    thread,
};

use magnus::Ruby;
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::AbortHandle,
};

use crate::{
    error::{Failure, tell_of_panics_briefly},
    process::Owner,
    sockets::pair,
};

/// The runtime of all such calls of a process, made with the first.
static SHARED: Mutex<Option<(Owner, Runtime)>> = Mutex::new(None);

/// Whoever stops waiting, by Timeout for example, does not want the work done any more.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs `work` while Ruby waits for it. Other Ruby threads go on meanwhile.
///
/// # Errors
/// Ruby's own, when the waiting was interrupted. `work` is broken off then.
pub(crate) fn wait_for<T>(ruby: &Ruby, work: impl Future<Output = T> + Send + 'static) -> Result<T, Failure>
where
    T: Send + 'static,
{
    let runtime = runtime()?;
    let (done, wire) = pair()?;
    let (answer, answered) = mpsc::channel();
    let task = runtime.spawn(async move {
        let _ = answer.send(work.await);
        drop(wire); // the end of the stream is what wakes Ruby
    });
    let _guard = AbortOnDrop(task.abort_handle());
    answer_of(ruby, &done, &answered)
}

/// Runs `work`, which may block, in a thread of its own while Ruby waits for it.
///
/// # Errors
/// Ruby's own, when the waiting was interrupted. Nobody learns what `work` came to then.
pub(crate) fn wait_for_thread<T>(ruby: &Ruby, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure>
where
    T: Send + 'static,
{
    tell_of_panics_briefly();
    let (done, wire) = pair()?;
    let (answer, answered) = mpsc::channel();
    let started = thread::Builder::new().name("mail_room.call".to_owned()).spawn(move || {
        let _ = answer.send(work());
        drop(wire);
    });
    started.map_err(|_| Failure::Misuse("the operating system gives no more threads"))?;
    answer_of(ruby, &done, &answered)
}

/// What a thread answers; `done` becomes readable when it has.
fn answer_of<T>(ruby: &Ruby, done: &UnixStream, answered: &Receiver<T>) -> Result<T, Failure> {
    loop {
        ruby.thread_wait_fd(done)?;
        ruby.thread_check_ints()?;
        match answered.try_recv() {
            Ok(answer) => return Ok(answer),
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => {
                return Err(Failure::Misuse("internal error (a panic in the native part)"));
            }
        }
    }
}

/// # Errors
/// When the operating system gives no threads.
pub(crate) fn runtime() -> Result<Handle, Failure> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((owner, runtime)) = &*shared
        && owner.is_current()
    {
        return Ok(runtime.handle().clone());
    }
    tell_of_panics_briefly();
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("mail_room.call")
        .enable_all()
        .build()
        .map_err(|_| Failure::Misuse("the operating system gives no more threads"))?;
    let handle = runtime.handle().clone();
    // The threads of one that was made before a fork stayed in the parent: there is nothing to join.
    mem::forget(shared.replace((Owner::current(), runtime)));
    Ok(handle)
}
