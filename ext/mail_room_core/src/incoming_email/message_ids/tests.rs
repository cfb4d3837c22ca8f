use super::{ids, is_single_message_id};

/// Pairs of a field and whether the mail gem took it for a single id.
#[test]
fn a_single_id_is_what_the_mail_gem_takes_for_one() {
    let cases: Vec<(String, bool)> = serde_json::from_str(include_str!("cases.json")).expect("cases");
    let differing: Vec<_> = cases.iter().filter(|(field, single)| is_single_message_id(field) != *single).collect();
    assert!(cases.len() > 40 && differing.is_empty(), "the gem says otherwise: {differing:?}");
}

#[test]
fn ids_are_found_as_gitlab_finds_them() {
    let found = |text| ids(text).collect::<Vec<_>>();
    assert_eq!(found("<a@b> <c@d>"), ["a@b", "c@d"]);
    assert_eq!(found("\"<a@b>,<c@d>\""), ["a@b", "c@d"]);
    assert_eq!(found("<a@b>,<c@d"), ["a@b"]);
    assert_eq!(found("a@b> <<c@d>> <>>x>"), ["a@b", "c@d", "x"]);
    assert_eq!(found("<reply <a@b>"), ["a@b"]);
    assert_eq!(found("a@b"), [""; 0]);
    assert_eq!(found(""), [""; 0]);
}
