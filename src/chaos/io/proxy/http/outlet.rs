//! Forwarding of requests: HTTP version, TLS and authority.

use super::headers;
use crate::chaos::experiment::{self, HttpVersion, Proxy, Target};
use crate::chaos::io::resolve::Host;
use crate::chaos::io::tls::{Secure, Stream, TlsError};
use crate::chaos::observation::Failure;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::{Request, Uri, Version};

/// The settings for forwarding requests.
#[derive(Debug)]
pub(crate) struct Outlet {
    /// `None`: the version of the client.
    version: Option<HttpVersion>,
    tls: Option<Secure>,
    /// `None`: the authority in the client's request.
    authority: Option<Authority>,
}

/// The reason why there is no response, as reported to the client.
#[derive(Debug)]
pub(super) struct Failed {
    pub failure: Failure,
    pub why: String,
}

impl Failed {
    pub(super) fn new(failure: Failure, why: &dyn std::fmt::Display) -> Self {
        Self { failure, why: why.to_string() }
    }
}

impl Outlet {
    /// Builds the settings: those of the experiment for the target; for any other upstream, no TLS and
    /// the version of the client.
    pub(crate) fn new(proxy: &Proxy, target: &Target) -> Result<Self, TlsError> {
        if let experiment::Upstream::Address(_) = proxy.upstream {
            return Ok(Self { version: None, tls: None, authority: None });
        }
        let secure = target.url.scheme() == Some(&Scheme::HTTPS);
        Ok(Self {
            version: Some(target.version),
            tls: secure.then(|| Secure::new(target)).transpose()?,
            authority: target.url.authority().cloned(),
        })
    }

    /// Returns the version in which a request of version `client` is forwarded.
    pub(crate) fn version(&self, client: Version) -> HttpVersion {
        self.version.unwrap_or(if client == Version::HTTP_2 { HttpVersion::Two } else { HttpVersion::One })
    }

    /// Connects to the upstream, and performs the TLS handshake if TLS is used.
    pub(super) async fn connect(&self, upstream: &Host) -> Result<Stream, Failed> {
        let tcp = upstream.dial().await.map_err(|e| Failed::new(Failure::Connect, &e))?;
        match &self.tls {
            None => Ok(Stream::Plain(tcp)),
            Some(tls) => tls.connect(tcp).await.map_err(|e| Failed::new(Failure::Tls, &e)),
        }
    }

    /// Rewrites a request for the upstream: version, URI, `Host` and hop-by-hop headers.
    pub(crate) fn address(&self, request: &mut Request<Incoming>) {
        let version = self.version(request.version());
        let host = request.headers().get(header::HOST);
        let host = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
        let authority = self.authority.clone();
        let authority = authority.or_else(|| request.uri().authority().cloned()).or(host);
        headers::strip(request.headers_mut());
        let path = request.uri().path_and_query().cloned();
        let path = path.unwrap_or(PathAndQuery::from_static("/"));
        match (version, authority) {
            (HttpVersion::Two, Some(authority)) => {
                request.headers_mut().remove(header::HOST);
                let scheme = if self.tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP };
                let uri = Uri::builder().scheme(scheme).authority(authority).path_and_query(path);
                if let Ok(uri) = uri.build() {
                    *request.uri_mut() = uri;
                }
                *request.version_mut() = Version::HTTP_2;
            }
            (_, authority) => {
                let host = authority.and_then(|a| HeaderValue::from_str(a.as_str()).ok());
                host.map(|host| request.headers_mut().insert(header::HOST, host));
                *request.uri_mut() = Uri::from(path);
                *request.version_mut() = Version::HTTP_11;
            }
        }
    }
}
