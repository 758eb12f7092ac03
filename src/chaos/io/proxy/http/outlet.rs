//! Connections to the upstream of a proxy.

use crate::chaos::experiment::{self, HttpVersion, Proxy, Target};
use crate::chaos::fault::Answer;
use crate::chaos::io::capacity::connect_failure;
use crate::chaos::io::marks::{FAILURE, word};
use crate::chaos::io::resolve::Host;
use crate::chaos::io::tls::{Secure, Stream, TlsError};
use crate::chaos::observation::Failure;
use hyper::http::uri::{Authority, Scheme};

/// The settings for connections to the upstream.
#[derive(Debug)]
pub(crate) struct Outlet {
    /// TLS to the target; `None` if it uses none, and for any other upstream.
    tls: Option<Secure>,
    /// The authority of the target; `None` for any other upstream.
    pub(super) authority: Option<Authority>,
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

    /// Returns the answer that tells it to the client.
    pub(super) fn answer(&self) -> Answer {
        Answer {
            status: 502,
            headers: vec![(FAILURE.to_string(), word(self.failure).to_owned())],
            body: format!("steadfast: no response from upstream: {}\n", self.why).into(),
        }
    }
}

impl Outlet {
    /// Builds the settings: those of the experiment for the target, and none for any other upstream.
    pub(crate) fn new(proxy: &Proxy, target: &Target) -> Result<Self, TlsError> {
        if let experiment::Upstream::Address(_) = proxy.upstream {
            return Ok(Self { tls: None, authority: None });
        }
        let secure = target.url.scheme() == Some(&Scheme::HTTPS);
        Ok(Self {
            tls: secure.then(|| Secure::new(target)).transpose()?,
            authority: target.url.authority().cloned(),
        })
    }

    /// Connects to the upstream, and performs the TLS handshake for this version of HTTP if TLS is used.
    pub(super) async fn connect(&self, upstream: &Host, version: HttpVersion) -> Result<Stream, Failed> {
        let tcp = upstream.dial().await.map_err(|e| Failed::new(connect_failure(&e), &e))?;
        let Some(tls) = &self.tls else {
            return Ok(Stream::Plain(tcp));
        };
        let stream = tls.connect(tcp, version).await.map_err(|e| Failed::new(Failure::Tls, &e))?;
        let speaks_it = version == HttpVersion::One || stream.accepts_two();
        speaks_it.then_some(stream).ok_or_else(|| Failed::new(Failure::Protocol, &"no HTTP/2"))
    }

    /// Returns the scheme of the requests to the upstream.
    pub(super) fn scheme(&self) -> Scheme {
        if self.tls.is_some() { Scheme::HTTPS } else { Scheme::HTTP }
    }
}
