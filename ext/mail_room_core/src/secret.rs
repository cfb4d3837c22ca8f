//! Text that must never show in a log line or an error.

use std::{fmt, fs::File, io::Read, path::Path};

/// What a secret is replaced by wherever it would show.
const REDACTED: &str = "[REDACTED]";

/// None is longer; a path that leads to some other file should not fill the memory.
const LONGEST: u64 = 64 * 1024;

/// A password or token.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one place that has to send it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// `text` without this secret, for servers that repeat what they were sent.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.redacted(text.to_owned())
    }

    /// The same; most often there is nothing to be done.
    pub(crate) fn redacted(&self, mut text: String) -> String {
        if self.0.is_empty() {
            return text;
        }
        // As IMAP and JSON quote it, and as it is.
        if self.0.contains(['\\', '"']) {
            text = text.replace(&self.0.replace('\\', "\\\\").replace('"', "\\\""), REDACTED);
        }
        if text.contains(&self.0) { text.replace(&self.0, REDACTED) } else { text }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// What a file with a secret holds, at most 64 KiB. May wait for a disk.
///
/// # Errors
/// Says what is wrong with the file, without naming it.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let file = |error: std::io::Error| error.to_string();
    // A pipe would keep us waiting for ever.
    if !path.metadata().map_err(file)?.is_file() {
        return Err("is not a file".to_owned());
    }
    let mut content = Vec::new();
    File::open(path).map_err(file)?.take(LONGEST + 1).read_to_end(&mut content).map_err(file)?;
    if content.len() as u64 > LONGEST {
        return Err("is too large for a secret".to_owned());
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_shows() {
        let secret = Secret::new("hunter2".into());
        assert_eq!(format!("{secret:?}"), "[REDACTED]");
        assert_eq!(secret.redact("LOGIN u hunter2 rejected"), "LOGIN u [REDACTED] rejected");
        assert_eq!(Secret::new(r#"a"b\c"#.into()).redact(r#"LOGIN u "a\"b\\c""#), "LOGIN u \"[REDACTED]\"");
    }
}
