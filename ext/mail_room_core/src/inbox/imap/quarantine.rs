//! Quarantined messages, for those who put them back.

use super::Imap;
use crate::{Error, Result, inbox::keywords::QUARANTINED, message::Uid};

impl Imap {
    /// A message counts as quarantined when it carries our keyword, and in the mailbox itself is flagged besides.
    /// The flag alone will do for one that is named, and where quarantined messages are moved to when the
    /// server keeps no keywords.
    ///
    /// # Errors
    /// Those of SEARCH, and [`Error::Unusable`] when nothing tells which messages are quarantined.
    pub(super) async fn quarantined(&mut self, aside: bool, named: &[String]) -> Result<Vec<Uid>> {
        let criteria = self.criteria(aside, !named.is_empty())?;
        let mut uids = self.search(&criteria).await?;
        if !named.is_empty() {
            uids.retain(|uid| named.contains(&uid.to_string()));
        }
        Ok(uids)
    }

    /// Marks messages as unread, and moves them to another mailbox when one is given. The keyword stays: whoever
    /// delivers the message takes it for a sign that its failures count anew.
    pub(super) async fn put_back(&mut self, uids: &[Uid], named: bool, home: Option<&str>) -> Result<()> {
        // Should the move break off, they are found by the keyword, or else by the flag.
        let by_flag = home.is_some() && (named || !self.keeps_keywords());
        self.unmark(uids, if by_flag { "\\Seen" } else { "\\Seen \\Flagged" }).await?;
        match home {
            Some(home) => self.move_to(uids, home).await,
            None => Ok(()),
        }
    }

    fn criteria(&self, aside: bool, named: bool) -> Result<String> {
        match (self.keeps_keywords(), aside) {
            (true, true) if !named => Ok(format!("KEYWORD {QUARANTINED}")),
            // A keyword the server had no room for is missing.
            (true, true) => Ok(format!("OR FLAGGED KEYWORD {QUARANTINED}")),
            (_, false) if named => Ok("FLAGGED".to_owned()),
            (true, false) => Ok(format!("KEYWORD {QUARANTINED} FLAGGED")),
            (false, true) => Ok("FLAGGED".to_owned()),
            (false, false) => {
                let reason = "the server keeps no keywords, so that messages flagged by people look the same";
                Err(Error::Unusable(format!("{reason}: name the UIDs")))
            }
        }
    }
}
