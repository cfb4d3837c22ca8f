//! What is asked of a server, as it is sent.

use std::{io::Write, sync::Arc};

use super::escape;
use crate::charset::Text;

/// Commands that are sent together. Each is a list of words, and a word is its length and its bytes.
pub(crate) struct Request {
    /// All of it; with a long word, all up to the bytes of that word.
    head: Vec<u8>,
    /// The last word of the last command.
    long: Option<LongWord>,
    /// What the last command runs.
    script: Option<Script>,
    /// How many commands there are.
    commands: usize,
}

/// A script that runs in the server, by its name there.
#[derive(Clone)]
pub(crate) struct Script {
    hash: Arc<str>,
    /// The command that makes it known.
    load: Arc<[u8]>,
}

/// A word with a message in it, which is put together only as it is sent.
pub(crate) struct LongWord {
    before: Vec<u8>,
    /// Between the others, as the content of a JSON string.
    text: Text,
    after: Vec<u8>,
    length: usize,
}

impl Request {
    pub(crate) fn new() -> Self {
        Self { head: Vec::with_capacity(512), long: None, script: None, commands: 0 }
    }

    /// Commands that the library has put together.
    pub(super) fn packed(head: Vec<u8>, commands: usize) -> Self {
        Self { head, long: None, script: None, commands }
    }

    /// Begins a command of so many words.
    pub(crate) fn command(&mut self, words: usize) -> &mut Self {
        self.commands += 1;
        self.length(b'*', words)
    }

    /// Begins a command that runs a script with so many keys and other words. The keys come first.
    pub(crate) fn script(&mut self, script: &Script, keys: usize, others: usize) -> &mut Self {
        self.script = Some(script.clone());
        self.command(3 + keys + others).word(b"EVALSHA").word(script.hash.as_bytes());
        self.number(keys as u64)
    }

    /// One word of the command.
    pub(crate) fn word(&mut self, word: impl AsRef<[u8]>) -> &mut Self {
        let word = word.as_ref();
        self.length(b'$', word.len());
        self.head.extend_from_slice(word);
        self.head.extend_from_slice(b"\r\n");
        self
    }

    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        let mut digits = [0; 20];
        let mut rest = &mut digits[..];
        let _ = write!(rest, "{number}"); // no number is longer
        let used = 20 - rest.len();
        self.word(&digits[..used])
    }

    /// The last word of all.
    pub(crate) fn long_word(&mut self, word: LongWord) -> &mut Self {
        self.length(b'$', word.length);
        self.long = Some(word);
        self
    }

    fn length(&mut self, kind: u8, length: usize) -> &mut Self {
        self.head.push(kind);
        let _ = write!(self.head, "{length}\r\n"); // memory does not refuse
        self
    }

    /// How many bytes its long word has.
    pub(in crate::redis_connection) fn longest(&self) -> usize {
        self.long.as_ref().map_or(0, |word| word.length)
    }

    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    pub(super) fn long(&self) -> Option<&LongWord> {
        self.long.as_ref()
    }

    pub(super) fn used_script(&self) -> Option<&Script> {
        self.script.as_ref()
    }

    pub(super) fn commands(&self) -> usize {
        self.commands
    }
}

impl Script {
    pub(crate) fn new(code: &str) -> Self {
        let mut load = Request::new();
        load.command(3).word("SCRIPT").word("LOAD").word(code);
        Self { hash: redis::Script::new(code).get_hash().into(), load: load.head.into() }
    }

    pub(super) fn hash(&self) -> &Arc<str> {
        &self.hash
    }

    pub(super) fn load(&self) -> &[u8] {
        &self.load
    }
}

impl LongWord {
    /// `before`, the text with all escaped that JSON wants escaped, and `after`.
    pub(crate) fn new(before: Vec<u8>, text: Text, after: Vec<u8>) -> Self {
        let escaped: usize = text.pieces().map(escape::length).sum();
        let length = before.len() + escaped + after.len();
        Self { before, text, after, length }
    }

    pub(super) fn before(&self) -> &[u8] {
        &self.before
    }

    pub(super) fn text(&self) -> &Text {
        &self.text
    }

    pub(super) fn after(&self) -> &[u8] {
        &self.after
    }
}
