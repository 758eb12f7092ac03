//! HTTP proxies.

use crate::proxies::common::{MS, address, echo, fault, proxy, target};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::future::Future;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use steadfast::chaos::experiment::{HttpVersion, Injection, Matches, Proxy, Target, Tls, Upstream};
use steadfast::chaos::guard::Allowed;
use steadfast::chaos::io::proxy::ProxyServer;

const BODY: &[u8] = &[b'a'; 5000];

/// Runs the client side of a test.
fn run<T>(client: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), client).await.unwrap() })
}

/// Answers with a description of the request in headers and a body of 5000 bytes; `/echo` returns the
/// request body.
async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let seen = format!("{:?} {} {}", request.version(), request.method(), request.uri());
    let host = request.headers().get("host").cloned();
    let numbered = request.headers().contains_key("steadfast-request");
    let echoes = request.uri().path() == "/echo";
    let sent =
        request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let mut response = Response::new(Full::new(if echoes { sent } else { Bytes::from_static(BODY) }));
    let headers = response.headers_mut();
    headers.insert("seen", seen.parse().unwrap());
    headers.insert("numbered", numbered.to_string().parse().unwrap());
    host.map(|host| headers.insert("seen-host", host));
    Ok(response)
}

/// Serves `answer` in both versions of HTTP, with TLS if a configuration is given.
fn origin(tls: Option<Arc<rustls::ServerConfig>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let tls = tls.clone().map(tokio_rustls::TlsAcceptor::from);
                tokio::spawn(async move {
                    let builder = auto::Builder::new(TokioExecutor::new());
                    let service = service_fn(answer);
                    let _ = match tls {
                        None => builder.serve_connection(TokioIo::new(stream), service).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => builder.serve_connection(TokioIo::new(stream), service).await,
                            Err(_) => Ok(()),
                        },
                    };
                });
            }
        });
    });
    address
}

fn start(version: HttpVersion, faults: &[Injection]) -> ProxyServer {
    let target = target(&format!("http://{}/", origin(None)), version);
    let server = ProxyServer::start(&[proxy(true)], &target, faults, &Allowed::default(), 1).unwrap();
    server.set(true).unwrap();
    server
}

#[derive(Debug)]
struct Got {
    status: StatusCode,
    headers: hyper::HeaderMap,
    body: Vec<u8>,
    whole: Result<(), hyper::Error>,
    first_byte: Duration,
    took: Duration,
}

