//! From the core's errors to Ruby's.

use std::{
    io::{self, Write},
    panic::{self, AssertUnwindSafe, catch_unwind},
};

use magnus::{Class, Error, ExceptionClass, Module, RModule, Ruby};
use mail_room_core::Error as Core;

/// Something a method of this crate can fail with.
pub(crate) enum Failure {
    /// The core's word.
    Core(Core),
    /// A method was called where it makes no sense.
    Misuse(&'static str),
    /// Ruby's own: an exception, a `throw`, the end of a thread. Passed on untouched.
    Ruby(Error),
}

impl From<Core> for Failure {
    fn from(error: Core) -> Self {
        Self::Core(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Ruby(error)
    }
}

/// Runs the body of a method. A panic becomes a `MailRoom::Error`: magnus would make it `fatal`,
/// which no `rescue` catches.
pub(crate) fn guarded<T, E: Into<Failure>>(ruby: &Ruby, body: impl FnOnce() -> Result<T, E>) -> Result<T, Error> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(outcome) => outcome.map_err(|error| raised(ruby, error.into())),
        Err(_) => Err(new_error(ruby, "Error", "internal error (a panic in the native part)".to_owned())),
    }
}

fn raised(ruby: &Ruby, failure: Failure) -> Error {
    match failure {
        Failure::Core(error @ (Core::Configuration(_) | Core::LogFile { .. })) => {
            new_error(ruby, "ConfigurationError", error.to_string())
        }
        Failure::Core(error) => new_error(ruby, "Error", error.to_string()),
        Failure::Misuse(text) => new_error(ruby, "Error", text.to_owned()),
        Failure::Ruby(error) => error,
    }
}

/// An exception of a class from `lib/mail_room/error.rb`. Made here: magnus would make it where nothing else may
/// happen any more, and ends the process when a Timeout runs out at that very moment.
fn new_error(ruby: &Ruby, class: &str, text: String) -> Error {
    let made = ruby
        .class_object()
        .const_get::<_, RModule>("MailRoom")
        .and_then(|module| module.const_get::<_, ExceptionClass>(class))
        .and_then(|class| class.new_instance((text,)));
    made.map_or_else(|instead| instead, Error::from)
}

/// A panic's text may quote what a server sent. That it panicked is logged or
/// raised; where it happened is for standard error.
pub(crate) fn tell_of_panics_briefly() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        // `eprintln!` would panic itself when nobody reads standard error any more.
        let _ = writeln!(io::stderr(), "mail_room: panic in the native part at {place}");
    }));
}
