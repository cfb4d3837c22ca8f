//! What many mailboxes cost: starts the daemon beside a scripted IMAP server, and looks at its process from outside.
//!
//! ```text
//! many_mailboxes [OPTION VALUE]... -- COMMAND...
//! ```
//!
//! The command is the daemon; `-c FILE` is added to it. First it runs with one mailbox, then with all of them: what a
//! mailbox costs is the difference. Prints one JSON object, and nothing else, on standard output. Times are in seconds,
//! sizes in bytes. Ends with status 1 when a figure cannot be had.

mod measure;

use std::process::ExitCode;

use self::measure::{Options, measure};

fn main() -> ExitCode {
    let figures = Options::read(std::env::args().skip(1)).and_then(|options| {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measure(&options))
    });
    match figures {
        Ok(figures) => println!("{figures}"),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
