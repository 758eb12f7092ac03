//! Where a proxy connects to.

use super::error::ProxyError;
use crate::chaos::experiment::{self, Proxy, Target};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use tokio::net::TcpStream;

/// The addresses behind a name, found once at the start.
#[derive(Debug, Clone)]
pub(super) struct Upstream {
    addresses: Vec<SocketAddr>,
}

impl Upstream {
    pub fn find(proxy: &Proxy, target: &Target) -> Result<Self, ProxyError> {
        let address = match &proxy.upstream {
            experiment::Upstream::Target => authority(target),
            experiment::Upstream::Address(address) => address.clone(),
        };
        let found = address.to_socket_addrs().map(Vec::from_iter);
        let found = found.and_then(|addresses| {
            let none = || io::Error::from(io::ErrorKind::AddrNotAvailable);
            if addresses.is_empty() {
                Err(none())
            } else {
                Ok(addresses)
            }
        });
        let unknown = |source| ProxyError::Resolve {
            proxy: proxy.name.clone(),
            address: address.clone(),
            source,
        };
        let addresses = found.map_err(unknown)?;
        Ok(Self { addresses })
    }

    /// A new connection, to the first of the addresses that takes it.
    pub async fn dial(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in &self.addresses {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// Host and port of a target.
fn authority(target: &Target) -> String {
    let secure = target.url.scheme_str() == Some("https");
    let port = target.url.port_u16().unwrap_or(if secure { 443 } else { 80 });
    format!("{}:{port}", target.url.host().unwrap_or_default())
}
