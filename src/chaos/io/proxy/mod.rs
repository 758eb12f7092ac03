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
//! | `tools` | the resources that the connections of one thread share |
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
mod tools;
mod worker;

pub use error::ProxyError;

use super::client::Via;
use super::resolve::Host;
use crate::chaos::experiment::{Injection, Proxy, Target, Upstream};
use crate::chaos::guard::Allowed;
use crate::chaos::observation::{Failure, FaultSeen};
use armed::Armed;
use http::outlet::Outlet;
use hub::Hub;
use listener::Listener;
use site::ProxyState;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

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
        Some(self.sites.get(proxy)?.listener.address)
    }

    /// Returns, for each kind of failure, the first error message of a proxy about its upstream.
    pub fn reasons(&self, proxy: usize) -> BTreeMap<Failure, String> {
        self.sites.get(proxy).map(|site| site.reasons.known()).unwrap_or_default()
    }

    /// Returns how a client connects to a proxy, or `None` if there is no proxy with this index.
    pub fn via(&self, proxy: usize) -> Option<Via> {
        let site = self.sites.get(proxy)?;
        let (address, unreached) = (site.listener.address, site.unreached.clone());
        Some(Via { address, http: site.http.is_some(), unreached })
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
        armed.zip(site).map_or(Ok(()), |(armed, site)| self.hub.switch(site, armed, on))
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

    /// Returns whether a thread has broken down, and connections with it.
    pub fn has_broken_down(&self) -> bool {
        self.hub.has_broken_down()
    }

    /// Returns how often a proxy found no descriptor to accept a connection.
    pub fn exhausted(&self) -> u64 {
        self.sites.iter().map(|site| site.exhausted.load(Ordering::Relaxed)).sum()
    }

    /// Returns the statistics of the faults so far, in their order. Of the connections that were refused
    /// while a proxy was not listening, they include those that its [clients](Self::via) have counted.
    pub fn seen(&self) -> Vec<FaultSeen> {
        let seen = self.faults.iter().map(|fault| {
            let site = self.sites.get(fault.injection.proxy).filter(|_| fault.refuses_all());
            fault.seen(site.map_or(0, |site| site.unreached.refused()))
        });
        seen.collect()
    }
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
    let http = proxy.http.then(|| Outlet::new(proxy, target)).transpose()?;
    let address = proxy.listen.as_deref().unwrap_or(ANY_FREE_PORT);
    let listen_error =
        |source| ProxyError::Listen { proxy: proxy.name.clone(), address: address.to_owned(), source };
    let listener = Listener::bind(address).map_err(listen_error)?;
    Ok(Arc::new(ProxyState::new(id, proxy, listener, upstream, http)))
}
