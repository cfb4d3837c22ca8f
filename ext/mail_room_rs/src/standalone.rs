//! `MailRoom::Native::Deliverer` and `MailRoom::Native::Arbiter`

use std::{mem, sync::Arc, time::Duration};

use magnus::{Error, RString, Ruby};
use mail_room_core::{Error as Core, standalone};
use serde_json::Value;

use crate::{
    call,
    error::{Failure, guarded},
    process::Owner,
};

/// Something of the core that may have connections, which belong to the process that made them.
struct Owned<T> {
    owner: Owner,
    inner: Option<Arc<T>>,
}

impl<T> Owned<T> {
    fn new(make: impl FnOnce() -> Result<T, Core>) -> Result<Self, Failure> {
        // Some libraries look for the runtime as soon as a client is made.
        let runtime = call::runtime()?;
        let _inside = runtime.enter();
        Ok(Self { owner: Owner::current(), inner: Some(Arc::new(make()?)) })
    }

    fn get(&self) -> Result<Arc<T>, Failure> {
        self.owner.check()?;
        self.inner.clone().ok_or(Failure::Misuse("used after its end"))
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        if !self.owner.is_current() {
            // Its locks may be held by threads that stayed in the parent.
            mem::forget(self.inner.take());
        }
    }
}

/// A delivery outside of any mailbox.
#[magnus::wrap(class = "MailRoom::Native::Deliverer", free_immediately)]
pub(crate) struct Deliverer(Owned<standalone::Deliverer>);

impl Deliverer {
    pub(crate) fn new(ruby: &Ruby, settings_json: String) -> Result<Self, Error> {
        guarded(ruby, || Owned::new(|| standalone::Deliverer::from_json(&settings_json)).map(Self))
    }

    pub(crate) fn deliver(ruby: &Ruby, rb_self: &Self, raw: RString) -> Result<String, Error> {
        guarded(ruby, || -> Result<_, Failure> {
            let deliverer = rb_self.0.get()?;
            let raw = raw.to_bytes().into();
            let details = call::wait_for(ruby, async move { deliverer.deliver(raw).await })??;
            Ok(Value::Object(details).to_string())
        })
    }
}

/// An arbiter outside of any mailbox.
#[magnus::wrap(class = "MailRoom::Native::Arbiter", free_immediately)]
pub(crate) struct Arbiter(Owned<standalone::Arbiter>);

impl Arbiter {
    pub(crate) fn new(ruby: &Ruby, settings_json: String) -> Result<Self, Error> {
        guarded(ruby, || Owned::new(|| standalone::Arbiter::from_json(&settings_json)).map(Self))
    }

    pub(crate) fn deliver(ruby: &Ruby, rb_self: &Self, uid: String, expiration: u64) -> Result<bool, Error> {
        guarded(ruby, || -> Result<_, Failure> {
            let arbiter = rb_self.0.get()?;
            let expiration = Duration::from_secs(expiration);
            Ok(call::wait_for(ruby, async move { arbiter.deliver(&uid, expiration).await })??)
        })
    }
}
