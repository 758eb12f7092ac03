//! Names become addresses, and only those that may be disturbed pass.

use crate::chaos::experiment::{Experiment, Upstream};
use crate::chaos::guard::Allowed;
use hyper::http::uri::Uri;
use std::net::{SocketAddr, ToSocketAddrs as _};

/// Why a host cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// No address.
    #[error("{host}: {why}")]
    Unknown {
        /// The host.
        host: String,
        /// What the resolver says.
        why: String,
    },
    /// It is neither private nor allowed by name.
    #[error(
        "{host} is at {address}, which is neither loopback nor private: name it with --allow-host {host}"
    )]
    NotAllowed {
        /// The host.
        host: String,
        /// One of its addresses.
        address: String,
    },
}

/// Looks up all hosts that an experiment touches, and refuses those that may not be disturbed.
pub fn check(experiment: &Experiment, allowed: &Allowed) -> Result<(), ResolveError> {
    let (host, port) = host_and_port(&experiment.target.url);
    resolve(host, port, allowed)?;
    for proxy in &experiment.proxies {
        if let Upstream::Address(address) = &proxy.upstream {
            let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
            resolve(host, port.parse().unwrap_or(0), allowed)?;
        }
    }
    Ok(())
}

/// Host and port of a URL; the port that its scheme stands for where it names none.
pub fn host_and_port(url: &Uri) -> (&str, u16) {
    let ordinary = if url.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    (url.host().unwrap_or_default(), url.port_u16().unwrap_or(ordinary))
}

/// The addresses of a host, all of which may be disturbed.
pub fn resolve(host: &str, port: u16, allowed: &Allowed) -> Result<Vec<SocketAddr>, ResolveError> {
    let unknown = |why: String| ResolveError::Unknown {
        host: host.to_owned(),
        why,
    };
    let bare = host.trim_matches(['[', ']']);
    let found = (bare, port)
        .to_socket_addrs()
        .map_err(|error| unknown(error.to_string()))?;
    let addresses: Vec<SocketAddr> = found.collect();
    if addresses.is_empty() {
        return Err(unknown("has no address".into()));
    }
    match addresses
        .iter()
        .find(|address| !allowed.permits(host, address.ip()))
    {
        None => Ok(addresses),
        Some(address) => Err(ResolveError::NotAllowed {
            host: host.to_owned(),
            address: address.ip().to_string(),
        }),
    }
}
