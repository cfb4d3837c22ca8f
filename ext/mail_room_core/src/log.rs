//! The JSON log: one object per line, in the shape of `MailRoom::Logger::Structured`.

mod redactor;
mod writer;

use std::{fmt::Write, path::PathBuf, sync::Arc};

use jiff::Zoned;
use serde_json::{Value, json};

use self::writer::Output;
pub(crate) use self::{redactor::Redactor, writer::Writer};
use crate::{Result, fields::Fields};

/// How much of an error goes into the log. Servers have been seen to answer at length.
const ERROR_CHARS: usize = 500;

/// In bytes.
const TYPICAL_LINE: usize = 320;

/// Where a mailbox's log lines go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// No `log_path` is set: warnings and errors go to standard error, the rest nowhere. Trouble that
    /// nobody asked to hear of is trouble nevertheless.
    Nowhere,
    Stdout,
    Stderr,
    File(PathBuf),
}

impl Target {
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self> {
        Ok(match fields.section("logger")?.text("log_path")?.as_deref() {
            None | Some("") => Self::Nowhere,
            Some("STDOUT" | "stdout") => Self::Stdout,
            Some("STDERR" | "stderr") => Self::Stderr,
            Some(path) => Self::File(path.into()),
        })
    }
}

/// The log of one mailbox.
#[derive(Clone)]
pub(crate) struct Log(Arc<Shared>);

/// Many hold the log of a mailbox, and there may be many mailboxes.
struct Shared {
    writer: Arc<Writer>,
    output: Arc<Output>,
    /// Only warnings and errors are written.
    troubles_only: bool,
    /// Which mailbox, as JSON.
    context: String,
    redactor: Redactor,
}

impl Log {
    /// # Errors
    /// [`crate::Error::LogFile`] when the file cannot be opened.
    pub(crate) fn open(
        writer: &Arc<Writer>,
        target: &Target,
        email: &str,
        name: &str,
        redactor: Redactor,
    ) -> Result<Self> {
        let context = json!({"email": email, "name": name}).to_string();
        let troubles_only = *target == Target::Nowhere;
        let output = writer.output(target)?;
        Ok(Self(Arc::new(Shared { writer: Arc::clone(writer), output, troubles_only, context, redactor })))
    }

    pub(crate) fn info(&self, action: &str, fields: Value) {
        if !self.0.troubles_only {
            self.line("INFO", action, fields);
        }
    }

    pub(crate) fn warn(&self, action: &str, fields: Value) {
        self.line("WARN", action, fields);
    }

    pub(crate) fn error(&self, action: &str, fields: Value) {
        self.line("ERROR", action, fields);
    }

    /// Keys in the order operators know from today's gem: severity, time, context, then the rest.
    fn line(&self, severity: &str, action: &str, fields: Value) {
        let mut text = String::with_capacity(TYPICAL_LINE);
        let time = Zoned::now();
        let time = time.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z");
        let (context, action) = (&self.0.context, Value::from(action));
        let fields = self.0.redactor.value(fields).to_string();
        let begun = write!(text, r#"{{"severity":"{severity}","time":"{time}","context":{context},"action":{action}"#);
        debug_assert!(begun.is_ok());
        match fields.strip_prefix('{') {
            Some(rest) if rest != "}" => {
                text.push(',');
                text.push_str(rest);
            }
            _ => text.push('}'),
        }
        text.push('\n');
        self.0.writer.write(&self.0.output, text);
    }
}

/// An error's text for a log line.
pub(crate) fn brief(text: &str) -> String {
    text.chars().take(ERROR_CHARS).collect()
}
