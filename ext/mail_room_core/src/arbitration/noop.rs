//! The arbiter of a process that is alone.

use async_trait::async_trait;

use super::{Arbitration, Claimed};
use crate::{
    Result,
    message::{Origin, Uid},
};

/// Grants everything.
pub(crate) struct Noop;

#[async_trait]
impl Arbitration for Noop {
    fn name(&self) -> &'static str {
        "MailRoom::Arbitration::Noop"
    }

    async fn claim(&self, _origin: &Origin, uids: &[Uid]) -> Result<Claimed> {
        Ok(Claimed { granted: uids.to_vec(), done: Vec::new() })
    }

    async fn release(&self, _origin: &Origin, _uids: &[Uid]) {}
}
