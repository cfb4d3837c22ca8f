//! From an address or a host name to bound sockets.

use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs},
    sync::mpsc,
    thread,
    time::Duration,
};

/// A resolver that does not answer must not keep the process from telling so.
const RESOLVE: Duration = Duration::from_secs(10);

/// A socket for each address of the host: `localhost` is 127.0.0.1 and, where there is IPv6, ::1.
///
/// # Errors
/// When one of the addresses is taken or not ours, and when none can be used.
pub(super) fn listen(address: &str, port: u16) -> io::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    let mut unusable = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses(address, port)? {
        match bind(address) {
            Ok(listener) => listeners.push(listener),
            // /etc/hosts names ::1 where IPv6 is switched off, too.
            Err(error) if is_unusable(&error) => unusable = error,
            Err(error) => return Err(error),
        }
    }
    if listeners.is_empty() { Err(unusable) } else { Ok(listeners) }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn is_unusable(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(AF_NOT_SUPPORTED)
}

/// `EAFNOSUPPORT`, which has no kind of its own in the standard library.
const AF_NOT_SUPPORTED: i32 = if cfg!(target_os = "linux") { 97 } else { 47 };

fn addresses(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (sender, receiver) = mpsc::channel();
    let host = host.to_owned();
    thread::Builder::new().name("mail_room".to_owned()).spawn(move || {
        // Nobody waits any more when it took too long.
        let _ = sender.send((host, port).to_socket_addrs());
    })?;
    let found = receiver.recv_timeout(RESOLVE).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let mut addresses: Vec<SocketAddr> = found.collect();
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}
