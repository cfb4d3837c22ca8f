//! A look at the way into a mailbox on an IMAP server, step by step.

mod access;
mod door;
mod near;

use super::{Account, ImapSettings};
use crate::{
    check::{Check, Report, Stop},
    mailbox::Mailbox,
};

const RESOLVE: &str = "imap.resolve";
const CONNECT: &str = "imap.connect";
const TLS: &str = "imap.tls";
const AUTH: &str = "imap.auth";
const LOGIN: &str = "imap.login";
const SELECT: &str = "imap.select";

const NAMES: [&str; 6] = [RESOLVE, CONNECT, TLS, AUTH, LOGIN, SELECT];

/// How many of them it takes to be in the mailbox.
const UP_TO_SELECT: usize = 6;

/// The checks that there are.
pub(crate) fn names(check: Check) -> &'static [&'static str] {
    if check.login_only { &NAMES[..UP_TO_SELECT] } else { &NAMES }
}

/// Looks, as far as it gets.
pub(crate) async fn run(
    mailbox: &Mailbox,
    settings: &ImapSettings,
    check: Check,
    report: &mut Report,
) -> Result<(), Stop> {
    let account = Account::new(settings, &mailbox.timeouts);
    let connected = door::open(settings, &mailbox.timeouts, report).await?;
    let (imap, _selected) = access::enter(mailbox, &account, connected, report).await?;
    let _ = check;
    imap.logout().await;
    Ok(())
}
