//! The JSON log: one object per line, in the shape of `MailRoom::Logger::Structured`.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Zoned;
use serde_json::{Map, Value, json};

use crate::{Error, Result, fields::Fields};

/// Where a mailbox's log lines go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// Nowhere: no `log_path` is set.
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

/// Writes the log lines of one mailbox.
#[derive(Clone)]
pub(crate) struct Log {
    target: Target,
    file: Option<Arc<Mutex<File>>>,
    context: Value,
}

impl Log {
    /// Opens the target. Several mailboxes normally share one file: lines are appended whole.
    ///
    /// # Errors
    /// [`Error::LogFile`] when the file cannot be opened.
    pub(crate) fn open(target: Target, email: &str, name: &str) -> Result<Self> {
        let file = match &target {
            Target::File(path) => {
                let file = OpenOptions::new()
                    .append(true)
                    .create(true)
                    .open(path)
                    .map_err(|source| Error::LogFile { path: path.display().to_string(), source })?;
                Some(Arc::new(Mutex::new(file)))
            }
            _ => None,
        };
        Ok(Self { target, file, context: json!({"email": email, "name": name}) })
    }

    pub(crate) fn info(&self, action: &str, fields: Value) {
        self.line("INFO", action, fields);
    }

    pub(crate) fn warn(&self, action: &str, fields: Value) {
        self.line("WARN", action, fields);
    }

    pub(crate) fn error(&self, action: &str, fields: Value) {
        self.line("ERROR", action, fields);
    }

    /// Keys in the order operators know from today's gem: severity, time, context, then the rest.
    fn line(&self, severity: &str, action: &str, fields: Value) {
        if self.target == Target::Nowhere {
            return;
        }
        let mut line = Map::new();
        line.insert("severity".into(), severity.into());
        line.insert("time".into(), Zoned::now().strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string().into());
        line.insert("context".into(), self.context.clone());
        line.insert("action".into(), action.into());
        if let Value::Object(fields) = fields {
            line.extend(fields);
        }
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        // A log that cannot be written must not stop mail.
        let _ = self.write(text.as_bytes());
    }

    fn write(&self, line: &[u8]) -> io::Result<()> {
        match (&self.target, &self.file) {
            (Target::Stdout, _) => io::stdout().lock().write_all(line),
            (Target::Stderr, _) => io::stderr().lock().write_all(line),
            (_, Some(file)) => file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line),
            _ => Ok(()),
        }
    }
}
