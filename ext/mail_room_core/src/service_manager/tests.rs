use std::{env, fs, future::pending, path::PathBuf, process, sync::mpsc};

use serde_json::json;
use tokio::{spawn, task::JoinHandle};

use super::*;

/// A service manager's end of the socket.
struct Manager {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Manager {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("mail_room-notify-{}-{name}", process::id()));
        let _ = fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).expect("a socket");
        socket.set_nonblocking(true).expect("a socket");
        Self { socket, path }
    }

    fn service(&self, watchdog: Option<Duration>) -> ServiceManager {
        let usec = watchdog.map(|watchdog| watchdog.as_micros() as u64);
        ServiceManager::read(Some(&json!({"socket": self.path, "watchdog_usec": usec}))).expect("a service manager")
    }

    /// What was told since the last call.
    fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        let mut datagram = [0; 500];
        while let Ok(length) = self.socket.recv(&mut datagram) {
            told.push(String::from_utf8_lossy(&datagram[..length]).into_owned());
        }
        told
    }

    async fn next(&self) -> Vec<String> {
        loop {
            let told = self.told();
            if !told.is_empty() {
                return told;
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[test]
fn what_is_no_socket_is_nobody() {
    for socket in [json!(""), json!("@"), json!("vsock:2:1234"), json!("relative"), json!(null), json!(7)] {
        assert!(ServiceManager::read(Some(&json!({ "socket": socket }))).is_none(), "{socket}");
    }
    assert!(ServiceManager::read(None).is_none());
    let long = format!("/{}", "x".repeat(200));
    assert!(ServiceManager::read(Some(&json!({ "socket": long }))).is_none());
    let nobody = ServiceManager::read(Some(&json!({"socket": "/nowhere/notify"}))).expect("a service manager");
    assert!(!nobody.tell("READY=1"));
}

#[tokio::test(start_paused = true)]
async fn tells_how_many_mailboxes_are_connected_and_that_it_ends() {
    let manager = Manager::new("status");
    let (attendance, stop) = (Attendance::of(2), CancellationToken::new());
    let task =
        spawn(manager.service(None).serve(attendance.clone(), RollCall::new(), stop.clone(), Duration::from_secs(60)));
    assert_eq!(manager.next().await, ["READY=1\nSTATUS=0 of 2 mailboxes connected"]);
    let first = attendance.enter();
    drop(attendance.enter());
    assert_eq!(manager.next().await, ["STATUS=1 of 2 mailboxes connected"]);
    drop(first);
    assert_eq!(manager.next().await, ["STATUS=0 of 2 mailboxes connected"]);
    sleep(LOOK * 10).await;
    assert_eq!(manager.told(), [""; 0]);
    stop.cancel();
    let told = manager.next().await.concat();
    assert!(told.starts_with("STOPPING=1\nSTATUS=") && told.ends_with("\nEXTEND_TIMEOUT_USEC=65000000"), "{told}");
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn says_that_it_is_ready_again_when_nobody_was_there() {
    let manager = Manager::new("late");
    let service = manager.service(None);
    let path = manager.path.clone();
    fs::remove_file(&path).expect("removed");
    let task = spawn(service.serve(Attendance::default(), RollCall::new(), CancellationToken::new(), Duration::ZERO));
    sleep(LOOK * 2).await;
    let manager = Manager { socket: UnixDatagram::bind(&path).expect("a socket"), path };
    manager.socket.set_nonblocking(true).expect("a socket");
    assert_eq!(manager.next().await, ["READY=1\nSTATUS=No mailbox to watch"]);
    task.abort();
}

/// What a supervisor is to the roll call, at some work.
fn supervisor(attendant: Attendant, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    let mut attendant = attendant;
    spawn(async move {
        tokio::select! {
            () = work => {}
            () = attendant.answer() => {}
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn is_alive_as_long_as_every_supervisor_is() {
    let manager = Manager::new("watchdog");
    let watchdog = Duration::from_millis(400);
    let mut roll_call = RollCall::new();
    let waiting = supervisor(roll_call.admit(), pending());
    let ended = supervisor(roll_call.admit(), async {});
    let (block, blocked) = (CancellationToken::new(), CancellationToken::new());
    let (unblock, until) = mpsc::channel::<()>();
    let (begin, begun) = (block.clone(), blocked.clone());
    let blocking = supervisor(roll_call.admit(), async move {
        begin.cancelled().await;
        begun.cancel();
        // As a loop without end would.
        let _ = until.recv();
        pending().await
    });
    let service = manager.service(Some(watchdog));
    let task = spawn(service.serve(Attendance::default(), roll_call, CancellationToken::new(), Duration::ZERO));
    ended.await.expect("ended");
    assert!(manager.next().await.concat().starts_with("READY=1"));
    for _ in 0..3 {
        assert_eq!(manager.next().await, ["WATCHDOG=1"]);
    }
    block.cancel();
    blocked.cancelled().await;
    sleep(watchdog * 4).await;
    // What had been answered before, and by the others.
    assert!(manager.told().len() <= 2);
    sleep(watchdog).await;
    assert_eq!(manager.told(), [""; 0]);
    unblock.send(()).expect("blocked");
    assert_eq!(manager.next().await, ["WATCHDOG=1"]);
    for task in [task, waiting, blocking] {
        task.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn is_alive_as_long_as_more_of_the_supervisors_answer() {
    let manager = Manager::new("busy");
    let watchdog = Duration::from_secs(10);
    let mut roll_call = RollCall::new();
    let mut busy: Vec<Attendant> = (0..5).map(|_| roll_call.admit()).collect();
    let service = manager.service(Some(watchdog));
    let task = spawn(service.serve(Attendance::default(), roll_call, CancellationToken::new(), Duration::ZERO));
    assert!(manager.next().await.concat().starts_with("READY=1"));
    for attendant in &mut busy[..4] {
        sleep(watchdog * 3 / 5).await;
        let _ = tokio::time::timeout(Duration::from_millis(1), attendant.answer()).await;
        sleep(watchdog / 8).await;
        assert_eq!(manager.told(), ["WATCHDOG=1"]);
    }
    sleep(watchdog * 4).await;
    assert_eq!(manager.told(), [""; 0]);
    task.abort();
}
