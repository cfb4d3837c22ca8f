//! What became of a message that was waited for.

use std::time::Duration;

use super::{Finding, Outcome};
use crate::Result;

const ARRIVAL: &str = "arrival";

/// What became of a message that was waited for.
#[derive(Debug)]
pub(crate) enum Awaited {
    /// `left`: what stays of it, in words, when it could not be removed.
    Found { after: Duration, left: Option<String> },
    /// `others`: other messages came in meanwhile, or it was gone again before it was seen.
    Nothing { others: bool },
}

impl Awaited {
    pub(crate) fn finding(outcome: Result<Self>, limit: Duration) -> Finding {
        match outcome {
            Ok(Self::Found { after, left }) => {
                let told = left.as_ref().map(|left| format!("; {left}")).unwrap_or_default();
                let detail = format!("the message was there after {:.1} s{told}", after.as_secs_f64());
                let advice = left.map(|_| "remove it from the mailbox");
                Finding::new(ARRIVAL, Outcome::Yes, &detail, advice)
            }
            Ok(Self::Nothing { others }) => {
                let limit = limit.as_secs_f32();
                let (detail, advice) = if others {
                    (
                        format!("not seen within {limit} s, though something came into the mailbox meanwhile"),
                        "a daemon that watches this mailbox may have taken it: look for it in its log, or try again while \
                         it is stopped",
                    )
                } else {
                    (
                        format!("nothing came into the mailbox within {limit} s"),
                        "look at the log of the mail server it was handed to: does mail for this address, with what \
                         stands behind the +, reach this mailbox?",
                    )
                };
                Finding::new(ARRIVAL, Outcome::No, &detail, Some(advice))
            }
            Err(error) => {
                let advice = "the other checks of this mailbox tell more";
                Finding::new(ARRIVAL, Outcome::No, &error.to_string(), Some(advice))
            }
        }
    }
}
