//! Why a proxy cannot start.

use crate::chaos::io::resolve::ResolveError;
use crate::chaos::io::tls::TlsError;
use std::io;

/// Why a proxy cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// It cannot listen: the address is taken, not of this machine, or not allowed.
    #[error("proxy `{proxy}` cannot listen on {address}")]
    Listen {
        /// Its name.
        proxy: String,
        /// The address as it was given.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The target has no address, or none that may be disturbed.
    #[error("the target")]
    Target(#[source] ResolveError),
    /// What a proxy passes on to has none.
    #[error("proxy `{proxy}`")]
    Resolve {
        /// Its name.
        proxy: String,
        /// Why.
        source: ResolveError,
    },
    /// The files of TLS are no good, or the target's name is none that a certificate could have.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system gives no threads or descriptors.
    #[error("the proxies cannot start")]
    System(#[from] io::Error),
}
