//! Posts each message to a web application.

use async_trait::async_trait;

use super::{Delivery, Outcome};
use crate::{Result, fields::Fields, mailbox::Timeouts, message::Message};

/// The `delivery_options` of today's gem.
#[derive(Clone, Debug)]
pub(crate) struct PostbackSettings;

impl PostbackSettings {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self> {
        Err(fields.error("delivery_method", "postback is not available in this version yet"))
    }
}

pub(super) struct Postback;

impl Postback {
    pub(super) fn new(_settings: PostbackSettings, _timeouts: &Timeouts) -> Self {
        Self
    }
}

#[async_trait]
impl Delivery for Postback {
    fn name(&self) -> &'static str {
        "MailRoom::Delivery::Postback"
    }

    async fn deliver(&self, _message: Message) -> Outcome {
        Outcome::TryAgain(String::new())
    }
}
