//! Where a running server is reached, left in the data directory for the commands beside it.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::data_directory::DataDirectory;
use crate::failure::{Exit, Failure};

/// How long a server that is said to run has to accept a connection.
const PATIENCE: Duration = Duration::from_millis(500);

/// Where a server is reached.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ServerAddress {
    /// The socket it listens on.
    pub(crate) listen: SocketAddr,
    /// The address under which clients reach it.
    pub(crate) public_url: String,
}

impl ServerAddress {
    /// Leaves the address in the data directory.
    pub(crate) fn write(&self, directory: &DataDirectory) -> Result<(), Failure> {
        let path = directory.server_address();
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(Exit::Unavailable, format!("{}: {error}", path.display()))
        };
        let text = serde_json::to_string(self).map_err(|error| failed(&error))?;
        std::fs::write(&path, text).map_err(|error| failed(&error))
    }

    /// The address of the server that runs on this data directory, when one answers.
    pub(crate) fn of_running(directory: &DataDirectory) -> Option<Self> {
        let text = std::fs::read_to_string(directory.server_address()).ok()?;
        let address: Self = serde_json::from_str(&text).ok()?;
        // One that was killed has left its address behind.
        TcpStream::connect_timeout(&address.reachable(), PATIENCE).ok()?;
        Some(address)
    }

    /// A server that listens on every address is reached on this machine's own.
    fn reachable(&self) -> SocketAddr {
        match self.listen {
            SocketAddr::V4(v4) if v4.ip().is_unspecified() => {
                (std::net::Ipv4Addr::LOCALHOST, v4.port()).into()
            }
            SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
                (std::net::Ipv6Addr::LOCALHOST, v6.port()).into()
            }
            address => address,
        }
    }
}

/// Forgets the address of a server that has ended, unless another has taken its place.
pub(crate) fn forget(directory: &DataDirectory, listen: SocketAddr) {
    let path: &Path = &directory.server_address();
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let own = serde_json::from_str::<ServerAddress>(&text).is_ok_and(|left| left.listen == listen);
    if own {
        // If it stays, a command finds that nobody answers there.
        let _ = std::fs::remove_file(path);
    }
}
