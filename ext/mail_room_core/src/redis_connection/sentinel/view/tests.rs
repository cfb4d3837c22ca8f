use super::*;

fn server(port: u16, flags: &str) -> Fields {
    let port = port.to_string();
    let fields = [
        ("ip", "10.0.0.1"),
        ("port", &port),
        ("flags", flags),
        ("runid", &port),
        ("config-epoch", "3"),
        ("down-after-milliseconds", "1000"),
        ("slave-priority", "100"),
        ("master-link-down-time", "0"),
    ];
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn with(mut fields: Fields, name: &str, value: &str) -> Fields {
    fields.insert(name.to_owned(), value.to_owned());
    fields
}

fn place(port: u16) -> Place {
    Place::Tcp { host: "10.0.0.1".into(), port }
}

/// Of a sentinel that has two others beside it.
fn view(master: &Fields, replicas: &[Fields]) -> View {
    View::read(master, replicas, &[server(1, "sentinel"), server(2, "sentinel,s_down")]).expect("a view")
}

/// One that sees neither.
fn lonely(replicas: &[Fields]) -> View {
    let others = [server(1, "sentinel,s_down,disconnected"), server(2, "sentinel,s_down")];
    View::read(&server(9, "master"), replicas, &others).expect("a view")
}

fn of(views: &[View]) -> Result<Option<Vec<Place>>, String> {
    successors(views, &place(9))
}

#[test]
fn every_replica_that_may_be_promoted() {
    let replicas = [
        server(10, "slave"),
        // What the sentinels see of a replica in the moment it is promoted.
        server(11, "slave,disconnected,promoted"),
        server(12, "slave,s_down,disconnected"),
        with(server(13, "slave"), "slave-priority", "0"),
        with(server(14, "slave"), "master-link-down-time", "10000"),
        with(server(15, "slave"), "master-link-down-time", "10001"),
        with(server(16, "slave"), "master-link-down-time", "-1000"),
    ];
    let alive = [10, 11, 14, 16].map(place);
    assert_eq!(of(&[view(&server(9, "master"), &replicas)]), Ok(Some(alive.into())));
}

#[test]
fn who_is_up_for_one_sentinel_is_up() {
    let master = server(9, "master");
    let views = [view(&master, &[server(10, "slave,s_down")]), view(&master, &[server(10, "slave")])];
    assert_eq!(of(&views), Ok(Some(vec![place(10)])));
}

#[test]
fn a_master_alone() {
    assert_eq!(of(&[view(&server(9, "master"), &[])]), Ok(Some(vec![])));
    assert_eq!(of(&[lonely(&[])]), Ok(Some(vec![])));
    let single = View::read(&server(9, "master"), &[server(10, "slave,s_down")], &[]).expect("a view");
    assert_eq!(of(&[single]), Ok(Some(vec![])));
}

#[test]
fn a_replica_out_of_sight_together_with_most_sentinels() {
    let gone = [server(10, "slave,s_down")];
    assert!(of(&[lonely(&gone)]).is_err_and(|reason| reason.contains("10.0.0.1:10 is out of sight")));
    assert_eq!(of(&[lonely(&gone), view(&server(9, "master"), &gone)]), Ok(Some(vec![])));
    assert_eq!(of(&[lonely(&[server(10, "slave")])]), Ok(Some(vec![place(10)])));
}

#[test]
fn a_failover_that_only_one_of_them_knows_of() {
    let calm = view(&server(9, "master"), &[]);
    let leader = view(&server(9, "master,failover_in_progress,force_failover"), &[]);
    assert!(of(&[calm, leader]).is_err_and(|reason| reason.contains("failover")));
}

#[test]
fn the_latest_change_holds() {
    let old = view(&server(9, "master"), &[]);
    let new = view(&with(server(10, "master"), "config-epoch", "4"), &[server(9, "slave")]);
    assert_eq!(of(&[old.clone(), new.clone()]), Ok(None));
    assert_eq!(successors(&[old, new], &place(10)), Ok(Some(vec![place(9)])));
}

#[test]
fn a_master_with_two_addresses() {
    let (here, there) = (server(9, "master"), with(server(9, "master"), "ip", "127.0.0.1"));
    assert_eq!(of(&[view(&here, &[]), view(&there, &[])]), Ok(Some(vec![])));
    assert_eq!(of(&[view(&here, &[]), view(&with(there, "runid", "other"), &[])]), Ok(None));
}

#[test]
fn what_is_missing_is_named() {
    let mut master = server(9, "master");
    master.remove("config-epoch");
    assert_eq!(View::read(&master, &[], &[]).err(), Some("tells no config-epoch".to_owned()));
    let replica = with(server(10, "slave"), "port", "none");
    assert_eq!(View::read(&server(9, ""), &[replica], &[]).err(), Some("tells no number as port".to_owned()));
}
