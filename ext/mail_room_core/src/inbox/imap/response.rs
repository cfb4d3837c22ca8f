//! What a server can say, in our own types: the rest of the crate never sees the parser's.

use imap_proto::{
    AttributeValue, Capability, MailboxDatum, MessageSection, Outcome, Response as Parsed, ResponseCode, SectionPath,
    Status as ParsedStatus, rfc4315::UidSetMember,
};

use crate::inbox::keywords::attempts_noted;
use crate::message::Uid;

/// One response (RFC 3501, section 7).
#[derive(Debug)]
pub(super) enum Response {
    /// The end of a command.
    Completion {
        tag: String,
        status: Status,
        code: Option<Code>,
        text: String,
    },
    /// `+`: go on, with what the server asks for or challenges the client with.
    Continuation(String),
    /// An untagged status: `* OK`, `* NO`, `* BAD` or `* PREAUTH`.
    Notice {
        status: Status,
        code: Option<Code>,
        text: String,
    },
    /// The server hangs up.
    Bye(String),
    /// So many messages are in the mailbox.
    Exists(u32),
    /// The message with this sequence number is gone.
    Expunge,
    /// What a search found.
    Search(Vec<Uid>),
    /// A mailbox of this name is there, as LIST tells it.
    List(String),
    Capability(Vec<String>),
    Fetch(Fetched),
    /// Anything else; nothing waits for it.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    No,
    Bad,
    Preauth,
}

/// The response codes that matter here (RFC 3501, section 7.1).
#[derive(Debug)]
pub(super) enum Code {
    Capability(Vec<String>),
    UidValidity(u32),
    PermanentFlags(Vec<String>),
    ReadOnly,
    /// The message that was appended has this UID (RFC 4315).
    AppendUid(Uid),
    /// The text is meant for people.
    Alert,
    Other,
}

/// The items of a FETCH answer that were asked for; a server may send any of them unasked.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    pub(super) uid: Option<Uid>,
    pub(super) size: Option<u32>,
    pub(super) flags: Option<Vec<String>>,
    pub(super) body: Option<Vec<u8>>,
    /// Fields of its header, as many as were asked for.
    pub(super) header: Option<Vec<u8>>,
}

impl Fetched {
    /// Whether this tells that the message is unread, and not only that somebody failed to deliver it.
    pub(super) fn is_unseen(&self) -> bool {
        let seen = |flag: &String| flag.eq_ignore_ascii_case("\\Seen") || attempts_noted(flag).is_some();
        self.flags.as_ref().is_some_and(|flags| !flags.iter().any(seen))
    }
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::No => "NO",
            Self::Bad => "BAD",
            Self::Preauth => "PREAUTH",
        }
    }
}

impl From<&Parsed<'_>> for Response {
    fn from(parsed: &Parsed<'_>) -> Self {
        match parsed {
            Parsed::Done { tag, status, outcome } => {
                let (code, text) = told(outcome);
                match Status::try_from(status) {
                    Ok(status) => Self::Completion { tag: tag.0.clone(), status, code, text },
                    Err(()) => Self::Bye(text),
                }
            }
            Parsed::Data { status, outcome } => {
                let (code, text) = told(outcome);
                match Status::try_from(status) {
                    Ok(status) => Self::Notice { status, code, text },
                    Err(()) => Self::Bye(text),
                }
            }
            Parsed::Continue(outcome) => Self::Continuation(told(outcome).1),
            Parsed::Capabilities(capabilities) => Self::Capability(names(capabilities)),
            Parsed::Expunge(_) => Self::Expunge,
            Parsed::Fetch(_, attributes) => Self::Fetch(fetched(attributes)),
            Parsed::MailboxData(MailboxDatum::Exists(count)) => Self::Exists(*count),
            Parsed::MailboxData(MailboxDatum::Search(uids)) => {
                Self::Search(uids.iter().copied().filter(is_uid).collect())
            }
            Parsed::MailboxData(MailboxDatum::List(listed)) => Self::List(listed.name.to_string()),
            _ => Self::Other,
        }
    }
}

impl TryFrom<&ParsedStatus> for Status {
    type Error = ();

    /// BYE is the one status that is a response of its own here.
    fn try_from(status: &ParsedStatus) -> Result<Self, ()> {
        match status {
            ParsedStatus::Ok => Ok(Self::Ok),
            ParsedStatus::No => Ok(Self::No),
            ParsedStatus::Bad => Ok(Self::Bad),
            ParsedStatus::PreAuth => Ok(Self::Preauth),
            ParsedStatus::Bye => Err(()),
        }
    }
}

fn told(outcome: &Outcome<'_>) -> (Option<Code>, String) {
    let code = outcome.code.as_ref().map(|code| match code {
        ResponseCode::Capabilities(capabilities) => Code::Capability(names(capabilities)),
        ResponseCode::UidValidity(validity) => Code::UidValidity(*validity),
        ResponseCode::PermanentFlags(flags) => Code::PermanentFlags(flags.iter().map(ToString::to_string).collect()),
        ResponseCode::ReadOnly => Code::ReadOnly,
        ResponseCode::AppendUid(_, uids) => match uids.first() {
            Some(UidSetMember::Uid(uid)) => Code::AppendUid(*uid),
            Some(UidSetMember::UidRange(uids)) => Code::AppendUid(*uids.start()),
            None => Code::Other,
        },
        ResponseCode::Alert => Code::Alert,
        _ => Code::Other,
    });
    (code, outcome.information.as_deref().unwrap_or_default().trim().to_owned())
}

/// RFC 3501, section 9, `nz-number`: servers have no message 0, and commands must not name it.
fn is_uid(uid: &Uid) -> bool {
    *uid > 0
}

fn names(capabilities: &[Capability<'_>]) -> Vec<String> {
    capabilities
        .iter()
        .map(|capability| match capability {
            Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
            Capability::Auth(mechanism) => format!("AUTH={}", mechanism.to_ascii_uppercase()),
            Capability::Atom(name) => name.to_ascii_uppercase(),
        })
        .collect()
}

fn fetched(attributes: &[AttributeValue<'_>]) -> Fetched {
    let mut fetched = Fetched::default();
    for attribute in attributes {
        match attribute {
            // The last one counts (see `frames`).
            AttributeValue::Uid(uid) => fetched.uid = Some(*uid).filter(is_uid),
            AttributeValue::Rfc822Size(size) => fetched.size = Some(*size),
            AttributeValue::Flags(flags) => fetched.flags = Some(flags.iter().map(ToString::to_string).collect()),
            AttributeValue::BodySection { section: None, data, .. } => {
                fetched.body = data.as_ref().map(|data| data.to_vec());
            }
            AttributeValue::BodySection { section: Some(SectionPath::Full(MessageSection::Header)), data, .. } => {
                fetched.header = data.as_ref().map(|data| data.to_vec());
            }
            _ => {}
        }
    }
    fetched
}
