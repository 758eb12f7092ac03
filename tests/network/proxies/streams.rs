//! HTTP/2 through a proxy: without a fault, headers, trailers and resets are those of the server.

use crate::proxies::common::{address, fault, proxy, target};
use bytes::Bytes;
use h2::{Reason, RecvStream};
use hyper::http::{HeaderMap, Request, Response};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use steadfast::chaos::experiment::{HttpVersion, Injection};
use steadfast::chaos::guard::Allowed;
use steadfast::chaos::io::proxy::ProxyServer;

/// Runs a future on a thread of its own, if it does not end.
fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), future).await.unwrap() })
}

/// Serves HTTP/2 with many headers and trailers, and resets the stream of `/reset`. Reports the heads of requests.
fn origin() -> (SocketAddr, Receiver<Request<()>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let (report, heads) = channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let report = report.clone();
                tokio::spawn(async move {
                    let mut builder = h2::server::Builder::new();
                    builder.max_header_list_size(1 << 20);
                    let mut connection = builder.handshake::<_, Bytes>(stream).await.unwrap();
                    while let Some(Ok((request, mut respond))) = connection.accept().await {
                        let path = request.uri().path().to_owned();
                        let head = request.method() == "HEAD";
                        report.send(request.map(|_: RecvStream| ())).unwrap();
                        if path == "/reset" {
                            respond.send_reset(Reason::ENHANCE_YOUR_CALM);
                            continue;
                        }
                        let mut response = Response::builder().header("content-length", "5");
                        for number in 0..300 {
                            response = response.header(format!("x-{number}"), "y");
                        }
                        let response = response.header("steadfast-failure", "connect").body(()).unwrap();
                        let mut body = respond.send_response(response, head).unwrap();
                        if !head {
                            body.send_data(Bytes::from_static(b"hello"), false).unwrap();
                            body.send_trailers(trailers()).unwrap();
                        }
                    }
                });
            }
        });
    });
    (address, heads)
}

fn trailers() -> HeaderMap {
    [("grpc-status", "0"), ("grpc-message", "fine")]
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .into_iter()
        .collect()
}

fn in_front_of(origin: SocketAddr, faults: &[Injection]) -> ProxyServer {
    let target = target(&format!("http://{origin}/"), HttpVersion::Two);
    let server = ProxyServer::start(&[proxy(true)], &target, faults, &Allowed::default(), 1).unwrap();
    server.set(true).unwrap();
    server
}

/// Headers, body and trailers of a response.
type Got = (HeaderMap, Vec<u8>, Option<HeaderMap>);

/// Sends a request to an address, and returns the response or the reason of the reset.
fn ask(to: SocketAddr, request: Request<()>) -> Result<Got, Option<Reason>> {
    run(async {
        let stream = tokio::net::TcpStream::connect(to).await.unwrap();
        let mut builder = h2::client::Builder::new();
        builder.max_header_list_size(1 << 20);
        let (mut client, connection) = builder.handshake::<_, Bytes>(stream).await.unwrap();
        tokio::spawn(connection);
        let (response, _) = client.send_request(request, true).unwrap();
        let response = response.await.map_err(|error| error.reason())?;
        let (parts, mut incoming) = response.into_parts();
        let mut body = Vec::new();
        while let Some(data) = incoming.data().await {
            body.extend_from_slice(&data.map_err(|error| error.reason())?);
        }
        let trailers = incoming.trailers().await.map_err(|error| error.reason())?;
        Ok((parts.headers, body, trailers))
    })
}

fn request(method: &str, path: &str) -> Request<()> {
    let uri = format!("http://shop.example{path}");
    Request::builder().method(method).uri(uri).header("te", "trailers").header("x", "y").body(()).unwrap()
}

#[test]
fn headers_and_trailers_are_those_of_the_server() {
    let (origin, heads) = origin();
    let server = in_front_of(origin, &[]);
    for method in ["GET", "HEAD"] {
        let direct = ask(origin, request(method, "/a?b=c")).unwrap();
        let mut proxied = ask(address(&server), request(method, "/a?b=c")).unwrap();
        // Only the program's own header is taken off.
        assert_eq!(proxied.0.insert("steadfast-failure", "connect".parse().unwrap()), None);
        assert_eq!(direct.0.len(), 302);
        assert_eq!(proxied, direct);
        let [one, other] = [heads.recv().unwrap(), heads.recv().unwrap()];
        assert_eq!((one.uri(), one.headers()), (other.uri(), other.headers()));
    }
}

#[test]
fn a_stream_is_reset_for_the_reason_of_the_server() {
    let (origin, _heads) = origin();
    let server = in_front_of(origin, &[]);
    for to in [origin, address(&server)] {
        assert_eq!(ask(to, request("GET", "/reset")).unwrap_err(), Some(Reason::ENHANCE_YOUR_CALM));
    }
}

#[test]
fn a_fault_of_the_body_leaves_the_trailers() {
    let (origin, _heads) = origin();
    let server = in_front_of(origin, &[fault("{ http_slow_body: 200B/s }")]);
    let (_, body, last) = ask(address(&server), request("GET", "/")).unwrap();
    assert_eq!((body.as_slice(), last), (&b"hello"[..], Some(trailers())));
}

#[test]
fn a_fault_gives_a_status_of_grpc_without_a_message() {
    let (origin, heads) = origin();
    let text = "{ http_grpc_status: { status: unavailable, message: \"50 % off\" } }";
    let server = in_front_of(origin, &[fault(text)]);
    let (headers, body, trailers) = ask(address(&server), request("POST", "/shop.Orders/Get")).unwrap();
    assert_eq!(
        (headers["grpc-status"].as_bytes(), headers["grpc-message"].as_bytes()),
        (&b"14"[..], &b"50 %25 off"[..])
    );
    assert_eq!(
        (headers["content-type"].as_bytes(), body.len(), trailers),
        (&b"application/grpc"[..], 0, None)
    );
    assert!(heads.try_recv().is_err(), "nothing was passed on");
}
