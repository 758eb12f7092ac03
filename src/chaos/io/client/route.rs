//! The route to the target: the address to connect to, and the protocols to use.

use crate::chaos::experiment::{HttpVersion, Target, Tls, Upstream};
use crate::chaos::guard::Allowed;
use crate::chaos::io::capacity::connect_failure;
use crate::chaos::io::marks::Unreached;
use crate::chaos::io::reasons::Reasons;
use crate::chaos::io::resolve::{Host, ResolveError, dial};
use crate::chaos::io::tls::{Secure, Stream, TlsError};
use crate::chaos::observation::Failure;
use hyper::http::uri::Uri;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// A proxy to connect to in place of the target.
#[derive(Debug, Clone)]
pub struct Via {
    /// The address on which it listens.
    pub address: SocketAddr,
    /// Whether it is an HTTP proxy. If so, the connection to it does not use TLS, even if the target
    /// does, and each request carries its number. If not, TLS is end to end with the target.
    pub http: bool,
    /// Connections that it refused, or that it broke because it could not reach its upstream.
    pub unreached: Unreached,
}

/// The route to the target; shared by all threads.
#[derive(Debug)]
pub struct Route {
    place: Destination,
    secure: Option<Secure>,
    version: HttpVersion,
    unreached: Unreached,
    reasons: Reasons,
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

impl Route {
    /// Builds the route to a target, through a proxy if there is one. Reads the certificate files. Looks
    /// up the target only if there is no proxy, which would look it up itself.
    pub fn new(target: &Target, via: Option<Via>, allowed: &Allowed) -> Result<Self, RouteError> {
        let https = target.url.scheme_str() == Some("https");
        let speaks_tls = https && !via.as_ref().is_some_and(|via| via.http);
        let (place, unreached) = match via {
            Some(via) => (Destination::Address(via.address), via.unreached),
            None => {
                (Destination::Host(Host::behind(&Upstream::Target, target, allowed)?), Unreached::default())
            }
        };
        Ok(Self {
            place,
            secure: speaks_tls.then(|| Secure::new(target)).transpose()?,
            version: target.version,
            unreached,
            reasons: Reasons::default(),
        })
    }

    /// Builds the direct route to a URL, for HTTP/1.1.
    pub fn direct(url: &Uri, tls: Tls, allowed: &Allowed) -> Result<Self, RouteError> {
        Self::new(&Target { url: url.clone(), version: HttpVersion::One, tls }, None, allowed)
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
                if error.kind() == io::ErrorKind::ConnectionRefused {
                    self.unreached.count_refused();
                }
            }),
            Destination::Host(host) => host.dial().await,
        };
        connected.map_err(|error| self.failed(connect_failure(&error), &error))
    }

    /// Returns, for each kind of failure, the error message of the first connection that failed.
    pub fn reasons(&self) -> BTreeMap<Failure, String> {
        self.reasons.known()
    }

    fn failed(&self, failure: Failure, error: &io::Error) -> Failure {
        self.reasons.record(failure, error);
        failure
    }

    /// Returns how a request or a connection from this local address failed. One that broke because the
    /// proxy could not reach its upstream counts as that.
    pub(super) fn attribute(&self, from: Option<SocketAddr>, failure: Failure) -> Failure {
        let broke = matches!(failure, Failure::Broken | Failure::Tls);
        from.filter(|_| broke).and_then(|from| self.unreached.of(from)).unwrap_or(failure)
    }

    /// Performs the TLS handshake, if the route uses TLS.
    pub(super) async fn secure(&self, tcp: TcpStream) -> Result<Stream, Failure> {
        let Some(secure) = &self.secure else {
            return Ok(Stream::Plain(tcp));
        };
        let stream =
            secure.connect(tcp, self.version).await.map_err(|error| self.failed(Failure::Tls, &error))?;
        let speaks_it = self.version == HttpVersion::One || stream.accepts_two();
        if speaks_it { Ok(stream) } else { Err(Failure::Protocol) }
    }
}
