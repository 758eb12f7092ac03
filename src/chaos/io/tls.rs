//! Configures TLS for connections to a target.

use crate::chaos::experiment::{HttpVersion, Target, Tls};
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// An error in the TLS settings of a target.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("{}: cannot be read as PEM", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: pem::Error,
    },
    /// A file holds no certificate.
    #[error("{}: holds no certificate", .0.display())]
    Empty(PathBuf),
    /// A file is too long for one of certificates.
    #[error("{}: has more than {} MiB", .0.display(), BYTES_MAX >> 20)]
    TooLong(PathBuf),
    /// The name of the target cannot be that of a certificate.
    #[error("`{0}` is not a valid server name")]
    Name(String),
    /// A certificate or a key is unusable.
    #[error("cannot use the given TLS certificates or key")]
    Unusable(#[from] rustls::Error),
}

/// TLS to one server.
#[derive(Debug)]
pub(super) struct Secure {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

/// A connection on which HTTP has not started yet.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// The ALPN protocol name of HTTP/2.
const ALPN_TWO: &[u8] = b"h2";

/// Reads the certificate files of a target, so that a plan shows what is wrong with them.
pub(crate) fn check(target: &Target) -> Result<(), TlsError> {
    if target.url.scheme_str() == Some("https") { Secure::new(target).map(drop) } else { Ok(()) }
}

impl Secure {
    /// Builds the settings for a target. Reads the certificate files.
    pub(super) fn new(target: &Target) -> Result<Self, TlsError> {
        let config = client_config(&target.tls, target.version)?;
        let name = target.tls.server_name.as_deref().or(target.url.host()).unwrap_or_default();
        let name = name.trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(name.clone()).map_err(|_| TlsError::Name(name))?;
        Ok(Self { config, name })
    }

    /// Performs the handshake.
    pub(super) async fn connect(&self, tcp: TcpStream) -> io::Result<Stream> {
        let connector = TlsConnector::from(Arc::clone(&self.config));
        Ok(Stream::Tls(Box::new(connector.connect(self.name.clone(), tcp).await?)))
    }
}

impl Stream {
    /// Returns whether HTTP/2 was agreed on. Without TLS it needs no agreement.
    pub(super) fn accepts_two(&self) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::Tls(tls) => tls.get_ref().1.alpn_protocol() == Some(ALPN_TWO),
        }
    }
}

/// Builds the configuration of a client for a version of HTTP. The certificates of the system and those
/// of `ca_file` are trusted.
fn client_config(tls: &Tls, version: HttpVersion) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(tls)?);
    let mut config = match &tls.client {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            builder.with_client_auth_cert(certificates(certificate)?, private_key(key)?)?
        }
    };
    config.alpn_protocols = match version {
        HttpVersion::One => vec![b"http/1.1".to_vec()],
        HttpVersion::Two => vec![ALPN_TWO.to_vec()],
    };
    Ok(Arc::new(config))
}

fn roots(tls: &Tls) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    // A certificate of the system that cannot be read is simply not trusted.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = &tls.ca_file {
        for certificate in certificates(file)? {
            roots.add(certificate)?;
        }
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = text_of(file)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let certificates = read.map_err(|source| unreadable(file, source))?;
    if certificates.is_empty() {
        return Err(TlsError::Empty(file.to_owned()));
    }
    Ok(certificates)
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(&text_of(file)?).map_err(|source| unreadable(file, source))
}

/// The most bytes of a file of certificates; the roots of a whole system take less than one MiB.
const BYTES_MAX: u64 = 16 << 20;

fn text_of(file: &Path) -> Result<Vec<u8>, TlsError> {
    let mut text = Vec::new();
    let read = File::open(file).and_then(|open| open.take(BYTES_MAX + 1).read_to_end(&mut text));
    read.map_err(|error| unreadable(file, pem::Error::Io(error)))?;
    if text.len() as u64 > BYTES_MAX { Err(TlsError::TooLong(file.to_owned())) } else { Ok(text) }
}

fn unreadable(file: &Path, source: pem::Error) -> TlsError {
    TlsError::File { file: file.to_owned(), source }
}
