//! Stands in front of servers, passes on what comes, and carries out the faults.
//!
//! | part | what it does |
//! |---|---|
//! | `site` | one proxy, shared by all threads |
//! | `listener` | listens, or refuses |
//! | `armed` | a fault that can be switched on, and what it did |
//! | `hub` | the threads, and what can be asked of them while they run |
//! | `worker` | one of the threads: accepts and serves |
//! | `circuit` | the lines of one connection and the faults on them |
//! | `pump` | moves its bytes |
//! | `end` | its ends: a socket, or a pipe to what serves requests |
//! | `http` | understands requests |
//!
//! What a client sees of the proxy itself: it is connected before the upstream is; where that cannot be reached, a proxy of bytes
//! resets the connection, and one of requests answers 502 with the reason in the body and in the header `steadfast-failure`
//! (`connect`, `tls` or `broken`). An end (FIN) is passed on by direction, a reset (RST) tears down both sides. Nothing is
//! tried twice.

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

/// The proxies of an experiment. Dropped, it closes all sockets and ends its threads.
#[derive(Debug)]
pub struct ProxyServer {
    hub: Hub,
    sites: Vec<Arc<ProxyState>>,
    faults: Vec<Arc<Armed>>,
}

/// Where a proxy listens that is not told where.
const ANYWHERE: &str = "127.0.0.1:0";

impl ProxyServer {
    /// Starts the proxies, with all faults off. They listen when this returns.
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

    /// Where a proxy listens; `None` if there is none of this number.
    pub fn address(&self, proxy: usize) -> Option<SocketAddr> {
        Some(self.sites.get(proxy)?.listener.address())
    }

    /// Why a proxy could not ask its upstream, in the words of the first time.
    pub fn reasons(&self, proxy: usize) -> BTreeMap<Failure, String> {
        self.sites.get(proxy).map(|site| site.reasons()).unwrap_or_default()
    }

    /// The connections to a proxy of bytes behind which it finds nobody.
    pub fn unreached(&self, proxy: usize) -> Unreached {
        let site = self.sites.get(proxy);
        site.map_or_else(Unreached::default, |site| site.unreached.clone())
    }

    /// Switches all faults.
    pub fn set(&self, on: bool) -> io::Result<()> {
        (0..self.faults.len()).try_for_each(|fault| self.set_fault(fault, on))
    }

    /// Switches one fault. When this returns every connection has been told, those that stand and those to come. Blocks for as
    /// long as that takes, far below a millisecond. Fails only if the system does not let a refused port be listened at again.
    pub fn set_fault(&self, fault: usize, on: bool) -> io::Result<()> {
        let armed = self.faults.get(fault);
        let site = armed.and_then(|armed| self.sites.get(armed.injection.proxy));
        match (armed, site) {
            (Some(armed), Some(site)) if on => self.hub.switch_on(site, armed),
            (Some(armed), Some(site)) => self.hub.switch_off(site, armed.id),
            _ => Ok(()),
        }
    }

    /// Refuses new connections to a proxy and closes those that stand.
    pub fn close(&self, proxy: usize) -> io::Result<()> {
        let site = self.sites.get(proxy);
        site.map_or(Ok(()), |site| self.hub.close(site))
    }

    /// Requests of the system under test that came so far: at the proxies before its dependencies, as far as they understand HTTP.
    /// `None` if none of them does. Those that are refused because nobody listens are not seen.
    pub fn attempts(&self) -> Option<u64> {
        let counted = self.sites.iter().filter_map(|site| site.attempts());
        counted.reduce(u64::saturating_add)
    }

    /// So many connections to a proxy were refused while nobody listened, as those saw who tried.
    pub fn count_refused(&self, proxy: usize, refused: u64) {
        let unseeing = self.faults.iter();
        unseeing
            .filter(|fault| fault.injection.proxy == proxy && fault.refuses_all())
            .for_each(|fault| fault.count_unseen(refused));
    }

    /// What the faults did so far, in their order. While nobody listens nobody is seen: see [`count_refused`](Self::count_refused).
    pub fn seen(&self) -> Vec<FaultSeen> {
        self.faults.iter().map(|fault| fault.seen()).collect()
    }

    /// Closes all sockets and ends the threads.
    pub fn stop(self) {}
}

/// A proxy that listens, and knows where to connect to.
fn site(
    id: site::ProxyId,
    proxy: &Proxy,
    target: &Target,
    allowed: &Allowed,
) -> Result<Arc<ProxyState>, ProxyError> {
    let unknown = |source| match proxy.upstream {
        Upstream::Target => ProxyError::Target(source),
        Upstream::Address(_) => ProxyError::Resolve { proxy: proxy.name.clone(), source },
    };
    let upstream = Host::behind(&proxy.upstream, target, allowed).map_err(unknown)?;
    let http = proxy.http.then(|| http::Outlet::new(proxy, target)).transpose()?;
    let address = proxy.listen.as_deref().unwrap_or(ANYWHERE);
    let taken =
        |source| ProxyError::Listen { proxy: proxy.name.clone(), address: address.to_owned(), source };
    let listener = Listener::bind(address).map_err(taken)?;
    Ok(Arc::new(ProxyState::new(id, proxy, listener, upstream, http)))
}

/// Data behind a lock stay whole even if a thread panics: every change is one assignment.
fn lock<T>(data: &Mutex<T>) -> MutexGuard<'_, T> {
    data.lock().unwrap_or_else(PoisonError::into_inner)
}
