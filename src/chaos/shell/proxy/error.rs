//! Why a proxy cannot start.

use crate::chaos::shell::tls::TlsError;
use std::io;

/// Why a proxy cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// It cannot listen: the address is taken, not of this machine, or not allowed.
    #[error("proxy `{proxy}` cannot listen on {address}: {source}")]
    Listen {
        /// Its name.
        proxy: String,
        /// The address as it was given.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The name of its upstream has no address.
    #[error("proxy `{proxy}` cannot find {address}: {source}")]
    Resolve {
        /// Its name.
        proxy: String,
        /// Host and port.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The files of TLS are no good, or the target's name is none that a certificate could have.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The system gives no threads or descriptors.
    #[error("the proxies cannot start: {0}")]
    System(#[from] io::Error),
}
