//! Without a fault, an HTTP proxy changes nothing: what a client and a server send each other through it
//! is what they send each other without it.

use crate::proxies::common::{MS, address, fault, proxy, read_all, serve, target};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use steadfast::chaos::experiment::{HttpVersion, Injection};
use steadfast::chaos::guard::Allowed;
use steadfast::chaos::io::proxy::ProxyServer;

/// What a server does with one request, after its head.
#[derive(Debug, Clone, Copy)]
enum Step {
    Send(&'static [u8]),
    Read(usize),
    /// The next request.
    Head,
    Reset,
    Pause,
}
use Step::{Head, Pause, Read, Reset, Send};

/// Serves each connection by these steps, and reports everything that it received.
fn scripted(steps: &'static [Step]) -> (SocketAddr, Receiver<Vec<u8>>) {
    let (report, received) = channel();
    let origin = serve(move |mut stream| {
        let mut all = Vec::new();
        let mut read = |stream: &mut TcpStream, done: &dyn Fn(&[u8]) -> bool| {
            let (start, mut byte) = (all.len(), [0]);
            while !done(&all[start..]) && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                all.push(byte[0]);
            }
        };
        let head = |bytes: &[u8]| bytes.ends_with(b"\r\n\r\n");
        read(&mut stream, &head);
        for step in steps {
            match step {
                Send(bytes) => stream.write_all(bytes).unwrap(),
                Read(length) => read(&mut stream, &|bytes| bytes.len() == *length),
                Head => read(&mut stream, &head),
                Pause => std::thread::sleep(50 * MS),
                Reset => socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap(),
            }
        }
        report.send(all).unwrap();
    });
    (origin, received)
}

fn in_front_of(origin: SocketAddr, faults: &[Injection]) -> ProxyServer {
    let target = target(&format!("http://{origin}/"), HttpVersion::One);
    let server = ProxyServer::start(&[proxy(true)], &target, faults, &Allowed::default(), 1).unwrap();
    server.set(true).unwrap();
    server
}

/// Sends pieces with pauses between them, and reads until the end.
fn talk(to: SocketAddr, pieces: &[&[u8]]) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut all = Vec::new();
    for piece in pieces {
        stream.write_all(piece).unwrap();
        std::thread::sleep(20 * MS);
    }
    let end = stream.read_to_end(&mut all);
    (all, end.err().map(|error| error.kind()))
}

/// Checks that both sides receive the same with a proxy and without, and returns what they receive.
fn is_transparent(pieces: &[&[u8]], steps: &'static [Step]) -> (Vec<u8>, Vec<u8>) {
    let (origin, received) = scripted(steps);
    let direct = talk(origin, pieces);
    let asked = received.recv_timeout(Duration::from_secs(10)).unwrap();
    let server = in_front_of(origin, &[]);
    let proxied = talk(address(&server), pieces);
    let asked_by_proxy = received.recv_timeout(Duration::from_secs(10)).unwrap();
    let text = String::from_utf8_lossy;
    assert_eq!((text(&direct.0), direct.1), (text(&proxied.0), proxied.1));
    assert_eq!(text(&asked), text(&asked_by_proxy));
    (asked, direct.0)
}

const GET: &[u8] = b"GET /a?b=c HTTP/1.1\r\nHost: shop.example\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn heads_pass_in_their_case_and_order_whatever_they_say() {
    const RESPONSE: &[u8] = b"HTTP/1.1 200 Fine By Me\r\nSet-Cookie: a=1\r\nserver: x\r\nSet-Cookie: b=2\r\n\
        Connection: close\r\nKEEP-alive: x\r\ncontent-LENGTH: 2\r\nX-Latin: \xe9\r\n\r\nok";
    let many = "X-Field: y\r\n".repeat(150);
    let request = format!(
        "GET /%7e/../x?q=a%20b&&c HTTP/1.1\r\nhOST: shop.example\r\nx-lower: 1\r\nX-UPPER:2\r\nCookie: a=1\r\n\
         Accept: */*\r\nCookie: b=2\r\nConnection: Keep-Alive\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\n\
         Proxy-Authorization: Basic eA==\r\nX-Empty:\r\n{many}\r\n"
    );
    let (asked, answered) = is_transparent(&[request.as_bytes()], &[Send(RESPONSE)]);
    assert_eq!((asked, answered.as_slice()), (request.into_bytes(), RESPONSE));
}

