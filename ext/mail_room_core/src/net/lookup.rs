//! Looking names up.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    process,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{net::lookup_host, sync::watch, time::sleep};

/// How long an answer is given to others: thousands of mailboxes of one server begin in the same moment. Much shorter
/// than any name server has its answers kept.
const SHARED: Duration = Duration::from_secs(1);

/// The lookups under way, and those of the last moment.
static KNOWN: LazyLock<Mutex<HashMap<Question, Lookup>>> = LazyLock::new(Mutex::default);

type Question = (String, u16);

/// An error is told to all who wait, and cannot be cloned.
type Answer = Result<Vec<SocketAddr>, (io::ErrorKind, String)>;

#[derive(Clone)]
struct Lookup {
    answer: watch::Receiver<Option<Answer>>,
    /// After a fork the thread that looks it up is in the other process.
    process: u32,
}

impl Lookup {
    /// Takes a thread that nobody can break off, until the C library gives up.
    fn begin(question: Question) -> Self {
        let (told, answer) = watch::channel(None);
        tokio::spawn(async move {
            let looked_up = lookup_host((question.0.as_str(), question.1)).await;
            let answer = looked_up.map(Iterator::collect).map_err(|error| (error.kind(), error.to_string()));
            let failed = answer.is_err();
            told.send_replace(Some(answer));
            if !failed {
                sleep(SHARED).await;
            }
            known().remove(&question);
        });
        Self { answer, process: process::id() }
    }

    /// Whether somebody works on it: not after a fork, nor when its runtime has ended.
    fn is_alive(&self) -> bool {
        self.process == process::id() && self.answer.has_changed().is_ok()
    }
}

/// The addresses of a host. Those who ask for the same at the same time share a lookup, and so a thread.
///
/// # Errors
/// The resolver's. There is no deadline here.
pub(super) async fn lookup(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![(address, port).into()]);
    }
    let mut lookup = known_or_new(host, port);
    let answer = lookup.answer.wait_for(Option::is_some).await;
    match answer.as_deref() {
        Ok(Some(Ok(addresses))) => Ok(addresses.clone()),
        Ok(Some(Err((kind, text)))) => Err(io::Error::new(*kind, text.clone())),
        Ok(None) | Err(_) => Err(io::Error::other("the lookup was given up")),
    }
}

fn known_or_new(host: &str, port: u16) -> Lookup {
    let question = (host.to_owned(), port);
    let mut known = known();
    if let Some(lookup) = known.get(&question).filter(|lookup| lookup.is_alive()) {
        return lookup.clone();
    }
    let lookup = Lookup::begin(question.clone());
    known.insert(question, lookup.clone());
    lookup
}

fn known() -> MutexGuard<'static, HashMap<Question, Lookup>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known_now(host: &str) -> Option<Lookup> {
        known().get(&(host.to_owned(), 1)).cloned()
    }

    #[tokio::test]
    async fn those_who_ask_at_the_same_time_share_a_lookup() {
        let (first, second) = (known_or_new("localhost", 1), known_or_new("localhost", 1));
        assert!(first.answer.same_channel(&second.answer));
        assert!(!first.answer.same_channel(&known_or_new("localhost", 2).answer));
        let addresses = lookup("localhost", 1).await.expect("addresses");
        assert!(addresses.iter().all(|address| address.ip().is_loopback() && address.port() == 1), "{addresses:?}");
        assert!(known_now("localhost").is_some_and(|known| known.answer.same_channel(&first.answer)));
    }

    #[tokio::test]
    async fn a_failure_is_told_and_not_kept() {
        let host = "no-such-host.invalid";
        let error = lookup(host, 1).await.expect_err("an error").to_string();
        assert!(error.contains("failed to lookup address information"), "{error}");
        while known_now(host).is_some() {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn a_lookup_that_ended_with_its_runtime_is_begun_anew() {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let given_up = runtime().block_on(async { known_or_new("localhost", 3) });
        assert!(!given_up.is_alive());
        runtime().block_on(lookup("localhost", 3)).expect("addresses");
    }
}
