//! A server that fails at a step of a session, and works when the client comes back.
//!
//! Wherever it fails: the message is delivered once, it is not marked before, the log says what
//! happened, and another mailbox does not notice.

use serde_json::json;

use crate::support::{Mailbox, Script, all, play, trace};

/// A step of a session.
#[derive(Clone, Copy)]
struct Place {
    /// Which trace breaks off.
    base: &'static str,
    /// After which of its lines; the empty one is where the greeting is due.
    after: &'static str,
    /// What the log calls the step.
    name: &'static str,
    /// Which trace comes with the next connection.
    then: &'static str,
}

const fn place(base: &'static str, after: &'static str, name: &'static str, then: &'static str) -> Place {
    Place { base, after, name, then }
}

const GREETING: Place = place("ordinary", "", "the greeting", "ordinary");
const IDLE: Place = place("arrives_while_idling", "C: $ IDLE", "IDLE", "ordinary");
const IDLING: Place = place("arrives_while_idling", "S: + idling", "IDLE", "ordinary");
/// The steps at which a server can answer NO or BAD. With IDLE it only says that it wants to be
/// polled (see `waiting`), and LOGOUT nobody waits for (see `stopping`).
const COMMANDS: [Place; 10] = [
    place("ordinary", "C: $ CAPABILITY", "CAPABILITY", "ordinary"),
    place("ordinary", "C: $ LOGIN", "LOGIN", "ordinary"),
    place("ordinary", "C: $ SELECT", "SELECT", "ordinary"),
    place("ordinary", "C: $ UID SEARCH", "UID SEARCH", "ordinary"),
    place("ordinary", "C: $ UID FETCH 7 (UID RFC822.SIZE)", "UID FETCH", "ordinary"),
    place("ordinary", "C: $ UID FETCH 7 (UID FLAGS", "UID FETCH", "ordinary"),
    place("ordinary", "C: $ UID STORE", "UID STORE", "settles_what_was_accepted"),
    place("ordinary", "C: $ UID EXPUNGE", "UID EXPUNGE", "settles_what_was_accepted"),
    place("arrives_while_idling", "C: DONE", "DONE", "ordinary"),
    place("polled", "C: $ NOOP", "NOOP", "ordinary"),
];

/// Lets a server fail at each of the places, a server each.
async fn fail(places: Vec<Place>, fault: &'static str, error: impl Fn(&str) -> String) {
    let scenarios = places.into_iter().map(|place| {
        let name = format!("{} after {:?}: {fault}", place.base, place.after);
        (name.clone(), fail_once(name, place, fault, error(place.name)))
    });
    all(scenarios.collect()).await;
}

async fn fail_once(name: String, place: Place, fault: &str, error: String) {
    let base = trace::text(place.base);
    let before = if place.after.is_empty() { String::new() } else { trace::cut(&base, place.after) };
    let text = format!("{before}{fault}\n[next connection]\n{}", trace::text(place.then));
    let mailbox = Mailbox::script(Script::new(&name, &text)).with(json!({
        "delete_after_delivery": true, "expunge_deleted": true,
        // A server without IDLE is polled so often.
        "idle_timeout": if place.base == "polled" { 0.2 } else { 60.0 },
    }));
    let mailbox = if fault == SILENCE { mailbox.with(short_timeouts()) } else { mailbox };

    let played = play([mailbox, Mailbox::neighbour()]).await;

    assert_eq!(played.accepted(), ["one"]);
    played.journals[0].assert_order("accepted one", "C: UID STORE");
    played.log.assert_error("one@example.com", &error);
    let severity = if error.starts_with("LOGIN was answered") { "ERROR" } else { "WARN" };
    played.log.assert_line(severity, "one@example.com", "Disconnected. Resetting...");
    played.assert_neighbour_served();
}

const SILENCE: &str = "[silence]";

fn short_timeouts() -> serde_json::Value {
    json!({"greeting_timeout": 1.5, "command_timeout": 1.5, "literal_timeout": 1.5, "done_timeout": 1.5})
}

#[tokio::test]
async fn a_server_that_answers_no() {
    fail(COMMANDS.to_vec(), "S: $ NO not now", |name| format!("{name} was answered NO: not now")).await;
}

#[tokio::test]
async fn a_server_that_answers_bad() {
    fail(COMMANDS.to_vec(), "S: $ BAD what", |name| format!("{name} was answered BAD: what")).await;
}

#[tokio::test]
async fn a_server_that_says_bye() {
    let places = [&COMMANDS[..], &[GREETING, IDLE, IDLING]].concat();
    fail(places, "S: * BYE going down\n[close]", |_| "server said BYE: going down".into()).await;
}

#[tokio::test]
async fn a_server_that_never_ends_a_line() {
    let places = [&COMMANDS[..], &[GREETING, IDLE, IDLING]].concat();
    for fault in ["S: * OK <70000 x 78>", "S: <70000 x 78>"] {
        fail(places.clone(), fault, |_| "a line of more than 65536 bytes".into()).await;
    }
}

#[tokio::test]
async fn a_server_that_hangs_up() {
    let places = [&COMMANDS[..], &[GREETING, IDLE, IDLING]].concat();
    fail(places, "[close]", |_| "connection lost".into()).await;
}

#[tokio::test]
async fn a_server_that_hangs_up_in_the_middle_of_a_line() {
    let places = [&COMMANDS[..], &[GREETING, IDLE, IDLING]].concat();
    fail(places, "S: * 1 FETCH (UID 7 BODY[] <half one>\n[close]", |_| "connection lost".into()).await;
}

#[tokio::test]
async fn a_server_that_falls_silent() {
    let places = [&COMMANDS[..], &[GREETING, IDLE]].concat();
    let named = |name: &str| if name == "DONE" { "the answer to DONE".into() } else { name.to_owned() };
    fail(places, SILENCE, |name| format!("{} took longer than 1.5 s", named(name))).await;
}
