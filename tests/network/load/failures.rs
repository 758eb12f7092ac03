//! Every kind of failure of a request.

use crate::load::server::{answer, response, serve};
use crate::load::{assert_all_failed, get, ms, run, steady, target, whole};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use steadfast::chaos::experiment::{Expected, HttpVersion, Load, Proxy, Upstream};
use steadfast::chaos::guard::Allowed;
use steadfast::chaos::io::load::Generator;
use steadfast::chaos::io::proxy::ProxyServer;
use steadfast::chaos::observation::Failure;

/// Builds a load of a few requests that fail at once, however busy the machine is.
fn few() -> Load {
    Load { timeout: ms(20_000), ..steady(40.0) }
}

/// Builds a load of a few requests with a short timeout.
fn impatient() -> Load {
    Load { timeout: ms(150), ..steady(40.0) }
}

fn https(url: &str) -> String {
    url.replace("http://", "https://")
}

/// Starts a server that reads the start of a request and then calls `go_on`.
fn then(go_on: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    serve(move |mut stream| {
        let mut request = [0; 4096];
        if stream.read(&mut request).is_ok_and(|read| read > 0) {
            go_on(stream);
        }
    })
}

/// Starts a server that answers a request with these bytes and closes.
fn writes(bytes: &'static [u8]) -> String {
    then(move |mut stream| {
        let _ = stream.write_all(bytes);
    })
}

fn never_closes(mut stream: TcpStream) {
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
}

#[test]
fn a_refused_connection_is_a_failure_to_connect() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_all_failed(&run(&few(), &target(&url), ms(200)), Failure::Connect);
}

#[test]
fn the_load_does_not_start_if_the_host_cannot_be_resolved() {
    let target = target("http://no-such-host.invalid");
    let started = Generator::start(&few(), &target, None, &Allowed::default(), ms(100), 1);
    let error = started.unwrap_err().to_string();
    assert!(error.contains("no-such-host.invalid"), "{error}");
}

/// Asserts that all requests fail in this way if they go through a proxy.
fn assert_all_failed_through_a_proxy(url: &str, http: bool, failure: Failure) {
    let proxy = Proxy { name: "load".into(), listen: None, upstream: Upstream::Target, http };
    let (target, allowed) = (target(url), Allowed::default());
    let proxies = ProxyServer::start(&[proxy], &target, &[], &allowed, 1).unwrap();
    let generator = Generator::start(&few(), &target, proxies.via(0), &allowed, ms(100), 1).unwrap();
    std::thread::sleep(ms(200));
    assert_all_failed(&generator.stop(), failure);
}

#[test]
fn requests_fail_in_the_same_way_with_and_without_a_proxy() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let bad_gateway = answer(|_| response(502, "", ""));
    for http in [true, false] {
        for scheme in ["http", "https"] {
            assert_all_failed_through_a_proxy(&format!("{scheme}://{nobody}"), http, Failure::Connect);
        }
        assert_all_failed_through_a_proxy(&writes(b""), http, Failure::Broken);
        assert_all_failed_through_a_proxy(&https(&writes(b"no TLS here")), http, Failure::Tls);
        assert_all_failed_through_a_proxy(&bad_gateway, http, Failure::Status);
    }
}

#[test]
fn a_missing_response_is_a_timeout() {
    let url = serve(never_closes);
    assert_all_failed(&run(&impatient(), &target(&url), ms(200)), Failure::Timeout);
}

#[test]
fn an_endless_slow_response_is_a_timeout() {
    let url = then(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(ms(10));
        }
    });
    assert_all_failed(&run(&impatient(), &target(&url), ms(200)), Failure::Timeout);
}

#[test]
fn a_response_of_another_protocol_is_a_protocol_failure() {
    let url = writes(b"220 mail.example ESMTP ready\r\n\r\n");
    assert_all_failed(&run(&few(), &target(&url), ms(200)), Failure::Protocol);
}

#[test]
fn a_close_without_a_response_is_a_broken_connection() {
    assert_all_failed(&run(&few(), &target(&writes(b"")), ms(200)), Failure::Broken);
}

#[test]
fn a_close_within_the_head_is_a_broken_connection() {
    assert_all_failed(&run(&few(), &target(&writes(b"HTTP/1.1 200 OK\r\nconte")), ms(200)), Failure::Broken);
}

#[test]
fn a_close_within_the_body_is_a_broken_connection() {
    let url = writes(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
    assert_all_failed(&run(&few(), &target(&url), ms(200)), Failure::Broken);
}

#[test]
fn an_invalid_chunk_length_is_a_protocol_failure() {
    let url = writes(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n");
    assert_all_failed(&run(&few(), &target(&url), ms(200)), Failure::Protocol);
}

#[test]
fn a_target_without_tls_is_a_tls_failure() {
    let url = https(&writes(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    assert_all_failed(&run(&few(), &target(&url), ms(200)), Failure::Tls);
}

#[test]
fn an_unanswered_tls_handshake_is_a_timeout() {
    let url = https(&serve(never_closes));
    assert_all_failed(&run(&impatient(), &target(&url), ms(200)), Failure::Timeout);
}

#[test]
fn a_target_without_http_2_is_a_protocol_failure() {
    let url = then(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        never_closes(stream);
    });
    let mut target = target(&url);
    target.version = HttpVersion::Two;
    assert_all_failed(&run(&few(), &target, ms(200)), Failure::Protocol);
}

#[test]
fn a_kept_body_that_is_too_long_is_a_content_failure() {
    let url = then(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        let piece = vec![b'x'; 65_536];
        while stream.write_all(&piece).is_ok() {}
    });
    let mut load = Load { timeout: ms(20_000), ..steady(1.0) };
    load.requests[0].expect = vec![Expected::BodyContains("never".into())];
    assert_all_failed(&run(&load, &target(&url), ms(100)), Failure::Content);
}

#[test]
fn an_error_status_is_a_status_failure() {
    let url = answer(|_| response(503, "", ""));
    assert_all_failed(&run(&few(), &target(&url), ms(200)), Failure::Status);
}

/// Starts a server that answers the first request of each connection, and closes when the second arrives.
fn answers_once() -> String {
    serve(|mut stream| {
        let mut request = [0; 4096];
        for answers in [true, false] {
            if !stream.read(&mut request).is_ok_and(|read| read > 0) {
                return;
            }
            if answers {
                stream.write_all(&response(200, "", "ok")).unwrap();
            }
        }
    })
}

/// The target may have closed the connection for being idle (RFC 9112, section 9.3.1).
#[test]
fn an_idempotent_request_on_a_connection_that_was_idle_is_sent_once_more() {
    let rare = Load { timeout: ms(20_000), ..steady(4.0) };
    let whole = whole(&run(&rare, &target(&answers_once()), ms(1900)).windows);
    assert_eq!((whole.measured.good, whole.measured.offered), (8, 8), "{:?}", whole.failed);
    // All but the first meet the end of the connection of the one before.
    assert_eq!(whole.repeated, 7);
}

/// A connection that was in use just before was not closed for being idle, and a POST may have had its effect.
#[test]
fn other_requests_on_a_connection_that_breaks_have_failed() {
    let broken = |load: &Load| {
        let whole = whole(&run(load, &target(&answers_once()), ms(1900)).windows);
        assert_eq!(whole.repeated, 0);
        whole.failed.get(&Failure::Broken).copied().unwrap_or_default()
    };
    assert!(broken(&few()) >= 20);
    let mut post = get("/");
    post.method = "POST".into();
    assert_eq!(broken(&Load { requests: vec![post], ..Load { timeout: ms(20_000), ..steady(4.0) } }), 4);
}
