//! How much memory a hostile server can make a process use.

use std::{env, fs, process::Command};

/// Tests that are run again, each in a process of its own, and the most MiB it may hold at any time.
/// What the scripted servers need of it is the larger part.
const PEAKS: [(&str, u64); 3] = [
    // Gigabytes were announced, and of a hundred megabytes that were allowed none came.
    ("hostile::a_broken_server_ends_its_session_and_nothing_else", 192),
    // 20 MB, which the server holds twice. In an error's text the parser would write it out as numbers.
    ("hostile::a_large_message_in_unreadable_words_is_tried_again", 128),
    ("searching::a_backlog_of_a_million_messages_is_found_in_time", 96),
];

#[test]
fn the_memory_a_server_can_use_up_is_bounded() {
    if !cfg!(target_os = "linux") {
        return;
    }
    for (test, most) in PEAKS {
        let test_program = env::current_exe().expect("this program");
        let mut run = Command::new(test_program);
        let run = run.args(["--exact", test, "--nocapture"]).env("TELL_THE_PEAK", "1").output();
        let run = run.expect("a run of this program");
        let told = String::from_utf8_lossy(&run.stdout);
        let peak = told.lines().find_map(|line| line.split_once("the peak: ")).map(|(_, peak)| peak);
        let peak: u64 = peak.and_then(|peak| peak.trim().parse().ok()).unwrap_or_else(|| panic!("{test}: {told}"));
        println!("{test}: {peak} KiB");
        assert!(run.status.success() && peak < most << 10, "{test}: {peak} KiB at the peak");
    }
}

/// Says, where the test above asks for it, how much this process has held at most.
pub(crate) fn tell_the_peak() {
    if env::var_os("TELL_THE_PEAK").is_none() {
        return;
    }
    let status = fs::read_to_string("/proc/self/status").expect("the state of this process");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    println!("the peak: {}", peak.trim().trim_end_matches(" kB"));
}
