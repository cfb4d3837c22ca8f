//! Against a server that does what no real one does at will.

mod server;

use std::{env, fs, path::PathBuf, process};

use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Notify, time};

use self::server::{Say, Server, granted, say};
use super::*;
use crate::fields::Fields;

fn tokens_of(oauth2: &Value, limit: Duration) -> Tokens {
    let settings = json!({ "oauth2": oauth2 });
    let fields = Fields::new(&settings, "m".to_owned()).expect("an object");
    let settings = OAuth2Settings::read(&fields).expect("settings").expect("some");
    Tokens::new(settings, &Timeouts { command: limit, ..Timeouts::default() })
}

fn tokens(server: &Server) -> Tokens {
    let oauth2 =
        json!({"token_url": server.url(), "client_id": "c", "client_secret": "hunter2+x", "scope": "s/.default"});
    tokens_of(&oauth2, Duration::from_secs(60))
}

fn refreshing(server: &Server) -> Tokens {
    let oauth2 = json!({"token_url": server.url(), "client_id": "c", "refresh_token": "r1"});
    tokens_of(&oauth2, Duration::from_secs(60))
}

async fn text(tokens: &Tokens) -> String {
    tokens.token().await.expect("a token").secret.expose().to_owned()
}

async fn error(tokens: &Tokens) -> Error {
    tokens.token().await.expect_err("an error")
}

/// As if so much time had passed, while nothing is under way.
async fn pass(seconds: u64) {
    time::pause();
    time::advance(Duration::from_secs(seconds)).await;
    time::resume();
}

