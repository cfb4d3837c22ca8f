//! Inserts each message as a job of Que.

use async_trait::async_trait;

use super::{Delivery, Outcome};
use crate::{Result, fields::Fields, mailbox::Timeouts, message::Message};

/// The `delivery_options` of today's gem.
#[derive(Clone, Debug)]
pub(crate) struct QueSettings;

impl QueSettings {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self> {
        Err(fields.error("delivery_method", "que is not available in this version yet"))
    }
}

pub(super) struct Que;

impl Que {
    pub(super) fn new(_settings: QueSettings, _timeouts: &Timeouts) -> Self {
        Self
    }
}

#[async_trait]
impl Delivery for Que {
    fn name(&self) -> &'static str {
        "MailRoom::Delivery::Que"
    }

    async fn deliver(&self, _message: Message) -> Outcome {
        Outcome::TryAgain(String::new())
    }
}
