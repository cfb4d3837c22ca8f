//! Step ④: whether a message is delivered, and what the log tells of it besides.

use serde_json::{Map, Value, json};

use super::{Pass, sorter::Sorting};
use crate::{
    crash_point::{self, Step},
    mailbox::{Action, Rule},
    message::{Message, Name, Uid},
};

impl Pass {
    /// What is to be told of a message when it has been delivered. None when it is not to be: its fate is
    /// decided then.
    pub(super) fn sort(&mut self, message: &Message) -> Option<Map<String, Value>> {
        let Sorting { verdict, told } = self.sorter.sort(&message.raw);
        let Some((rule, action)) = verdict else { return Some(told) };
        self.in_hand.remove(&message.uid);
        match action {
            Action::Skip => self.skip(message.uid, rule, told),
            Action::Quarantine => self.put_aside(message.uid, rule, told),
        }
        crash_point::after(Step::Sorted);
        None
    }

    /// The message is marked as read, whatever becomes of delivered ones.
    fn skip(&mut self, uid: Uid, rule: Rule, told: Map<String, Value>) {
        self.ledger.skipped(uid);
        self.decided(uid, false);
        self.log.info("message skipped", sorted(&self.origin.name(uid), rule, told));
    }

    /// The message is quarantined, and the log tells what is known of it, as of a skipped one.
    fn put_aside(&mut self, uid: Uid, rule: Rule, told: Map<String, Value>) {
        self.log.info("message sorted out", sorted(&self.origin.name(uid), rule, told));
        self.quarantine(uid, &format!("filter.{} is quarantine", rule.key()));
    }
}

fn sorted(name: &Name, rule: Rule, told: Map<String, Value>) -> Value {
    let mut line = Map::from_iter([("uid".to_owned(), json!(name)), ("reason".to_owned(), rule.key().into())]);
    line.extend(told);
    Value::Object(line)
}
