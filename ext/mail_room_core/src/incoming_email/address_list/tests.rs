use serde_json::Value;

use super::addresses;

/// Pairs of a field and what the mail gem told: a list, or the field itself.
#[test]
fn fields_are_read_as_the_mail_gem_reads_them() {
    let cases: Vec<(String, Value)> = serde_json::from_str(include_str!("cases.json")).expect("cases");
    let differing: Vec<_> = cases.iter().filter(|(field, told)| read(field) != *told).collect();
    for (field, told) in &differing {
        println!("{field:?}: the gem {told}, here {}", read(field));
    }
    assert!(cases.len() > 150 && differing.is_empty(), "{} of {} differ", differing.len(), cases.len());
}

fn read(field: &str) -> Value {
    addresses(field).map_or_else(|| Value::from("no list"), Value::from)
}