fn file(name: &str) -> PathBuf {
    env::temp_dir().join(format!("mail_room-tokens-{}-{name}", process::id()))
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_used_until_it_is_about_to_expire() {
    let server = Server::start([granted("one", 3600), granted("two", 100), granted("three", 100)]).await;
    let tokens = tokens(&server);
    assert_eq!(text(&tokens).await, "one");
    pass(3290).await;
    assert_eq!(text(&tokens).await, "one");
    pass(15).await;
    assert_eq!(text(&tokens).await, "two");
    pass(80).await;
    assert_eq!(text(&tokens).await, "two");
    pass(11).await;
    assert_eq!(text(&tokens).await, "three");
    let forms = server.forms();
    let asked = [
        ("grant_type", "client_credentials"),
        ("client_id", "c"),
        ("client_secret", "hunter2+x"),
        ("scope", "s/.default"),
    ];
    assert_eq!(forms[0], asked.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    assert_eq!(forms.len(), 3);
}

#[tokio::test]
async fn a_token_nobody_knows_the_end_of_is_used_until_it_is_rejected() {
    let unlimited = |token: &str| say("200 OK", &json!({ "access_token": token }));
    let server = Server::start([unlimited("one"), unlimited("two")]).await;
    let tokens = tokens(&server);
    let one = tokens.token().await.expect("a token");
    assert_eq!(one.expires_at, None);
    pass(1_000_000).await;
    assert_eq!(text(&tokens).await, "one");
    tokens.rejected(&one).await;
    assert_eq!(text(&tokens).await, "two");
    // Another session is late to tell.
    tokens.rejected(&one).await;
    assert_eq!(text(&tokens).await, "two");
}

#[tokio::test]
async fn all_who_wait_share_one_request() {
    let gate = Arc::new(Notify::new());
    let granted = json!({"access_token": "one", "expires_in": 3600}).to_string();
    let failed = json!({"error": "invalid_client"}).to_string();
    let later = |status: &str, body| Say::Later(Arc::clone(&gate), status.to_owned(), body);
    for (status, body, expected) in [("200 OK", granted, true), ("401 No", failed, false)] {
        let server = Server::start([later(status, body)]).await;
        let tokens = tokens(&server);
        let open = async {
            server.asked(1).await;
            gate.notify_one();
        };
        let (one, two, three, ()) = tokio::join!(tokens.token(), tokens.token(), tokens.token(), open);
        for outcome in [one, two, three] {
            assert_eq!(outcome.is_ok(), expected, "{outcome:?}");
        }
        assert_eq!(server.forms().len(), 1);
    }
}

#[tokio::test]
async fn the_old_token_is_used_while_another_renews_it() {
    let gate = Arc::new(Notify::new());
    let body = json!({"access_token": "two", "expires_in": 3600}).to_string();
    let later = Say::Later(Arc::clone(&gate), "200 OK".to_owned(), body);
    let server = Server::start([granted("one", 3600), later]).await;
    let tokens = tokens(&server);
    assert_eq!(text(&tokens).await, "one");
    pass(3400).await;
    let other = async {
        server.asked(2).await;
        assert_eq!(text(&tokens).await, "one");
        gate.notify_one();
    };
    let (renewed, ()) = tokio::join!(text(&tokens), other);
    assert_eq!(renewed, "two");
}

#[tokio::test]
async fn the_old_token_is_used_when_the_renewal_fails_for_now() {
    let server = Server::start([
        granted("one", 3600),
        say("502 Bad", &json!({})),
        say("503 Bad", &json!({})),
        say("502 Bad", &json!({})),
    ])
    .await;
    let tokens = tokens(&server);
    assert_eq!(text(&tokens).await, "one");
    pass(3400).await;
    assert_eq!(text(&tokens).await, "one");
    assert_eq!(text(&tokens).await, "one");
    assert_eq!(server.forms().len(), 2, "a server in trouble was asked again at once");
    pass(40).await;
    assert_eq!(text(&tokens).await, "one");
    assert_eq!(server.forms().len(), 3);
    pass(200).await;
    let error = error(&tokens).await;
    assert!(
        matches!(&error, Error::Token { refused: false, reason } if reason == "127.0.0.1: the answer was 502"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_renewal_that_hangs_ends_before_the_old_token_does() {
    let server = Server::start([granted("one", 3600), Say::Nothing]).await;
    let tokens = tokens(&server);
    assert_eq!(text(&tokens).await, "one");
    time::pause();
    time::advance(Duration::from_secs(3560)).await;
    assert_eq!(text(&tokens).await, "one");
}

#[tokio::test]
async fn a_refusal_ends_the_old_token_too() {
    let server =
        Server::start([granted("one", 3600), say("401 No", &json!({"error": "invalid_client"})), granted("two", 3600)])
            .await;
    let tokens = tokens(&server);
    assert_eq!(text(&tokens).await, "one");
    pass(3400).await;
    assert!(matches!(error(&tokens).await, Error::Token { refused: true, .. }));
    assert_eq!(text(&tokens).await, "two");
}

#[tokio::test]
async fn a_refusal_tells_why_and_no_secret() {
    let description = "Client secret hunter2+x (sent as hunter2%2Bx) is \"expired\".\r\nTrace ID: 1";
    let refusal = json!({"error": "invalid_client", "error_description": description});
    let server = Server::start([say("401 No", &refusal)]).await;
    let error = error(&tokens(&server)).await;
    let explanation = "Client secret [REDACTED] (sent as [REDACTED]) is \"expired\".";
    let expected = format!("no access token: 127.0.0.1: the answer was 401: invalid_client: {explanation}");
    assert_eq!(error.to_string(), expected);
    assert!(error.is_refused_login(), "{error:?}");
}

#[tokio::test]
async fn a_rotated_refresh_token_takes_the_place_of_the_old_one() {
    let rotated = json!({"access_token": "one", "expires_in": 100, "refresh_token": "r2"});
    let server = Server::start([say("200 OK", &rotated), granted("two", 100), granted("three", 100)]).await;
    let tokens = refreshing(&server);
    for expected in ["one", "two", "three"] {
        assert_eq!(text(&tokens).await, expected);
        pass(200).await;
    }
    let forms = server.forms();
    assert_eq!(forms[0]["grant_type"], "refresh_token");
    let sent: Vec<&String> = forms.iter().map(|form| &form["refresh_token"]).collect();
    assert_eq!(sent, ["r1", "r2", "r2"]);
}

#[tokio::test]
async fn a_refresh_token_comes_to_light_although_nobody_waits_for_it() {
    let gate = Arc::new(Notify::new());
    let rotated = json!({"access_token": "one", "expires_in": 100, "refresh_token": "r2"}).to_string();
    let later = Say::Later(Arc::clone(&gate), "200 OK".to_owned(), rotated);
    let server = Server::start([later, granted("two", 100)]).await;
    let tokens = refreshing(&server);
    tokio::select! {
        _ = tokens.token() => panic!("it was not answered yet"),
        () = server.asked(1) => {}
    }
    gate.notify_one();
    assert_eq!(text(&tokens).await, "one");
    pass(200).await;
    assert_eq!(text(&tokens).await, "two");
    assert_eq!(server.forms()[1]["refresh_token"], "r2");
}

#[tokio::test]
async fn a_server_that_is_asked_too_often_is_left_alone_as_long_as_it_says() {
    let busy = Say::This("429 Busy\r\nRetry-After: 17".to_owned(), String::new());
    let server = Server::start([busy, granted("one", 3600)]).await;
    let tokens = tokens(&server);
    let first = error(&tokens).await;
    assert!(first.to_string().starts_with("the request for a token was throttled: 127.0.0.1"), "{first}");
    assert_eq!(first.suggested_pause(), Duration::from_secs(17));
    pass(10).await;
    let second = error(&tokens).await.suggested_pause();
    assert!(second > Duration::ZERO && second <= Duration::from_secs(7), "{second:?}");
    assert_eq!(server.forms().len(), 1);
    pass(8).await;
    assert_eq!(text(&tokens).await, "one");
}

#[tokio::test]
async fn answers_that_are_none_pass() {
    let large = json!({"access_token": "one", "more": "x".repeat(1 << 20)});
    for (answer, expected) in [
        (Say::Endless, "the answer 200 was longer than 1 MiB"),
        (say("200 OK", &large), "the answer 200 was longer than 1 MiB"),
        (Say::This("200 OK".to_owned(), "<html>".to_owned()), "malformed JSON"),
        (say("200 OK", &json!({"access_token": ""})), "an empty token"),
    ] {
        let server = Server::start([answer]).await;
        let error = error(&tokens(&server)).await;
        assert!(matches!(&error, Error::Token { refused: false, reason } if reason.contains(expected)), "{error:?}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://127.0.0.1:{}/t", listener.local_addr().expect("an address").port());
    drop(listener);
    let nobody = tokens_of(&json!({"token_url": url, "client_id": "c", "client_secret": "s"}), Duration::from_secs(60));
    let error = error(&nobody).await.to_string();
    assert_eq!(error, "no access token: 127.0.0.1: cannot connect: Connection refused (os error 111)");
}

#[tokio::test(start_paused = true)]
async fn silence_ends_with_the_command_timeout() {
    let server = Server::start([Say::Nothing]).await;
    let error = error(&tokens(&server)).await.to_string();
    assert_eq!(error, "no access token: 127.0.0.1 gave none within 60 s (command_timeout)");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::start([granted("one", 3600)]).await;
    let redirect = Say::This(format!("307 There\r\nLocation: {}", elsewhere.url()), String::new());
    let server = Server::start([redirect]).await;
    let error = error(&tokens(&server)).await;
    assert!(matches!(&error, Error::Token { refused: true, reason } if reason.contains("redirects")), "{error:?}");
    assert!(elsewhere.forms().is_empty());
}

#[tokio::test]
async fn a_certificate_takes_the_place_of_the_secret() {
    let server = Server::start([granted("one", 100), granted("two", 100)]).await;
    let pem = concat!(env!("CARGO_MANIFEST_DIR"), "/src/oauth2/certificate/test.pem");
    let path = file("certificate");
    fs::copy(pem, &path).expect("a copy");
    let oauth2 = json!({"token_url": server.url(), "client_id": "c", "client_certificate_path": path});
    let tokens = tokens_of(&oauth2, Duration::from_secs(60));
    assert_eq!(text(&tokens).await, "one");
    let form = &server.forms()[0];
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assert_eq!(form["client_assertion"].split('.').count(), 3);
    assert!(!form.contains_key("client_secret"));
    // It is read anew each time.
    fs::write(&path, "half a certificate").expect("a write");
    pass(200).await;
    let error = error(&tokens).await.to_string();
    let expected = format!("no access token: client_certificate_path ({}) must hold a private key", path.display());
    assert!(error.starts_with(&expected), "{error}");
    fs::copy(pem, &path).expect("a copy");
    assert_eq!(text(&tokens).await, "two");
    fs::remove_file(&path).expect("removed");
}

#[tokio::test]
async fn a_command_runs_for_each_token_unless_it_tells_how_long_one_holds() {
    let count = file("count");
    let add = format!("echo x >> {0}; n=$(wc -l < {0})", count.display());
    let each = tokens_of(&json!({"token_command": format!("{add}; echo token-$n")}), Duration::from_secs(60));
    assert_eq!(text(&each).await, "token-1");
    assert_eq!(text(&each).await, "token-2");
    let lasting = format!("{add}; echo \"{{\\\"access_token\\\":\\\"token-$n\\\",\\\"expires_in\\\":100}}\"");
    let lasting = tokens_of(&json!({ "token_command": lasting }), Duration::from_secs(60));
    assert_eq!(text(&lasting).await, "token-3");
    assert_eq!(text(&lasting).await, "token-3");
    pass(95).await;
    assert_eq!(text(&lasting).await, "token-4");
    fs::remove_file(&count).expect("removed");
}

#[tokio::test]
async fn a_command_that_fails_is_told_without_what_it_is() {
    let failing = tokens_of(
        &json!({"token_command": "echo 'the vault is sealed' >&2; exit 2 # hunter2"}),
        Duration::from_secs(60),
    );
    let expected = "no access token: token_command failed (exit status: 2): the vault is sealed";
    assert_eq!(error(&failing).await.to_string(), expected);
    let hanging = tokens_of(&json!({"token_command": "sleep 1000"}), Duration::from_millis(300));
    let error = error(&hanging).await;
    let expected = "no access token: token_command did not end within 0.3 s (command_timeout)";
    assert_eq!(error.to_string(), expected);
    assert!(!error.is_refused_login());
}

#[tokio::test]
async fn a_file_is_read_for_each_token() {
    let path = file("token");
    let tokens = tokens_of(&json!({ "token_file": path }), Duration::from_secs(60));
    let missing = error(&tokens).await.to_string();
    assert!(missing.starts_with(&format!("no access token: token_file ({}) ", path.display())), "{missing}");
    for (content, expected) in
        [("one\n", "one"), (r#"{"access_token":"two","expires_in":3600}"#, "two"), ("three", "three")]
    {
        fs::write(&path, content).expect("a write");
        assert_eq!(text(&tokens).await, expected);
    }
    fs::write(&path, "half a token").expect("a write");
    let broken = error(&tokens).await.to_string();
    assert!(broken.ends_with("holds a token with characters that none may have"), "{broken}");
    fs::remove_file(&path).expect("removed");
}
