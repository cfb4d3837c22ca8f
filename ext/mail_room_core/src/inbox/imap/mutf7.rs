//! Mailbox names on the wire (RFC 3501, section 5.1.3).

use base64::{
    Engine, alphabet,
    engine::general_purpose::{GeneralPurpose, NO_PAD},
};

/// Base64 with `,` for `/` and without padding.
pub(super) fn engine() -> GeneralPurpose {
    GeneralPurpose::new(&alphabet::IMAP_MUTF7, NO_PAD)
}

/// `name` in modified UTF-7. A name that is ASCII is taken for encoded already, as it always was.
pub(super) fn encoded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    let mut text = String::new();
    for run in split_runs(name) {
        if run.is_ascii() {
            text.push_str(&run.replace('&', "&-"));
        } else {
            let units: Vec<u8> = run.encode_utf16().flat_map(u16::to_be_bytes).collect();
            text.push('&');
            text.push_str(&engine().encode(units));
            text.push('-');
        }
    }
    text
}

/// What a server calls `name`, as people write it. A name that is ASCII all the same, or is not what it should be,
/// stays as it is: [`encoded`] would leave it so, too.
pub(super) fn decoded(name: &str) -> String {
    characters(name).filter(|decoded| !decoded.is_ascii()).unwrap_or_else(|| name.to_owned())
}

fn characters(name: &str) -> Option<String> {
    let (mut text, mut rest) = (String::new(), name);
    while let Some((plain, shifted)) = rest.split_once('&') {
        let (run, tail) = shifted.split_once('-')?;
        text.push_str(plain);
        if run.is_empty() {
            text.push('&');
        } else {
            let bytes = engine().decode(run).ok()?;
            let units = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            text.push_str(&char::decode_utf16(units).collect::<Result<String, _>>().ok()?);
        }
        rest = tail;
    }
    text.push_str(rest);
    Some(text)
}

/// Pieces that are all ASCII or all beyond it.
fn split_runs(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let ascii = rest.chars().next()?.is_ascii();
        let end = rest.find(|c: char| c.is_ascii() != ascii).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        rest = tail;
        Some(run)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_the_examples_of_the_rfc() {
        assert_eq!(encoded("~peter/mail/台北/日本語"), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(encoded("Entwürfe & mehr"), "Entw&APw-rfe &- mehr");
        assert_eq!(encoded("INBOX"), "INBOX");
    }

    #[test]
    fn decodes_what_is_not_ascii() {
        for name in ["~peter/mail/台北/日本語", "Entwürfe & mehr", "INBOX", "A &- B", "&", "&!-", "&AP"] {
            assert_eq!(decoded(&encoded(name)), name);
        }
    }
}
