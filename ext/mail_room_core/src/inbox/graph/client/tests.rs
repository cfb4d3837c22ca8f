//! Against servers that do what no real one does at will.

mod batches;
mod bodies;
mod requests;
mod throttling;

use std::{
    env, fs,
    path::PathBuf,
    process,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::*;
use crate::{
    fields::Fields,
    http::scripted::{Answer, Server},
    log::{Log, Redactor, Target, Writer},
    oauth2::OAuth2Settings,
};

/// A client whose token stands in a file, and whose log is one.
struct Bench {
    client: Client,
    token: Temporary,
    log: Temporary,
    writer: Arc<Writer>,
    witness: Witness,
}

impl Bench {
    fn new(endpoint: &Url) -> Self {
        Self::with(endpoint, &Timeouts::default())
    }

    fn with(endpoint: &Url, timeouts: &Timeouts) -> Self {
        let (token, log) = (Temporary::new("hunter2"), Temporary::new(""));
        let settings = json!({"oauth2": {"token_file": token.0}});
        let fields = Fields::new(&settings, String::new()).expect("an object");
        let settings = OAuth2Settings::read(&fields).expect("settings").expect("a section");
        let client = {
            let gate = Gates::default().get(endpoint, "app", "a@example.com");
            Client::new(endpoint, "a@example.com", Tokens::new(settings, timeouts), gate, timeouts)
        };
        let writer = Arc::new(Writer::default());
        let target = Target::File(log.0.clone());
        let redactor = Redactor::of(&json!({}), "a@example.com");
        let lines = Log::open(&writer, &target, "a@example.com", "INBOX", redactor).expect("a log");
        Self { client, token, log, writer, witness: Witness::new(&lines) }
    }

    async fn get(&self) -> Result<Value> {
        self.client.get("GET messages", self.client.url(&["messages"]), &[], &self.witness).await
    }

    async fn post(&self) -> Result<Value> {
        self.client.post("POST move", self.client.url(&["move"]), &json!({"a": 1}), &self.witness).await
    }

    async fn body(&self, most: u64) -> Result<Body> {
        self.client.body("GET message", self.client.url(&["messages", "1", "$value"]), most, &self.witness).await
    }

    /// What was logged, without what every line has.
    fn logged(&self) -> Vec<Value> {
        self.writer.flush(Duration::from_secs(60));
        let text = fs::read_to_string(&self.log.0).expect("the log");
        let line = |line| {
            let mut line: Value = serde_json::from_str(line).expect("JSON");
            let line = line.as_object_mut().expect("an object");
            line.retain(|key, _| !["severity", "time", "context"].contains(&key.as_str()));
            Value::Object(line.clone())
        };
        text.lines().map(line).collect()
    }
}

/// A file that goes away with the test.
struct Temporary(PathBuf);

impl Temporary {
    fn new(content: &str) -> Self {
        static COUNTER: AtomicUsize = AtomicUsize::new(0);
        let nth = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("mail_room-graph-{}-{nth}", process::id()));
        fs::write(&path, content).expect("a temporary file");
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn ok() -> Answer {
    Answer::new(200, "", r#"{"value":[]}"#)
}

fn answered<T>(result: Result<T>) -> (u16, String) {
    match result.err() {
        Some(Error::Answered { status, text, .. }) => (status, text),
        other => panic!("{other:?}"),
    }
}
