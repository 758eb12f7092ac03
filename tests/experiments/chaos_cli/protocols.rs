//! HTTP/2 and TLS: prior knowledge, certificate authorities, server names and client certificates,
//! through TCP and HTTP proxies.

use super::program::{Said, at_once, chaos, experiment, run};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// What a server saw: the version of each request, and of its connection the requested server name and
/// whether a client certificate was shown.
type Seen = Arc<Mutex<Vec<(Version, Option<String>, bool)>>>;

/// Starts a server for both versions, with TLS if a configuration is given. Returns its port.
fn origin(tls: Option<rustls::ServerConfig>) -> (u16, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Seen::default();
    let noting = Arc::clone(&seen);
    let tls = tls.map(|tls| tokio_rustls::TlsAcceptor::from(Arc::new(tls)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (tls, seen) = (tls.clone(), Arc::clone(&noting));
                tokio::spawn(async move {
                    match tls {
                        None => speak(stream, seen, None, false).await,
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else {
                                return;
                            };
                            let session = stream.get_ref().1;
                            let name = session.server_name().map(str::to_owned);
                            let shown = session.peer_certificates().is_some();
                            speak(stream, seen, name, shown).await;
                        }
                    }
                });
            }
        });
    });
    (port, seen)
}

async fn speak<S>(stream: S, seen: Seen, name: Option<String>, shown: bool)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + 'static,
{
    let service = service_fn(|request: Request<Incoming>| {
        seen.lock().unwrap().push((request.version(), name.clone(), shown));
        async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"ok")))) }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

/// Creates a folder with a certificate authority in `ca.pem` and a client's certificate and key in
/// `c.pem` and `k.pem`, and the configuration of a server named `shop.test`.
fn authority(asks_clients: bool) -> (TempDir, rustls::ServerConfig) {
    let folder = tempfile::tempdir().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let signed = |names: &[&str]| {
        let key = KeyPair::generate().unwrap();
        let params =
            CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
        (params.signed_by(&key, &ca).unwrap(), key)
    };
    let (client, client_key) = signed(&["client.test"]);
    for (name, text) in [("ca.pem", ca.pem()), ("c.pem", client.pem()), ("k.pem", client_key.serialize_pem())]
    {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let (server, server_key) = signed(&["shop.test", "localhost"]);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = if asks_clients {
        let mut roots = RootCertStore::empty();
        roots.add(ca.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::try_from(server_key.serialize_der()).unwrap();
    let mut config = builder.with_single_cert(vec![server.der().clone()], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (folder, config)
}

const FAULTS: [&str; 2] = ["--fault=latency=10ms", "--fault=http_delay=10ms"];
const TRUSTED: [&str; 2] = ["--ca-file=ca.pem", "--server-name=shop.test"];

/// Runs a brief experiment that lies in a folder of its own below `folder`: paths in flags are relative
/// to `folder` all the same.
fn ask(folder: &TempDir, scheme: &str, port: u16, version: &str, arguments: &[&str]) -> Said {
    let url = format!("{scheme}://127.0.0.1:{port}/");
    let below = tempfile::tempdir_in(folder).unwrap();
    let file = below.path().join("e.yaml");
    let load = format!("http: {version}\nload: {{ rate: 40/s, timeout: 20s }}");
    std::fs::write(&file, experiment(&url, &load)).unwrap();
    let arguments = [&[file.to_str().unwrap()], arguments].concat();
    run(&mut chaos(folder.path(), &arguments))
}

#[test]
fn http_2_is_spoken_with_prior_knowledge() {
    at_once(FAULTS, |fault| {
        let folder = tempfile::tempdir().unwrap();
        let (port, seen) = origin(None);
        ask(&folder, "http", port, "2", &[fault]).assert_code(0);
        let seen = seen.lock().unwrap();
        assert!(!seen.is_empty() && seen.iter().all(|(version, ..)| *version == Version::HTTP_2));
    });
}

#[test]
fn over_tls_the_authority_the_server_name_and_the_version_are_as_configured() {
    let (folder, config) = authority(false);
    let versions = [("1.1", Version::HTTP_11), ("2", Version::HTTP_2)];
    let cases = FAULTS.iter().flat_map(|fault| versions.map(|version| (*fault, version)));
    at_once(cases, |(fault, (version, expected))| {
        let (port, seen) = origin(Some(config.clone()));
        ask(&folder, "https", port, version, &[&[fault][..], &TRUSTED].concat()).assert_code(0);
        let name = Some("shop.test".to_owned());
        let seen = seen.lock().unwrap();
        assert!(!seen.is_empty());
        assert!(seen.iter().all(|seen| *seen == (expected, name.clone(), false)), "{seen:?}");
    });
}

#[test]
fn a_server_that_is_not_trusted_or_has_another_name_gets_no_request() {
    let (folder, config) = authority(false);
    let (port, seen) = origin(Some(config));
    let wrong = [
        ["--ca-file=ca.pem", "--quiet"],
        ["--server-name=shop.test", "--quiet"],
        ["--ca-file=ca.pem", "--server-name=other.test"],
    ];
    let cases = FAULTS.iter().flat_map(|fault| wrong.map(|wrong| (*fault, wrong)));
    at_once(cases, |(fault, wrong)| {
        ask(&folder, "https", port, "1.1", &[&[fault][..], &wrong].concat()).assert_code(3);
    });
    assert!(seen.lock().unwrap().is_empty());
}

#[test]
fn a_certificate_is_shown_to_a_target_that_asks_for_one() {
    let (folder, config) = authority(true);
    at_once(FAULTS, |fault| {
        let (port, seen) = origin(Some(config.clone()));
        let without = [&[fault][..], &TRUSTED].concat();
        ask(&folder, "https", port, "1.1", &without).assert_code(3);
        assert!(seen.lock().unwrap().is_empty());
        let shown = [&without[..], &["--client-cert=c.pem", "--client-key=k.pem"]].concat();
        ask(&folder, "https", port, "1.1", &shown).assert_code(0);
        let seen = seen.lock().unwrap();
        assert!(!seen.is_empty() && seen.iter().all(|(_, _, shown)| *shown));
    });
}

#[test]
fn a_kill_switch_may_use_tls() {
    let (folder, config) = authority(false);
    let (target, _) = origin(None);
    let (switch, seen) = origin(Some(config));
    let text = experiment(
        &format!("http://127.0.0.1:{target}/"),
        &format!(
            "load: {{ rate: 40/s }}\nfaults: [{{ http_delay: 1ms }}]\ntls: {{ ca_file: ca.pem }}\n\
             kill_switch: {{ url: \"https://localhost:{switch}/\" }}"
        ),
    );
    std::fs::write(folder.path().join("e.yaml"), text).unwrap();
    run(&mut chaos(folder.path(), &["e.yaml"])).assert_code(0);
    assert!(!seen.lock().unwrap().is_empty());
}
