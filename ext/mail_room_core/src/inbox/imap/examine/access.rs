//! Greeting, login and mailbox.

use super::{AUTH, LOGIN, SELECT, door};
use crate::{
    Error, Result,
    check::{Problem, Report, Stop, near},
    inbox::imap::{
        Account, Imap, Selected,
        account::Key,
        alerts::Alerts,
        connect::{self, Connected},
        login, mutf7,
        response::Response,
        select,
        settings::Credentials,
        wire::{Limit, Wire},
    },
    mailbox::Mailbox,
};

/// Logs in and opens the mailbox, which takes `\Recent` from what is in it unless nothing but reading is meant.
pub(super) async fn enter(
    mailbox: &Mailbox,
    account: &Account,
    connected: Connected,
    reads_only: bool,
    report: &mut Report,
) -> Result<(Imap, Selected), Stop> {
    let (Account { settings, key }, timeouts) = (account, &mailbox.timeouts);
    let mut wire = Wire::new(connected.stream, mailbox.limits.message_bytes, Alerts::new(|_| ()));
    let greeting =
        async { if connected.greeting_follows { login::greet(&mut wire, timeouts).await } else { Ok(false) } };
    let logged_in =
        door::greeted(settings, greeting, report).await?.map_err(|error| report.problem(AUTH, no_greeting(&error)))?;
    let mut ends_at = None;
    if logged_in {
        report.yes(AUTH, "the server takes this client for logged in already (PREAUTH)");
        report.yes(LOGIN, "needed none");
    } else {
        let offer = login::learn_offer(&mut wire, settings, timeouts).await;
        let offer = offer.map_err(|error| report.no(AUTH, error.to_string(), "the server's own log may tell more"))?;
        let way = login::way_in(&offer, key).map_err(|error| report.problem(AUTH, no_way(&error, account)))?;
        report.yes(AUTH, format!("offered: {}; to be used: {way}", offer.told()));
        let entered = login::log_in_as_offered(&mut wire, settings, key, &offer, timeouts).await;
        ends_at = entered.map_err(|error| report.problem(LOGIN, no_login(&error, account)))?;
        let (with, rotated) = match key {
            Key::Password { .. } => ("with the password", false),
            Key::Token { tokens, .. } => ("with an access token", tokens.has_rotated()),
        };
        let advice = "the server gave a new refresh token, which is written nowhere: does it still take the one of the \
                      settings? If not, get another one, and have a token_command keep it";
        report.yes_but(LOGIN, format!("logged in as {} {with}", settings.email), Some(advice).filter(|_| rotated));
    }
    let learned = login::learn_capabilities(&mut wire, timeouts).await;
    learned.map_err(|error| report.no(SELECT, error.to_string(), "the server's own log may tell more"))?;
    let opened = if reads_only {
        select::examine(&mut wire, &settings.name, timeouts).await
    } else {
        select::select(&mut wire, &settings.name, timeouts).await
    };
    let selected = match opened {
        Ok(selected) => selected,
        Err(error) => return Err(report.problem(SELECT, no_mailbox(&mut wire, mailbox, account, &error).await)),
    };
    let mut imap = Imap::with(wire, settings, ends_at, &selected, mailbox);
    if selected.read_only && !reads_only {
        let detail =
            format!("{:?} can be opened for reading only, so delivered messages could not be marked", settings.name);
        let advice = "give this user the right to change it (ACL: lrswted), or open it as its owner";
        return Err(report.no(SELECT, detail, advice));
    }
    holds(&mut imap, &settings.name, report).await?;
    Ok((imap, selected))
}

/// A session in which the mailbox is open for reading only.
///
/// # Errors
/// Those of [`Imap::open`].
pub(super) async fn examined(mailbox: &Mailbox, account: &Account) -> Result<Imap> {
    let (Account { settings, key }, timeouts) = (account, &mailbox.timeouts);
    let connected = connect::connect(settings, timeouts).await?;
    let mut wire = Wire::new(connected.stream, mailbox.limits.message_bytes, Alerts::new(|_| ()));
    let logged_in = connected.greeting_follows && login::greet(&mut wire, timeouts).await?;
    let ends_at = if logged_in { None } else { login::log_in(&mut wire, settings, key, timeouts).await? };
    login::learn_capabilities(&mut wire, timeouts).await?;
    let selected = select::examine(&mut wire, &settings.name, timeouts).await?;
    Ok(Imap::with(wire, settings, ends_at, &selected, mailbox))
}

