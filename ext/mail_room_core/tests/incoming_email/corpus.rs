use std::{fs, path::PathBuf};

use mail_room_core::incoming_email::IncomingEmail;
use serde_json::{Map, Value, json};

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../spec/fixtures/mails/incoming_email"].iter().collect()
}

/// What is told of a message of which there is nothing to tell.
fn nothing() -> Map<String, Value> {
    let fields = json!({
        "mailbox": "incoming_email", "auto_generated": false, "mail_key": null, "header": null, "value": null,
        "handler": null, "error": null, "project_id": null, "project_slug": null, "project_path": null,
        "token": null, "issue_iid": null, "differs_from_gitlab": false
    });
    fields.as_object().cloned().unwrap_or_default()
}

#[test]
fn every_mail_goes_where_it_is_expected_to() {
    let text = fs::read_to_string(folder().join("expectations.json")).expect("expectations");
    let cases: Vec<Map<String, Value>> = serde_json::from_str(&text).expect("a list of objects");
    assert!(cases.len() > 150, "only {} cases", cases.len());
    let wrong: Vec<String> = cases.into_iter().filter_map(disagreement).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn disagreement(mut case: Map<String, Value>) -> Option<String> {
    let mut text = |name| case.remove(name).and_then(|value| value.as_str().map(str::to_owned));
    let (file, address) = (text("file").expect("a file"), text("address"));
    let (service_desk, host) = (text("service_desk_address"), text("host"));
    let gitlab = IncomingEmail::new(address.as_deref(), service_desk.as_deref(), host.as_deref()).expect("an address");
    let route = gitlab.route(&fs::read(folder().join(&file)).expect("a mail"));
    let mut expected = nothing();
    expected.extend(case);
    let route = serde_json::to_value(route).expect("JSON");
    (route != Value::Object(expected.clone())).then(|| {
        let differences: Vec<String> = expected
            .iter()
            .filter(|(name, value)| route.get(name.as_str()) != Some(*value))
            .map(|(name, value)| format!("{name} is {}, not {value}", route[name]))
            .collect();
        format!("{file} to {}: {}", address.or(service_desk).unwrap_or_default(), differences.join(", "))
    })
}
