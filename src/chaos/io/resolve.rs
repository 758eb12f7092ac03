//! Resolves host names to addresses, and accepts only hosts that may be disturbed.

use crate::base::workers::lock;
use crate::chaos::experiment::{Experiment, KillSwitch, Target, Upstream};
use crate::chaos::guard::Allowed;
use hyper::http::uri::Uri;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// An error that prevents a host from being used.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The host has no address.
    #[error("cannot resolve {host}: {why}")]
    Unknown {
        /// The host.
        host: String,
        /// The resolver's error message.
        why: String,
    },
    /// An address is neither loopback nor private, and the host is not allowed by name.
    #[error(
        "{host} resolves to {address}, neither loopback nor private: to allow it, add --allow-host {host}"
    )]
    NotAllowed {
        /// The host.
        host: String,
        /// The first of its addresses that is not allowed.
        address: String,
    },
}

/// A host whose addresses may all be disturbed; clones share the result of the last lookup.
///
/// The name is looked up again every few seconds, as clients do, so that a failover by DNS takes effect.
/// A lookup that fails, or that finds an address that may not be disturbed, leaves the previous
/// addresses in use.
#[derive(Debug, Clone)]
pub(crate) struct Host(Arc<Named>);

#[derive(Debug)]
struct Named {
    name: String,
    port: u16,
    allowed: Allowed,
    found: Mutex<Found>,
}

#[derive(Debug)]
struct Found {
    addresses: Vec<SocketAddr>,
    looked_up: Instant,
}

/// Age at which the result of a lookup is renewed.
const LOOKUP_AGE_MAX: Duration = Duration::from_secs(5);

impl Host {
    /// Looks up a host. Fails if one of its addresses may not be disturbed.
    pub(crate) fn find(name: &str, port: u16, allowed: &Allowed) -> Result<Self, ResolveError> {
        let found = Found { addresses: resolve(name, port, allowed)?, looked_up: Instant::now() };
        let (name, allowed, found) = (name.to_owned(), allowed.clone(), Mutex::new(found));
        Ok(Self(Arc::new(Named { name, port, allowed, found })))
    }

    /// Looks up the host that a proxy connects to.
    pub(crate) fn behind(
        upstream: &Upstream,
        target: &Target,
        allowed: &Allowed,
    ) -> Result<Self, ResolveError> {
        let (name, port) = upstream_host_and_port(upstream, target);
        Self::find(name, port, allowed)
    }

    /// Opens a connection to the first address that accepts one. Returns the last error if none does.
    pub(crate) async fn dial(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in self.addresses() {
            match dial(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        let mut found = lock(&self.0.found);
        if found.looked_up.elapsed() > LOOKUP_AGE_MAX {
            found.looked_up = Instant::now();
            let named = Arc::clone(&self.0);
            // In the background, because a resolver may be slow. If no thread can be started, the next
            // lookup is due after the same time again.
            let _ = std::thread::Builder::new().name("resolver".into()).spawn(move || {
                if let Ok(addresses) = resolve(&named.name, named.port, &named.allowed) {
                    lock(&named.found).addresses = addresses;
                }
            });
        }
        found.addresses.clone()
    }
}

/// Fails if a host of the experiment may not be disturbed, as its run would. Looks up the hosts that are
/// not allowed by name, and returns a message for each that cannot be resolved.
pub(crate) fn refuse_strangers(
    experiment: &Experiment,
    allowed: &Allowed,
) -> Result<Vec<String>, ResolveError> {
    let target = &experiment.target;
    let behind = experiment.proxies.iter();
    let behind = behind.map(|proxy| upstream_host_and_port(&proxy.upstream, target));
    let watched = experiment.kill_switch.as_ref().and_then(KillSwitch::url).map(host_and_port);
    let mut places: Vec<(&str, u16)> = behind.chain([host_and_port(&target.url)]).chain(watched).collect();
    places.sort_unstable();
    places.dedup();
    let not_named = places.into_iter().filter(|(name, _)| !allowed.names(name));
    let mut unknown = Vec::new();
    for (name, port) in not_named {
        match resolve(name, port, allowed) {
            Err(error @ ResolveError::Unknown { .. }) => unknown.push(error.to_string()),
            found => drop(found?),
        }
    }
    Ok(unknown)
}

/// Returns the host and the port of a URL.
fn host_and_port(url: &Uri) -> (&str, u16) {
    let default_port = if url.scheme_str() == Some("https") { 443 } else { 80 };
    (url.host().unwrap_or_default(), url.port_u16().unwrap_or(default_port))
}

/// Returns the host and the port of the upstream of a proxy.
fn upstream_host_and_port<'e>(upstream: &'e Upstream, target: &'e Target) -> (&'e str, u16) {
    match upstream {
        Upstream::Target => host_and_port(&target.url),
        Upstream::Address(address) => {
            let (name, port) = address.rsplit_once(':').unwrap_or((address, ""));
            (name, port.parse().unwrap_or(0))
        }
    }
}

/// Opens a connection to an address. Turns Nagle's algorithm off, so that small writes need not wait for an
/// acknowledgement.
pub(crate) async fn dial(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Resolves a host to its addresses. Fails if one of them may not be disturbed.
fn resolve(host: &str, port: u16, allowed: &Allowed) -> Result<Vec<SocketAddr>, ResolveError> {
    let unknown = |why: String| ResolveError::Unknown { host: host.to_owned(), why };
    let bare = host.trim_matches(['[', ']']);
    let found = (bare, port).to_socket_addrs().map_err(|error| unknown(error.to_string()))?;
    let addresses: Vec<SocketAddr> = found.collect();
    if addresses.is_empty() {
        return Err(unknown("the name has no address".into()));
    }
    match addresses.iter().find(|address| !allowed.permits(host, address.ip())) {
        None => Ok(addresses),
        Some(address) => {
            Err(ResolveError::NotAllowed { host: host.to_owned(), address: address.ip().to_string() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowed, Host, LOOKUP_AGE_MAX, ResolveError};
    use std::net::TcpListener;
    use std::time::Instant;

    fn run<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        runtime.unwrap().block_on(future)
    }

    #[test]
    fn a_public_address_is_refused_unless_it_is_allowed_by_name() {
        let error = Host::find("192.0.2.1", 80, &Allowed::default()).unwrap_err();
        assert!(matches!(error, ResolveError::NotAllowed { .. }));
        let allowed = Allowed { hosts: vec!["192.0.2.1".into()] };
        assert!(Host::find("192.0.2.1", 80, &allowed).is_ok());
        let error = Host::find("no.such.host.invalid", 80, &Allowed::default()).unwrap_err();
        assert!(error.to_string().contains("no.such.host.invalid"), "{error}");
    }

    #[test]
    fn an_old_lookup_is_renewed_while_its_addresses_stay_in_use() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let host = Host::find("localhost", port, &Allowed::default()).unwrap();
        let stale = Instant::now().checked_sub(2 * LOOKUP_AGE_MAX).unwrap();
        // Pretend that the name resolved to another address at the last lookup.
        let elsewhere = "127.0.0.2:1".parse().unwrap();
        {
            let mut found = super::lock(&host.0.found);
            found.addresses = vec![elsewhere];
            found.looked_up = stale;
        }
        assert_eq!(host.addresses(), [elsewhere]);
        while host.addresses() == [elsewhere] {
            std::thread::yield_now();
        }
        assert!(run(host.dial()).is_ok());
    }
}
