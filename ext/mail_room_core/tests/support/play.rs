//! A run of mail_room against scripted servers.

use std::{
    fmt, fs,
    path::PathBuf,
    process,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use mail_room_core::{
    Coordinator,
    delivery::hand_over::{Next, Receiver},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    journal::Journal,
    log::Log,
    mail,
    server::{Stop, serve},
    trace::Script,
};

/// What `shutdown_timeout` is set to, in seconds.
const SHUTDOWN_S: u64 = 2;
/// How much later than that a run may end on a busy machine.
const MARGIN: Duration = Duration::from_secs(4);
/// How often the application looks for a message, which a Ruby thread is woken for.
const LOOK: Duration = Duration::from_millis(2);
/// Longer than any run takes. Only a broken one ever waits for it.
const LIMIT: Duration = Duration::from_secs(20);
/// Backoffs are drawn by fastrand's generator of the thread, which runs all of a test. From this
/// seed the first five draws are below 0.04, so that reconnecting costs a test no second.
const SHORT_BACKOFFS: u64 = 1_036_034;

/// What the application does with a message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    Accept,
    TryAgain(&'static str),
    /// Forgets about it without an answer.
    Abandon,
    /// Ends the thread that takes messages.
    Leave,
}

type Application = Box<dyn FnMut(&str, &CancellationToken) -> Answer + Send>;

/// A mailbox of a run: its server, its settings, and the application it delivers to.
pub(crate) struct Mailbox {
    script: Script,
    settings: Value,
    application: Application,
    awaited: Option<&'static str>,
    /// What no log line may hold, besides the password.
    secrets: Vec<String>,
}

impl Mailbox {
    /// `one@example.com` on the server of the trace of this name. Its application accepts all.
    pub(crate) fn trace(name: &str) -> Self {
        Self::script(Script::file(name))
    }

    pub(crate) fn script(script: Script) -> Self {
        let settings = json!({
            "email": "one@example.com", "password": "hunter2", "name": "INBOX", "host": "127.0.0.1",
            "delivery_method": "ruby", "deliverer": "Test",
        });
        Self { script, settings, application: Box::new(|_, _| Answer::Accept), awaited: None, secrets: Vec::new() }
    }

    /// Another mailbox, `neighbour@example.com`, on a server that does nothing wrong.
    pub(crate) fn neighbour() -> Self {
        Self::trace("neighbour").with(json!({"email": "neighbour@example.com"}))
    }

    /// With these settings besides.
    pub(crate) fn with(mut self, settings: Value) -> Self {
        let (Value::Object(all), Value::Object(more)) = (&mut self.settings, settings) else { panic!("no mapping") };
        all.extend(more);
        self
    }

    /// On a server that speaks TLS, with a certificate nobody knows.
    pub(crate) fn over_tls(mut self) -> Self {
        self.script.tls = true;
        self.with(json!({"ssl": {"verify_mode": "none"}}))
    }

    /// With an access token instead of a password.
    pub(crate) fn with_token(mut self, token: &str) -> Self {
        let file = scratch().join("token");
        fs::write(&file, token).expect("a file");
        let bearer = STANDARD.encode(format!("user=one@example.com\u{1}auth=Bearer {token}\u{1}\u{1}"));
        self.secrets.extend([token.to_owned(), bearer]);
        self.with(json!({"password": null, "oauth2": {"token_file": file}}))
    }

    /// The run goes on until these words stand in the log.
    pub(crate) fn until_logged(mut self, words: &'static str) -> Self {
        self.awaited = Some(words);
        self
    }

    /// With an application that is asked by the message's name. It may stop the run.
    pub(crate) fn answers(
        mut self,
        application: impl FnMut(&str, &CancellationToken) -> Answer + Send + 'static,
    ) -> Self {
        self.application = Box::new(application);
        self
    }

    pub(crate) async fn play(self) -> Played {
        play([self]).await
    }
}

/// What is left when a run has ended.
#[derive(Debug)]
pub(crate) struct Played {
    /// One per mailbox.
    pub(crate) journals: Vec<Journal>,
    pub(crate) log: Log,
}

impl Played {
    /// The names of the messages the first mailbox delivered, in order.
    pub(crate) fn accepted(&self) -> Vec<String> {
        self.journals[0].accepted()
    }

    /// The marks the first mailbox set, such as `8 +FLAGS.SILENT (\Seen)`.
    pub(crate) fn marks(&self) -> Vec<String> {
        self.journals[0].all("C: UID STORE ")
    }

    /// What went wrong with the first mailbox.
    pub(crate) fn errors(&self) -> Vec<&str> {
        self.log.errors("one@example.com")
    }

    /// Panics unless the neighbour was served.
    pub(crate) fn assert_neighbour_served(&self) {
        let journal = self.journals.last().expect("a mailbox");
        assert_eq!(journal.accepted(), ["neighbour"], "{:#?}", journal.events());
        assert_eq!(self.log.errors("neighbour@example.com"), Vec::<&str>::new());
    }
}

/// Serves the mailboxes until the run is stopped. Panics when a client says what no trace expects,
/// when nothing stops the run, and when it does not end in time.
pub(crate) async fn play<const N: usize>(mailboxes: [Mailbox; N]) -> Played {
    fastrand::seed(SHORT_BACKOFFS);
    let directory = scratch();
    let log_path = directory.join("log.json");
    let awaited: Vec<_> = mailboxes.iter().filter_map(|mailbox| mailbox.awaited).collect();
    let stop = Stop::new(mailboxes.iter().filter(|mailbox| mailbox.script.stops()).count() + awaited.len());
    for words in awaited {
        tokio::spawn(stop.clone().reached_with(words, log_path.clone()));
    }
    let (mut settings, mut servers, mut journals) = (Vec::new(), Vec::new(), Vec::new());
    let (mut applications, mut secrets) = (Vec::new(), Vec::new());
    for mailbox in mailboxes {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let mut of_mailbox = json!({"port": port, "logger": {"log_path": log_path}});
        secrets.extend(written_forms(&mailbox.settings));
        secrets.extend(mailbox.secrets);
        let all = of_mailbox.as_object_mut().expect("a mapping");
        all.extend(mailbox.settings.as_object().expect("a mapping").clone());
        settings.push(of_mailbox);
        let (script, journal) = (Arc::new(mailbox.script), Journal::default());
        let server = tokio::spawn(serve(listener, Arc::clone(&script), journal.clone(), stop.clone()));
        servers.push((script, server));
        journals.push(journal);
        applications.push(mailbox.application);
    }
    let settings = json!({"mailboxes": settings, "shutdown_timeout": SHUTDOWN_S});
    let mut coordinator = Coordinator::from_json(&settings.to_string()).expect("settings");
    for ((receiver, journal), application) in coordinator.take_hand_overs().into_iter().zip(&journals).zip(applications)
    {
        let (journal, token) = (journal.clone(), stop.token.clone());
        let receiver = receiver.expect("a hand-over for each Ruby class");
        thread::spawn(move || deliver(&receiver, &journal, application, &token));
    }
    let run = tokio::spawn(coordinator.run(stop.token.clone()));

    if timeout(LIMIT, stop.token.cancelled()).await.is_err() {
        panic!("nothing stopped the run: {}", found(&journals, &log_path));
    }
    match timeout(Duration::from_secs(SHUTDOWN_S) + MARGIN, run).await {
        Ok(ended) => ended.expect("a run without a panic"),
        Err(_) => panic!("the run does not end: {}", found(&journals, &log_path)),
    }
    for (script, server) in servers {
        if script.again {
            server.abort();
        }
        match timeout(MARGIN, server).await {
            Ok(Ok(Err(mismatch))) => panic!("{mismatch}\n{}", fs::read_to_string(&log_path).unwrap_or_default()),
            Ok(_) => {}
            Err(_) => panic!("{} was not played to its end: {}", script.name, found(&journals, &log_path)),
        }
    }
    let log = Log::read(&log_path, &secrets);
    let _ = fs::remove_dir_all(directory);
    Played { journals, log }
}

/// The application's thread, as Ruby has one per mailbox.
fn deliver(receiver: &Receiver, journal: &Journal, mut application: Application, stop: &CancellationToken) {
    loop {
        let mut handed = match receiver.next() {
            Next::Message(handed) => handed,
            Next::Nothing => {
                thread::sleep(LOOK);
                continue;
            }
            Next::Ended => return,
        };
        let name = mail::name(&handed.take_raw());
        // Noted before it is answered, so that what follows from the answer is noted later.
        match application(&name, stop) {
            Answer::Accept => {
                journal.note(format!("accepted {name}"));
                handed.accept();
            }
            Answer::TryAgain(reason) => {
                journal.note(format!("try again {name}"));
                handed.try_again(reason.to_owned());
            }
            Answer::Abandon => journal.note(format!("abandoned {name}")),
            Answer::Leave => return journal.note(format!("left {name}")),
        }
    }
}

/// The forms a password can have on the wire and in a log: as it is, in a quoted string, either as
/// JSON writes it, and as AUTHENTICATE PLAIN sends it.
fn written_forms(settings: &Value) -> Vec<String> {
    let Some(plain) = settings["password"].as_str().map(str::to_owned) else { return Vec::new() };
    let email = settings["email"].as_str().expect("text");
    let quoted = plain.replace('\\', r"\\").replace('"', "\\\"");
    let json = |text: &str| {
        let written = Value::from(text).to_string();
        written[1..written.len() - 1].to_owned()
    };
    let base64 = STANDARD.encode(format!("\0{email}\0{plain}"));
    vec![json(&plain), json(&quoted), plain, quoted, base64]
}

/// A directory of its own for each run.
fn scratch() -> PathBuf {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let run = format!("imap-{}-{}", process::id(), RUNS.fetch_add(1, Ordering::Relaxed));
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(run);
    fs::create_dir_all(&directory).expect("a scratch directory");
    directory
}

fn found(journals: &[Journal], log: &PathBuf) -> impl fmt::Display {
    let events: Vec<Vec<String>> = journals.iter().map(Journal::events).collect();
    format!("{events:#?}\n{}", fs::read_to_string(log).unwrap_or_default())
}
