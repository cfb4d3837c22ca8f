//! What goes over the wire, seen from the other end of it.

use std::{env, fs, process::Command};

use futures_util::{StreamExt, stream::FuturesUnordered};
use serde_json::{Value, json};

use super::*;
use crate::{
    arbitration::{Arbitration, ArbitrationSettings},
    delivery::DeliverySettings,
    mailbox::Timeouts,
    message::Origin,
    postgres_connection::PostgresConnections,
    redis_connection::{
        RedisConnections,
        scripted::{Scripted, Word, listen},
    },
};

const WINDOW: u32 = 1_000;

fn build(url: &str, arbitrated: bool) -> (Arc<dyn Arbitration>, Arc<dyn Delivery>) {
    let options = json!({
        "delivery_method": "sidekiq",
        "delivery_options": {"redis_url": url, "worker": "EmailReceiverWorker", "queue": "q"},
        "arbitration_method": if arbitrated { "redis" } else { "noop" },
        "arbitration_options": {"redis_url": url},
    });
    let fields = Fields::new(&options, "m".to_owned()).expect("settings");
    let (mut redis, timeouts) = (RedisConnections::default(), Timeouts::read(&fields).expect("timeouts"));
    let (arbiter, claims_in) = ArbitrationSettings::read(&fields).expect("settings").build(&mut redis, &timeouts);
    let delivery = DeliverySettings::read(&fields).expect("settings");
    let built = delivery.build(&mut redis, &mut PostgresConnections::default(), &claims_in, &timeouts);
    (arbiter, built.expect("a delivery").0)
}

fn origin() -> Arc<Origin> {
    Arc::new(Origin::numbered("a@example.com".into(), "INBOX".into(), 7))
}

fn message(uid: u32, raw: impl Into<Vec<u8>>) -> Message {
    Message { origin: origin(), uid, raw: raw.into() }
}

/// Delivers all at once; they are polled in order.
async fn deliver(delivery: &dyn Delivery, messages: impl IntoIterator<Item = Message>) -> Vec<Outcome> {
    messages.into_iter().map(|message| delivery.deliver(message)).collect::<FuturesUnordered<_>>().collect().await
}

fn number(job: &Word) -> usize {
    let job: Value = serde_json::from_str(job.text()).expect("a job");
    job["args"][0].as_str().and_then(|text| text.parse().ok()).expect("a number")
}

/// Whoever waits for an answer before the next push waits for ever here.
#[tokio::test]
async fn the_pushes_of_a_window_are_on_their_way_together_and_in_order() {
    let (listener, url) = listen().await;
    let (_, delivery) = build(&url, false);
    let server = async {
        let mut server = Scripted::accept(&listener).await;
        for expected in 1..=WINDOW as usize {
            let queue = server.command().await.expect("bytes").expect("a command");
            assert_eq!(queue[0].text(), "SADD");
            let push = server.command().await.expect("bytes").expect("a command");
            assert_eq!((push[0].text(), push[1].text(), number(&push[2])), ("LPUSH", "queue:q", expected));
        }
        for _ in 0..WINDOW {
            server.say(":0\r\n:1\r\n").await;
        }
        server
    };
    let messages = (1..=WINDOW).map(|uid| message(uid, uid.to_string()));
    let (outcomes, _) = tokio::join!(deliver(&*delivery, messages), server);
    assert!(delivery.takes_at_once() >= WINDOW as usize);
    assert_eq!(outcomes.len(), WINDOW as usize);
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::accepted()), "{outcomes:?}");
}

#[tokio::test]
async fn a_window_with_claims_costs_a_command_for_each_message_and_one_for_each_step() {
    let (listener, url) = listen().await;
    let (arbiter, delivery) = build(&url, true);
    let server = tokio::spawn(async move {
        let mut server = Scripted::accept(&listener).await;
        let mut commands = Vec::new();
        let mut held_back = 0;
        while let Some(command) = server.command().await.expect("bytes") {
            let keys = command.get(2).map_or("", Word::text).to_owned();
            commands.push((command[0].text().to_owned(), keys.clone()));
            match (command[0].text(), keys.as_str()) {
                ("SCRIPT", _) => server.say("$2\r\nok\r\n").await,
                // Not answered before all are there.
                ("EVALSHA", "4") => {
                    held_back += 1;
                    if held_back == WINDOW {
                        server.say(&":1\r\n".repeat(WINDOW as usize)).await;
                    }
                }
                ("EVALSHA", "2000") => server.say(&format!("*{WINDOW}\r\n{}", ":1\r\n".repeat(WINDOW as usize))).await,
                (other, _) => panic!("{other}"),
            }
        }
        commands
    });
    let uids: Vec<_> = (1..=WINDOW).collect();
    let claimed = arbiter.claim(&origin(), &uids).await.expect("claims");
    assert_eq!(claimed.granted, uids);
    assert!(uids.iter().all(|uid| arbiter.holds(&origin(), *uid)));
    let outcomes = deliver(&*delivery, uids.iter().map(|uid| message(*uid, uid.to_string()))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::accepted()), "{outcomes:?}");
    arbiter.settled(&origin(), &uids).await;
    assert!(!arbiter.holds(&origin(), 1));
    drop((arbiter, delivery));
    let commands = server.await.expect("a server");
    let of = |name: &str| commands.iter().filter(|(command, _)| command == name).count();
    assert_eq!((of("SCRIPT"), of("EVALSHA")), (3, WINDOW as usize + 2), "{}", commands.len());
}

