//! Stops the process dead right after a step of a pass, as `kill -9` in that instant would.
//!
//! For tests, and only with the feature `crash-points`: without it nothing of this is compiled. The
//! variable `MAIL_ROOM_CRASH_AT` of the environment names the step and how many times it has to be
//! reached, `accepted:3` for example; without a number it is the first time. With `MAIL_ROOM_PANIC_AT`
//! the watcher panics there instead.

/// The steps in the life of a message, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The unread were listed.
    Listed,
    /// Some of them were asked for at the arbiter.
    Claimed,
    /// A window of messages was fetched.
    Fetched,
    /// One of them was found not to be delivered.
    Sorted,
    /// The application has taken one message.
    Accepted,
    /// The arbiter knows that it has; it may have nothing to record, or be told by the delivery itself.
    Recorded,
    /// Messages were marked on the server.
    Marked,
    /// They were removed from it.
    Expunged,
}

/// To be called after each step.
#[cfg(not(feature = "crash-points"))]
pub(crate) const fn after(_step: Step) {}

#[cfg(feature = "crash-points")]
pub(crate) use armed::after;

#[cfg(feature = "crash-points")]
mod armed {
    use std::{
        env, process,
        sync::{
            LazyLock,
            atomic::{AtomicU64, Ordering},
        },
        thread,
    };

    use rustix::process::{Signal, getpid, kill_process};

    use super::Step;

    /// Where something happens.
    struct Point {
        step: String,
        /// How many times the step still has to be reached.
        left: AtomicU64,
    }

    static CRASH_AT: LazyLock<Option<Point>> = LazyLock::new(|| Point::read("MAIL_ROOM_CRASH_AT"));
    static PANIC_AT: LazyLock<Option<Point>> = LazyLock::new(|| Point::read("MAIL_ROOM_PANIC_AT"));

    impl Point {
        fn read(variable: &str) -> Option<Self> {
            let text = env::var(variable).ok()?;
            let (step, times) = text.split_once(':').unwrap_or((&text, "1"));
            let Ok(left) = times.parse() else {
                eprintln!("{variable}: {times:?} is no number");
                process::exit(2);
            };
            Some(Self { step: step.to_owned(), left: AtomicU64::new(left) })
        }

        fn reached(&self, step: Step) -> bool {
            format!("{step:?}").eq_ignore_ascii_case(&self.step) && self.left.fetch_sub(1, Ordering::SeqCst) == 1
        }
    }

    /// To be called after each step.
    pub(crate) fn after(step: Step) {
        if CRASH_AT.as_ref().is_some_and(|point| point.reached(step)) {
            eprintln!("crash point: {step:?}");
            let _ = kill_process(getpid(), Signal::KILL);
            // The signal ends this thread as it ends the others.
            thread::park();
        }
        if PANIC_AT.as_ref().is_some_and(|point| point.reached(step)) {
            panic!("panic point: {step:?}");
        }
    }
}