#[test]
fn a_head_may_arrive_byte_by_byte() {
    let bytes: Vec<&[u8]> = GET.chunks(1).take(10).chain([&GET[10..]]).collect();
    is_transparent(
        &bytes,
        &[Send(b"HTTP/1.1 200 OK\r"), Pause, Send(b"\nContent-Length: 2\r\n\r"), Pause, Send(b"\nok")],
    );
}

#[test]
fn interim_responses_pass() {
    const HINTS: &[u8] = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";
    let (_, answered) = is_transparent(&[GET], &[Send(HINTS), Pause, Send(OK)]);
    assert!(answered.starts_with(HINTS));
}

#[test]
fn a_client_that_waits_for_a_100_sends_its_body_after_it() {
    let head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    let (asked, _) =
        is_transparent(&[head, b"body"], &[Send(b"HTTP/1.1 100 Continue\r\n\r\n"), Read(4), Send(OK)]);
    assert!(asked.ends_with(b"body"));
    is_transparent(&[head], &[Send(b"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")]);
}

/// The answer of a fault, too, must not wait for a body that does not come.
#[test]
fn a_fault_answers_a_client_that_waits_for_a_100() {
    let (origin, _received) = scripted(&[]);
    let server = in_front_of(origin, &[fault("{ http_status: 503 }")]);
    let head = b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    let (answer, end) = talk(address(&server), &[head]);
    assert!(answer.starts_with(b"HTTP/1.1 503 Service Unavailable\r\n") && end.is_none());
}

#[test]
fn responses_without_a_body_keep_their_length() {
    let steps = &[
        Send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"),
        Head,
        Send(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\nETag: \"x\"\r\n\r\n"),
        Head,
        Send(b"HTTP/1.1 204 No Content\r\n\r\n"),
        Head,
        Send(OK),
    ];
    let head = b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n";
    is_transparent(&[head, GET, GET, GET], steps);
}

#[test]
fn chunks_extensions_and_trailers_pass() {
    let request = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n\
        4;a=b\r\nbody\r\n003\r\nend\r\n0\r\nX-Sum: 7\r\n\r\n";
    let steps = &[
        Read(38),
        Send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5;x\r\nhel"),
        Pause,
        Send(b"lo\r\n"),
        Pause,
        Send(b"0;last\r\ngrpc-Status: 0\r\nX: y\r\n\r\n"),
        Head,
        Send(OK),
    ];
    let (asked, _) = is_transparent(&[request, GET], steps);
    assert!(asked.ends_with(GET), "{}", String::from_utf8_lossy(&asked));
}

#[test]
fn a_body_may_end_with_the_connection() {
    is_transparent(
        &[b"GET / HTTP/1.0\r\n\r\n"],
        &[Send(b"HTTP/1.0 200 OK\r\n\r\nfirst "), Pause, Send(b"second")],
    );
}

