use std::{env, fs, path::Path, process, time::Instant};

use super::*;

/// For commands that come to an end by themselves.
const PATIENCE: Duration = Duration::from_secs(60);

async fn of(command: &str) -> Result<Vec<u8>, String> {
    output(command, PATIENCE).await
}

/// Waits until a process is gone whose number stands in this file.
async fn gone(file: &Path) {
    let begin = Instant::now();
    let number = loop {
        match fs::read_to_string(file) {
            Ok(text) if text.ends_with('\n') => break text.trim().to_owned(),
            _ => assert!(begin.elapsed() < PATIENCE, "it never began"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    while Path::new("/proc").join(&number).exists() {
        assert!(begin.elapsed() < PATIENCE, "process {number} goes on, or nobody waits for it");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    fs::remove_file(file).expect("removed");
}

fn file(name: &str) -> std::path::PathBuf {
    env::temp_dir().join(format!("mail_room-command-{}-{name}", process::id()))
}

#[tokio::test]
async fn what_a_command_prints_is_taken() {
    assert_eq!(of("echo token; echo chatter >&2").await.as_deref(), Ok(b"token\n".as_slice()));
    assert_eq!(of("cat; echo no input").await.as_deref(), Ok(b"no input\n".as_slice()));
    assert_eq!(of("exec >&- 2>&-; exit 0").await.as_deref(), Ok(b"".as_slice()));
    let much = of("head -c 65536 /dev/zero").await.expect("64 KiB");
    assert_eq!(much.len(), 65_536);
}

#[tokio::test]
async fn a_failure_is_told_with_the_last_line_of_its_errors() {
    let problem = of("echo token; echo first >&2; echo 'the vault is sealed' >&2; echo >&2; exit 3").await;
    assert_eq!(problem, Err("failed (exit status: 3): the vault is sealed".to_owned()));
    assert_eq!(of("exit 1").await, Err("failed (exit status: 1)".to_owned()));
    let problem = of("kill -TERM $$").await.expect_err("a failure");
    assert!(problem.starts_with("failed (signal: 15"), "{problem}");
    let problem = of("no-such-command-anywhere").await.expect_err("a failure");
    assert!(problem.contains("not found"), "{problem}");
    let problem = of("yes x | head -c 3000000 | tr -d '\\n' >&2; exit 1").await.expect_err("a failure");
    assert!(problem.len() < 400, "{problem}");
}

#[tokio::test]
async fn endless_output_ends_the_command() {
    let file = file("yes");
    let problem = of(&format!("echo $$ > {}; yes", file.display())).await;
    assert_eq!(problem, Err("printed more than 64 KiB".to_owned()));
    gone(&file).await;
}

#[tokio::test]
async fn a_command_that_hangs_ends_with_the_limit_and_with_all_it_started() {
    let (shell, grandchild) = (file("shell"), file("grandchild"));
    let command = format!(
        "trap '' TERM INT HUP; (trap '' TERM; echo $$ > {}; sh -c 'echo $$ > {}; sleep 1000'); sleep 1000",
        shell.display(),
        grandchild.display()
    );
    let problem = output(&command, Duration::from_millis(500)).await;
    assert_eq!(problem, Err("did not end within 0.5 s (command_timeout)".to_owned()));
    gone(&shell).await;
    gone(&grandchild).await;
}

#[tokio::test]
async fn whoever_stops_waiting_ends_the_command() {
    let file = file("cancelled");
    let command = format!("echo $$ > {0}.new; mv {0}.new {0}; sleep 1000", file.display());
    tokio::select! {
        result = of(&command) => panic!("{result:?}"),
        () = async { while !file.exists() { tokio::time::sleep(Duration::from_millis(10)).await } } => {}
    }
    gone(&file).await;
}

#[tokio::test]
async fn who_stays_behind_and_holds_the_output_keeps_nobody_waiting() {
    let file = file("background");
    let command = format!(
        "sh -c 'echo $$ > {0}.new; mv {0}.new {0}; exec sleep 1000' & while ! test -e {0}; do :; done; echo token",
        file.display()
    );
    assert_eq!(of(&command).await.as_deref(), Ok(b"token\n".as_slice()));
    gone(&file).await;
    // A daemon leaves the group, and is nobody's business.
    assert_eq!(of("setsid sleep 5 & echo token").await.as_deref(), Ok(b"token\n".as_slice()));
}

/// Bit 16 of the mask is signal 17.
#[tokio::test]
async fn sigchld_stays_with_whoever_has_it() {
    tokio::select! {
        result = of("sleep 1000") => panic!("{result:?}"),
        () = tokio::time::sleep(Duration::from_millis(50)) => {}
    }
    of("echo token").await.expect("a token");
    let status = fs::read_to_string("/proc/self/status").expect("a status");
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a mask");
    let caught = u64::from_str_radix(caught.trim(), 16).expect("a number");
    assert_eq!(caught & 1 << 16, 0, "SIGCHLD is caught");
}
