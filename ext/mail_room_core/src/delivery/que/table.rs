//! The table of Que's jobs, and whether jobs can be put into it.

use tokio_postgres::Row;

use crate::postgres_connection::{Failure, PostgresConnection};

/// The table, looked for as INSERT would, and what its columns ask for.
const COLUMNS: &str = "
    SELECT a.attname::text, t.typname::text,
           a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS bare,
           has_column_privilege(a.attrelid, a.attnum, 'INSERT') AS allowed
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = to_regclass('que_jobs') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum";

/// What is written of each job; the last only when it is configured.
const WRITTEN: [&str; 5] = ["priority", "job_class", "queue", "args", "job_schema_version"];

/// Types of `args` that take a JSON text: Que 0.x has json, Que 1 and 2 have jsonb.
const ARGS_TYPES: [&str; 3] = ["json", "jsonb", "text"];

/// Why no job can be put into the table.
pub(super) enum Trouble {
    /// The server does not let us look.
    Server(Failure),
    /// It is not there, or not as it has to be.
    Table(String),
}

impl Trouble {
    pub(super) fn reason(self) -> String {
        match self {
            Self::Server(failure) => failure.reason(),
            Self::Table(reason) => reason,
        }
    }
}

/// One column of the table.
struct Column {
    name: String,
    kind: String,
    /// It needs a value, and has none by itself.
    bare: bool,
    /// The user may write it.
    allowed: bool,
}

/// Whether there is a table that takes jobs, with their `job_schema_version` when they are `versioned`.
///
/// # Errors
/// Says what is wrong, with table and column.
pub(super) async fn check(postgres: &PostgresConnection, versioned: bool) -> Result<(), Trouble> {
    let rows = postgres.query(COLUMNS, &[]).await.map_err(Trouble::Server)?;
    let columns: Result<Vec<Column>, _> = rows.iter().map(column).collect();
    let written = &WRITTEN[..WRITTEN.len() - usize::from(!versioned)];
    let columns = columns.map_err(|error| Trouble::Table(error.to_string()))?;
    problem(&columns, written).map_or(Ok(()), |problem| Err(Trouble::Table(problem)))
}

fn column(row: &Row) -> Result<Column, tokio_postgres::Error> {
    Ok(Column { name: row.try_get(0)?, kind: row.try_get(1)?, bare: row.try_get(2)?, allowed: row.try_get(3)? })
}

fn problem(columns: &[Column], written: &[&str]) -> Option<String> {
    if columns.is_empty() {
        return Some("there is no table que_jobs in the search_path of this user".to_owned());
    }
    for name in written {
        match columns.iter().find(|column| column.name == *name) {
            None => return Some(format!("table que_jobs has no column {name}")),
            Some(column) if !column.allowed => {
                return Some(format!("this user may not INSERT into column {name} of table que_jobs"));
            }
            Some(column) if *name == "args" && !ARGS_TYPES.contains(&column.kind.as_str()) => {
                return Some(format!("column args of table que_jobs is {}, not json or jsonb", column.kind));
            }
            Some(_) => {}
        }
    }
    let foreign = columns.iter().find(|column| column.bare && !written.contains(&column.name.as_str()))?;
    let hint =
        if foreign.name == "job_schema_version" { " (delivery_options.job_schema_version gives one)" } else { "" };
    Some(format!("column {} of table que_jobs must have a value and has no default{hint}", foreign.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(kinds: &[(&str, &str, bool)]) -> Vec<Column> {
        let column = |&(name, kind, bare): &(&str, &str, bool)| Column {
            name: name.into(),
            kind: kind.into(),
            bare,
            allowed: true,
        };
        kinds.iter().map(column).collect()
    }

    const QUE: [(&str, &str, bool); 5] = [
        ("priority", "int2", false),
        ("job_id", "int8", false),
        ("job_class", "text", true),
        ("args", "json", false),
        ("queue", "text", false),
    ];

    #[test]
    fn takes_the_tables_of_que() {
        assert_eq!(problem(&columns(&QUE), &WRITTEN[..4]), None);
    }

    #[test]
    fn names_what_is_wrong() {
        let told = |kinds: &[_]| problem(&columns(kinds), &WRITTEN[..4]).expect("a problem");
        assert!(told(&[]).contains("no table que_jobs"));
        assert_eq!(told(&QUE[..4]), "table que_jobs has no column queue");
        let mut changed = QUE;
        changed[3].1 = "bytea";
        assert_eq!(told(&changed), "column args of table que_jobs is bytea, not json or jsonb");
        changed = QUE;
        changed[1].2 = true;
        assert_eq!(told(&changed), "column job_id of table que_jobs must have a value and has no default");
        let told = problem(&columns(&QUE), &WRITTEN).expect("a problem");
        assert_eq!(told, "table que_jobs has no column job_schema_version");
        let mut forbidden = columns(&QUE);
        forbidden[4].allowed = false;
        let told = problem(&forbidden, &WRITTEN[..4]).expect("a problem");
        assert_eq!(told, "this user may not INSERT into column queue of table que_jobs");
    }
}
