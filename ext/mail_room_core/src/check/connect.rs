//! From a host name to a socket, in two steps.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};

use super::Problem;
use crate::{Error, net};

/// The addresses of a host, and the same in words.
///
/// # Errors
/// When it has none.
pub(crate) async fn resolve(host: &str, port: u16, limit: Duration) -> Result<(Vec<SocketAddr>, String), Problem> {
    let advice =
        format!("mend the name in the settings, or the resolver of this machine: `getent ahosts {host}` asks it");
    let late = || Problem::new(format!("no answer about {host} within {} s", limit.as_secs_f32()), &*advice);
    let addresses = timeout(limit, net::resolve(host, port)).await.map_err(|_| late())?;
    let addresses = addresses.map_err(|error| Problem::new(error.to_string(), &*advice))?;
    if addresses.is_empty() {
        return Err(Problem::new(format!("{host} has no address"), advice));
    }
    let mut shown: Vec<String> = addresses.iter().map(|address| address.ip().to_string()).collect();
    shown.dedup();
    let told = match host.parse::<IpAddr>() {
        Ok(_) => format!("{host} is an address"),
        Err(_) => format!("{host} is {}", shown.join(", ")),
    };
    Ok((addresses, told))
}

/// A socket to the first of the addresses to answer, and which that was.
///
/// # Errors
/// When none does.
pub(crate) async fn connect(
    host: &str,
    port: u16,
    addresses: Vec<SocketAddr>,
    limit: Duration,
) -> Result<(TcpStream, String), Problem> {
    let started = Instant::now();
    let connected = timeout(limit, net::connect_to(host, port, addresses)).await.map_err(|_| {
        let detail = format!("{host}:{port} did not answer within {} s", limit.as_secs_f32());
        Problem::new(detail, format!("is the port right, and does a firewall let this machine out to port {port}?"))
    })?;
    let socket = connected.map_err(|error| {
        let refused =
            matches!(&error, Error::Connect { source, .. } if source.kind() == io::ErrorKind::ConnectionRefused);
        let advice = if refused {
            format!(
                "nothing listens there: check host and port, and whether the server runs (`ss -ltn` on it shows port \
                 {port})"
            )
        } else {
            format!("check host and port, the routes, and whether a firewall lets this machine out to port {port}")
        };
        Problem::new(error.to_string(), advice)
    })?;
    let address = socket.peer_addr().map_or_else(|_| format!("{host}:{port}"), |address| address.to_string());
    Ok((socket, format!("{address} answered after {} ms", started.elapsed().as_millis())))
}
