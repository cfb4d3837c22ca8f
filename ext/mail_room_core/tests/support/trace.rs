//! Dialogues as text.
//!
//! | line | meaning |
//! | --- | --- |
//! | `# text` | a comment; a file's first line says what its server does |
//! | `S: text` | sent, with CRLF; lines that follow each other go out in one piece |
//! | `C: text` | expected; `...` stands for anything |
//! | `[scram honest]` | the server's side of SCRAM-SHA-256 up to the tagged answer, honest or as `scram.rs` tells |
//! | `[pause 300ms]` | nothing is said for so long |
//! | `[keepalives 20ms]` | `* OK Still here`, so often, until the client speaks |
//! | `[drip 20ms]` | the next `S:` line goes out byte by byte, so far apart |
//! | `[silence]` | nothing is said until the client hangs up; so it is at the end, too |
//! | `[deafness]` | the same, but what the client says does not count: it speaks TLS |
//! | `[close]` | the server hangs up |
//! | `[next connection]` | what follows is for the client's next connection |
//! | `[again]` | every further connection gets the whole trace anew |
//! | `[stop]` | the process is told to end, once all mailboxes' traces have come to this |
//! | `[include name]` | the lines of another trace |
//!
//! A `$` in front stands for a command's tag: in `S:` lines that of the oldest command that was not answered, or else of
//! the last one, and `$2` for that of the one after the oldest. There `<one>` stands for the message called so as a
//! literal, `<half one>` for a literal that breaks off, `<size one>` for its size and `<900 x ff>` for so many bytes of
//! that value.

use std::{fs, path::Path, time::Duration};

use super::mail::mail;

/// What a server does, connection by connection.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) name: String,
    pub(crate) connections: Vec<Vec<Step>>,
    /// Whether it begins anew when it has ended.
    pub(crate) again: bool,
    /// Whether it speaks TLS from the first byte.
    pub(crate) tls: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Bytes; when they are a tagged answer, to which of the commands that were not answered.
    Say {
        tagged: Option<usize>,
        bytes: Vec<u8>,
        drip: Option<Duration>,
    },
    Hear(String),
    Scram(String),
    Pause(Duration),
    Keepalives(Duration),
    Silence,
    Deafness,
    Close,
    Stop,
}

impl Script {
    /// The trace in the file of this name.
    pub(crate) fn file(name: &str) -> Self {
        Self::new(name, &format!("[include {name}]"))
    }

    /// A trace written down in a test.
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let text = included(text);
        let mut script = Self { name: name.to_owned(), connections: vec![Vec::new()], again: false, tls: false };
        let mut drip = None;
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let step = match line.split_once(' ') {
                Some(("S:", said)) => say(said, drip.take()),
                Some(("C:", heard)) => Step::Hear(heard.to_owned()),
                Some(("[scram", manner)) => Step::Scram(manner.trim_end_matches(']').to_owned()),
                Some(("[pause", time)) => Step::Pause(milliseconds(time)),
                Some(("[keepalives", time)) => Step::Keepalives(milliseconds(time)),
                Some(("[drip", time)) => {
                    drip = Some(milliseconds(time));
                    continue;
                }
                _ => match line {
                    // A line with nothing on it.
                    "C:" => Step::Hear(String::new()),
                    "[silence]" => Step::Silence,
                    "[deafness]" => Step::Deafness,
                    "[close]" => Step::Close,
                    "[stop]" => Step::Stop,
                    "[again]" => {
                        script.again = true;
                        continue;
                    }
                    "[next connection]" => {
                        script.connections.push(Vec::new());
                        continue;
                    }
                    _ => panic!("{name}: cannot read {line:?}"),
                },
            };
            script.connections.last_mut().expect("there is one from the start").push(step);
        }
        script
    }

    pub(crate) fn stops(&self) -> bool {
        self.connections.iter().flatten().any(|step| matches!(step, Step::Stop))
    }
}

/// The text of the trace of this name, with what it includes.
pub(crate) fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces").join(format!("{name}.txt"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("trace {name}: {error}"));
    included(&text)
}

/// `text` with what it includes.
fn included(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix("[include ") {
        Some(name) => self::text(name.trim_end_matches(']')),
        None => format!("{line}\n"),
    });
    lines.collect()
}

/// `text` up to and with its first line that begins so.
pub(crate) fn cut(text: &str, beginning: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.starts_with(beginning));
    let at = at.unwrap_or_else(|| panic!("no line begins with {beginning:?}"));
    lines[..=at].iter().flat_map(|line| [line, "\n"]).collect()
}

fn milliseconds(text: &str) -> Duration {
    Duration::from_millis(text.trim_end_matches("ms]").parse().expect("milliseconds, such as 20ms"))
}

fn say(text: &str, drip: Option<Duration>) -> Step {
    let (tagged, text) = match text.split_once(' ') {
        Some(("$", rest)) => (Some(0), rest),
        Some(("$2", rest)) => (Some(1), rest),
        _ => (None, text),
    };
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let (word, after) = after.split_once('>').unwrap_or_else(|| panic!("a lone < in {text:?}"));
        bytes.extend_from_slice(before.as_bytes());
        bytes.extend(stands_for(word));
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes.extend_from_slice(b"\r\n");
    Step::Say { tagged, bytes, drip }
}

fn stands_for(word: &str) -> Vec<u8> {
    let literal = |body: &[u8], sent: usize| [format!("{{{}}}\r\n", body.len()).as_bytes(), &body[..sent]].concat();
    match word.split(' ').collect::<Vec<_>>()[..] {
        ["half", name] => literal(&mail(name), mail(name).len() / 2),
        ["size", name] => mail(name).len().to_string().into_bytes(),
        [count, "x", byte] => {
            let byte = u8::from_str_radix(byte, 16).expect("a byte in hexadecimal");
            vec![byte; count.parse().expect("a count")]
        }
        [name] => literal(&mail(name), mail(name).len()),
        _ => panic!("<{word}> stands for nothing"),
    }
}
