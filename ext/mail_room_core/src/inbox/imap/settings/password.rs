//! A password, wherever it stands.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{sync::Mutex, time::timeout};

use crate::{
    Error, Result,
    aside::aside,
    fields::Fields,
    secret::{self, Secret},
};

const FILE: &str = "password_file";

#[derive(Clone, Debug)]
pub(crate) enum Password {
    Written(Secret),
    /// A secret of Docker, Kubernetes or systemd. Read for each login, so that a new one is taken up.
    File {
        path: PathBuf,
        /// Held by who reads: a disk that hangs should have one thread, not one of each attempt to log in.
        turn: Arc<Mutex<()>>,
    },
}

impl Password {
    /// Reads `password` or `password_file`, and tries the file. May wait for a disk.
    ///
    /// # Errors
    /// [`Error::Configuration`] when neither is set, or both are, and for a file that cannot be used.
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self> {
        let Some(path) = fields.path(FILE)? else {
            let written = fields.text("password")?.filter(|password| !password.is_empty());
            let written = written.ok_or_else(|| fields.error("password", format!("is required (or {FILE})")))?;
            return Ok(Self::Written(Secret::new(written)));
        };
        // Templates write empty text for what is not set.
        if fields.text("password")?.is_some_and(|password| !password.is_empty()) {
            return Err(fields.error(FILE, "stands beside password: leave one of them out"));
        }
        content(&path).map_err(|problem| fields.error(FILE, format!("cannot be used ({problem})")))?;
        Ok(Self::File { path, turn: Arc::default() })
    }

    /// The password as it is now. Never takes longer than the limit.
    ///
    /// # Errors
    /// [`Error::Password`] when the file cannot be used; the text names it.
    pub(crate) async fn current(&self, limit: Duration) -> Result<Secret> {
        let (path, turn) = match self {
            Self::Written(password) => return Ok(password.clone()),
            Self::File { path, turn } => (path.clone(), Arc::clone(turn)),
        };
        let late = format!("{}: cannot be read within {} s (command_timeout)", path.display(), limit.as_secs_f32());
        let read = async {
            let turn = turn.lock_owned().await;
            aside(move || {
                let read = content(&path);
                drop(turn);
                read
            })
            .await
        };
        let content = match timeout(limit, read).await {
            Ok(read) => read.unwrap_or_else(|error| Err(error.to_string())),
            Err(_) => Err(late),
        };
        content.map_err(|problem| Error::Password { reason: format!("{FILE} cannot be used ({problem})") })
    }
}

/// What stands in the file, but for the newline that editors and `echo` add.
fn content(path: &Path) -> Result<Secret, String> {
    let failed = |problem: String| format!("{}: {problem}", path.display());
    let content = secret::read(path).map_err(failed)?;
    // The error's own words would hold what stands there.
    let mut content = String::from_utf8(content).map_err(|_| failed("is no UTF-8 text".to_owned()))?;
    if content.ends_with('\n') {
        content.pop();
        if content.ends_with('\r') {
            content.pop();
        }
    }
    if content.is_empty() { Err(failed("is empty".to_owned())) } else { Ok(Secret::new(content)) }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use serde_json::{Value, json};

    use super::*;

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
            let path = env::temp_dir().join(format!("mail_room-password-{}-{name}", process::id()));
            fs::write(&path, content).expect("a file");
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    fn read(settings: &Value) -> Result<Password, String> {
        Password::read(&Fields::new(settings, "m".into()).expect("a mapping")).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn one_newline_is_dropped_and_nothing_else() {
        for (content, password) in [
            ("hunter2", "hunter2"),
            ("hunter2\n", "hunter2"),
            ("hunter2\r\n", "hunter2"),
            (" h u\n\n", " h u\n"),
            ("hunter2\r", "hunter2\r"),
            ("pässword", "pässword"),
        ] {
            let file = Scratch::new("newline", content);
            let read = read(&json!({"password": "", "password_file": file.0})).expect("settings");
            assert_eq!(read.current(Duration::from_secs(10)).await.expect("a password").expose(), password);
            assert!(!format!("{read:?}").contains("hunter2"));
        }
    }

    #[test]
    fn says_at_once_what_is_wrong_and_never_what_stands_there() {
        let folder = env::temp_dir();
        for (content, problem) in [
            (&b""[..], "is empty"),
            (b"\n", "is empty"),
            (b"hunter2\xff", "is no UTF-8 text"),
            (&[b'x'; 64 * 1024 + 1], "is too large for a secret"),
        ] {
            let file = Scratch::new("wrong", content);
            let text = read(&json!({"password_file": file.0})).expect_err("an error");
            assert_eq!(text, format!("m: password_file cannot be used ({}: {problem})", file.0.display()));
        }
        let text = read(&json!({"password_file": folder})).expect_err("an error");
        assert!(text.ends_with(": is not a file)"), "{text}");
        let text = read(&json!({"password_file": "/nowhere/password"})).expect_err("an error");
        assert!(text.starts_with("m: password_file cannot be used (/nowhere/password: No such file"), "{text}");
        let text = read(&json!({"password_file": "/nowhere/password", "password": "hunter2"})).expect_err("an error");
        assert_eq!(text, "m: password_file stands beside password: leave one of them out");
    }

    #[tokio::test]
    async fn one_reads_at_a_time() {
        let file = Scratch::new("turn", "hunter2");
        let password = read(&json!({"password_file": file.0})).expect("settings");
        let Password::File { turn, .. } = password.clone() else { panic!("{password:?}") };
        let reading = turn.lock().await;
        let text = password.current(Duration::from_millis(10)).await.expect_err("an error").to_string();
        assert!(text.contains("cannot be read within 0.01 s"), "{text}");
        drop(reading);
        assert_eq!(password.current(Duration::from_secs(10)).await.expect("a password").expose(), "hunter2");
    }

    #[tokio::test]
    async fn takes_up_what_stands_there_at_that_moment() {
        let file = Scratch::new("rotated", "one");
        let password = read(&json!({"password_file": file.0})).expect("settings");
        let limit = Duration::from_secs(10);
        fs::write(&file.0, "two\n").expect("written");
        assert_eq!(password.current(limit).await.expect("a password").expose(), "two");
        fs::remove_file(&file.0).expect("removed");
        let text = password.current(limit).await.expect_err("an error").to_string();
        let beginning = format!("no password: password_file cannot be used ({}: No such file", file.0.display());
        assert!(text.starts_with(&beginning), "{text}");
    }
}
