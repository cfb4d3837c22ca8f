//! What is noted at messages on the server, for the next process and for `mail_room requeue`.

/// What all keywords of ours begin with (RFC 3501, section 2.3.2; their case does not matter).
const KEYWORDS: &str = "$MailRoom";

pub(crate) fn is_ours(keyword: &str) -> bool {
    keyword.get(..KEYWORDS.len()).is_some_and(|head| head.eq_ignore_ascii_case(KEYWORDS))
}

/// Accepted by the application, and about to be removed: should this process die first, the next one
/// knows that this message is ours to remove.
pub(crate) const DELIVERED: &str = "$MailRoomDelivered";

/// Put aside by us, and not flagged by a person.
pub(crate) const QUARANTINED: &str = "$MailRoomQuarantined";

/// What the keyword for a number of failed attempts begins with.
const ATTEMPT: &str = "$MailRoomAttempt";

/// The keyword that notes so many failed attempts. Only powers of two are noted, so that a mailbox needs few
/// keywords: servers limit them.
pub(crate) fn attempts_keyword(count: u32) -> String {
    format!("{ATTEMPT}{}", 1u32 << count.max(1).ilog2())
}

/// How many failed attempts a keyword speaks of.
pub(crate) fn attempts_noted(keyword: &str) -> Option<u32> {
    let head = keyword.get(..ATTEMPT.len())?;
    head.eq_ignore_ascii_case(ATTEMPT).then(|| keyword[ATTEMPT.len()..].parse().ok()).flatten()
}
