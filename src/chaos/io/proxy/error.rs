//! Errors of starting a proxy.

use crate::chaos::io::resolve::ResolveError;
use crate::chaos::io::tls::TlsError;
use std::io;

/// An error that prevents a proxy from starting.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// The proxy cannot listen: the address is taken, does not belong to this machine, or is not permitted.
    #[error("proxy `{proxy}` cannot listen on {address}")]
    Listen {
        /// The name of the proxy.
        proxy: String,
        /// The address as it was given.
        address: String,
        /// The cause.
        source: io::Error,
    },
    /// The target has no address, or one that may not be disturbed.
    #[error("cannot use the target")]
    Target(#[source] ResolveError),
    /// The upstream of a proxy has no address, or one that may not be disturbed.
    #[error("cannot use the upstream of proxy `{proxy}`")]
    Resolve {
        /// The name of the proxy.
        proxy: String,
        /// The cause.
        source: ResolveError,
    },
    /// The TLS files cannot be used, or the name of the target cannot be that of a certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system provides no threads or no descriptors.
    #[error("cannot start the proxies")]
    System(#[from] io::Error),
}
