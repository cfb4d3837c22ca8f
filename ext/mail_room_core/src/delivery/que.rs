//! Inserts each message as a job of Que.

mod table;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tokio_postgres::types::Type;

use super::{Delivery, Outcome};
use crate::{
    Error, Result,
    charset::to_utf8,
    fields::Fields,
    message::Message,
    postgres_connection::{Failure, Parameters, PostgresConnection, PostgresSettings, required_text, text},
};

/// What log lines call the receiver.
const RECEIVER: &str = "PostgreSQL";

/// The row today's gem writes. The cast holds for columns of json, of jsonb and of text.
const INSERT: &str = "INSERT INTO que_jobs (priority, job_class, queue, args) VALUES ($1, $2, $3, $4::json)";

/// Que's own lowest priority.
const DEFAULT_PRIORITY: i16 = 100;

/// PostgreSQL takes no message of its protocol that is larger than 1 GiB, and ends the session then.
const LARGEST_JOB: usize = (1 << 30) - (1 << 20);

/// The `delivery_options` of today's gem, and where the server is.
#[derive(Clone, Debug)]
pub(crate) struct QueSettings {
    pub(super) postgres: PostgresSettings,
    queue: String,
    priority: i16,
    job_class: String,
}

impl QueSettings {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self> {
        let options = fields.section("delivery_options")?;
        Ok(Self {
            postgres: PostgresSettings::read(&options)?,
            queue: text(&options, "queue")?.unwrap_or_default(),
            priority: priority(&options)?,
            job_class: required_text(&options, "job_class")?,
        })
    }
}

/// Que's column is a smallint. A number that does not fit would make every message a wrong one.
fn priority(options: &Fields<'_>) -> Result<i16> {
    let number = match options.get("priority") {
        None => return Ok(DEFAULT_PRIORITY),
        Some(Value::Number(number)) => number.as_i64().and_then(|number| i16::try_from(number).ok()),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    number.ok_or_else(|| options.error("priority", "must be a whole number from -32768 to 32767"))
}

pub(super) struct Que {
    settings: QueSettings,
    postgres: Arc<PostgresConnection>,
}

impl Que {
    pub(super) fn new(settings: QueSettings, postgres: Arc<PostgresConnection>) -> Self {
        Self { settings, postgres }
    }
}

#[async_trait]
impl Delivery for Que {
    fn name(&self) -> &'static str {
        "MailRoom::Delivery::Que"
    }

    async fn deliver(&self, message: Message) -> Outcome {
        let (args, has_nul) = match args(&message) {
            Ok(args) => (args, message.raw.contains(&0)),
            Err(error) => return Outcome::TryAgain(error.to_string()),
        };
        drop(message);
        if args.len() > LARGEST_JOB {
            return Outcome::Refused(format!("{} bytes of JSON are more than PostgreSQL takes", args.len()));
        }
        let QueSettings { priority, job_class, queue, .. } = &self.settings;
        let row: Parameters<'_> =
            &[(priority, Type::INT2), (job_class, Type::TEXT), (queue, Type::TEXT), (&args, Type::TEXT)];
        match self.postgres.execute(INSERT, row).await {
            Ok(_) => Outcome::accepted(),
            Err(failure) => outcome(failure, has_nul),
        }
    }

    async fn reachable(&self) -> Result<()> {
        table::check(&self.postgres).await.map_err(|reason| Error::ReceiverDown {
            receiver: RECEIVER,
            reason,
            retry_after: None,
        })
    }
}

/// The job's one argument is the message.
fn args(message: &Message) -> serde_json::Result<String> {
    serde_json::to_string(&[to_utf8(&message.raw)])
}

/// What follows from an SQLSTATE (PostgreSQL documentation, appendix A).
fn outcome(failure: Failure, has_nul: bool) -> Outcome {
    match failure.code() {
        // Only priority, queue and job_class have a length or a range: the settings are wrong, and no
        // message is.
        "22001" | "22003" => {}
        // \u0000 is JSON, but jsonb cannot hold it.
        "22P05" if has_nul => {
            return Outcome::Refused(format!(
                "it contains a NUL character, which jsonb cannot hold: {}",
                failure.reason()
            ));
        }
        // Data errors, and a value that is too large.
        code if code.starts_with("22") || code == "54000" => return Outcome::Refused(failure.reason()),
        // A conflict with another transaction, a lock, and what a trigger says.
        code if ["40", "55", "P0"].iter().any(|class| code.starts_with(class)) => {
            return Outcome::TryAgain(failure.reason());
        }
        _ => {}
    }
    Outcome::ReceiverDown { receiver: RECEIVER, reason: failure.reason(), retry_after: None }
}