enum Client {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Client {
    async fn new(server: &ProxyServer, version: HttpVersion) -> Self {
        let stream = tokio::net::TcpStream::connect(address(server)).await.unwrap();
        let stream = TokioIo::new(stream);
        match version {
            HttpVersion::One => {
                let (client, connection) = http1::handshake(stream).await.unwrap();
                tokio::spawn(connection);
                Self::One(client)
            }
            HttpVersion::Two => {
                let (client, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
                tokio::spawn(connection);
                Self::Two(client)
            }
        }
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Got, hyper::Error> {
        let start = Instant::now();
        let response = match self {
            Self::One(client) => {
                client.ready().await?;
                client.send_request(request).await?
            }
            Self::Two(client) => client.send_request(request).await?,
        };
        let (parts, mut incoming) = response.into_parts();
        let first_byte = start.elapsed();
        let (mut body, mut whole) = (Vec::new(), Ok(()));
        while let Some(frame) = incoming.frame().await {
            match frame {
                Ok(frame) => body.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
                Err(error) => {
                    whole = Err(error);
                    break;
                }
            }
        }
        Ok(Got {
            status: parts.status,
            headers: parts.headers,
            body,
            whole,
            first_byte,
            took: start.elapsed(),
        })
    }

    async fn get(&mut self, path: &str) -> Result<Got, hyper::Error> {
        let uri = match self {
            Self::One(_) => path.to_owned(),
            Self::Two(_) => format!("http://client.example{path}"),
        };
        let request = Request::get(uri).header("host", "client.example");
        self.send(request.body(Full::default()).unwrap()).await
    }
}

const VERSIONS: [HttpVersion; 2] = [HttpVersion::One, HttpVersion::Two];

/// Checks the result of one GET through a proxy with this fault on, for each version of HTTP.
fn each_version(text: &str, check: impl Fn(HttpVersion, Result<Got, hyper::Error>)) {
    for version in VERSIONS {
        let server = start(version, &[fault(text)]);
        let got = run(async { Client::new(&server, version).await.get("/").await });
        check(version, got);
        assert_eq!((server.seen()[0].considered, server.seen()[0].hits), (1, 1), "{text}");
    }
}

#[test]
fn requests_pass_in_the_version_in_which_they_came() {
    for version in VERSIONS {
        // Whatever version the experiment speaks itself.
        let server = start(HttpVersion::One, &[]);
        run(async {
            let mut sender = Client::new(&server, version).await;
            for _ in 0..3 {
                let got = sender.get("/a/b?c=d").await.unwrap();
                assert_eq!((got.status, got.body.as_slice()), (StatusCode::OK, BODY));
                let seen = got.headers["seen"].to_str().unwrap();
                match version {
                    HttpVersion::One => assert_eq!(seen, "HTTP/1.1 GET /a/b?c=d"),
                    HttpVersion::Two => assert_eq!(seen, "HTTP/2.0 GET http://client.example/a/b?c=d"),
                }
            }
            let sent = Bytes::from(vec![b'z'; 300_000]);
            let request = Request::post("http://client.example/echo").body(Full::new(sent.clone()));
            assert!(sender.send(request.unwrap()).await.unwrap().body == sent);
        });
        assert_eq!(server.attempts(), None, "the load makes no retries");
    }
}

#[test]
fn one_connection_can_have_many_requests_under_way() {
    let server = start(HttpVersion::Two, &[fault("{ http_delay: 300ms }")]);
    run(async {
        let Client::Two(client) = Client::new(&server, HttpVersion::Two).await else {
            return;
        };
        let start = Instant::now();
        let requests = (0..20).map(|_| {
            let mut client = Client::Two(client.clone());
            tokio::spawn(async move { client.get("/").await.unwrap().status })
        });
        for request in requests.collect::<Vec<_>>() {
            assert_eq!(request.await.unwrap(), StatusCode::OK);
        }
        assert!(start.elapsed() < 3000 * MS);
    });
    let seen = &server.seen()[0];
    assert_eq!((seen.hits, seen.delivered.count()), (20, 20));
}

#[test]
fn a_status_fault_answers_without_asking_the_target() {
    let text = "{ http_status: { status: 429, retry_after: 2s, headers: { x-why: busy }, body: wait } }";
    each_version(text, |_, got| {
        let got = got.unwrap();
        assert_eq!((got.status.as_u16(), got.body.as_slice()), (429, &b"wait"[..]));
        assert_eq!(got.headers["retry-after"], "2");
        assert_eq!(got.headers["x-why"], "busy");
        assert!(!got.headers.contains_key("seen"));
    });
}

#[test]
fn a_delay_applies_to_the_headers_or_to_the_body() {
    each_version("{ http_delay: 60ms }", |_, got| {
        assert!(got.unwrap().first_byte >= 60 * MS);
    });
    each_version("{ http_delay: { delay: 1s, before: body } }", |_, got| {
        let got = got.unwrap();
        let (first, took) = (got.first_byte, got.took);
        assert!(first < 900 * MS && took >= 1000 * MS, "{first:?} {took:?}");
        assert_eq!(got.body, BODY);
    });
}

#[test]
fn a_response_breaks_off_after_exactly_the_given_number_of_bytes() {
    for after in [0, 100, 4999] {
        each_version(&format!("{{ http_truncate: {after} }}"), |version, got| {
            let got = got.unwrap();
            assert_eq!((got.status, got.body.len()), (StatusCode::OK, after), "{version:?}");
            assert!(got.whole.is_err());
            assert_eq!(got.headers["content-length"], "5000");
        });
    }
}

/// A body that is shorter than the limit does not break off.
#[test]
fn a_limit_that_no_body_reaches_counts_no_hit() {
    for (text, hits) in [
        ("{ http_truncate: 4999 }", 1),
        ("{ http_truncate: 5000 }", 0),
        ("{ http_reset: { after: 5000 } }", 1),
        ("{ http_reset: { after: 5001 } }", 0),
    ] {
        for version in [HttpVersion::One, HttpVersion::Two] {
            let server = start(version, &[fault(text)]);
            run(async {
                let mut client = Client::new(&server, version).await;
                let got = client.get("/").await;
                assert!(hits == 1 || got.unwrap().whole.is_ok(), "{text} {version:?}");
            });
            let seen = &server.seen()[0];
            assert_eq!((seen.considered, seen.hits), (1, hits), "{text} {version:?}");
        }
    }
}

#[test]
fn a_slow_body_takes_its_time() {
    each_version("{ http_slow_body: 50kB/s }", |_, got| {
        let got = got.unwrap();
        assert_eq!(got.body, BODY);
        assert!(got.took > 80 * MS, "{:?}", got.took);
    });
}

#[test]
fn a_fault_that_is_switched_off_releases_the_exchanges_that_it_held() {
    let holding = [
        "{ http_delay: 1h }",
        "{ http_delay: { delay: 1h, before: body } }",
        "{ http_slow_body: 100B/s }",
        "{ http_slow_body: 1B/h }",
    ];
    for text in holding {
        for version in VERSIONS {
            let server = start(version, &[fault(text)]);
            run(async {
                let mut client = Client::new(&server, version).await;
                let switch = async {
                    tokio::time::sleep(50 * MS).await;
                    server.set(false).unwrap();
                };
                let (got, ()) = tokio::join!(client.get("/"), switch);
                let got = got.unwrap();
                assert!(got.body == BODY && got.took >= 50 * MS, "{text}");
            });
        }
    }
}

#[test]
fn corruption_changes_bytes_but_not_the_length() {
    each_version("{ http_corrupt: 10% }", |_, got| {
        let got = got.unwrap();
        let changed = got.body.iter().filter(|byte| **byte != b'a').count();
        // Binomial(5000, 0.1): six standard deviations either way.
        assert!(got.body.len() == 5000 && (372..=628).contains(&changed), "{changed}");
        assert!(got.whole.is_ok() && got.body[0] != b'a');
    });
}

#[test]
fn a_wrong_length_is_announced() {
    each_version("{ http_length: { change: 10 } }", |_, got| {
        let got = got.unwrap();
        assert_eq!(got.headers["content-length"], "5010");
        assert!(got.whole.is_err() && got.body.len() == 5000, "{got:?}");
    });
    each_version("{ http_length: { change: -10 } }", |_, got| {
        let got = got.unwrap();
        assert_eq!(got.headers["content-length"], "4990");
        assert!(got.whole.is_ok() && got.body.len() == 4990);
    });
}

#[test]
fn a_reset_comes_before_or_during_the_response() {
    each_version("{ http_reset: {} }", |_, got| assert!(got.is_err()));
    each_version("{ http_reset: { after: 1000 } }", |_, got| {
        let got = got.unwrap();
        assert!(got.body.len() == 1000 && got.whole.is_err(), "{got:?}");
    });
}

/// Sends a request as it is, and reads until the end.
fn raw(server: &ProxyServer, request: &str) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(address(server)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut all = Vec::new();
    let end = stream.read_to_end(&mut all);
    (all, end.err().map(|error| error.kind()))
}

#[test]
fn in_http_1_a_reset_is_a_real_reset_and_a_truncation_is_a_close() {
    let get = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let server = start(HttpVersion::One, &[fault("{ http_reset: {} }")]);
    assert_eq!(raw(&server, get), (Vec::new(), Some(ErrorKind::ConnectionReset)));
    let server = start(HttpVersion::One, &[fault("{ http_truncate: 10 }")]);
    let (all, end) = raw(&server, get);
    assert!(all.ends_with(b"\r\n\r\naaaaaaaaaa") && end.is_none());
}

#[test]
fn resetting_a_stream_leaves_other_streams_alone() {
    let mut some = fault("{ http_reset: {} }");
    some.who.matches.path = Some("/bad".to_owned());
    let server = start(HttpVersion::Two, &[some]);
    run(async {
        let mut client = Client::new(&server, HttpVersion::Two).await;
        assert!(client.get("/bad").await.is_err());
        assert_eq!(client.get("/good").await.unwrap().status, StatusCode::OK);
    });
    assert_eq!(server.seen()[0].considered, 1);
}

#[test]
fn the_number_of_a_request_decides_whether_it_is_hit_and_is_not_forwarded() {
    let mut some = fault("{ http_status: 503 }");
    some.who.probability = 0.5;
    some.who.matches = Matches {
        method: Some("GET".to_owned()),
        path: None,
        headers: [("x-kind".to_owned(), "a*".to_owned())].into(),
    };
    let hits = |order: &mut dyn Iterator<Item = u32>| {
        let server = start(HttpVersion::One, &[some.clone()]);
        let order: Vec<u32> = order.collect();
        let mut hits = run(async {
            let mut client = Client::new(&server, HttpVersion::One).await;
            let mut hits = Vec::new();
            for number in order {
                let request = Request::get("/").header("steadfast-request", number).header("x-kind", "abc");
                let got = client.send(request.body(Full::default()).unwrap()).await.unwrap();
                if got.status == 503 {
                    hits.push(number);
                } else {
                    assert_eq!(got.headers["numbered"], "false");
                }
            }
            hits
        });
        hits.sort_unstable();
        hits
    };
    let forwards = hits(&mut (0..40));
    assert_eq!(forwards, hits(&mut (0..40).rev()));
    assert!(forwards.len() > 5 && forwards.len() < 35);
}

#[test]
fn wire_faults_act_on_the_connection_of_an_http_proxy() {
    for version in VERSIONS {
        let faults = [fault("{ latency: 50ms }"), fault("{ reset: { since: start } }")];
        let server = start(version, &faults);
        server.set_fault(1, false).unwrap();
        run(async {
            let mut client = Client::new(&server, version).await;
            assert!(client.get("/").await.unwrap().first_byte >= 50 * MS);
            server.set_fault(1, true).unwrap();
            assert!(client.get("/").await.is_err());
        });
    }
}

#[test]
fn an_upstream_that_cannot_be_reached_gives_a_bad_gateway() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let target = target(&format!("http://{nobody}/"), HttpVersion::One);
    let server = ProxyServer::start(&[proxy(true)], &target, &[], &Allowed::default(), 1).unwrap();
    let got = run(async { Client::new(&server, HttpVersion::One).await.get("/").await.unwrap() });
    assert_eq!((got.status.as_u16(), &got.headers["steadfast-failure"]), (502, &"connect".parse().unwrap()));
    assert!(got.body.starts_with(b"steadfast: "));
}

#[test]
fn an_upstream_that_closes_without_a_response_is_not_asked_again() {
    let (report, asked) = std::sync::mpsc::channel();
    let rude = crate::proxies::common::serve(move |mut stream| {
        let read = stream.read(&mut [0; 1000]).unwrap();
        report.send(read).unwrap();
    });
    let target = target(&format!("http://{rude}/"), HttpVersion::One);
    let server = ProxyServer::start(&[proxy(true)], &target, &[], &Allowed::default(), 1).unwrap();
    run(async { Client::new(&server, HttpVersion::One).await.get("/").await }).unwrap_err();
    assert!(asked.recv().unwrap() > 0);
    assert!(asked.recv_timeout(100 * MS).is_err());
}

#[test]
fn the_upstream_notices_when_the_client_gives_up() {
    let (report, gone) = std::sync::mpsc::channel();
    let silent = crate::proxies::common::serve(move |mut stream| {
        while stream.read(&mut [0; 1000]).is_ok_and(|read| read > 0) {}
        report.send(()).unwrap();
    });
    let target = target(&format!("http://{silent}/"), HttpVersion::One);
    let server = ProxyServer::start(&[proxy(true)], &target, &[], &Allowed::default(), 1).unwrap();
    let mut stream = TcpStream::connect(address(&server)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert!(gone.recv_timeout(100 * MS).is_err());
    drop(stream);
    gone.recv_timeout(Duration::from_secs(5)).unwrap();
}

#[test]
fn a_connection_upgraded_to_another_protocol_passes_through() {
    let upgrading = crate::proxies::common::serve(|mut stream| {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        let request = String::from_utf8(request).unwrap().to_ascii_lowercase();
        assert!(request.contains("upgrade: websocket") && request.contains("connection: upgrade"));
        let agreed = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
        stream.write_all(agreed.as_bytes()).unwrap();
        let mut buffer = [0; 100];
        while let Ok(read @ 1..) = stream.read(&mut buffer) {
            stream.write_all(&buffer[..read]).unwrap();
        }
    });
    let target = target(&format!("http://{upgrading}/"), HttpVersion::One);
    let server = ProxyServer::start(&[proxy(true)], &target, &[], &Allowed::default(), 1).unwrap();
    let mut stream = TcpStream::connect(address(&server)).unwrap();
    let ask = "GET /chat HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n";
    stream.write_all(ask.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 101"));
    for message in [&b"hello"[..], b"again"] {
        crate::proxies::common::round_trip(&mut stream, message);
    }
}

#[test]
fn a_tls_target_is_trusted_only_with_its_certificate_authority() {
    let certified = rcgen::generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, certified.cert.pem()).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    for version in VERSIONS {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key.clone_key())
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let url = format!("https://{}/", origin(Some(Arc::new(config))));
        let ask = |tls: Tls| {
            let target = Target { tls, ..target(&url, version) };
            let server = ProxyServer::start(&[proxy(true)], &target, &[], &Allowed::default(), 1).unwrap();
            run(async { Client::new(&server, version).await.get("/").await.unwrap() })
        };
        let name = Some("shop.example".to_owned());
        let trusted = ask(Tls { ca_file: Some(ca_file.clone()), server_name: name.clone(), client: None });
        assert_eq!(trusted.status, StatusCode::OK);
        let unknown = ask(Tls { server_name: name, ..Tls::default() });
        assert_eq!(unknown.headers["steadfast-failure"], "tls");
    }
}

#[test]
fn a_missing_tls_file_is_named() {
    let mut target = target("https://127.0.0.1:1/", HttpVersion::One);
    target.tls.ca_file = Some(PathBuf::from("no-such.pem"));
    let error = ProxyServer::start(&[proxy(true)], &target, &[], &Allowed::default(), 1).unwrap_err();
    assert!(error.to_string().contains("no-such.pem"), "{error}");
}

#[test]
fn a_dependency_is_asked_with_the_version_and_the_host_of_the_client() {
    let dependency = Proxy { upstream: Upstream::Address(origin(None).to_string()), ..proxy(true) };
    let target = target(&format!("http://{}/", echo()), HttpVersion::One);
    let server = ProxyServer::start(&[dependency], &target, &[], &Allowed::default(), 1).unwrap();
    for version in VERSIONS {
        let got = run(async { Client::new(&server, version).await.get("/x").await.unwrap() });
        let seen = got.headers["seen"].to_str().unwrap();
        match version {
            HttpVersion::One => assert_eq!(got.headers["seen-host"], "client.example"),
            HttpVersion::Two => assert_eq!(seen, "HTTP/2.0 GET http://client.example/x"),
        }
    }
    assert_eq!(server.attempts(), Some(2));
}
