//! Configures TLS for connections to a target.

use crate::chaos::experiment::{HttpVersion, Target, Tls};
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
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
    /// For HTTP/1.1 and for HTTP/2.
    configs: [Arc<ClientConfig>; 2],
    name: ServerName<'static>,
}

/// Bytes in both directions.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Duplex for S {}

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
        let mut one = client_config(&target.tls)?;
        let mut two = one.clone();
        one.alpn_protocols = vec![b"http/1.1".to_vec()];
        two.alpn_protocols = vec![ALPN_TWO.to_vec()];
        let name = target.tls.server_name.as_deref().or(target.url.host()).unwrap_or_default();
        let name = name.trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(name.clone()).map_err(|_| TlsError::Name(name))?;
        Ok(Self { configs: [Arc::new(one), Arc::new(two)], name })
    }

    /// Performs the handshake, for this version of HTTP.
    pub(super) async fn connect(&self, tcp: TcpStream, version: HttpVersion) -> io::Result<Stream> {
        let [one, two] = &self.configs;
        let connector = TlsConnector::from(Arc::clone(if version == HttpVersion::Two { two } else { one }));
        Ok(Stream::Tls(Box::new(connector.connect(self.name.clone(), tcp).await?)))
    }
}

impl Stream {
    /// Returns the bytes of the connection.
    pub(super) fn into_duplex(self) -> Box<dyn Duplex> {
        match self {
            Self::Plain(tcp) => Box::new(tcp),
            Self::Tls(tls) => tls,
        }
    }

    /// Returns whether HTTP/2 was agreed on. Without TLS it needs no agreement.
    pub(super) fn accepts_two(&self) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::Tls(tls) => tls.get_ref().1.alpn_protocol() == Some(ALPN_TWO),
        }
    }
}

/// Builds the configuration of a client. The certificates of the system and those of `ca_file` are trusted.
fn client_config(tls: &Tls) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(tls)?);
    Ok(match &tls.client {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            builder.with_client_auth_cert(certificates(certificate)?, private_key(key)?)?
        }
    })
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
