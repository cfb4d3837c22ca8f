//! `MailRoom::Native::Email`

use std::sync::Arc;

use magnus::{Error, RString, Ruby};
use mail_room_core::email;

use crate::{
    call,
    error::{Failure, guarded, tell_of_panics_briefly},
};

/// A message of this many bytes is read before a thread for it would have begun.
const SMALL: usize = 32 << 10;

/// A message that can be asked.
#[magnus::wrap(class = "MailRoom::Native::Email", free_immediately)]
pub(crate) struct Email(Arc<email::Email>);

impl Email {
    pub(crate) fn new(ruby: &Ruby, raw: RString) -> Result<Self, Error> {
        tell_of_panics_briefly();
        guarded(ruby, || Ok::<_, Failure>(Self(Arc::new(email::Email::new(raw.to_bytes().into())))))
    }

    pub(crate) fn headers(ruby: &Ruby, rb_self: &Self) -> Result<String, Error> {
        guarded(ruby, || Ok::<_, Failure>(rb_self.0.headers().to_string()))
    }

    pub(crate) fn header_values(ruby: &Ruby, rb_self: &Self, name: RString) -> Result<Vec<String>, Error> {
        guarded(ruby, || Ok::<_, Failure>(rb_self.0.header_values(&name.to_bytes())))
    }

    pub(crate) fn is_auto_generated(ruby: &Ruby, rb_self: &Self) -> Result<bool, Error> {
        guarded(ruby, || Ok::<_, Failure>(rb_self.0.is_auto_generated()))
    }

    pub(crate) fn body(ruby: &Ruby, rb_self: &Self) -> Result<(Option<String>, Option<String>, String), Error> {
        guarded(ruby, || -> Result<_, Failure> {
            let email::Body { text, html, attachments } = rb_self.read(ruby, email::Email::body)?;
            Ok((text, html, attachments.to_string()))
        })
    }

    pub(crate) fn attachment(ruby: &Ruby, rb_self: &Self, index: usize) -> Result<Option<RString>, Error> {
        guarded(ruby, || -> Result<_, Failure> {
            let content = rb_self.read(ruby, move |email| email.attachment(index))?;
            Ok(content.map(|content| ruby.str_from_slice(&content)))
        })
    }

    /// What takes as long as the message is large.
    fn read<T: Send + 'static>(
        &self,
        ruby: &Ruby,
        work: impl FnOnce(&email::Email) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        if self.0.size() <= SMALL {
            return Ok(work(&self.0));
        }
        let email = Arc::clone(&self.0);
        call::wait_for_thread(ruby, move || work(&email))
    }
}
