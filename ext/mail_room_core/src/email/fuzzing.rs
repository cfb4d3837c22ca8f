//! A door for whoever writes mail: all that can be asked of a message.

use super::{Body, Email, parts};

/// A message. Nothing panics, also where a panic would be contained; every attachment that is told of is there and has
/// the size that is told; and asking twice gives the same.
pub(crate) fn email(raw: &[u8]) {
    let email = Email::new(raw.to_vec());
    assert_eq!(email.headers(), super::headers(&email.header()));
    let Body { attachments, .. } = super::select(email.message(), &parts::parts(email.message()).unwrap_or_default());
    assert_eq!(email.body().attachments, attachments);
    let attachments = attachments.as_array().expect("a list");
    for (index, attachment) in attachments.iter().enumerate() {
        let content = email.attachment(index).expect("the content of an attachment");
        assert_eq!(attachment["size"], content.len(), "{attachment}");
    }
    assert_eq!(email.attachment(attachments.len()), None);
    for name in ["To", "Subject", "Received"] {
        let _ = email.header_values(name.as_bytes());
    }
    assert_eq!(email.size(), raw.len());
}
