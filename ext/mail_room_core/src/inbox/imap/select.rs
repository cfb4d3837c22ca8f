//! Opening a mailbox, and whether it can be used.

use super::{
    login, mutf7,
    response::{Code, Response},
    wire::{Limit, Wire},
};
use crate::{
    Error, Result,
    mailbox::{Settlement, Timeouts},
};

/// What a mailbox says of itself when it is selected.
pub(super) struct Selected {
    /// Every server has to tell it. One that does not is served all the same; 0 is no server's value
    /// (RFC 3501, section 9, nz-number) and stands for "unknown".
    pub(super) uid_validity: u32,
    /// The flags it keeps. RFC 3501, section 7.1: without the list every flag is permanent.
    pub(super) permanent: Option<Vec<String>>,
    pub(super) read_only: bool,
}

impl Selected {
    /// # Errors
    /// [`Error::Unusable`] when delivered messages could not be marked.
    pub(super) fn suits(&self, settlement: Settlement) -> Result<()> {
        if self.read_only {
            return Err(Error::Unusable("it is read-only, so delivered messages could not be marked".into()));
        }
        match self.lacks(settlement) {
            Some(flag) => {
                Err(Error::Unusable(format!("it does not keep {flag}, so delivered messages would come back")))
            }
            None => Ok(()),
        }
    }

    /// The first flag of those that delivered messages get which it does not keep.
    pub(super) fn lacks(&self, settlement: Settlement) -> Option<&'static str> {
        let permanent = self.permanent.as_ref()?;
        let needed: &[&str] = if settlement.delete { &["\\Seen", "\\Deleted"] } else { &["\\Seen"] };
        needed.iter().copied().find(|flag| !permanent.iter().any(|kept| kept.eq_ignore_ascii_case(flag)))
    }

    /// Whether it keeps keywords it has not seen before.
    pub(super) fn keeps_keywords(&self) -> bool {
        self.permanent.as_ref().is_some_and(|permanent| permanent.iter().any(|kept| kept == "\\*"))
    }
}

/// RFC 3501, section 6.3.1.
pub(super) async fn select(wire: &mut Wire, name: &str, timeouts: &Timeouts) -> Result<Selected> {
    open(wire, "SELECT", name, timeouts).await
}

/// For reading only, which leaves `\Recent` where it is (RFC 3501, section 6.3.2). Servers may say that they keep no
/// flags then, and that it is read-only.
pub(super) async fn examine(wire: &mut Wire, name: &str, timeouts: &Timeouts) -> Result<Selected> {
    open(wire, "EXAMINE", name, timeouts).await
}

async fn open(wire: &mut Wire, command: &'static str, name: &str, timeouts: &Timeouts) -> Result<Selected> {
    let name = mailbox_name(name)?;
    let (mut uid_validity, mut permanent) = (None, None);
    let collect = |response| {
        if let Response::Notice { code: Some(code), .. } = response {
            match code {
                Code::UidValidity(validity) => uid_validity = Some(validity),
                Code::PermanentFlags(flags) => permanent = Some(flags),
                _ => {}
            }
        }
    };
    let completion = wire.run(command, &name, Limit::Total(timeouts.command), collect).await?;
    let read_only = matches!(completion.code, Some(Code::ReadOnly));
    Ok(Selected { uid_validity: uid_validity.unwrap_or_default(), permanent, read_only })
}

/// A mailbox's name as a command carries it (RFC 3501, section 5.1.3).
pub(super) fn mailbox_name(name: &str) -> Result<String> {
    login::quoted(&mutf7::encoded(name)).ok_or_else(|| Error::Protocol("unusable mailbox name".into()))
}
