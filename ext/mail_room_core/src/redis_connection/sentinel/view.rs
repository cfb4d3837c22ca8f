//! What sentinels know of a master and its replicas, and who may become the master next.

use std::{collections::HashMap, str::FromStr};

use crate::redis_connection::settings::Place;

/// The answers of a sentinel to `SENTINEL MASTER`, `REPLICAS` and `SENTINELS`.
type Fields = HashMap<String, String>;

/// So many times the patience a sentinel has with a silent server may a replica have been cut off from
/// its master, and still be promoted.
const CUT_OFF: i64 = 10;

/// The flags of a server, or of a sentinel, that does not answer. `disconnected` is none of them: that
/// is every replica for a moment when it is promoted.
const DOWN: [&str; 2] = ["s_down", "o_down"];

/// What one sentinel knows.
#[derive(Clone, Debug, Default)]
pub(in crate::redis_connection) struct View {
    master: Option<Place>,
    /// Of the process, however it is addressed.
    run_id: String,
    /// Grows with each change of the master.
    epoch: u64,
    failing_over: bool,
    replicas: Vec<Replica>,
    /// Whether it is in touch with most of the sentinels.
    majority: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Replica {
    place: Place,
    up: bool,
}

impl View {
    /// # Errors
    /// Says what is missing.
    pub(in crate::redis_connection) fn read(
        master: &Fields,
        replicas: &[Fields],
        sentinels: &[Fields],
    ) -> Result<Self, String> {
        let longest: i64 = number::<i64>(master, "down-after-milliseconds")?.saturating_mul(CUT_OFF);
        let mut known = Vec::with_capacity(replicas.len());
        for replica in replicas {
            // Such a replica is never promoted.
            if number::<u32>(replica, "slave-priority")? == 0 {
                continue;
            }
            let cut_off = number::<i64>(replica, "master-link-down-time")? > longest;
            known.push(Replica { place: place(replica)?, up: !cut_off && !is_down(replica) });
        }
        let reached = sentinels.iter().filter(|sentinel| !is_down(sentinel)).count();
        Ok(Self {
            master: Some(place(master)?),
            run_id: text(master, "runid")?.to_owned(),
            epoch: number(master, "config-epoch")?,
            failing_over: has_flag(master, &["failover_in_progress"]),
            replicas: known,
            majority: 2 * (reached + 1) > sentinels.len() + 1,
        })
    }

    fn names(&self, master: &Place, run_id: &str) -> bool {
        self.master.as_ref() == Some(master) || (!run_id.is_empty() && self.run_id == run_id)
    }
}

/// Who may be promoted when something happens to `master`; none when it is the master no more. Of views
/// that contradict each other, those of the latest change hold.
///
/// # Errors
/// When that cannot be told: during a failover, or when nobody knows what becomes of a replica that is
/// out of sight.
pub(super) fn successors(views: &[View], master: &Place) -> Result<Option<Vec<Place>>, String> {
    let latest = views.iter().map(|view| view.epoch).max();
    let views: Vec<&View> = views.iter().filter(|view| Some(view.epoch) == latest).collect();
    if views.iter().any(|view| view.failing_over) {
        return Err("a failover is going on".to_owned());
    }
    let own = views.iter().find(|view| view.master.as_ref() == Some(master));
    let run_id = own.map(|view| view.run_id.as_str()).unwrap_or_default();
    if !views.iter().all(|view| view.names(master, run_id)) {
        return Ok(None);
    }
    let mut up: Vec<Place> = Vec::new();
    let replicas = || views.iter().flat_map(|view| &view.replicas);
    for replica in replicas().filter(|replica| replica.up) {
        if !up.contains(&replica.place) {
            up.push(replica.place.clone());
        }
    }
    // It may be down, or on the other side of a broken network, with most sentinels and another master.
    let out_of_sight = replicas().find(|replica| !up.contains(&replica.place));
    match out_of_sight {
        Some(replica) if !views.iter().any(|view| view.majority) => {
            Err(format!("replica {} is out of sight, and so are most of the sentinels", replica.place))
        }
        _ => Ok(Some(up)),
    }
}

fn text<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, String> {
    fields.get(name).map(String::as_str).ok_or_else(|| format!("tells no {name}"))
}

fn number<T: FromStr>(fields: &Fields, name: &str) -> Result<T, String> {
    text(fields, name)?.parse().map_err(|_| format!("tells no number as {name}"))
}

fn place(fields: &Fields) -> Result<Place, String> {
    Ok(Place::Tcp { host: text(fields, "ip")?.to_owned(), port: number(fields, "port")? })
}

fn has_flag(fields: &Fields, flags: &[&str]) -> bool {
    fields.get("flags").is_some_and(|all| all.split(',').any(|flag| flags.contains(&flag)))
}

fn is_down(fields: &Fields) -> bool {
    has_flag(fields, &DOWN)
}

#[cfg(test)]
mod tests;
