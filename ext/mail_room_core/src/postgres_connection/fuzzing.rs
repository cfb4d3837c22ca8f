//! A door for hostile PostgreSQL servers.

use tokio_postgres::{Config, config::SslMode, tls::NoTls};

use super::{failure::Failure, link::handshake};
use crate::fuzzing::stream::{Cut, Scripted, run};

const PASSWORD: &str = "hunter2-of-postgres";

/// What a server answers to a login and to what is asked here. No error tells the password.
pub(crate) fn answers(bytes: &[u8]) {
    let told = run(async {
        let stream = Scripted::new(bytes, Cut::Whole).waiting_at(questions(bytes));
        let (client, task) = match handshake(stream, NoTls, &config()).await {
            Ok(opened) => opened,
            Err(error) => return Failure::from(&error).reason(),
        };
        let set = client.batch_execute("SET statement_timeout = 1000").await;
        let inserted = client.execute("INSERT INTO que_jobs VALUES (1)", &[]).await;
        let asked = client.query("SELECT a, b FROM c", &[]).await;
        task.abort();
        for row in asked.iter().flatten() {
            let _ = (row.try_get::<_, String>(0), row.try_get::<_, bool>(1));
        }
        let errors = [set.err(), inserted.err(), asked.err()];
        errors.iter().flatten().map(|error| Failure::from(error).reason()).collect()
    });
    let sent = bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes());
    assert!(sent || !told.contains(PASSWORD), "{told}");
}

fn config() -> Config {
    let mut config = Config::new();
    config.ssl_mode(SslMode::Disable).user("mail_room").password(PASSWORD);
    config
}

/// A server that is ready for a query waits for one (PostgreSQL documentation, section 55.7).
fn questions(bytes: &[u8]) -> Vec<usize> {
    let (mut at, mut ready) = (0, Vec::new());
    while let Some([kind, length @ ..]) = bytes.get(at..at + 5) {
        let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        at = at.saturating_add(1).saturating_add(length);
        if *kind == b'Z' && at < bytes.len() {
            ready.push(at);
        }
    }
    ready
}
