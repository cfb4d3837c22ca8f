//! Inserts each message as a job of Que.

pub(super) mod examine;
mod table;

use std::{str::FromStr, sync::Arc};

use async_trait::async_trait;
use serde_json::Value;
use tokio_postgres::types::{ToSql, Type};

use self::table::Trouble;
use super::{Delivery, Outcome};
use crate::{
    Error, Result,
    charset::to_utf8,
    fields::Fields,
    message::Message,
    postgres_connection::{Failure, PostgresConnection, PostgresSettings, required_text, text},
};

/// What log lines call the receiver.
const RECEIVER: &str = "PostgreSQL";

/// The row today's gem writes. The cast holds for columns of json, of jsonb and of text.
const INSERT: &str = "INSERT INTO que_jobs (priority, job_class, queue, args) VALUES ($1, $2, $3, $4::json)";
/// The same where the table asks for more.
const INSERT_WITH_VERSION: &str = "INSERT INTO que_jobs (priority, job_class, queue, args, job_schema_version)
    VALUES ($1, $2, $3, $4::json, $5)";

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
    /// Que 2 works off only the jobs that carry its own number. The table's default unless set.
    job_schema_version: Option<i32>,
}

impl QueSettings {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self> {
        let options = fields.section("delivery_options")?;
        Ok(Self {
            postgres: PostgresSettings::read(&options)?,
            queue: text(&options, "queue")?.unwrap_or_default(),
            priority: number(&options, "priority")?.unwrap_or(DEFAULT_PRIORITY),
            job_class: required_text(&options, "job_class")?,
            job_schema_version: number(&options, "job_schema_version")?,
        })
    }
}

/// A number that fits into its column; one that does not would make every message a wrong one.
fn number<T: TryFrom<i64> + FromStr>(options: &Fields<'_>, key: &str) -> Result<Option<T>> {
    let number = match options.get(key) {
        None => return Ok(None),
        Some(Value::Number(number)) => number.as_i64().and_then(|number| T::try_from(number).ok()),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    number.map(Some).ok_or_else(|| options.error(key, format!("must be a whole number of {} bits", 8 * size_of::<T>())))
}

pub(super) struct Que {
    settings: QueSettings,
    postgres: Arc<PostgresConnection>,
}

impl Que {
    pub(super) fn new(settings: QueSettings, postgres: Arc<PostgresConnection>) -> Self {
        Self { settings, postgres }
    }

    /// Looks at the server and its table.
    async fn look(&self) -> std::result::Result<(), Trouble> {
        table::check(&self.postgres, self.settings.job_schema_version.is_some()).await
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
        let QueSettings { priority, job_class, queue, job_schema_version, .. } = &self.settings;
        let mut row: Vec<(&(dyn ToSql + Sync), Type)> =
            vec![(priority, Type::INT2), (job_class, Type::TEXT), (queue, Type::TEXT), (&args, Type::TEXT)];
        let statement = match job_schema_version {
            Some(version) => {
                row.push((version, Type::INT4));
                INSERT_WITH_VERSION
            }
            None => INSERT,
        };
        match self.postgres.execute(statement, &row).await {
            Ok(_) => Outcome::accepted(),
            Err(failure) => outcome(failure, has_nul),
        }
    }

    async fn reachable(&self) -> Result<()> {
        self.look().await.map_err(|trouble| Error::ReceiverDown {
            receiver: RECEIVER,
            reason: trouble.reason(),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(options: Value) -> Result<QueSettings, String> {
        let settings = json!({"delivery_options": options});
        let fields = Fields::new(&settings, "x".into()).map_err(|error| error.to_string())?;
        QueSettings::read(&fields).map_err(|error| error.to_string())
    }

    #[test]
    fn has_the_defaults_of_todays_gem() {
        let settings = read(json!({"username": "u", "job_class": "Receiver", "queue": null})).expect("settings");
        assert_eq!((settings.queue.as_str(), settings.priority, settings.job_schema_version), ("", 100, None));
    }

    #[test]
    fn says_which_setting_is_wrong() {
        let wrong = |key: &str, value: Value| {
            let mut options = json!({"username": "u", "job_class": "Receiver"});
            options[key] = value;
            read(options).expect_err("an error")
        };
        assert!(
            wrong("priority", json!(40000)).starts_with("x: delivery_options.priority must be a whole number of 16")
        );
        assert!(wrong("priority", json!([1])).contains("delivery_options.priority"));
        assert!(wrong("job_class", json!(null)).starts_with("x: delivery_options.job_class is required"));
        assert!(wrong("queue", json!("a\u{0}")).starts_with("x: delivery_options.queue must not contain a NUL"));
        assert!(wrong("username", json!(["u"])).starts_with("x: delivery_options.username must be text"));
    }

    #[test]
    fn only_data_errors_are_the_messages_own() {
        let outcome = |code| outcome(Failure::told(code), false);
        for code in ["22P05", "22021", "22P02", "54000"] {
            assert_eq!(outcome(code), Outcome::Refused(format!("SQLSTATE {code}")));
        }
        for code in ["40001", "40P01", "55P03", "P0001"] {
            assert_eq!(outcome(code), Outcome::TryAgain(format!("SQLSTATE {code}")));
        }
        // The settings or the table are wrong, or the server is not well.
        for code in ["22001", "22003", "23502", "42P01", "42703", "42501", "53300", "57014", "57P01", "08006", "25006"]
        {
            assert!(matches!(outcome(code), Outcome::ReceiverDown { receiver: "PostgreSQL", .. }), "{code}");
        }
    }
}