#[tokio::test]
async fn a_server_that_turns_one_away_is_not_asked_again_for_all_the_others() {
    let (listener, url) = listen().await;
    let (_, delivery) = build(&url.replace("redis://", "redis://:secret@"), false);
    let server = async {
        let mut server = Scripted::accept(&listener).await;
        assert_eq!(server.command().await.expect("bytes").expect("a command")[0].text(), "AUTH");
        server.say("-WRONGPASS no\r\n").await;
        listener.accept().await
    };
    let outcomes = deliver(&*delivery, (1..=WINDOW).map(|uid| message(uid, "x")));
    let outcomes = tokio::select! {
        outcomes = outcomes => outcomes,
        _ = server => panic!("another connection"),
    };
    assert_eq!(outcomes.len(), WINDOW as usize);
    for outcome in outcomes {
        let Outcome::ReceiverDown { reason, .. } = outcome else { panic!("{outcome:?}") };
        assert!(reason.contains("WRONGPASS"), "{reason}");
    }
}

#[tokio::test]
async fn what_is_claimed_later_leaves_earlier_claims_as_they_are() {
    let (listener, url) = listen().await;
    let (arbiter, _) = build(&url, true);
    let server = async {
        let mut server = Scripted::accept(&listener).await;
        for answer in ["$2\r\nok\r\n", "*2\r\n:1\r\n:0\r\n", "*1\r\n:2\r\n"] {
            server.command().await.expect("bytes").expect("a command");
            server.say(answer).await;
        }
        server
    };
    let claims = async {
        assert_eq!(arbiter.claim(&origin(), &[1, 2]).await.expect("claims").granted, [1]);
        assert_eq!(arbiter.claim(&origin(), &[3]).await.expect("claims").done, [3]);
    };
    let _server = tokio::join!(claims, server).1;
    assert_eq!([1, 2, 3].map(|uid| arbiter.holds(&origin(), uid)), [true, false, false]);
}

#[tokio::test]
async fn a_job_is_what_it_was_before_it_was_streamed() {
    let (listener, url) = listen().await;
    let (_, delivery) = build(&url, false);
    let server = async {
        let mut server = Scripted::accept(&listener).await;
        server.command().await.expect("bytes");
        let mut push = server.command().await.expect("bytes").expect("a command");
        server.say(":0\r\n:1\r\n").await;
        push.pop().expect("a job")
    };
    let message = message(42, b"Subject: \"x\"\\\r\n\r\n\x01caf\xe9\r\n".as_slice());
    let jid = message.delivery_id();
    let (_, job) = tokio::join!(delivery.deliver(message), server);
    // As it was written: serde_json reads a float to one of its neighbours, now and then.
    let (_, at) = job.text().split_once("\"enqueued_at\":").expect("a time");
    let at = at.trim_end_matches('}');
    let text = "Subject: \"x\"\\\r\n\r\n\u{1}caf\u{e9}\r\n";
    let expected = json!({
        "class": "EmailReceiverWorker", "args": [text], "queue": "q", "jid": jid, "retry": false, "created_at": 0,
        "enqueued_at": 0,
    });
    let expected = serde_json::to_string(&expected).expect("JSON").replace("_at\":0", &format!("_at\":{at}"));
    assert_eq!(job.text(), expected);
    assert!(at.parse::<f64>().is_ok_and(|at| at > 1.6e9), "{at}");
}

/// What is asked before the first transaction, and how a server answers that takes them.
const PROBE: [&str; 7] = ["MULTI", "TYPE", "LINDEX", "LPOP", "EVAL", "EXEC", "DISCARD"];
const PROBED: &str = "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*4\r\n+none\r\n$-1\r\n*-1\r\n:1\r\n\
                      -ERR DISCARD without MULTI\r\n";

/// How it answers to such a transaction.
const PUSHED: &str = "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n:1\r\n";

/// Hears these commands, and says all there is to say to them.
async fn answer(server: &mut Scripted, names: &[&str], answer: &str) -> Vec<Vec<Word>> {
    let mut commands = Vec::new();
    for name in names {
        let command = server.command().await.expect("bytes").expect("a command");
        assert_eq!(command[0].text(), *name);
        commands.push(command);
    }
    server.say(answer).await;
    commands
}

/// Delivers one message of 100 kB to a server that is asked for transactions, answers `probed`, and then hears these
/// commands.
async fn deliver_large(probed: &str, names: &[&str], answered: &str) -> Outcome {
    let (listener, url) = listen().await;
    let (_, delivery) = build(&url, true);
    let server = async {
        let mut server = Scripted::accept(&listener).await;
        answer(&mut server, &PROBE, probed).await;
        let commands = answer(&mut server, names, answered).await;
        assert!(commands.iter().flatten().any(|word| word.text().len() > 100_000));
        server
    };
    tokio::join!(delivery.deliver(message(1, "x".repeat(100_000))), server).0
}

