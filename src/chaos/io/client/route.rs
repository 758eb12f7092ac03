//! The way to the target: where to connect to, and what to speak there.

use crate::chaos::experiment::{HttpVersion, Target};
use crate::chaos::guard::Allowed;
use crate::chaos::io::marks::Unreached;
use crate::chaos::io::resolve::{Host, ResolveError, dial};
use crate::chaos::io::tls::{ALPN_TWO, TlsError, client_config};
use crate::chaos::observation::Failure;
use rustls::pki_types::ServerName;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A proxy that is connected to in place of the target.
#[derive(Debug, Clone)]
pub struct Via {
    /// Where it listens.
    pub address: SocketAddr,
    /// Whether it understands HTTP: then it is spoken to without TLS, even if the target is not, and is told the number of each
    /// request. Else TLS is spoken with the target, through it.
    pub http: bool,
    /// Connections that break since it finds nobody behind them.
    pub unreached: Unreached,
}

/// The way to the target; shared by all threads.
#[derive(Debug)]
pub struct Route {
    place: Destination,
    secure: Option<Secure>,
    version: HttpVersion,
    /// Connections that the proxy refused.
    refused: AtomicU64,
    unreached: Unreached,
    /// Why the first connection failed, for each way to fail.
    reasons: Mutex<BTreeMap<Failure, String>>,
}

#[derive(Debug)]
enum Destination {
    Address(SocketAddr),
    Host(Host),
}

/// Why there is no way.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// No address, or none that may be disturbed.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// TLS cannot be spoken.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

struct Secure {
    connector: TlsConnector,
    name: ServerName<'static>,
}

/// A connection before HTTP is spoken on it.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Route {
    /// The way to a target, through a proxy if there is one. Reads the files of certificates; looks the target up where there is no
    /// proxy that does.
    pub fn new(target: &Target, via: Option<Via>, allowed: &Allowed) -> Result<Self, RouteError> {
        let https = target.url.scheme_str() == Some("https");
        let speaks_tls = https && !via.as_ref().is_some_and(|via| via.http);
        let (place, unreached) = match via {
            Some(via) => (Destination::Address(via.address), via.unreached),
            None => (Destination::Host(Host::of(&target.url, allowed)?), Unreached::default()),
        };
        Ok(Self {
            place,
            secure: speaks_tls.then(|| Secure::new(target)).transpose()?,
            version: target.version,
            refused: AtomicU64::new(0),
            unreached,
            reasons: Mutex::default(),
        })
    }

    /// How many connections the proxy refused so far, since nobody listened.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Whether all requests share one connection.
    pub fn is_shared(&self) -> bool {
        self.version == HttpVersion::Two
    }

    pub(super) fn version(&self) -> HttpVersion {
        self.version
    }

    pub(super) async fn connect(&self) -> Result<TcpStream, Failure> {
        let connected = match &self.place {
            Destination::Address(address) => dial(*address).await.inspect_err(|error| {
                let refused = error.kind() == io::ErrorKind::ConnectionRefused;
                self.refused.fetch_add(u64::from(refused), Ordering::Relaxed);
            }),
            Destination::Host(host) => host.dial().await,
        };
        connected.map_err(|error| self.failed(Failure::Connect, &error))
    }

    /// Why connections failed, in the words of the first that did.
    pub fn reasons(&self) -> BTreeMap<Failure, String> {
        self.known_reasons().clone()
    }

    fn failed(&self, failure: Failure, error: &io::Error) -> Failure {
        let mut reasons = self.known_reasons();
        reasons.entry(failure).or_insert_with(|| error.to_string());
        failure
    }

    /// Whole after every call, so that a thread that panicked spoils nothing.
    fn known_reasons(&self) -> MutexGuard<'_, BTreeMap<Failure, String>> {
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How a request or a connection from this address failed: not as it looks, if the proxy found nobody behind it.
    pub(super) fn blame(&self, from: Option<SocketAddr>, failure: Failure) -> Failure {
        let broke = matches!(failure, Failure::Broken | Failure::Tls);
        if broke && from.is_some_and(|from| self.unreached.holds(from)) { Failure::Connect } else { failure }
    }

    /// Agrees on TLS, where it is spoken.
    pub(super) async fn secure(&self, tcp: TcpStream) -> Result<Stream, Failure> {
        let Some(secure) = &self.secure else {
            return Ok(Stream::Plain(tcp));
        };
        let shaken = secure.connector.connect(secure.name.clone(), tcp).await;
        let stream = shaken.map_err(|error| self.failed(Failure::Tls, &error))?;
        let agreed = stream.get_ref().1.alpn_protocol();
        if self.version == HttpVersion::Two && agreed != Some(ALPN_TWO) {
            return Err(Failure::Protocol);
        }
        Ok(Stream::Tls(Box::new(stream)))
    }
}

impl Secure {
    fn new(target: &Target) -> Result<Self, TlsError> {
        let host = target.url.host().unwrap_or_default().trim_matches(['[', ']']);
        let name = target.tls.server_name.as_deref().unwrap_or(host);
        Ok(Self {
            connector: client_config(&target.tls, target.version)?.into(),
            name: ServerName::try_from(name.to_owned()).map_err(|_| TlsError::Name(name.to_owned()))?,
        })
    }
}

impl std::fmt::Debug for Secure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Secure").field(&self.name).finish()
    }
}
