//! Doors for hostile Redis servers and sentinels, and for URLs.

use std::collections::HashMap;

use redis::Value;
use serde_json::json;

use super::{line::Line, link, role::Master, sentinel::View, settings::RedisSettings};
use crate::{
    fields::Fields,
    fuzzing::stream::{Cut, Scripted, run},
};

/// Where a Redis is. Nothing that is told of it holds the password.
pub(crate) fn url(bytes: &[u8]) {
    let Ok(url) = std::str::from_utf8(bytes) else { return };
    let options = json!({"redis_url": url, "redis_db": 1});
    let read = Fields::new(&options, "m".to_owned()).and_then(|fields| RedisSettings::read(&fields));
    match read {
        Err(error) => assert!(url.len() < 12 || !error.to_string().contains(url), "{error}"),
        Ok(settings) => {
            let password = settings.login.password().unwrap_or_default().to_owned();
            let elsewhere = url.matches(&password).count() > 1;
            if password.len() > 3 && !elsewhere {
                let dump = format!("{settings:?} {}", settings.title());
                assert!(!dump.contains(&password) || "<redacted>".contains(&password), "{dump}");
            }
            assert!(settings.same_login(&settings.clone()) && settings.same_database(&settings.clone()));
        }
    }
}

/// What a server answers to the questions that are asked here.
pub(crate) fn answers(bytes: &[u8]) {
    run(async {
        let login = redis::RedisConnectionInfo::default().set_skip_set_lib_name();
        let stream = Scripted::new(bytes, Cut::Whole).waiting_at([0]);
        let Ok(connection) = link::over(Box::new(stream), &login).await else { return };
        // At once, so that each has an answer of its own.
        let _ = tokio::join!(
            ping(connection.clone()),
            role(connection.clone()),
            master(connection.clone()),
            claims(connection.clone()),
            view(connection)
        );
    });
}

async fn ping(mut connection: Line) {
    if let Err(error) = redis::cmd("PING").query_async::<()>(&mut connection).await {
        let _ = (link::spares_the_connection(&error), link::explain(&error, &redis::RedisConnectionInfo::default()));
    }
}

async fn role(mut connection: Line) {
    if let Ok(role) = redis::cmd("ROLE").query_async::<Vec<Value>>(&mut connection).await {
        let _ = Master::read(&role).map(|master| master.lacking(&[], master.offset));
    }
}

async fn master(mut connection: Line) {
    let mut question = redis::cmd("SENTINEL");
    question.arg("get-master-addr-by-name").arg("mymaster");
    let _ = question.query_async::<Option<(String, u16)>>(&mut connection).await;
}

async fn claims(mut connection: Line) {
    let mut question = redis::pipe();
    question.cmd("EVALSHA").arg("0");
    let _ = question.query_async::<(Vec<u8>,)>(&mut connection).await;
}

async fn view(mut connection: Line) {
    let mut question = redis::cmd("SENTINEL");
    question.arg("replicas").arg("mymaster");
    if let Ok(replicas) = question.query_async::<Vec<HashMap<String, String>>>(&mut connection).await {
        let master = replicas.first().cloned().unwrap_or_default();
        let _ = View::read(&master, &replicas, &replicas);
    }
}
