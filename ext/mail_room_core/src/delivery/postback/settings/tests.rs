use serde_json::{Value, json};

use super::*;

fn read(settings: &Value) -> Result<PostbackSettings> {
    PostbackSettings::read(&Fields::new(settings, "\"inbox\" of a@example.com".to_owned())?)
}

fn settings(settings: &Value) -> PostbackSettings {
    read(settings).expect("settings")
}

fn problem(settings: &Value) -> String {
    read(settings).expect_err("an error").to_string()
}

fn authorization(value: &Value) -> Option<String> {
    let header = settings(value).credentials?.header()?;
    Some(String::from_utf8_lossy(header.as_bytes()).into_owned())
}

#[test]
fn the_top_of_the_mailbox_comes_first() {
    let both = json!({
        "delivery_url": "http://top.example.com/", "delivery_token": "top", "content_type": "text/top",
        "delivery_options": {
            "delivery_url": "http://second.example.com/", "url": "http://third.example.com/",
            "delivery_token": "second", "token": "third", "content_type": "text/second",
        },
    });
    let read = settings(&both);
    assert_eq!(read.url.as_str(), "http://top.example.com/");
    assert_eq!(read.content_type, "text/top");
    assert_eq!(authorization(&both).as_deref(), Some("Token token=\"top\""));

    let nulls = json!({
        "delivery_url": null, "delivery_token": null, "content_type": null,
        "delivery_options": {"delivery_url": null, "url": "http://third.example.com/", "token": "third"},
    });
    let read = settings(&nulls);
    assert_eq!(read.url.as_str(), "http://third.example.com/");
    assert_eq!(read.content_type, "application/x-www-form-urlencoded");
    assert_eq!(authorization(&nulls).as_deref(), Some("Token token=\"third\""));
}

#[test]
fn user_and_password_have_two_spellings_and_never_those_of_the_inbox() {
    let url = "http://user%40a:p%3Aw@example.com/";
    for (given, expected) in [
        (json!({"delivery_username": "u", "delivery_password": "p"}), Some("Basic dTpw")),
        (json!({"delivery_options": {"username": "u", "password": "p"}}), Some("Basic dTpw")),
        (json!({"delivery_options": {"delivery_username": "u", "delivery_password": "p"}}), Some("Basic dTpw")),
        (json!({"delivery_options": {"username": "u", "password": "", "token": "t"}}), Some("Token token=\"t\"")),
        (json!({"delivery_options": {"username": "u", "password": ""}}), Some("Basic dTo=")),
        (json!({"username": "u", "password": "p"}), None),
    ] {
        let mut given = given;
        given["delivery_url"] = "http://example.com/".into();
        assert_eq!(authorization(&given).as_deref(), expected, "{given}");
    }
    let read = settings(&json!({"delivery_url": url}));
    assert_eq!(read.url.as_str(), "http://example.com/");
    assert_eq!(read.credentials, Some(Credentials::Basic("user@a".into(), Secret::new("p:w".into()))));
    let overridden = json!({"delivery_url": url, "delivery_token": "t"});
    assert_eq!(authorization(&overridden).as_deref(), Some("Token token=\"t\""));
}

#[test]
fn half_of_a_pair_is_remarked_and_not_sent() {
    let with = |options: Value| {
        let settings = json!({"delivery_url": "http://a/", "delivery_options": options});
        let fields = Fields::new(&settings, String::new()).expect("an object");
        assert_eq!(PostbackSettings::read(&fields).expect("settings").credentials, None);
        fields.take_remarks().concat()
    };
    assert!(with(json!({"username": "u"})).contains("delivery_options.username has no effect without a password"));
    let remark = with(json!({"password": "hunter2"}));
    assert!(remark.contains("delivery_options.password has no effect") && !remark.contains("hunter2"), "{remark}");
}

#[test]
fn urls_are_checked_and_never_shown() {
    assert_eq!(
        problem(&json!({})),
        "\"inbox\" of a@example.com: delivery_url is required for delivery_method postback"
    );
    for url in ["gitlab.example.com/hook", "ftp://u:hunter2@example.com/", "https://", "http://u:hunter2@:80/", "/a"] {
        let text = problem(&json!({"delivery_options": {"url": url}}));
        assert!(text.contains(": delivery_options.url must be a URL such as"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn a_jwt_is_complete_or_not_there() {
    let with = |options: Value| json!({"delivery_url": "http://a/", "delivery_options": options});
    assert!(settings(&with(json!({"jwt_issuer": null, "jwt_algorithm": ""}))).jwt.is_none());
    for (given, missing) in [
        (json!({"jwt_issuer": "i", "jwt_algorithm": "HS256", "jwt_secret_path": "/s"}), "jwt_auth_header"),
        (json!({"jwt_auth_header": "A", "jwt_issuer": "i", "jwt_secret_path": "/s"}), "jwt_algorithm"),
        (json!({"jwt_auth_header": "A", "jwt_algorithm": "HS256", "jwt_secret_path": "/s"}), "jwt_issuer"),
        (json!({"jwt_auth_header": "A", "jwt_algorithm": "HS256", "jwt_issuer": "i"}), "jwt_secret_path"),
    ] {
        let text = problem(&with(given));
        assert!(text.contains(&format!(": delivery_options.{missing} is required")), "{text}");
    }
    let wrong = json!({"jwt_auth_header": "A B", "jwt_issuer": "i", "jwt_algorithm": "HS256", "jwt_secret_path": "/s"});
    assert!(problem(&with(wrong)).contains("jwt_auth_header must be the name of a free HTTP header"));
}

#[test]
fn action_mailbox_is_a_preset() {
    let with = |url: &str, options: Value| {
        let mut options = options;
        options["action_mailbox"] = true.into();
        json!({"delivery_url": url, "delivery_options": options})
    };
    let given = with("https://rails.example.com", json!({"password": "p"}));
    let read = settings(&given);
    assert_eq!(read.url.as_str(), "https://rails.example.com/rails/action_mailbox/relay/inbound_emails");
    assert_eq!(read.content_type, "message/rfc822");
    assert_eq!(authorization(&given).as_deref(), Some("Basic YWN0aW9ubWFpbGJveDpw"));

    let given = with("https://rails.example.com/own", json!({"username": "u", "password": "p"}));
    assert_eq!(settings(&given).url.path(), "/own");
    assert_eq!(authorization(&given).as_deref(), Some("Basic dTpw"));

    let text = problem(&with("http://a/", json!({})));
    assert!(text.contains(": delivery_options.password is required with action_mailbox"), "{text}");
    let text = problem(&with("http://a/", json!({"password": "p", "content_type": "text/plain"})));
    assert!(text.contains(": delivery_options.content_type must be message/rfc822"), "{text}");
    let text = problem(&with("http://a/", json!({"password": "p", "token": "t"})));
    assert!(text.contains(": delivery_options.token has no use with action_mailbox"), "{text}");
}
