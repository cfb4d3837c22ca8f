//! Tells the service manager how the daemon is: systemd's notify socket (`sd_notify(3)`).
//!
//! Nothing of it can hold the daemon up or fail it: a datagram that is not taken at once is given up.

mod attendance;
mod roll_call;

use std::{
    os::unix::net::{SocketAddr, UnixDatagram},
    time::Duration,
};

use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

pub(crate) use self::{
    attendance::Attendance,
    roll_call::{Attendant, RollCall},
};

/// `STATUS=` is told no more often than this, and `READY=1` once more when it was not taken.
const LOOK: Duration = Duration::from_secs(2);

/// A watchdog that wants to hear more often than ten times in a second is not kept up with.
const SHORTEST_WATCHDOG: Duration = Duration::from_millis(100);

/// What the end of a process takes after its deliveries.
const CLEARING: Duration = Duration::from_secs(5);

/// The other end of `NOTIFY_SOCKET`, and how often it wants a sign of life.
pub(crate) struct ServiceManager {
    socket: UnixDatagram,
    /// Not connected to it: the manager may make its socket anew.
    address: SocketAddr,
    /// Silence for this long ends the process.
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// Reads `{"socket": "/run/systemd/notify", "watchdog_usec": 30000000}`, the values of `NOTIFY_SOCKET` and
    /// `WATCHDOG_USEC`. None when nobody wants to hear, or cannot be reached in this way: of kinds of sockets there are
    /// paths, and after an `@` names in Linux's abstract namespace.
    pub(crate) fn read(settings: Option<&Value>) -> Option<Self> {
        let settings = settings?;
        let address = address(settings.get("socket")?.as_str()?)?;
        let socket = UnixDatagram::unbound().ok()?;
        socket.set_nonblocking(true).ok()?;
        let watchdog = settings.get("watchdog_usec").and_then(Value::as_u64).map(Duration::from_micros);
        Some(Self { socket, address, watchdog: watchdog.filter(|watchdog| *watchdog >= SHORTEST_WATCHDOG) })
    }

    /// Says that the daemon is up, then how many of its mailboxes are connected, that it is alive, and that it ends
    /// when `stop` is cancelled, which may take `ending`. Returns when there is nothing more to say: with a watchdog,
    /// never.
    pub(crate) async fn serve(
        self,
        attendance: Attendance,
        roll_call: RollCall,
        stop: CancellationToken,
        ending: Duration,
    ) {
        tokio::join!(self.report(&attendance, &stop, ending), self.keep_alive(roll_call));
    }

    async fn report(&self, attendance: &Attendance, stop: &CancellationToken, ending: Duration) {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut ready, mut told) = (false, String::new());
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = looks.tick() => {}
            }
            let status = attendance.to_string();
            if !ready {
                ready = self.tell(&format!("READY=1\nSTATUS={status}"));
                told = status;
            } else if status != told && self.tell(&format!("STATUS={status}")) {
                told = status;
            }
        }
        // Never makes the manager's own time shorter.
        let ending = ending.saturating_add(CLEARING).as_micros();
        let stopping = format!("STOPPING=1\nSTATUS=Finishing the deliveries in hand\nEXTEND_TIMEOUT_USEC={ending}");
        while !self.tell(&stopping) {
            sleep(LOOK).await;
        }
    }

    /// As long as the runtime runs this and the supervisors answer, twice within the watchdog's time. Where many of them
    /// are busy each new answer counts; one that never answers keeps the next call from coming, and there are no more.
    async fn keep_alive(&self, mut roll_call: RollCall) {
        let Some(watchdog) = self.watchdog else { return };
        loop {
            roll_call.begin();
            let mut missing = roll_call.missing();
            sleep(watchdog / 4).await;
            loop {
                let still = roll_call.missing();
                let told = (still == 0 || still < missing) && self.tell("WATCHDOG=1");
                if still == 0 && told {
                    break;
                }
                if told {
                    missing = still;
                }
                sleep(watchdog / 8).await;
            }
            sleep(watchdog / 4).await;
        }
    }

    /// False when it was not taken.
    fn tell(&self, state: &str) -> bool {
        self.socket.send_to_addr(state.as_bytes(), &self.address).is_ok()
    }
}

fn address(name: &str) -> Option<SocketAddr> {
    match name.as_bytes().first()? {
        b'/' => SocketAddr::from_pathname(name).ok(),
        #[cfg(target_os = "linux")]
        b'@' if name.len() > 1 => {
            <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(&name[1..]).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
