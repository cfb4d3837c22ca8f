//! `MailRoom::Native::IncomingEmail`

use magnus::{Error, RString, Ruby};
use mail_room_core::{Error as Core, incoming_email};

use crate::error::{Failure, guarded, tell_of_panics_briefly};

/// Addresses of a GitLab. Nothing in it belongs to a process or a thread.
#[magnus::wrap(class = "MailRoom::Native::IncomingEmail", free_immediately)]
pub(crate) struct IncomingEmail(incoming_email::IncomingEmail);

impl IncomingEmail {
    pub(crate) fn new(ruby: &Ruby, settings_json: String) -> Result<Self, Error> {
        tell_of_panics_briefly();
        guarded(ruby, || incoming_email::IncomingEmail::from_json(&settings_json).map(Self))
    }

    pub(crate) fn key_from_address(ruby: &Ruby, rb_self: &Self, address: String) -> Result<Option<String>, Error> {
        guarded(ruby, || Ok::<_, Core>(rb_self.0.key_from_address(&address).map(str::to_owned)))
    }

    pub(crate) fn route(ruby: &Ruby, rb_self: &Self, raw: RString) -> Result<String, Error> {
        guarded(ruby, || {
            serde_json::to_string(&rb_self.0.route(&raw.to_bytes()))
                .map_err(|_| Failure::Misuse("internal error (a route that is no JSON)"))
        })
    }

    pub(crate) fn explain(ruby: &Ruby, rb_self: &Self, raw: RString) -> Result<String, Error> {
        guarded(ruby, || Ok::<_, Core>(rb_self.0.explain(&raw.to_bytes()).to_string()))
    }
}
