//! What a server says of itself: its answer to `ROLE`.

use redis::{FromRedisValue, Value};

use super::settings::Place;

/// A master and those who follow it.
#[derive(Debug, Default)]
pub(super) struct Master {
    /// How many bytes it has written for its replicas so far.
    pub(super) offset: i64,
    pub(super) replicas: Vec<Replica>,
}

#[derive(Debug)]
pub(super) struct Replica {
    /// As the replica announces itself, which is how the sentinels came to know of it.
    pub(super) place: Place,
    /// Of the master's bytes, how many it said to have.
    pub(super) acknowledged: i64,
}

impl Master {
    /// None unless it is a master.
    pub(super) fn read(answer: &[Value]) -> Option<Self> {
        let [Value::BulkString(role), offset, replicas, ..] = answer else { return None };
        if role != b"master" {
            return None;
        }
        let replicas = Vec::<(String, u16, i64)>::from_redis_value_ref(replicas).ok()?;
        Some(Self {
            offset: i64::from_redis_value_ref(offset).ok()?,
            replicas: replicas
                .into_iter()
                .map(|(host, port, acknowledged)| Replica { place: Place::Tcp { host, port }, acknowledged })
                .collect(),
        })
    }

    /// What keeps these from having everything up to `offset`, when something does.
    pub(super) fn lacking(&self, replicas: &[Place], offset: i64) -> Option<String> {
        replicas.iter().find_map(|place| match self.replicas.iter().find(|replica| replica.place == *place) {
            None => Some(format!("replica {place} does not follow it")),
            Some(replica) => {
                (replica.acknowledged < offset).then(|| format!("replica {place} does not have everything yet"))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.into())
    }

    fn place(port: u16) -> Place {
        Place::Tcp { host: "127.0.0.1".into(), port }
    }

    #[test]
    fn who_has_how_much() {
        let replica = |port, offset| Value::Array(vec![text("127.0.0.1"), text(port), text(offset)]);
        let replicas = Value::Array(vec![replica("9001", "120"), replica("9002", "80")]);
        let master = Master::read(&[text("master"), Value::Int(120), replicas]).expect("a master");
        assert_eq!(master.offset, 120);
        assert_eq!(master.lacking(&[], 120), None);
        assert_eq!(master.lacking(&[place(9001)], 120), None);
        assert_eq!(master.lacking(&[place(9001), place(9002)], 80), None);
        let lacking = |places: &[Place]| master.lacking(places, 120).expect("a reason");
        assert!(lacking(&[place(9001), place(9002)]).contains("9002 does not have everything"));
        assert!(lacking(&[place(9001), place(9003)]).contains("9003 does not follow"));
    }

    #[test]
    fn no_master() {
        let replica = [text("slave"), text("127.0.0.1"), Value::Int(1), text("connected"), Value::Int(1)];
        assert!(Master::read(&replica).is_none());
        assert!(Master::read(&[text("sentinel"), Value::Array(vec![text("mymaster")])]).is_none());
        assert!(Master::read(&[text("master"), Value::Int(1), Value::Array(vec![text("nonsense")])]).is_none());
        assert!(Master::read(&[text("master"), Value::Int(1), Value::Array(vec![])]).is_some());
    }
}
