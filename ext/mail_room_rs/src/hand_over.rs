//! `MailRoom::Native::HandOver`

use std::{
    os::fd::AsRawFd,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use magnus::{Error, IntoValue, RString, Ruby, Value, kwargs, prelude::*, scan_args::scan_args};
use mail_room_core::{
    delivery::hand_over::{Handed, Next, Receiver},
    message::Name,
};

use crate::{
    error::{Failure, guarded},
    process::Owner,
};

/// The end of a hand-over from which a Ruby thread takes messages.
#[magnus::wrap(class = "MailRoom::Native::HandOver", free_immediately)]
pub(crate) struct HandOver {
    owner: Owner,
    receiver: Receiver,
    in_hand: Mutex<Option<Handed>>,
}

impl HandOver {
    pub(crate) fn new(receiver: Receiver) -> Self {
        Self { owner: Owner::current(), receiver, in_hand: Mutex::new(None) }
    }

    pub(crate) fn next_message(ruby: &Ruby, rb_self: &Self, args: &[Value]) -> Result<Option<RString>, Error> {
        let (limit,) = scan_args::<(), (Option<Option<f64>>,), (), (), (), ()>(args)?.optional;
        // What is no length of time is no limit.
        let limit = limit.flatten().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        guarded(ruby, || -> Result<_, Failure> {
            rb_self.owner.check()?;
            rb_self.put_in_hand(None);
            loop {
                match deadline {
                    None => ruby.thread_wait_fd(&rb_self.receiver.ready())?,
                    Some(deadline) if rb_self.readable_before(ruby, deadline)? => {}
                    Some(_) => return Ok(None),
                }
                ruby.thread_check_ints()?;
                match rb_self.receiver.next() {
                    Next::Message(mut handed) => {
                        let message = ruby.str_from_slice(&handed.take_raw());
                        rb_self.put_in_hand(Some(handed));
                        return Ok(Some(message));
                    }
                    Next::Nothing => {}
                    Next::Ended => return Ok(None),
                }
            }
        })
    }

    /// An Integer, or a String where messages have names.
    pub(crate) fn uid(ruby: &Ruby, rb_self: &Self) -> Result<Option<Value>, Error> {
        guarded(ruby, || {
            rb_self.owner.check()?;
            let in_hand = rb_self.in_hand.lock().unwrap_or_else(PoisonError::into_inner);
            Ok::<_, Failure>(in_hand.as_ref().map(|handed| match handed.name() {
                Name::Uid(uid) => uid.into_value_with(ruby),
                Name::Id(id) => ruby.str_new(id).as_value(),
            }))
        })
    }

    pub(crate) fn acknowledge(ruby: &Ruby, rb_self: &Self, args: &[Value]) -> Result<(), Error> {
        let args = scan_args::<(bool,), (Option<Option<String>>,), (), (), (), ()>(args)?;
        let ((accepted,), (reason,)) = (args.required, args.optional);
        guarded(ruby, || {
            rb_self.owner.check()?;
            match (rb_self.put_in_hand(None), accepted) {
                (Some(handed), true) => handed.accept(),
                (Some(handed), false) => handed.try_again(reason.flatten().unwrap_or_default()),
                (None, _) => {}
            }
            Ok::<(), Failure>(())
        })
    }

    /// Waits with `IO.select`, because Ruby's own wait for a descriptor has no limit.
    fn readable_before(&self, ruby: &Ruby, deadline: Instant) -> Result<bool, Error> {
        let seconds = deadline.saturating_duration_since(Instant::now()).as_secs_f64();
        let io = ruby.class_io();
        let ready: Value = io.funcall("for_fd", (self.receiver.ready().as_raw_fd(), kwargs!("autoclose" => false)))?;
        let readable: Value = io.funcall("select", (ruby.ary_from_iter([ready]), (), (), seconds))?;
        Ok(!readable.is_nil())
    }

    /// What was in hand before is returned; dropped, it counts as not accepted.
    fn put_in_hand(&self, handed: Option<Handed>) -> Option<Handed> {
        std::mem::replace(&mut *self.in_hand.lock().unwrap_or_else(PoisonError::into_inner), handed)
    }
}
