//! Up to the first byte of IMAP: name, socket, TLS.

use std::future::pending;

use tokio::{
    io::BufReader,
    net::TcpStream,
    time::{sleep, timeout},
};

use super::{CONNECT, RESOLVE, TLS};
use crate::{
    Error, Result,
    check::{self, Problem, Report, Stop, tls},
    http::is_this_machine,
    inbox::imap::{
        connect::{Connected, plain_line, start_tls},
        settings::{ImapSettings, Security},
    },
    mailbox::Timeouts,
    net,
    tls::{Fault, HandshakeFailure, Presented, TlsPolicy},
};

/// Where the policy stands in the settings.
const SECTION: &str = "ssl";

/// As [`super::super::connect::connect`], and says what it sees. What there is to say where there is no TLS shows with
/// the greeting: see [`greeted`].
pub(super) async fn open(settings: &ImapSettings, timeouts: &Timeouts, report: &mut Report) -> Result<Connected, Stop> {
    let ImapSettings { host, port, security, .. } = settings;
    let resolved = check::resolve(host, *port, timeouts.connect).await;
    let (addresses, told) = resolved.map_err(|problem| report.problem(RESOLVE, problem))?;
    report.yes(RESOLVE, told);
    let connected = check::connect(host, *port, addresses, timeouts.connect).await;
    let (socket, told) = connected.map_err(|problem| report.problem(CONNECT, problem))?;
    report.yes(CONNECT, told);
    match security {
        Security::Plain => Ok(Connected { stream: Box::new(socket), greeting_follows: true }),
        Security::Tls(policy) => secured(settings, policy, socket, timeouts, true, report).await,
        Security::StartTls(policy) => {
            let limit = timeouts.greeting;
            let starting = async {
                let started = timeout(limit, start_tls(socket)).await;
                started.unwrap_or(Err(Error::Deadline { wait: "STARTTLS", limit }))
            };
            let socket = match unless_it_speaks_tls(settings, starting).await {
                Some(Ok(socket)) => socket,
                Some(Err(error)) => return Err(report.problem(TLS, no_start_tls(&error))),
                None => return Err(report.problem(TLS, mixed_up(host, *port, "in place of start_tls"))),
            };
            secured(settings, policy, socket, timeouts, false, report).await
        }
    }
}

async fn secured(
    settings: &ImapSettings,
    policy: &TlsPolicy,
    socket: TcpStream,
    timeouts: &Timeouts,
    greeting_follows: bool,
    report: &mut Report,
) -> Result<Connected, Stop> {
    match policy.attempt(&settings.host, socket, timeouts.tls).await {
        Ok(stream) => {
            let (told, advice) = tls::secured(policy, &Presented::of(stream.get_ref().1), SECTION);
            let begun = if greeting_follows { "" } else { "after STARTTLS: " };
            report.yes_but(TLS, format!("{begun}{told}"), advice.as_deref());
            Ok(Connected { stream: Box::new(stream), greeting_follows })
        }
        Err(failure) => {
            let plain_text = if greeting_follows { plain_text(settings, &failure).await } else { None };
            let problem = match plain_text {
                Some(problem) => problem,
                None => {
                    let presented = shown(settings, greeting_follows).await;
                    let place = (&*settings.host, settings.port);
                    tls::failed(policy, place, presented, &failure, SECTION).await
                }
            };
            Err(report.problem(TLS, problem))
        }
    }
}

/// What the server shows to one who verifies nothing.
async fn shown(settings: &ImapSettings, at_once: bool) -> Option<Presented> {
    let ImapSettings { host, port, .. } = settings;
    if at_once {
        return tls::at(host, *port).await;
    }
    let look = async {
        let socket = start_tls(net::connect(host, *port).await?).await?;
        Ok::<_, Error>(TlsPolicy::trusting_anyone().attempt(host, socket, tls::SECOND_LOOK).await)
    };
    let stream = timeout(tls::SECOND_LOOK * 2, look).await.ok()?.ok()?.ok()?;
    Some(Presented::of(stream.get_ref().1))
}

/// The words of a server that speaks IMAP, and no TLS, on a port where TLS was tried.
async fn plain_text(settings: &ImapSettings, failure: &HandshakeFailure) -> Option<Problem> {
    let ImapSettings { host, port, .. } = settings;
    if !matches!(failure, HandshakeFailure::Failed(error) if Fault::of(error) == Fault::NotTls) {
        return None;
    }
    let look = async {
        let mut socket = net::connect(host, *port).await?;
        plain_line(&mut BufReader::new(&mut socket)).await
    };
    let greeting = timeout(tls::SECOND_LOOK, look).await.ok()?.ok()?;
    let advice = "set start_tls: true and ssl: false, or the port on which it speaks TLS from the first byte (993)";
    greeting
        .starts_with("* ")
        .then(|| Problem::new(format!("port {port} of {host} speaks IMAP without TLS (it says {greeting:?})"), advice))
}

/// Waits for a server's first words. One that says nothing may wait for TLS: after a while that is looked at, too.
/// None when it does.
async fn unless_it_speaks_tls<T>(settings: &ImapSettings, words: impl Future<Output = Result<T>>) -> Option<Result<T>> {
    let ImapSettings { host, port, .. } = settings;
    let speaks_tls = async {
        sleep(tls::SECOND_LOOK).await;
        if tls::at(host, *port).await.is_none() {
            pending::<()>().await;
        }
    };
    let heard = tokio::select! {
        heard = words => heard,
        () = speaks_tls => return None,
    };
    let lost = matches!(&heard, Err(Error::Deadline { .. } | Error::ConnectionLost(_) | Error::Protocol(_)));
    if lost && tls::at(host, *port).await.is_some() { None } else { Some(heard) }
}

fn no_start_tls(error: &Error) -> Problem {
    match error {
        Error::Refused { .. } => Problem::new(
            format!("the server does not begin TLS: {error}"),
            "set ssl: true and port: 993 if it has TLS there, or have STARTTLS switched on at the server",
        ),
        _ => Problem::new(format!("no TLS: {error}"), "check the port, and the server's own log"),
    }
}

/// Waits for the greeting, and says what there is to say where there is no TLS.
pub(super) async fn greeted(
    settings: &ImapSettings,
    greeting: impl Future<Output = Result<bool>>,
    report: &mut Report,
) -> Result<Result<bool>, Stop> {
    let ImapSettings { host, port, security, .. } = settings;
    if security.is_tls() {
        return Ok(greeting.await);
    }
    let Some(greeted) = unless_it_speaks_tls(settings, greeting).await else {
        return Err(report.problem(TLS, mixed_up(host, *port, "for this mailbox")));
    };
    let advice = "password and mail can be read by everybody between here and the server: set ssl: true and port: 993, \
                  or start_tls: true";
    report.skipped(TLS, "no TLS", Some(advice).filter(|_| !is_this_machine(host)));
    Ok(greeted)
}

fn mixed_up(host: &str, port: u16, how: &str) -> Problem {
    let detail = format!("port {port} of {host} speaks TLS from the first byte");
    Problem::new(detail, format!("set ssl: true {how}; start_tls and no TLS at all belong to port 143"))
}
