//! `MailRoom::Native::Coordinator`

use std::{
    io::{Read, Write},
    mem,
    os::unix::net::UnixStream,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use magnus::{Error, Ruby};
use mail_room_core::delivery::hand_over::Receiver;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

use crate::{
    call::wait_for_thread,
    error::{Failure, guarded, tell_of_panics_briefly},
    hand_over::HandOver,
    process::Owner,
    sockets::pair,
};

/// However many cores there are: what a mailbox does is to wait, and two threads decrypt, parse and copy more than mail
/// servers, Redis and webhooks give and take. It takes a second one so that one large message holds up nobody.
const WORKERS: usize = 2;

/// All mailboxes and the runtime they live in.
#[magnus::wrap(class = "MailRoom::Native::Coordinator", free_immediately)]
pub(crate) struct Coordinator {
    owner: Owner,
    state: Mutex<State>,
    hand_overs: Mutex<Vec<Option<Receiver>>>,
    stop: CancellationToken,
    bell: Arc<Bell>,
    /// Readable when the bell was rung. Ruby waits on it.
    rung: UnixStream,
}

enum State {
    New(Box<mail_room_core::Coordinator>),
    Running(Runtime),
    Ended,
}

/// Wakes Ruby.
struct Bell {
    ended: AtomicBool,
    wire: UnixStream,
}

impl Bell {
    fn ring(&self) {
        // When there is no room, Ruby has enough reasons to wake up.
        let _ = (&self.wire).write(&[1]);
    }
}

/// Tells Ruby, when it goes, that all has ended.
struct Ended(Arc<Bell>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Release);
        self.0.ring();
    }
}

impl Coordinator {
    pub(crate) fn new(ruby: &Ruby, settings_json: String) -> Result<Self, Error> {
        guarded(ruby, || -> Result<Self, Failure> {
            // The host name of a health check is looked up meanwhile, which can take seconds.
            let made = wait_for_thread(ruby, move || mail_room_core::Coordinator::from_json(&settings_json));
            let mut core = made??;
            let (rung, wire) = pair()?;
            Ok(Self {
                owner: Owner::current(),
                hand_overs: Mutex::new(core.take_hand_overs()),
                state: Mutex::new(State::New(Box::new(core))),
                stop: CancellationToken::new(),
                bell: Arc::new(Bell { ended: AtomicBool::new(false), wire }),
                rung,
            })
        })
    }

    pub(crate) fn start(ruby: &Ruby, rb_self: &Self) -> Result<(), Error> {
        guarded(ruby, || {
            rb_self.owner.check()?;
            let mut state = rb_self.state();
            let State::New(core) = mem::replace(&mut *state, State::Ended) else {
                return Err(Failure::Misuse("started already"));
            };
            tell_of_panics_briefly();
            let runtime = Builder::new_multi_thread()
                .worker_threads(WORKERS)
                .thread_name("mail_room")
                .enable_all()
                .build()
                .map_err(|_| Failure::Misuse("the operating system gives no more threads"))?;
            let (stop, bell) = (rb_self.stop.clone(), Arc::clone(&rb_self.bell));
            runtime.spawn(async move {
                let _ended = Ended(bell); // also when it panics
                core.run(stop).await;
            });
            *state = State::Running(runtime);
            Ok(())
        })
    }

    pub(crate) fn wait(ruby: &Ruby, rb_self: &Self) -> Result<bool, Error> {
        guarded(ruby, || {
            rb_self.owner.check()?;
            if matches!(*rb_self.state(), State::New(_)) {
                return Err(Failure::Misuse("not started"));
            }
            while !rb_self.bell.ended.load(Ordering::Acquire) {
                ruby.thread_wait_fd(&rb_self.rung)?;
                ruby.thread_check_ints()?;
                let _ = (&rb_self.rung).read(&mut [0]);
                if !rb_self.bell.ended.load(Ordering::Acquire) {
                    return Ok(false);
                }
            }
            if let State::Running(runtime) = mem::replace(&mut *rb_self.state(), State::Ended) {
                runtime.shutdown_background();
            }
            Ok(true)
        })
    }

    pub(crate) fn wake(ruby: &Ruby, rb_self: &Self) -> Result<(), Error> {
        guarded(ruby, || {
            rb_self.owner.check()?;
            rb_self.bell.ring();
            Ok::<(), Failure>(())
        })
    }

    pub(crate) fn stop(ruby: &Ruby, rb_self: &Self) -> Result<(), Error> {
        guarded(ruby, || {
            rb_self.owner.check()?;
            rb_self.stop.cancel();
            Ok::<(), Failure>(())
        })
    }

    pub(crate) fn hand_over(ruby: &Ruby, rb_self: &Self, index: usize) -> Result<HandOver, Error> {
        guarded(ruby, || {
            rb_self.owner.check()?;
            let mut hand_overs = rb_self.hand_overs.lock().unwrap_or_else(PoisonError::into_inner);
            let receiver = hand_overs.get_mut(index).and_then(Option::take);
            receiver.map(HandOver::new).ok_or(Failure::Misuse("this mailbox has no hand-over, or it was taken already"))
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Coordinator {
    fn drop(&mut self) {
        let state = mem::replace(&mut *self.state(), State::Ended);
        if let State::Running(runtime) = state {
            if self.owner.is_current() {
                runtime.shutdown_background();
            } else {
                // Its threads stayed in the parent: there is nothing here to join or to close.
                mem::forget(runtime);
            }
        }
    }
}
