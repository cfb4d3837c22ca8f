//! Whether the webhook takes what is posted.

use std::sync::Arc;

use tokio::{
    task::spawn_blocking,
    time::{Instant, timeout},
};

use super::{Postback, PostbackSettings, answer::Answer};
use crate::{
    check::{self, Check, Problem, Report, Stop, tls},
    http::{host, is_loopback, is_proxied},
    jwt::Jwt,
    mailbox::Mailbox,
    message::{Message, Origin},
    tls::Presented,
};

const CONNECT: &str = "webhook.connect";
const TLS: &str = "webhook.tls";
const REQUEST: &str = "webhook.request";

/// The checks that there are.
pub(in crate::delivery) const NAMES: [&str; 3] = [CONNECT, TLS, REQUEST];

/// Where the policy stands in the settings.
const SECTION: &str = "delivery_options.ssl";

/// GitLab's `lib/api/internal/mail_room.rb`.
const GITLAB: &str = "/api/v4/internal/mail_room/";

/// GitLab's `JwtAuthenticatable::SECRET_LENGTH`, in bytes.
const SECRET_LENGTH: usize = 32;

/// GitLab takes no token from the future.
const MUCH_AHEAD: i64 = 5;

/// Looks, as far as it gets.
pub(in crate::delivery) async fn run(
    mailbox: &Mailbox,
    settings: &PostbackSettings,
    check: Check,
    report: &mut Report,
) -> Result<(), Stop> {
    connect(mailbox, settings, report).await?;
    if !is_gitlab(settings) {
        report.skipped(REQUEST, "not tried: this is not GitLab, and a mail posted there would be taken for one", None);
        return Ok(());
    }
    let Some((_, jwt)) = &settings.jwt else {
        let advice = "set jwt_auth_header, jwt_issuer, jwt_algorithm and jwt_secret_path of delivery_options";
        return Err(report.no(REQUEST, "this is GitLab, which takes nothing without a token (JWT)", advice));
    };
    let jwt = Jwt::new(jwt.clone());
    let limit = mailbox.timeouts.connect;
    let late = Problem::new(
        format!("{}: cannot be read within {} s", jwt.secret_path().display(), limit.as_secs_f32()),
        "is the disk well that it lies on?",
    );
    let looked = timeout(limit, spawn_blocking(move || secret(&jwt))).await;
    let looked = looked.map_or(Err(late), |looked| {
        looked.unwrap_or_else(|error| Err(Problem::new(error.to_string(), "the secret could not be looked at")))
    });
    looked.map_err(|problem| report.problem(REQUEST, problem))?;
    if check.read_only {
        report.skipped(REQUEST, "not tried: read only, and GitLab would be sent a mail", None);
        return Ok(());
    }
    let webhook = Postback::new(settings.clone(), &mailbox.timeouts);
    let started = Instant::now();
    let origin = Arc::new(Origin::numbered(format!("check:{:016x}", fastrand::u64(..)), String::new(), 0));
    let posted = webhook.post(Message { origin, uid: 0, raw: mail(mailbox) }).await;
    let (answer, token) = posted.map_err(|reason| {
        let advice = "does the web server behind this URL answer? delivery_timeout says how long it has";
        report.no(REQUEST, reason, advice)
    })?;
    if answer.is_success() {
        let ahead = answer.ahead.unwrap_or_default();
        let detail = format!("answered {} after {} ms{}", answer.status, started.elapsed().as_millis(), clock(ahead));
        let advice = "set the clock of this machine (NTP): GitLab takes no token that was made in the future";
        report.yes_but(REQUEST, detail, Some(advice).filter(|_| ahead >= MUCH_AHEAD));
        return Ok(());
    }
    let reason = webhook.redact(&answer.reason(webhook.secret_path().as_deref()), token.as_ref());
    Err(report.no(REQUEST, reason, advice(&answer, settings)))
}

