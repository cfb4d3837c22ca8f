//! What GitLab will do with a message: which header carries the mail key, and which handler takes it.
//!
//! GitLab decides this in a worker and tells nobody (`lib/gitlab/email/receiver.rb`,
//! `gems/gitlab-email_handler`). Here its rules are followed to the letter. Where they come to nothing by a
//! quirk, and what GitLab's documentation promises comes to something, that is the answer, and
//! [`Route::differs_from_gitlab`] is set.
//!
//! Nothing here decides whether a message is delivered, unless a mailbox asks for it (`filter`), and nothing
//! here can panic: what goes wrong in a parser is contained.

mod auto_generated;
mod bounce;
mod handler;
mod headers;
mod route;
mod wildcard;

use std::panic::{AssertUnwindSafe, catch_unwind};

use regex::Regex;
use serde_json::Value;

use self::wildcard::WildcardAddress;
pub(crate) use self::{auto_generated::is_auto_generated, bounce::is_bounce, headers::Headers};
pub use self::{
    handler::Handler,
    route::{MailboxType, Route},
};
use crate::{Error, Result, fields::Fields, mailbox::parse};

/// The addresses of a GitLab: `incoming_email.address`, `service_desk_email.address` and `gitlab.host`.
#[derive(Clone, Debug)]
pub struct IncomingEmail {
    incoming: Option<WildcardAddress>,
    service_desk: Option<WildcardAddress>,
    reply_id: Option<Regex>,
}

impl IncomingEmail {
    /// `host` is that of the message ids GitLab gives its notifications.
    ///
    /// # Errors
    /// [`Error::Configuration`] when both addresses are missing, or one is too long to be an address.
    pub fn new(address: Option<&str>, service_desk_address: Option<&str>, host: Option<&str>) -> Result<Self> {
        todo!("{address:?} {service_desk_address:?} {host:?}")
    }

    /// Reads `{"address": …, "service_desk_address": …, "host": …}`.
    ///
    /// # Errors
    /// As [`IncomingEmail::new`], and when the text is not such an object.
    pub fn from_json(settings: &str) -> Result<Self> {
        let settings = parse(settings)?;
        let fields = Fields::new(&settings, "incoming_email".to_owned())?;
        let text = |key| Ok::<_, Error>(fields.text(key)?.filter(|text| !text.is_empty()));
        let (address, service_desk, host) = (text("address")?, text("service_desk_address")?, text("host")?);
        Self::new(address.as_deref(), service_desk.as_deref(), host.as_deref())
    }

    /// The key an address carries, matched with the Service Desk's address where there is no other.
    #[must_use]
    pub fn key_from_address<'a>(&self, address: &'a str) -> Option<&'a str> {
        todo!("{address}")
    }

    /// What GitLab will do with a message.
    #[must_use]
    pub fn route(&self, raw: &[u8]) -> Route {
        contained(|| self.route_of(&Headers::parse(raw))).unwrap_or_else(Route::unparsable)
    }

    /// The same, for a message whose headers are read already. May panic where a parser does.
    pub(crate) fn route_of(&self, headers: &Headers<'_>) -> Route {
        todo!("{headers:?}")
    }

    /// The route, and how it was found: `{"route": …, "difference": …, "looked_at": …, "hints": …}`.
    #[must_use]
    pub fn explain(&self, raw: &[u8]) -> Value {
        todo!("{raw:?}")
    }
}

/// What `work` comes to; None when it panics, as parsers of mail have been known to do.
pub(crate) fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
