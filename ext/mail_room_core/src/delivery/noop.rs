//! Takes every message and does nothing with it.

use async_trait::async_trait;

use super::{Delivery, Outcome};
use crate::message::Message;

pub(super) struct Noop;

#[async_trait]
impl Delivery for Noop {
    fn name(&self) -> &'static str {
        "MailRoom::Delivery::Noop"
    }

    async fn deliver(&self, _message: Message) -> Outcome {
        Outcome::accepted()
    }
}