#[tokio::test]
async fn a_large_job_is_no_argument_of_a_script() {
    let push = ["MULTI", "LPUSH", "EVAL", "EXEC"];
    assert_eq!(deliver_large(PROBED, &push, PUSHED).await, Outcome::accepted());
    let lost = PUSHED.replace(":1\r\n:1", ":1\r\n:0");
    assert_eq!(deliver_large(PROBED, &push, &lost).await, Outcome::ClaimLost);
    let refusals = [
        ("+OK\r\n-OOM no memory\r\n+QUEUED\r\n-EXECABORT Transaction discarded\r\n", "OOM no memory"),
        ("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n-WRONGTYPE not that\r\n-WRONGTYPE no list\r\n", "WRONGTYPE not that"),
        ("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n-WRONGTYPE no set\r\n", "WRONGTYPE no set"),
        ("+OK\r\n+QUEUED\r\n+QUEUED\r\n*-1\r\n", "no answer to a transaction"),
    ];
    for (answer, told) in refusals {
        let outcome = deliver_large(PROBED, &push, answer).await;
        let Outcome::ReceiverDown { reason, .. } = outcome else { panic!("{outcome:?}") };
        assert!(reason.contains(told), "{reason}");
    }
}

/// One that refuses to begin or to end a transaction would carry out its parts, or nothing any more.
#[tokio::test]
async fn a_server_without_transactions_gets_a_large_job_by_a_script() {
    let refused =
        "-NOPERM no\r\n+none\r\n$-1\r\n*-1\r\n:1\r\n-ERR EXEC without MULTI\r\n-ERR DISCARD without MULTI\r\n";
    let never_ending =
        PROBED.replace("*4\r\n+none\r\n$-1\r\n*-1\r\n:1", "-NOPERM no").replace("-ERR DISCARD without MULTI", "+OK");
    let without_count = PROBED.replacen(
        "+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*4\r\n+none\r\n$-1\r\n*-1\r\n:1",
        "+QUEUED\r\n+QUEUED\r\n-ERR wrong number\r\n+QUEUED\r\n-EXECABORT no",
        1,
    );
    for probed in [refused, &never_ending, &without_count] {
        let outcome = deliver_large(probed, &["SCRIPT", "EVALSHA"], "$2\r\nok\r\n:1\r\n").await;
        assert_eq!(outcome, Outcome::accepted(), "{probed}");
    }
}

/// In MiB.
const LARGE: usize = 50;

const LINE: &[u8] = b"VGhpcyBpcyBhIGxpbmUgb2YgYmFzZTY0IGFzIGl0IHN0YW5kcyBpbiBhIGxhcmdlIG1haWwu\r\n";

#[test]
fn a_large_message_costs_little_more_than_its_own_size() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let mut run = Command::new(env::current_exe().expect("this program"));
    let run = run.args(["--exact", "delivery::sidekiq::tests::a_large_message_alone", "--nocapture"]);
    let run = run.env("TELL_THE_PEAK", "1").output().expect("a run of this program");
    let told = String::from_utf8_lossy(&run.stdout);
    let peak = told.lines().find_map(|line| line.split_once("the peak: ")).map(|(_, peak)| peak);
    let peak: usize = peak.and_then(|peak| peak.trim().parse().ok()).unwrap_or_else(|| panic!("{told}"));
    println!("{peak} KiB at the peak");
    // The program itself takes some 15 MiB.
    assert!(run.status.success() && peak < (LARGE * 12 / 10 + 20) << 10, "{peak} KiB at the peak");
}

#[tokio::test]
async fn a_large_message_alone() {
    if env::var_os("TELL_THE_PEAK").is_none() {
        return;
    }
    let (listener, url) = listen().await;
    let (_, delivery) = build(&url, true);
    let server = async {
        let mut server = Scripted::accept(&listener).await;
        // The limits are asked for first.
        for answer in ["*2\r\n$1\r\nx\r\n$9\r\n536870912\r\n", "*2\r\n$1\r\nx\r\n$10\r\n1073741824\r\n"] {
            server.command().await.expect("bytes").expect("a command");
            server.say(answer).await;
        }
        answer(&mut server, &PROBE, PROBED).await;
        let mut commands = answer(&mut server, &["MULTI", "LPUSH", "EVAL", "EXEC"], PUSHED).await;
        commands[1].pop()
    };
    let mut raw = Vec::with_capacity(LARGE << 20);
    while raw.len() < raw.capacity() - 100 {
        raw.extend_from_slice(LINE);
    }
    let (length, lines) = (raw.len(), raw.len() / LINE.len());
    let (outcome, job) = tokio::join!(delivery.deliver(message(1, raw)), server);
    assert_eq!(outcome, Outcome::accepted());
    assert!(matches!(job, Some(Word::Long(sent)) if sent > length + 2 * lines));
    let status = fs::read_to_string("/proc/self/status").expect("the state of this process");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    println!("the peak: {}", peak.trim().trim_end_matches(" kB"));
}