async fn connect(mailbox: &Mailbox, settings: &PostbackSettings, report: &mut Report) -> Result<(), Stop> {
    let (url, timeouts) = (&settings.url, &mailbox.timeouts);
    let (Some(host), Some(port)) = (host(url), url.port_or_known_default()) else {
        return Err(report.no(CONNECT, "the URL has no host", "set delivery_url"));
    };
    if is_proxied(url) {
        let detail = "goes through the proxy that the environment names (http_proxy, https_proxy, no_proxy)";
        report.skipped(CONNECT, detail, None);
        report.skipped(TLS, "goes through the proxy: the request tells", None);
        return Ok(());
    }
    let resolved = check::resolve(host, port, timeouts.connect).await;
    let (addresses, resolved) = resolved.map_err(|problem| report.problem(CONNECT, problem))?;
    let connected = check::connect(host, port, addresses, timeouts.connect).await;
    let (socket, answered) = connected.map_err(|problem| report.problem(CONNECT, problem))?;
    report.yes(CONNECT, format!("{resolved}; {answered}"));
    if url.scheme() != "https" {
        let advice = "whoever is between can read the mail and, within the token's time, use it: use https";
        report.skipped(TLS, "no TLS", Some(advice).filter(|_| !is_loopback(url)));
        return Ok(());
    }
    match settings.tls.attempt(host, socket, timeouts.connect).await {
        Ok(stream) => {
            let (told, advice) = tls::secured(&settings.tls, &Presented::of(stream.get_ref().1), SECTION);
            report.yes_but(TLS, told, advice.as_deref());
            Ok(())
        }
        Err(failure) => {
            let shown = tls::at(host, port).await;
            let problem = tls::failed(&settings.tls, (host, port), shown, &failure, SECTION).await;
            Err(report.problem(TLS, problem))
        }
    }
}

fn is_gitlab(settings: &PostbackSettings) -> bool {
    let path = settings.url.path().trim_end_matches('/');
    let receiver = path.rfind(GITLAB).map(|at| &path[at + GITLAB.len()..]);
    matches!(receiver, Some("incoming_email" | "service_desk_email"))
}

/// GitLab refuses to start its part with a secret of another length.
fn secret(jwt: &Jwt) -> Result<(), Problem> {
    let place = jwt.secret_path().display().to_string();
    let length = jwt.secret_length().map_err(|reason| {
        Problem::new(reason, "have GitLab make the secret (its `.gitlab_mailroom_secret`), and let this user read it")
    })?;
    match length {
        Some(length) if length != SECRET_LENGTH => Err(Problem::new(
            format!("the secret of {place} has {length} bytes; GitLab takes {SECRET_LENGTH} and no others"),
            "make one by `openssl rand -base64 32`, and give GitLab the same",
        )),
        _ => Ok(()),
    }
}

fn clock(ahead: i64) -> String {
    match ahead {
        0 => String::new(),
        1.. => format!("; this machine's clock is {ahead} s ahead of its"),
        _ => format!("; this machine's clock is {} s behind its", ahead.unsigned_abs()),
    }
}

fn advice(answer: &Answer, settings: &PostbackSettings) -> String {
    let receiver = settings.url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    match answer.status {
        300..=399 => "set delivery_url (gitlab_url) to where it leads: redirects are not followed".to_owned(),
        401 => {
            let clock = answer.ahead.filter(|ahead| *ahead > 0);
            let clock = clock.map_or_else(String::new, |ahead| format!("set this machine's clock, which is {ahead} s ahead; "));
            format!(
                "{clock}is the secret file the one that GitLab has (secret_file of {receiver} in gitlab.yml), is {receiver} \
                 enabled there with delivery_method webhook, and jwt_issuer gitlab-mailroom?"
            )
        }
        404 | 405 | 410 => {
            "check delivery_url: is it GitLab's own URL, with its relative URL root, and does /api/v4/internal reach it?".to_owned()
        }
        403 => "does something before GitLab (a proxy, an allow list of IP addresses) keep this machine out?".to_owned(),
        502..=504 => "GitLab does not answer behind its web server: are Puma and Workhorse running?".to_owned(),
        _ => "GitLab's own logs (api_json.log, exceptions_json.log) tell more".to_owned(),
    }
}

/// GitLab drops what is generated, and says so to nobody.
fn mail(mailbox: &Mailbox) -> Vec<u8> {
    let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let lines = [
        "From: mail_room check <mail-room@mail-room.invalid>",
        &format!("To: {}", mailbox.inbox.email()),
        "Subject: mail_room check",
        &format!("Date: {now}"),
        &format!("Message-ID: <{:016x}{:016x}@mail-room.invalid>", fastrand::u64(..), fastrand::u64(..)),
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        "Sent by mail_room check. GitLab drops it, because it was generated.",
        "",
    ];
    lines.join("\r\n").into_bytes()
}
