//! The route to the target: the address to connect to, and the protocols to use.

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

/// A proxy to connect to in place of the target.
#[derive(Debug, Clone)]
pub struct Via {
    /// The address on which it listens.
    pub address: SocketAddr,
    /// Whether it is an HTTP proxy. If so, the connection to it does not use TLS, even if the target
    /// does, and each request carries its number. If not, TLS is end to end with the target.
    pub http: bool,
    /// Connections that it broke because it could not reach its upstream.
    pub unreached: Unreached,
}

/// The route to the target; shared by all threads.
#[derive(Debug)]
pub struct Route {
    place: Destination,
    secure: Option<Secure>,
    version: HttpVersion,
    /// Number of connections that the proxy refused.
    refused: AtomicU64,
    unreached: Unreached,
    /// For each kind of failure, the error message of the first connection that failed.
    reasons: Mutex<BTreeMap<Failure, String>>,
}

#[derive(Debug)]
enum Destination {
    Address(SocketAddr),
    Host(Host),
}

/// An error that leaves no route to the target.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// The host has no address, or one that may not be disturbed.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

struct Secure {
    connector: TlsConnector,
    name: ServerName<'static>,
}

/// A connection on which HTTP has not started yet.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Route {
    /// Builds the route to a target, through a proxy if there is one. Reads the certificate files. Looks
    /// up the target only if there is no proxy, which would look it up itself.
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

    /// Returns the number of connections that the proxy refused so far because it was not listening.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Returns whether all requests share one connection (HTTP/2).
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

    /// Returns, for each kind of failure, the error message of the first connection that failed.
    pub fn reasons(&self) -> BTreeMap<Failure, String> {
        self.known_reasons().clone()
    }

    fn failed(&self, failure: Failure, error: &io::Error) -> Failure {
        let mut reasons = self.known_reasons();
        reasons.entry(failure).or_insert_with(|| error.to_string());
        failure
    }

    /// Locks the error messages. A poisoned lock is safe to use: the map is consistent after every call.
    fn known_reasons(&self) -> MutexGuard<'_, BTreeMap<Failure, String>> {
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how a request or a connection from this local address failed. One that broke because the
    /// proxy could not reach its upstream counts as a failure to connect.
    pub(super) fn blame(&self, from: Option<SocketAddr>, failure: Failure) -> Failure {
        let broke = matches!(failure, Failure::Broken | Failure::Tls);
        if broke && from.is_some_and(|from| self.unreached.holds(from)) { Failure::Connect } else { failure }
    }

    /// Performs the TLS handshake, if the route uses TLS.
    pub(super) async fn secure(&self, tcp: TcpStream) -> Result<Stream, Failure> {
        let Some(secure) = &self.secure else {
            return Ok(Stream::Plain(tcp));
        };
        let handshake = secure.connector.connect(secure.name.clone(), tcp).await;
        let stream = handshake.map_err(|error| self.failed(Failure::Tls, &error))?;
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
