//! Sockets: bound before anything else is made, so that a taken port is known at once.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use citizenry_config::ListenAddress;
use tokio::net::{TcpSocket, lookup_host};

use crate::failure::{Exit, Failure};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// A socket that listens.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    /// The real address: port 0 has become the one that the system chose.
    pub(crate) address: SocketAddr,
}

/// Listens on an address. `setting` and `flag` are what the advice names.
pub(crate) async fn bind(
    address: &ListenAddress,
    setting: &str,
    flag: &str,
) -> Result<Listener, Failure> {
    let advise = |error: std::io::Error| {
        let failure = Failure::new(Exit::Unavailable, reason(address, &error));
        failure.advise(format!("choose another address with {flag} HOST:PORT or {setting}"))
    };
    let mut last = std::io::Error::from(ErrorKind::AddrNotAvailable);
    for candidate in lookup_host((address.host.as_str(), address.port)).await.map_err(advise)? {
        match listen(candidate) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(advise(last))
}

fn listen(address: SocketAddr) -> std::io::Result<Listener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart must not wait for the connections of the process before it. (Linux still refuses a
    // port that another process listens on.)
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let socket = socket.listen(BACKLOG)?.into_std()?;
    let address = socket.local_addr()?;
    Ok(Listener { socket, address })
}

fn reason(address: &ListenAddress, error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => {
            format!("{address} is in use: another server, perhaps another citizenry, listens there")
        }
        ErrorKind::PermissionDenied => {
            format!("not permitted to listen on {address}: ports below 1024 need a privilege")
        }
        ErrorKind::AddrNotAvailable => format!("{address} is not an address of this machine"),
        _ => format!("cannot listen on {address}: {error}"),
    }
}
