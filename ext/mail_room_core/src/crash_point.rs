//! Stops the process dead right after a step of a pass, as `kill -9` in that instant would.
//!
//! For tests, and only with the feature `crash-points`: without it nothing of this is compiled. The
//! variable `MAIL_ROOM_CRASH_AT` of the environment names the step and how many times it has to be
//! reached, `accepted:3` for example; without a number it is the first time.

/// The steps in the life of a message, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The unread were listed.
    Listed,
    /// Some of them were asked for at the arbiter.
    Claimed,
    /// A window of messages was fetched.
    Fetched,
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

    /// Where to stop.
    struct CrashAt {
        step: String,
        /// How many times the step still has to be reached.
        left: AtomicU64,
    }

    static CRASH_AT: LazyLock<Option<CrashAt>> =
        LazyLock::new(|| Some(CrashAt::read(&env::var("MAIL_ROOM_CRASH_AT").ok()?)));

    impl CrashAt {
        fn read(text: &str) -> Self {
            let (step, times) = text.split_once(':').unwrap_or((text, "1"));
            let Ok(left) = times.parse() else {
                eprintln!("MAIL_ROOM_CRASH_AT: {times:?} is no number");
                process::exit(2);
            };
            Self { step: step.to_owned(), left: AtomicU64::new(left) }
        }
    }

    /// To be called after each step.
    pub(crate) fn after(step: Step) {
        let Some(crash_at) = &*CRASH_AT else { return };
        if !format!("{step:?}").eq_ignore_ascii_case(&crash_at.step) {
            return;
        }
        if crash_at.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            eprintln!("crash point: {}", crash_at.step);
            let _ = kill_process(getpid(), Signal::KILL);
            // The signal ends this thread as it ends the others.
            thread::park();
        }
    }
}
