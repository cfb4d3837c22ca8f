//! Doors for whoever writes mail: its headers, and the addresses in them.

use mail_parser::{HeaderName, MessageParser};
use serde_json::Value;

use super::{
    Headers, IncomingEmail, Route, address_list,
    candidates::{Kind, LOOKED_AT},
    is_auto_generated, is_bounce, message_ids,
};

const ADDRESS: &str = "incoming+%{key}@example.com";
const HOST: &str = "gitlab.example.com";

/// A message. Nothing panics, also where a panic would be contained; the answer is a line of JSON; and a key that
/// GitLab finds stands where it is said to.
pub(crate) fn headers(raw: &[u8]) {
    // As `Headers::parse` does, but for the containment.
    let _ = MessageParser::new().default_header_ignore().ignore_header(HeaderName::Subject).parse_headers(raw);
    let headers = Headers::parse(raw);
    let _ = is_bounce(&headers);
    for (address, service_desk) in
        [(Some(ADDRESS), Some("help-%{key}@example.com")), (Some("%{key}@in.example.com"), None), (None, Some(ADDRESS))]
    {
        let incoming = incoming(address, service_desk);
        let route = incoming.route_of(&headers);
        assert_eq!(incoming.route(raw), route);
        assert_eq!(incoming.explain(raw)["route"], serde_json::to_value(&route).expect("JSON"));
        assert!(!is_auto_generated(&headers) || route.auto_generated, "an auto-reply is routed as another message");
        let line = serde_json::to_string(&route).expect("JSON");
        assert!(!line.bytes().any(|byte| byte.is_ascii_control() && byte != 0x7f), "{line:?} is not one line");
        assert!(
            serde_json::from_str::<Value>(&line)
                .is_ok_and(|read| read["mail_key"] == Value::from(route.mail_key.clone()))
        );
        is_founded(&route, &headers);
    }
}

/// Each part of what a key was found in stands in the header that is named.
fn is_founded(route: &Route, headers: &Headers<'_>) {
    let (Some(key), Some(value), Some(header)) = (&route.mail_key, &route.value, route.header) else {
        assert!(route.mail_key.is_none() && route.value.is_none() && route.header.is_none() && route.handler.is_none());
        return;
    };
    assert!(value.contains(key), "{value:?} does not hold {key:?}");
    let kind = LOOKED_AT.into_iter().find(|(name, _)| *name == header).map(|(_, kind)| kind);
    let packed = |text: &str| text.split_whitespace().collect::<String>();
    let fields: Vec<_> = headers.raw_values(header).map(|raw| packed(&String::from_utf8_lossy(raw))).collect();
    // Comments in the middle are left out, and encoded words decoded.
    let told_otherwise =
        kind == Some(Kind::Addresses) && fields.iter().any(|field| field.contains('(') || field.contains("=?"));
    if !route.differs_from_gitlab && !told_otherwise {
        for part in value.split('@') {
            assert!(fields.iter().any(|field| field.contains(&packed(part))), "{part:?} does not stand in {header}");
        }
    }
}

/// A line with a key, and behind it a field. A key comes back from the address made of it; a plain address reads as
/// itself, in every form a list may give it; and what is told is bounded by what was there.
pub(crate) fn address(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (key, field) = text.split_once('\n').unwrap_or((&text, &text));
    if !key.is_empty() && !key.contains('\n') {
        let address = ADDRESS.replacen("%{key}", key, 1);
        let incoming = incoming(Some(ADDRESS), None);
        assert_eq!(incoming.key_from_address(&address), Some(key));
        assert_eq!(incoming.key_from_address(&format!("<{address}>")), Some(key));
    }
    if let Some(found) = address_list::addresses(field) {
        assert!(address_list::addresses(&format!("{field}, a@b")).is_some(), "one more address does harm");
        let told: usize = found.iter().map(String::len).sum();
        assert!(told <= 8 * field.len(), "{told} bytes of {}", field.len());
        let plain: Vec<_> = found.into_iter().filter(|address| is_plain(address)).collect();
        assert_eq!(address_list::addresses(&plain.join(", ")).as_ref(), Some(&plain));
        let named: String = plain.iter().map(|address| format!("\"J. (D), x@y;\" <{address}>,")).collect();
        assert_eq!(address_list::addresses(&named).as_ref(), Some(&plain));
        assert_eq!(address_list::addresses(&format!("All: {};", plain.join("; "))).as_ref(), Some(&plain));
    }
    let ids: Vec<_> = message_ids::ids(field).collect();
    assert!(ids.iter().all(|id| !id.is_empty() && !id.contains(['<', '>']) && field.contains(&format!("{id}>"))));
    assert!(!message_ids::is_single_message_id(field) || !ids.is_empty());
}

fn incoming(address: Option<&str>, service_desk: Option<&str>) -> IncomingEmail {
    IncomingEmail::new(address, service_desk, Some(HOST)).expect("settings")
}

/// Nobody reads it otherwise.
fn is_plain(address: &str) -> bool {
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-_".contains(&byte))
    };
    address.split_once('@').is_some_and(|(local, domain)| local.split('.').all(word) && domain.split('.').all(word))
}
