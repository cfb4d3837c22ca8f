//! The list of traces: `tests/traces/README.md`.

use std::{fs, path::Path};

/// The text of all files of a directory of the tests whose names end so.
fn texts(directory: &str, ending: &str) -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(directory);
    let files = fs::read_dir(directory).expect("a directory").map(|file| file.expect("a file").path());
    let wanted = files.filter(|path| path.to_string_lossy().ends_with(ending));
    let named = |path: std::path::PathBuf| path.file_stem().expect("a name").to_string_lossy().into_owned();
    wanted.map(|path| (named(path.clone()), fs::read_to_string(path).expect("text"))).collect()
}

#[test]
fn every_trace_is_played_by_a_test() {
    let users = [texts("imap", ".rs"), texts("support", ".rs"), texts("traces", ".txt"), texts("traces/parts", ".txt")]
        .concat();
    let is_used = |name: &str| {
        let (quoted, included) = (format!("\"{name}\""), format!("[include {name}]"));
        users.iter().any(|(_, text)| text.contains(&quoted) || text.contains(&included))
    };
    let unused: Vec<String> = texts("traces", ".txt").into_iter().map(|(name, _)| name).collect();
    let unused: Vec<&String> = unused.iter().filter(|name| !is_used(name)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn every_trace_and_test_of_the_list_exists() {
    let list = texts("traces", "README.md").remove(0).1;
    let traces = texts("traces", ".txt");
    let tests = texts("imap", ".rs");
    for name in list.split('`').skip(1).step_by(2) {
        let exists = match name.split_once("::") {
            Some((module, test)) => {
                tests.iter().any(|(file, text)| file == module && text.contains(&format!("fn {test}()")))
            }
            None => name.strip_suffix(".txt").is_none_or(|name| traces.iter().any(|(trace, _)| trace == name)),
        };
        assert!(exists, "{name} stands in the list and does not exist");
    }
}
