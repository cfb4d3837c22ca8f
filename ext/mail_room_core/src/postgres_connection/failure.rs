//! What PostgreSQL says when something does not work.

use std::{error::Error as _, time::Duration};

use tokio_postgres::error::DbError;

use super::settings::{Place, PostgresSettings};
use crate::Error;

/// Why a statement failed, in words without data: DETAIL and CONTEXT of PostgreSQL's errors, which
/// quote values, are left out.
#[derive(Debug)]
pub(crate) struct Failure {
    /// SQLSTATE, when the server itself answered (PostgreSQL documentation, appendix A).
    code: Option<String>,
    reason: String,
}

impl Failure {
    pub(super) fn silence(what: &str, limit: Duration) -> Self {
        Self { code: None, reason: format!("{what} within {} s", limit.as_secs_f32()) }
    }

    pub(super) fn local(reason: String) -> Self {
        Self { code: None, reason }
    }

    /// What a server would have said.
    #[cfg(test)]
    pub(crate) fn told(code: &str) -> Self {
        Self { code: Some(code.to_owned()), reason: format!("SQLSTATE {code}") }
    }

    /// SQLSTATE, empty when the server did not answer.
    pub(crate) fn code(&self) -> &str {
        self.code.as_deref().unwrap_or_default()
    }

    pub(crate) fn reason(self) -> String {
        self.reason
    }

    /// True when the statement alone was at fault, or what it met.
    pub(super) fn spares_the_connection(&self) -> bool {
        // 57014: the statement took too long. Those behind it on the connection are well.
        self.code() == "57014" || matches!(self.code().get(..2), Some("22" | "23" | "40" | "42" | "54" | "55" | "P0"))
    }

    /// Names the server, and makes sure that the password is not told.
    pub(super) fn at(self, settings: &PostgresSettings) -> Self {
        let place = match &settings.place {
            Place::Tcp { host, port } => format!("{host}:{port}"),
            Place::Socket(path) => path.display().to_string(),
        };
        let database = settings.database.as_ref().map(|name| format!(", database {name}")).unwrap_or_default();
        let reason = format!("{place}{database}: {}", self.reason);
        let reason = settings.password.as_ref().map_or_else(|| reason.clone(), |password| password.redact(&reason));
        Self { code: self.code, reason }
    }
}

impl From<&tokio_postgres::Error> for Failure {
    fn from(error: &tokio_postgres::Error) -> Self {
        if let Some(told) = error.as_db_error() {
            return Self { code: Some(told.code().code().to_owned()), reason: describe(told) };
        }
        let mut reason = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            reason = format!("{reason}: {inner}");
            source = inner.source();
        }
        if reason.contains("UnknownIssuer") {
            reason.push_str(" (sslrootcert names the CA to trust)");
        }
        Self { code: None, reason }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::local(error.to_string())
    }
}

fn describe(told: &DbError) -> String {
    let constraint = told.constraint().map(|name| format!(", constraint {name}")).unwrap_or_default();
    format!("{} (SQLSTATE {}{constraint})", told.message(), told.code().code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_did_does_not_end_the_connection() {
        for code in ["22P05", "23502", "42P01", "40001", "55P03", "57014"] {
            assert!(Failure::told(code).spares_the_connection(), "{code}");
        }
        for code in ["57P01", "08006", "53300", "25006", "58030", "XX000", "28P01"] {
            assert!(!Failure::told(code).spares_the_connection(), "{code}");
        }
        assert!(!Failure::silence("no answer", Duration::from_secs(1)).spares_the_connection());
    }
}
