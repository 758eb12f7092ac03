//! Proxies in front of servers: they forward connections and requests, and apply the faults.
//!
//! | part | purpose |
//! |---|---|
//! | `site` | one proxy, shared by all threads |
//! | `listener` | the listening socket, which can refuse connections |
//! | `armed` | a fault that can be switched on and off, with its statistics |
//! | `hub` | the threads, and the changes that can be made while they run |
//! | `worker` | one of the threads: accepts and serves connections |
//! | `circuit` | the lines of one connection and the faults on them |
//! | `pump` | moves the bytes of a connection |
//! | `end` | the ends of a connection: a socket, or a pipe to the HTTP server |
//! | `http` | the HTTP proxy |
//!
//! The proxy is visible to a client in the following ways. The client is connected before the upstream
//! is. If the upstream cannot be reached, a TCP proxy resets the connection, and an HTTP proxy answers
//! 502 with the reason in the body and in the header `steadfast-failure` (`connect`, `tls` or `broken`).
//! An end (FIN) is forwarded for each direction separately; a reset (RST) tears down both sides. Nothing
//! is retried.

mod armed;
mod circuit;
mod end;
mod error;
mod http;
mod hub;
mod listener;
mod pump;
mod site;
mod worker;

pub use error::ProxyError;

use super::marks::Unreached;
use super::resolve::Host;
use crate::chaos::experiment::{Injection, Proxy, Target, Upstream};
use crate::chaos::guard::Allowed;
use crate::chaos::observation::{Failure, FaultSeen};
use armed::Armed;
use hub::Hub;
use listener::Listener;
use site::ProxyState;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The proxies of an experiment. Dropping it closes all sockets and ends its threads.
#[derive(Debug)]
pub struct ProxyServer {
    hub: Hub,
    sites: Vec<Arc<ProxyState>>,
    faults: Vec<Arc<Armed>>,
}

/// The address on which a proxy listens by default: any free port on loopback.
const ANY_FREE_PORT: &str = "127.0.0.1:0";

impl ProxyServer {
    /// Starts the proxies with all faults off. They are listening when this returns.
    pub fn start(
        proxies: &[Proxy],
        target: &Target,
        faults: &[Injection],
        allowed: &Allowed,
        seed: u64,
    ) -> Result<Self, ProxyError> {
        let sites = proxies.iter().zip(0..).map(|(proxy, id)| site(id, proxy, target, allowed));
        let sites = sites.collect::<Result<Vec<_>, _>>()?;
        let armed = faults.iter().zip(0..);
        let faults = armed.map(|(injection, id)| Arc::new(Armed::new(id, injection.clone(), seed)));
        let hub = Hub::start()?;
        for site in &sites {
            hub.open(site);
        }
        Ok(Self { hub, faults: faults.collect(), sites })
    }

    /// Returns the address on which a proxy listens, or `None` if there is no proxy with this index.
    pub fn address(&self, proxy: usize) -> Option<SocketAddr> {
        Some(self.sites.get(proxy)?.listener.address())
    }

    /// Returns, for each kind of failure, the first error message of a proxy about its upstream.
    pub fn reasons(&self, proxy: usize) -> BTreeMap<Failure, String> {
        self.sites.get(proxy).map(|site| site.reasons()).unwrap_or_default()
    }

    /// Returns the connections to a TCP proxy for which it could not reach its upstream.
    pub fn unreached(&self, proxy: usize) -> Unreached {
        let site = self.sites.get(proxy);
        site.map_or_else(Unreached::default, |site| site.unreached.clone())
    }

    /// Switches all faults on or off.
    pub fn set(&self, on: bool) -> io::Result<()> {
        (0..self.faults.len()).try_for_each(|fault| self.set_fault(fault, on))
    }

    /// Switches one fault on or off. When this returns, the change applies to all connections, open and
    /// new. Blocks until then, which takes far less than a millisecond. Fails only if the system does
    /// not let a proxy stop listening or listen again.
    pub fn set_fault(&self, fault: usize, on: bool) -> io::Result<()> {
        let armed = self.faults.get(fault);
        let site = armed.and_then(|armed| self.sites.get(armed.injection.proxy));
        match (armed, site) {
            (Some(armed), Some(site)) if on => self.hub.switch_on(site, armed),
            (Some(armed), Some(site)) => self.hub.switch_off(site, armed.id),
            _ => Ok(()),
        }
    }

    /// Refuses new connections to a proxy and closes the open ones.
    pub fn close(&self, proxy: usize) -> io::Result<()> {
        let site = self.sites.get(proxy);
        site.map_or(Ok(()), |site| self.hub.close(site))
    }

    /// Returns the number of requests that the system under test has made so far, as counted by the HTTP
    /// proxies in front of its dependencies, or `None` if there are none. Requests that were refused
    /// while a proxy was not listening are not counted.
    pub fn attempts(&self) -> Option<u64> {
        let counted = self.sites.iter().filter_map(|site| site.attempts());
        counted.reduce(u64::saturating_add)
    }

    /// Adds connections to a proxy that were refused while it was not listening, as counted by its clients.
    pub fn count_refused(&self, proxy: usize, refused: u64) {
        let faults = self.faults.iter();
        faults
            .filter(|fault| fault.injection.proxy == proxy && fault.refuses_all())
            .for_each(|fault| fault.count_unseen(refused));
    }

    /// Returns the statistics of the faults so far, in their order. Connections refused while a proxy
    /// was not listening are missing: see [`count_refused`](Self::count_refused).
    pub fn seen(&self) -> Vec<FaultSeen> {
        self.faults.iter().map(|fault| fault.seen()).collect()
    }

    /// Closes all sockets and ends the threads.
    pub fn stop(self) {}
}

/// Sets up one proxy: resolves its upstream and binds its listener.
fn site(
    id: site::ProxyId,
    proxy: &Proxy,
    target: &Target,
    allowed: &Allowed,
) -> Result<Arc<ProxyState>, ProxyError> {
    let resolve_error = |source| match proxy.upstream {
        Upstream::Target => ProxyError::Target(source),
        Upstream::Address(_) => ProxyError::Resolve { proxy: proxy.name.clone(), source },
    };
    let upstream = Host::behind(&proxy.upstream, target, allowed).map_err(resolve_error)?;
    let http = proxy.http.then(|| http::Outlet::new(proxy, target)).transpose()?;
    let address = proxy.listen.as_deref().unwrap_or(ANY_FREE_PORT);
    let listen_error =
        |source| ProxyError::Listen { proxy: proxy.name.clone(), address: address.to_owned(), source };
    let listener = Listener::bind(address).map_err(listen_error)?;
    Ok(Arc::new(ProxyState::new(id, proxy, listener, upstream, http)))
}

/// Locks data. A poisoned lock is safe to use: the data are consistent after every single change.
fn lock<T>(data: &Mutex<T>) -> MutexGuard<'_, T> {
    data.lock().unwrap_or_else(PoisonError::into_inner)
}
