//! What mutations begin with: the corpus, and what the tests have anyway.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use self::trace::{Script, Step};

#[allow(dead_code, reason = "made for tests that play traces")]
#[path = "../../../tests/support/mail.rs"]
mod mail;
#[allow(dead_code, reason = "made for tests that play traces")]
#[path = "../../../tests/support/trace.rs"]
mod trace;

/// A trace may send megabytes; what is special about it is at the beginning.
const LONGEST: usize = 2 << 10;

/// The seeds of a door.
pub(super) fn of(name: &str) -> Vec<Vec<u8>> {
    let mut seeds = corpus(name);
    match name {
        "imap" | "imap_response" => seeds.extend(sessions()),
        "charset" | "email" | "headers" => seeds.extend(mails()),
        "address" => seeds.extend(cases()),
        _ => {}
    }
    seeds
}

/// Those that are kept for nothing else.
pub(super) fn corpus(name: &str) -> Vec<Vec<u8>> {
    files(&fuzz().join("corpus").join(name), "")
}

/// The words of a door's dictionary, in the form of libFuzzer's (`"\x0d\x0a"`). Both doors of IMAP share one, and two of mail.
pub(super) fn words(name: &str) -> Vec<Vec<u8>> {
    let dictionary = match name {
        "imap_response" => "imap",
        "email" => "headers",
        name => name,
    };
    let Ok(text) = fs::read_to_string(fuzz().join("dictionaries").join(format!("{dictionary}.dict"))) else {
        return Vec::new();
    };
    let quoted = |line: &str| Some(unescaped(line.trim().strip_prefix('"')?.strip_suffix('"')?));
    text.lines().filter_map(quoted).collect()
}

fn unescaped(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let hex = after.strip_prefix('x').and_then(|digits| u8::from_str_radix(digits.get(..2)?, 16).ok());
        bytes.push(hex.unwrap_or_else(|| after.as_bytes()[0]));
        rest = &after[if hex.is_some() { 3 } else { 1 }..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

fn crate_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the targets.
pub(super) fn fuzz() -> PathBuf {
    crate_folder().join("fuzz")
}

/// All files of a folder with this ending, in the order of their names.
fn files(folder: &Path, ending: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = match folder.read_dir() {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => Vec::new(),
    };
    paths.retain(|path| path.is_file() && (ending.is_empty() || path.extension().is_some_and(|own| own == ending)));
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a file")).collect()
}

fn mails() -> Vec<Vec<u8>> {
    let mut mails: Vec<Vec<u8>> = ["", "incoming_email"]
        .iter()
        .flat_map(|folder| files(&crate_folder().join("../../spec/fixtures/mails").join(folder), "eml"))
        .collect();
    mails.iter_mut().for_each(|mail| mail.truncate(LONGEST));
    mails
}

/// The fields that were shown to the mail gem, each with a key in front.
fn cases() -> Vec<Vec<u8>> {
    let path = crate_folder().join("src/incoming_email/address_list/cases.json");
    let cases: Vec<(String, Value)> = serde_json::from_slice(&fs::read(path).expect("a file")).expect("cases");
    cases.into_iter().map(|(field, _)| format!("a-1-issue\n{field}").into_bytes()).collect()
}

/// What the servers of the traces say, a seed for each connection.
fn sessions() -> Vec<Vec<u8>> {
    let folder = crate_folder().join("tests/traces");
    let mut names: Vec<String> = folder
        .read_dir()
        .expect("the traces")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    let scripts = names.iter().map(|name| Script::file(name));
    scripts.flat_map(|script| script.connections).map(|steps| said(&steps)).collect()
}

fn said(steps: &[Step]) -> Vec<u8> {
    let (mut bytes, mut tags, mut unanswered) = (Vec::new(), 0, Vec::new());
    for step in steps {
        match step {
            Step::Hear(line) if line.starts_with("$ ") => {
                tags += 1;
                unanswered.push(tags);
            }
            Step::Say { tagged, bytes: line, .. } => {
                if let Some(place) = tagged {
                    let tag = if *place < unanswered.len() { unanswered.remove(*place) } else { tags };
                    bytes.extend_from_slice(format!("A{tag:04} ").as_bytes());
                }
                bytes.extend_from_slice(line);
            }
            _ => {}
        }
    }
    bytes.truncate(LONGEST);
    bytes
}
