use serde_json::{Value, json};

use super::*;

fn parse(oauth2: &Value) -> Result<Option<OAuth2Settings>> {
    OAuth2Settings::read(&Fields::new(&json!({ "oauth2": oauth2 }), "m".to_owned())?)
}

fn endpoint(oauth2: &Value) -> EndpointSettings {
    match parse(oauth2) {
        Ok(Some(OAuth2Settings::Endpoint(settings))) => settings,
        other => panic!("{other:?}"),
    }
}

fn graph(options: &Value) -> Result<EndpointSettings> {
    let settings = json!({ "inbox_options": options });
    match OAuth2Settings::for_graph(&Fields::new(&settings, "m".to_owned())?.section("inbox_options")?)? {
        OAuth2Settings::Endpoint(settings) => Ok(settings),
        other => panic!("{other:?}"),
    }
}

/// `base` with these keys besides.
fn with(base: &Value, more: &Value) -> Value {
    let mut all = base.clone();
    all.as_object_mut().expect("a mapping").extend(more.as_object().expect("a mapping").clone());
    all
}

fn test_pem() -> String {
    format!("{}/src/oauth2/certificate/test.pem", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn presets_know_what_their_service_wants() {
    let microsoft = json!({"preset": "microsoft365", "tenant_id": "t.example", "client_id": "c"});
    let settings = endpoint(&with(&microsoft, &json!({"client_secret": "s"})));
    assert_eq!(settings.url.as_str(), "https://login.microsoftonline.com/t.example/oauth2/v2.0/token");
    assert_eq!(settings.scope.as_deref(), Some("https://outlook.office365.com/.default"));
    assert_eq!(settings.grant, Grant::ClientCredentials);
    // A public client has no secret.
    let settings = endpoint(&with(&microsoft, &json!({"refresh_token": "r"})));
    let scope = "https://outlook.office365.com/IMAP.AccessAsUser.All offline_access";
    assert_eq!((settings.scope.as_deref(), settings.secret), (Some(scope), ClientSecret::None));
    let google = json!({"preset": "Google", "client_id": "c", "client_secret": "s", "refresh_token": "r"});
    let settings = endpoint(&google);
    assert_eq!(settings.url.as_str(), "https://oauth2.googleapis.com/token");
    assert_eq!(settings.scope.as_deref(), Some("https://mail.google.com/"));
    assert_eq!(settings.grant, Grant::RefreshToken(Secret::new("r".to_owned())));
}

#[test]
fn what_is_written_comes_before_the_preset() {
    let own = json!({"preset": "microsoft365", "token_url": "http://localhost:1/t", "client_id": "c",
                     "client_certificate_path": test_pem(), "scope": "imap", "refresh_token": ""});
    let settings = endpoint(&own);
    assert_eq!((settings.url.as_str(), settings.scope.as_deref()), ("http://localhost:1/t", Some("imap")));
    assert_eq!(settings.secret, ClientSecret::Certificate(test_pem().into()));
}

#[test]
fn there_may_be_none_and_a_command_or_a_file_stands_alone() {
    assert!(matches!(parse(&json!(null)), Ok(None)));
    assert!(matches!(parse(&json!({"token_command": "gettoken"})), Ok(Some(OAuth2Settings::Command(_)))));
    let file = json!({"token_file": "/run/token", "client_secret": null, "scope": ""});
    assert!(matches!(parse(&file), Ok(Some(OAuth2Settings::File(path))) if path.ends_with("token")));
}

#[test]
fn what_cannot_work_is_told_by_its_key() {
    let plain = json!({"token_url": "https://h/t", "client_id": "c"});
    let secret = with(&plain, &json!({"client_secret": "hunter2"}));
    let microsoft = json!({"preset": "microsoft365", "client_id": "c", "client_secret": "hunter2"});
    for (settings, expected) in [
        (json!({}), "token_url is required"),
        (json!("hunter2"), "oauth2 must be a mapping"),
        (json!({"refresh_tokn": "hunter2"}), "token_url is required"),
        (json!({"token_command": "hunter2", "token_file": "f"}), "token_file has no use beside token_command"),
        (with(&secret, &json!({"token_command": "hunter2"})), "token_url has no use beside token_command"),
        (json!({"token_file": "f", "refresh_token": "hunter2"}), "refresh_token has no use beside token_file"),
        (json!({"token_url": "https://h/t", "client_secret": "hunter2"}), "client_id is required"),
        (plain.clone(), "client_secret is required, or client_certificate_path"),
        (with(&secret, &json!({"client_certificate_path": "f"})), "client_certificate_path has no use beside"),
        (with(&plain, &json!({"client_certificate_path": "/nowhere/c.pem"})), "(/nowhere/c.pem: No such file"),
        (with(&secret, &json!({"grant": "password"})), "grant must be"),
        (with(&secret, &json!({"grant": "refresh_token"})), "refresh_token is required"),
        (
            with(&secret, &json!({"grant": "client_credentials", "refresh_token": "hunter2"})),
            "refresh_token has no use beside grant",
        ),
        (with(&secret, &json!({"tenant_id": "t"})), "tenant_id has no use without preset"),
        (with(&secret, &json!({"token_url": "http://hunter2.example/t"})), "token_url must begin with https"),
        (with(&secret, &json!({"token_url": "hunter2"})), "token_url must be a URL"),
        (with(&secret, &json!({"token_url": "https://u:hunter2@h/t"})), "token_url must not hold user and password"),
        (with(&secret, &json!({"preset": "hunter2"})), "preset must be"),
        (microsoft.clone(), "tenant_id is required"),
        (with(&microsoft, &json!({"tenant_id": "hunter2/../x"})), "tenant_id must be"),
        (with(&microsoft, &json!({"preset": "google"})), "refresh_token is required for preset: google"),
        (with(&secret, &json!({"client_secret": ["hunter2"]})), "client_secret must be text"),
    ] {
        let error = parse(&settings).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.starts_with("m: oauth2") && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn graph_has_endpoints_of_its_own_in_each_cloud() {
    let options = json!({"tenant_id": "t", "client_id": "c", "client_secret": "s"});
    let settings = graph(&options).expect("settings");
    assert_eq!(settings.url.as_str(), "https://login.microsoftonline.com/t/oauth2/v2.0/token");
    assert_eq!(settings.scope.as_deref(), Some("https://graph.microsoft.com/.default"));
    let china = json!({"azure_ad_endpoint": "https://login.chinacloudapi.cn/",
                       "graph_endpoint": "https://microsoftgraph.chinacloudapi.cn/"});
    let settings = graph(&with(&options, &china)).expect("settings");
    assert_eq!(settings.url.as_str(), "https://login.chinacloudapi.cn/t/oauth2/v2.0/token");
    assert_eq!(settings.scope.as_deref(), Some("https://microsoftgraph.chinacloudapi.cn/.default"));
    for (more, expected) in [
        (json!({"tenant_id": null}), "inbox_options.tenant_id is required"),
        (json!({"client_id": ""}), "inbox_options.client_id is required"),
        (json!({"client_secret": null}), "inbox_options.client_secret is required, or client_certificate_path"),
        (json!({"client_certificate_path": test_pem()}), "client_certificate_path has no use beside client_secret"),
        (json!({"azure_ad_endpoint": "http://login.example.com"}), "azure_ad_endpoint must begin with https"),
        (json!({"graph_endpoint": "graph.example.com"}), "graph_endpoint must be a URL"),
        (json!({"graph_endpoint": "https://h/?a=b"}), "graph_endpoint must not have a query"),
        (json!({"graph_endpoint": "https://h/v1.0"}), "inbox_options.graph_endpoint must not have a path"),
        (json!({"azure_ad_endpoint": "https://h/t"}), "inbox_options.azure_ad_endpoint must not have a path"),
    ] {
        let error = graph(&with(&options, &more)).expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_dump_tells_no_secret() {
    let settings = [
        json!({"token_url": "https://h/t?key=hunter2", "client_id": "c", "client_secret": "hunter2"}),
        json!({"preset": "google", "client_id": "c", "client_secret": "hunter2", "refresh_token": "hunter2"}),
        json!({"token_command": "gettoken --password hunter2"}),
    ];
    for settings in settings {
        let dump = format!("{:?}", parse(&settings).expect("settings"));
        assert!(!dump.contains("hunter2"), "{dump}");
    }
}
