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

#[test]
#[ignore]
fn differential() {
    let text = std::fs::read_to_string("/tmp/diff.json").expect("a file");
    let cases: Vec<(String, Value)> = serde_json::from_str(&text).expect("cases");
    let mut differing = 0;
    for (field, told) in &cases {
        let read = read(field);
        if read != *told {
            differing += 1;
            if differing < 40 {
                println!("{field:?}: the gem {told}, here {read}");
            }
        }
    }
    panic!("{differing} of {}", cases.len());
}
