//! Names become addresses, and only those that may be disturbed pass.

use crate::chaos::experiment::{Experiment, KillSwitch, Target, Upstream};
use crate::chaos::guard::Allowed;
use hyper::http::uri::Uri;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// Why a host cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// No address.
    #[error("cannot find {host}: {why}")]
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

/// A host whose addresses may all be disturbed; shared by all who connect to it.
///
/// The name is looked up anew from time to time, as clients do, so that a failover by DNS is seen. Addresses that may not be disturbed
/// never take the place of those that may, and what cannot be looked up stays as it was.
#[derive(Debug, Clone)]
pub struct Host(Arc<Named>);

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

/// What was looked up stands for so long.
const FRESH: Duration = Duration::from_secs(5);

impl Host {
    /// Looks a host up. Refuses one that may not be disturbed.
    pub fn find(name: &str, port: u16, allowed: &Allowed) -> Result<Self, ResolveError> {
        let found = Found { addresses: resolve(name, port, allowed)?, looked_up: Instant::now() };
        Ok(Self(Arc::new(Named {
            name: name.to_owned(),
            port,
            allowed: allowed.clone(),
            found: Mutex::new(found),
        })))
    }

    /// The host of a URL.
    pub fn of(url: &Uri, allowed: &Allowed) -> Result<Self, ResolveError> {
        let (name, port) = place_of(url);
        Self::find(name, port, allowed)
    }

    /// Where a proxy connects to.
    pub fn behind(upstream: &Upstream, target: &Target, allowed: &Allowed) -> Result<Self, ResolveError> {
        let (name, port) = place_behind(upstream, target);
        Self::find(name, port, allowed)
    }

    /// A new connection, to the first of the addresses, in their order, that takes it.
    pub async fn dial(&self) -> io::Result<TcpStream> {
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
        let mut found = self.0.found();
        if found.looked_up.elapsed() > FRESH {
            found.looked_up = Instant::now();
            let named = Arc::clone(&self.0);
            // Nobody waits for it: a resolver may take its time. Without a thread, the next one tries again.
            let _ = std::thread::Builder::new().name("resolver".into()).spawn(move || named.look_up_again());
        }
        found.addresses.clone()
    }
}

impl Named {
    fn look_up_again(&self) {
        if let Ok(addresses) = resolve(&self.name, self.port, &self.allowed) {
            self.found().addresses = addresses;
        }
    }

    /// Data behind this lock stay whole even if a thread panics: every change is one assignment.
    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses an experiment with a host that may not be disturbed, as its run would. Names that were not allowed are looked up; of those
/// that cannot be, it is said why not.
pub fn refuse_strangers(experiment: &Experiment, allowed: &Allowed) -> Result<Vec<String>, ResolveError> {
    let target = &experiment.target;
    let behind = experiment.proxies.iter();
    let behind = behind.map(|proxy| place_behind(&proxy.upstream, target));
    let watched = experiment.kill_switch.as_ref().and_then(|switch| match switch {
        KillSwitch::Url(url) => Some(place_of(url)),
        KillSwitch::File(_) => None,
    });
    let mut places: Vec<(&str, u16)> = behind.chain([place_of(&target.url)]).chain(watched).collect();
    places.sort_unstable();
    places.dedup();
    let strangers = places.into_iter().filter(|(name, _)| !allowed.names(name));
    let mut unknown = Vec::new();
    for (name, port) in strangers {
        match resolve(name, port, allowed) {
            Err(error @ ResolveError::Unknown { .. }) => unknown.push(error.to_string()),
            found => drop(found?),
        }
    }
    Ok(unknown)
}

/// Host and port of a URL.
fn place_of(url: &Uri) -> (&str, u16) {
    let ordinary = if url.scheme_str() == Some("https") { 443 } else { 80 };
    (url.host().unwrap_or_default(), url.port_u16().unwrap_or(ordinary))
}

/// Host and port of what stands behind a proxy.
fn place_behind<'e>(upstream: &'e Upstream, target: &'e Target) -> (&'e str, u16) {
    match upstream {
        Upstream::Target => place_of(&target.url),
        Upstream::Address(address) => {
            let (name, port) = address.rsplit_once(':').unwrap_or((address, ""));
            (name, port.parse().unwrap_or(0))
        }
    }
}

/// A new connection to an address. Small pieces must not wait for an acknowledgement.
pub async fn dial(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The addresses of a host, all of which may be disturbed.
fn resolve(host: &str, port: u16, allowed: &Allowed) -> Result<Vec<SocketAddr>, ResolveError> {
    let unknown = |why: String| ResolveError::Unknown { host: host.to_owned(), why };
    let bare = host.trim_matches(['[', ']']);
    let found = (bare, port).to_socket_addrs().map_err(|error| unknown(error.to_string()))?;
    let addresses: Vec<SocketAddr> = found.collect();
    if addresses.is_empty() {
        return Err(unknown("it has no address".into()));
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
    use super::{Allowed, FRESH, Host, ResolveError};
    use std::net::TcpListener;
    use std::time::Instant;

    fn run<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        runtime.unwrap().block_on(future)
    }

    #[test]
    fn what_is_not_private_must_be_named() {
        let error = Host::find("192.0.2.1", 80, &Allowed::default()).unwrap_err();
        assert!(matches!(error, ResolveError::NotAllowed { .. }));
        let allowed = Allowed { hosts: vec!["192.0.2.1".into()] };
        assert!(Host::find("192.0.2.1", 80, &allowed).is_ok());
        let error = Host::find("no.such.host.invalid", 80, &Allowed::default()).unwrap_err();
        assert!(error.to_string().contains("no.such.host.invalid"), "{error}");
    }

    #[test]
    fn a_name_is_looked_up_anew_and_its_old_addresses_stand_meanwhile() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let host = Host::find("localhost", port, &Allowed::default()).unwrap();
        let stale = Instant::now().checked_sub(2 * FRESH).unwrap();
        // As if it had been somewhere else when it was looked up.
        let elsewhere = "127.0.0.2:1".parse().unwrap();
        {
            let mut found = host.0.found();
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