#[test]
fn a_body_that_ends_too_early_ends_early_for_the_client() {
    is_transparent(&[GET], &[Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")]);
    is_transparent(&[GET], &[Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]);
    is_transparent(
        &[GET],
        &[Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nwrong\r\n")],
    );
}

#[test]
fn requests_sent_ahead_are_answered_in_turn() {
    is_transparent(&[&[GET, GET, GET].concat()], &[Send(OK), Head, Send(OK), Head, Send(OK)]);
}

#[test]
fn what_a_server_sends_unasked_passes() {
    let steps = &[Send(OK), Pause, Pause, Send(b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")];
    is_transparent(&[GET], steps);
}

#[test]
fn a_response_may_come_before_the_request_is_complete() {
    let head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n";
    let steps = &[Send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"), Read(9), Head, Send(OK)];
    let (asked, _) = is_transparent(&[head, b"all of it", GET], steps);
    assert!(asked.ends_with(GET));
}

#[test]
fn a_client_may_close_its_side_before_the_response() {
    let (origin, _received) = scripted(&[Pause, Pause, Send(OK)]);
    let server = in_front_of(origin, &[]);
    let mut stream = TcpStream::connect(address(&server)).unwrap();
    stream.write_all(GET).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(read_all(&mut stream).unwrap(), OK);
}

#[test]
fn a_tunnel_passes_everything() {
    let connect = b"CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n";
    let steps = &[Send(b"HTTP/1.1 200 Connected\r\nX: y\r\n\r\n\x00first"), Read(5), Send(b"\xff\x00second")];
    let (asked, _) = is_transparent(&[connect, b"\x01\x02\r\n\x03"], steps);
    assert!(asked.starts_with(b"CONNECT db.example:5432 HTTP/1.1\r\n"));
    let upgrade = b"GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let agreed = &[
        Send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"),
        Read(3),
        Send(b"\x81\x00"),
    ];
    is_transparent(&[upgrade, b"\x81\x01x"], agreed);
}

#[test]
fn a_reset_stays_a_reset_and_a_close_a_close() {
    for (steps, reset) in [
        (&[Pause, Reset][..], true),
        (&[Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), Pause, Pause, Reset], true),
        (&[Pause], false),
    ] {
        let (origin, _received) = scripted(steps);
        let (_, direct) = talk(origin, &[GET]);
        let server = in_front_of(origin, &[]);
        let (_, end) = talk(address(&server), &[GET]);
        assert_eq!((end, end.is_some()), (direct, reset), "{steps:?}");
    }
}

#[test]
fn two_lengths_are_refused_on_both_sides() {
    let (origin, received) = scripted(&[]);
    let server = in_front_of(origin, &[]);
    for two in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Transfer-Encoding: chunked, gzip",
        "Content-Length: +5",
    ] {
        let request = format!("POST / HTTP/1.1\r\nHost: x\r\n{two}\r\n\r\n0\r\n\r\n");
        let (answer, _) = talk(address(&server), &[request.as_bytes()]);
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{two}: {answer}");
    }
    assert!(received.try_recv().is_err(), "nothing was passed on");
    let both =
        &[Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n")];
    let server = in_front_of(scripted(both).0, &[]);
    let answer = String::from_utf8(talk(address(&server), &[GET]).0).unwrap();
    assert!(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\nsteadfast-failure: protocol\r\n"), "{answer}");
    assert!(answer.contains("RFC 9112"), "{answer}");
}

#[test]
fn what_is_not_http_is_told_so() {
    let server = in_front_of(scripted(&[Send(b"220 mail.example ESMTP\r\n\r\n")]).0, &[]);
    let (answer, _) = talk(address(&server), &[GET]);
    assert!(answer.starts_with(b"HTTP/1.1 502 Bad Gateway\r\nsteadfast-failure: protocol\r\n"));
    let (answer, _) = talk(address(&server), &[b"\x16\x03\x01\x02\x00\x01"]);
    assert!(answer.starts_with(b"HTTP/1.1 400 Bad Request\r\n"));
}

#[test]
fn the_headers_of_the_load_generator_stay_between_it_and_the_proxy() {
    const SAYS: &[u8] = b"HTTP/1.1 200 OK\r\nSteadfast-Failure: connect\r\nContent-Length: 2\r\n\r\nok";
    let (origin, received) = scripted(&[Send(SAYS)]);
    let server = in_front_of(origin, &[]);
    let request = b"GET /a?b=c HTTP/1.1\r\nsteadfast-request: 7\r\nHost: shop.example\r\n\r\n";
    let (answer, _) = talk(address(&server), &[request]);
    assert_eq!((answer.as_slice(), received.recv().unwrap().as_slice()), (OK, GET));
}

#[test]
fn the_proxys_own_address_becomes_the_name_of_the_target() {
    let (origin, received) = scripted(&[Send(OK)]);
    let server = in_front_of(origin, &[]);
    let request = format!("GET / HTTP/1.1\r\nhOsT:  {}\r\n\r\n", address(&server));
    talk(address(&server), &[request.as_bytes()]);
    let asked = String::from_utf8(received.recv().unwrap()).unwrap();
    assert_eq!(asked, format!("GET / HTTP/1.1\r\nhOsT: {origin}\r\n\r\n"));
}

#[test]
fn a_fault_of_the_body_leaves_the_trailers() {
    let chunked = &[
        Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nSum: 5\r\n\r\n"),
        Head,
        Send(OK),
    ];
    let server = in_front_of(scripted(chunked).0, &[fault("{ http_slow_body: 200B/s }")]);
    let (answer, _) = talk(address(&server), &[GET, GET]);
    let answer = String::from_utf8(answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(body.starts_with("2\r\nhe\r\n2\r\nll\r\n1\r\no\r\n0\r\nSum: 5\r\n\r\nHTTP/1.1 200 OK"), "{body}");
}

/// A body that a fault cut short must not shift the responses that follow.
#[test]
fn requests_after_a_body_that_was_cut_get_their_own_responses() {
    const LONG: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789";
    let (origin, _received) = scripted(&[Send(LONG), Head, Send(LONG)]);
    let server = in_front_of(origin, &[fault("{ http_length: { change: -4 } }")]);
    let (answer, _) = talk(address(&server), &[GET, GET]);
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n012345";
    assert_eq!(String::from_utf8(answer).unwrap(), cut.repeat(2));
}
