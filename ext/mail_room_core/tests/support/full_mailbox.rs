//! An IMAP server with one full mailbox, for one client. It marks what it is told to mark, and tells when all is.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    ops::RangeInclusive,
    sync::mpsc::{Receiver, channel},
    thread,
};

pub(crate) struct FullMailbox {
    pub(crate) port: u16,
    /// Ends when all messages are marked.
    pub(crate) emptied: Receiver<()>,
}

impl FullMailbox {
    /// With so many messages, all of them the same. `begin` runs in the server's thread first.
    pub(crate) fn start(messages: u32, raw: &'static str, begin: fn()) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (emptied, receiver) = channel();
        thread::spawn(move || {
            begin();
            let (stream, _) = listener.accept().expect("a client");
            let mut left = messages;
            serve(&stream, messages, raw, |marked| {
                left -= marked;
                if left == 0 {
                    let _ = emptied.send(());
                }
            });
        });
        Self { port, emptied: receiver }
    }
}

fn serve(stream: &TcpStream, messages: u32, raw: &str, mut marked: impl FnMut(u32)) {
    let say = |text: String| (&*stream).write_all(text.as_bytes()).expect("written");
    say("* OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS] ready\r\n".to_owned());
    let mut tag = String::new();
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { return };
        if line == "DONE" {
            say(format!("{tag} OK done\r\n"));
            continue;
        }
        let words: Vec<&str> = line.split(' ').collect();
        words[0].clone_into(&mut tag);
        let mut answer = String::new();
        match words[1..] {
            ["SELECT", ..] => answer += &format!("* {messages} EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\n"),
            ["IDLE"] => {
                say("+ idling\r\n".to_owned());
                continue;
            }
            ["UID", "SEARCH", ..] => {
                answer += "* SEARCH";
                (1..=messages).for_each(|uid| answer += &format!(" {uid}"));
                answer += "\r\n";
            }
            ["UID", "FETCH", set, ..] => {
                let whole = line.contains("BODY.PEEK[]");
                let body = if whole { format!(" BODY[] {{{}}}\r\n{raw}", raw.len()) } else { String::new() };
                for uid in range(set) {
                    let size = raw.len();
                    answer += &format!("* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE {size}{body})\r\n");
                }
            }
            ["UID", "STORE", sets, ..] => sets.split(',').for_each(|set| marked(range(set).count() as u32)),
            _ => {}
        }
        say(format!("{answer}{tag} OK done\r\n"));
    }
}

fn range(set: &str) -> RangeInclusive<u32> {
    let (first, last) = set.split_once(':').unwrap_or((set, set));
    first.parse().expect("a UID")..=last.parse().expect("a UID")
}
