//! Below sentinels: whether what was written outlives its server.
//!
//! Replication is asynchronous, so a job is safe once everyone has it who may become the master. One
//! replica is not enough of several: the sentinels go by priority before they look at who has more.
//! And a master without replicas may be one no more: when it hands over, it first loses the replica
//! that was promoted, and is told, or demoted, seconds later.
//!
//! Source: "High availability with Redis Sentinel" of Redis' documentation, and `sentinelSelectSlave` of
//! its `sentinel.c`.

use std::{net::IpAddr, time::Duration};

use redis::Value;
use tokio::{net::lookup_host, time::timeout};

use super::{Connected, RedisConnection, role::Master, settings::Place};

/// How long to wait for replicas, each time. One that is alive needs a millisecond.
const REPLICATION: Duration = Duration::from_secs(1);

impl RedisConnection {
    /// Whether what was written on the connection `written` outlives its server: all replicas that could
    /// take over have it, or there is none. Without sentinels nobody takes over. Waits for some seconds
    /// at most.
    ///
    /// # Errors
    /// When it may be lost, or nobody knows.
    pub(crate) async fn replicated(&self, written: Connected) -> Result<(), String> {
        let Some(sentinels) = &self.settings.sentinels else { return Ok(()) };
        let name = self.settings.title();
        let told = |reason: String| format!("{name}: {reason}");
        let changed = || told("the master changed before its replicas had everything".to_owned());
        let place = self.place(written).ok_or_else(changed)?;
        let Some(successors) = sentinels.successors(&place).await.map_err(told)? else {
            // It may take writes for a while yet, to lose them.
            self.abandon(written);
            return Err(changed());
        };
        let mut master = self.role(written).await?.ok_or_else(changed)?;
        let successors = announced(successors, &master).await;
        let due = master.offset;
        // WAIT counts whoever was the fastest: of so many, all who matter may be among them.
        for count in successors.len()..=master.replicas.len() {
            if master.lacking(&successors, due).is_none() {
                break;
            }
            let patience = u64::try_from(REPLICATION.min(self.limit / 2).as_millis()).unwrap_or(u64::MAX);
            let (acknowledged,): (usize,) = self.run(redis::pipe().cmd("WAIT").arg(count).arg(patience)).await?;
            master = self.role(written).await?.ok_or_else(changed)?;
            if acknowledged < count {
                break;
            }
        }
        master.lacking(&successors, due).map_or(Ok(()), |reason| Err(told(reason)))
    }

    /// The server a connection leads to, unless there is another connection by now.
    fn place(&self, connected: Connected) -> Option<Place> {
        self.open().as_ref().filter(|open| open.connected == connected).map(|open| open.place.clone())
    }

    /// None when the connection is another one, or leads to no master any more.
    async fn role(&self, connected: Connected) -> Result<Option<Master>, String> {
        let ((answer,), on): ((Vec<Value>,), _) = self.run_on(redis::pipe().cmd("ROLE")).await?;
        Ok(Master::read(&answer).filter(|_| on == connected))
    }
}

/// Replicas as the master knows them. One that announces a name may be an address to the sentinels.
async fn announced(mut replicas: Vec<Place>, master: &Master) -> Vec<Place> {
    for replica in &mut replicas {
        if master.replicas.iter().any(|known| known.place == *replica) {
            continue;
        }
        for known in &master.replicas {
            if leads_to(&known.place, replica).await {
                *replica = known.place.clone();
                break;
            }
        }
    }
    replicas
}

/// Whether the name in `named` is one of the address in `address`.
async fn leads_to(named: &Place, address: &Place) -> bool {
    let (Place::Tcp { host: name, port }, Place::Tcp { host, port: other }) = (named, address) else { return false };
    let Ok(ip) = host.parse::<IpAddr>() else { return false };
    if port != other || name.parse::<IpAddr>().is_ok() {
        return false;
    }
    match timeout(REPLICATION, lookup_host((name.as_str(), *port))).await {
        Ok(Ok(mut addresses)) => addresses.any(|found| found.ip() == ip),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis_connection::role::Replica;

    fn place(host: &str, port: u16) -> Place {
        Place::Tcp { host: host.into(), port }
    }

    #[tokio::test]
    async fn a_replica_by_another_name() {
        let known = ["localhost", "127.0.0.2"].map(|host| Replica { place: place(host, 6379), acknowledged: 0 });
        let master = Master { offset: 0, replicas: known.into() };
        let names = announced(vec![place("127.0.0.1", 6379), place("127.0.0.2", 6379), place("::2", 6379)], &master);
        assert_eq!(names.await, [place("localhost", 6379), place("127.0.0.2", 6379), place("::2", 6379)]);
        assert_eq!(announced(vec![place("127.0.0.1", 1)], &master).await, [place("127.0.0.1", 1)]);
    }
}