/// What the mailbox holds.
async fn holds(imap: &mut Imap, name: &str, report: &mut Report) -> Result<(), Stop> {
    let holds = imap.wire.exists();
    match imap.unread().await {
        Ok(uids) => {
            report
                .yes(SELECT, format!("{name:?} holds {holds} messages; {} wait ({})", uids.len(), imap.search_command));
            Ok(())
        }
        Err(error) => {
            let detail = format!("{name:?} holds {holds} messages, and cannot be searched: {error}");
            Err(report.no(SELECT, detail, "is search_command what RFC 3501, section 6.4.4, calls search criteria?"))
        }
    }
}

fn no_greeting(error: &Error) -> Problem {
    let advice = match error {
        Error::Bye(_) => {
            "the server turned this client away: its words and its own log tell why (too many connections?)"
        }
        Error::Protocol(_) => "is this the port of IMAP? It is 993 with ssl, else 143",
        _ => "is this the port of IMAP, and is the server well?",
    };
    Problem::new(format!("no greeting: {error}"), advice)
}

fn no_way(error: &Error, account: &Account) -> Problem {
    let advice = match (&account.settings.credentials, account.settings.security.is_tls()) {
        (_, false) => "set ssl: true and port: 993, or start_tls: true: servers offer more under TLS",
        (Credentials::Password { method: Some(_), .. }, _) => "leave auth_method out, or set it to what is offered",
        (Credentials::Password { .. }, _) => {
            "no way in by password: Exchange Online and others want an access token (oauth2), or inbox_method \
             microsoft_graph"
        }
        (Credentials::Token { .. }, _) => "set auth_method to xoauth2 or oauthbearer, whichever is offered",
    };
    Problem::new(error.to_string(), advice)
}

fn no_login(error: &Error, account: &Account) -> Problem {
    let text = error.to_string();
    let says = |words: &[&str]| words.iter().any(|word| text.to_ascii_lowercase().contains(word));
    let token = matches!(account.settings.credentials, Credentials::Token { .. });
    let advice = match error {
        Error::Token { refused: true, .. } => {
            "the server was not asked: the access token was refused. Check client, secret and scope below oauth2"
        }
        Error::Token { .. } => {
            "the server was not asked: no access token is to be had. Check oauth2 and its endpoint, command or file"
        }
        Error::Password { .. } => {
            "the server was not asked: password_file has to hold the password, readable by this user"
        }
        Error::Throttled { .. } => "too many logins: wait, and see what else logs in with this account",
        Error::Refused { .. } if says(&["application-specific", "app password", "web login"]) => {
            "make an app password for this account and set it as password"
        }
        Error::Refused { .. } if token => {
            "a token was had, and the server does not take it: is it for this account, with the scope of IMAP \
             (and with Exchange Online: is the application registered and given rights to this mailbox)?"
        }
        Error::Refused { .. } if says(&["basicauthblocked", "authenticate failed", "login failed."]) => {
            "check email (user) and password; Exchange Online takes no passwords any more: see inbox_method \
             microsoft_graph"
        }
        Error::Refused { .. } => {
            "check email (user) and password; is IMAP allowed for this account, and does it need an app password?"
        }
        _ => "the server's own log may tell more",
    };
    Problem::new(text, advice)
}

async fn no_mailbox(wire: &mut Wire, mailbox: &Mailbox, account: &Account, error: &Error) -> Problem {
    let name = &account.settings.name;
    if !matches!(error, Error::Refused { .. }) {
        return Problem::new(error.to_string(), "the server's own log may tell more");
    }
    let mut names = near::Names::default();
    let collect = |response| {
        if let Response::List(name) = response {
            names.add(mutf7::decoded(&name));
        }
    };
    let limit = Limit::Total(mailbox.timeouts.command);
    let listed = wire.run("LIST", r#""" "*""#, limit, collect).await;
    let there = match listed {
        Ok(_) => names.told(&mutf7::decoded(name)),
        Err(_) => String::new(),
    };
    Problem::new(format!("{name:?} cannot be opened: {error}{there}"), "set name (mailbox) to one that is there")
}
