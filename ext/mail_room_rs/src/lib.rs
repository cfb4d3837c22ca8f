//! What Ruby sees of `mail_room_core`: a few classes and functions, declared with
//! their documentation in `lib/mail_room/native.rb`.
//!
//! There is no decision about mail here. Rules every method keeps:
//!
//! * Ruby waits only on file descriptors, with Ruby's own waiting, so that signals, `Thread#kill`
//!   and `Timeout` always get through.
//! * No tokio thread ever calls Ruby, and no Ruby value ever reaches a tokio task.
//! * A panic becomes a `MailRoom::Error`, never Ruby's `fatal`.
//! * After a fork the child gets an error, not half a runtime.

#![deny(unsafe_code)]

mod allocator;
mod call;
mod check;
mod coordinator;
mod email;
mod error;
mod hand_over;
mod incoming_email;
mod process;
mod requeue;
mod sockets;
mod standalone;

use magnus::{Class, Error, Module, Object, Ruby, function, method};

use mail_room_core::incoming_email::MailboxType;

use crate::{
    coordinator::Coordinator,
    email::Email,
    error::guarded,
    hand_over::HandOver,
    incoming_email::IncomingEmail,
    standalone::{Arbiter, Deliverer},
};

/// `MailRoom::Native.check_mailbox`
fn check_mailbox(ruby: &Ruby, settings_json: String) -> Result<(), Error> {
    guarded(ruby, || mail_room_core::mailbox::Mailbox::from_json(&settings_json).map(|_| ()))
}

/// `MailRoom::Native.jwt`
fn jwt(ruby: &Ruby, settings_json: String) -> Result<String, Error> {
    // What is no JSON has none of the keys.
    guarded(ruby, || mail_room_core::jwt::token(&serde_json::from_str(&settings_json).unwrap_or_default()))
}

/// `MailRoom::Native.mailbox_type`
fn mailbox_type(ruby: &Ruby, worker: Option<String>, url: Option<String>) -> Result<Option<&'static str>, Error> {
    guarded(ruby, || {
        let by_worker = worker.as_deref().and_then(MailboxType::of_worker);
        let found = by_worker.or_else(|| url.as_deref().and_then(MailboxType::of_url));
        Ok::<_, error::Failure>(found.map(MailboxType::name))
    })
}

#[magnus::init]
fn init(ruby: &Ruby) -> Result<(), Error> {
    let native = ruby.define_module("MailRoom")?.define_module("Native")?;
    native.define_singleton_method("check_mailbox", function!(check_mailbox, 1))?;
    native.define_singleton_method("jwt", function!(jwt, 1))?;
    native.define_singleton_method("mailbox_type", function!(mailbox_type, 2))?;
    native.define_singleton_method("requeue", function!(requeue::requeue, 3))?;
    native.define_singleton_method("examine", function!(check::examine, 2))?;
    native.define_singleton_method("await_message", function!(check::await_message, 3))?;
    native.define_singleton_method("return_memory", function!(allocator::return_memory, 0))?;

    let coordinator = native.define_class("Coordinator", ruby.class_object())?;
    coordinator.define_singleton_method("new", function!(Coordinator::new, 1))?;
    coordinator.define_method("start", method!(Coordinator::start, 0))?;
    coordinator.define_method("wait", method!(Coordinator::wait, 0))?;
    coordinator.define_method("wake", method!(Coordinator::wake, 0))?;
    coordinator.define_method("stop", method!(Coordinator::stop, 0))?;
    coordinator.define_method("hand_over", method!(Coordinator::hand_over, 1))?;

    let hand_over = native.define_class("HandOver", ruby.class_object())?;
    hand_over.define_method("next_message", method!(HandOver::next_message, -1))?;
    hand_over.define_method("uid", method!(HandOver::uid, 0))?;
    hand_over.define_method("acknowledge", method!(HandOver::acknowledge, -1))?;

    let deliverer = native.define_class("Deliverer", ruby.class_object())?;
    deliverer.define_singleton_method("new", function!(Deliverer::new, 1))?;
    deliverer.define_method("deliver", method!(Deliverer::deliver, 1))?;

    let arbiter = native.define_class("Arbiter", ruby.class_object())?;
    arbiter.define_singleton_method("new", function!(Arbiter::new, 1))?;
    arbiter.define_method("deliver?", method!(Arbiter::deliver, 2))?;

    let incoming_email = native.define_class("IncomingEmail", ruby.class_object())?;
    incoming_email.define_singleton_method("new", function!(IncomingEmail::new, 1))?;
    incoming_email.define_method("key_from_address", method!(IncomingEmail::key_from_address, 1))?;
    incoming_email.define_method("route", method!(IncomingEmail::route, 1))?;
    incoming_email.define_method("explain", method!(IncomingEmail::explain, 1))?;

    let email = native.define_class("Email", ruby.class_object())?;
    email.define_singleton_method("new", function!(Email::new, 1))?;
    email.define_method("headers", method!(Email::headers, 0))?;
    email.define_method("header_values", method!(Email::header_values, 1))?;
    email.define_method("auto_generated?", method!(Email::is_auto_generated, 0))?;
    email.define_method("body", method!(Email::body, 0))?;
    email.define_method("attachment", method!(Email::attachment, 1))?;

    for class in [coordinator, hand_over, deliverer, arbiter, incoming_email, email] {
        class.undef_default_alloc_func();
    }
    Ok(())
}
