//! TCP proxies.

use crate::proxies::common::{
    MS, address, connect, echo, fault, read_all, round_trip, serve, tcp_proxy, upstream,
};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use steadfast::chaos::experiment::{Direction, HttpVersion, Injection, Proxy, Upstream, Who};
use steadfast::chaos::guard::Allowed;
use steadfast::chaos::io::proxy::{ProxyError, ProxyServer};

fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|i| (i * 7 + i / 251) as u8).collect()
}

/// Sends all bytes and closes, and at the same time reads everything that comes back.
fn exchange(mut stream: TcpStream, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut sender = stream.try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            let _ = sender.write_all(bytes);
            let _ = sender.shutdown(Shutdown::Write);
        });
        read_all(&mut stream)
    })
}

#[test]
fn bytes_pass_unchanged_and_a_client_that_has_closed_its_side_gets_the_whole_response() {
    let server = tcp_proxy(echo(), &[]);
    let sent = pattern(5_000_000);
    assert!(exchange(connect(&server), &sent).unwrap() == sent);
    assert_eq!(server.attempts(), None);
}

#[test]
fn bytes_pass_unchanged_through_faults_that_only_delay() {
    let faults = [
        "{ latency: { delay: 3ms, jitter: 3ms } }",
        "{ bandwidth: 20MB/s }",
        "{ slicer: { average_size: 3000, size_variation: 2000 } }",
        "{ slow_close: 20ms }",
    ];
    let faults = faults.map(|text| Injection { direction: Direction::Both, ..fault(text) });
    let server = tcp_proxy(echo(), &faults);
    server.set(true).unwrap();
    let sent = pattern(500_000);
    assert!(exchange(connect(&server), &sent).unwrap() == sent);
    let seen = server.seen();
    assert!(seen.iter().all(|seen| (seen.considered, seen.hits) == (1, 1)));
    // Several faults delay the same bytes, so the share of each is unknown.
    assert!(seen.iter().all(|seen| seen.delivered.count() == 0));
}

#[test]
fn a_client_receives_what_a_server_sends_first_before_closing() {
    let server = tcp_proxy(serve(|mut stream| stream.write_all(b"220 ready\r\n").unwrap()), &[]);
    assert_eq!(read_all(&mut connect(&server)).unwrap(), b"220 ready\r\n");
}

#[test]
fn a_latency_can_be_switched_on_and_off_on_an_open_connection() {
    let server = tcp_proxy(echo(), &[fault("{ latency: 600ms }")]);
    let mut stream = connect(&server);
    let mut timed = || {
        let start = Instant::now();
        round_trip(&mut stream, b"ping");
        start.elapsed()
    };
    timed();
    assert!(timed() < 500 * MS);
    server.set(true).unwrap();
    assert!(timed() >= 600 * MS);
    server.set(false).unwrap();
    assert!(timed() < 500 * MS);
    let seen = &server.seen()[0];
    assert_eq!((seen.hits, seen.asked.count(), seen.delivered.count()), (1, 1, 1));
    assert!(seen.delivered.quantile_s(0.5) >= seen.asked.quantile_s(0.5));
}

#[test]
fn a_fault_that_is_switched_off_releases_the_bytes_that_it_held() {
    let server = tcp_proxy(echo(), &[fault("{ latency: 1h }")]);
    server.set(true).unwrap();
    let mut stream = connect(&server);
    stream.write_all(b"held").unwrap();
    stream.set_read_timeout(Some(50 * MS)).unwrap();
    let kind = stream.read(&mut [0; 8]).unwrap_err().kind();
    assert!(matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut));
    stream.set_read_timeout(None).unwrap();
    server.set(false).unwrap();
    let mut back = [0; 4];
    stream.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"held");
}

#[test]
fn a_reset_is_a_real_one_on_both_sides_and_hits_open_connections() {
    let (report, reported) = mpsc::channel();
    let upstream_of = serve(move |mut stream| {
        let mut read = [0; 100];
        let _ = loop {
            match stream.read(&mut read) {
                Ok(1..) => {}
                end => break report.send(end.map_err(|e| e.kind())),
            }
        };
    });
    let server = tcp_proxy(upstream_of, &[fault("{ reset: { since: start } }")]);
    let mut standing = connect(&server);
    standing.write_all(b"x").unwrap();
    thread::sleep(30 * MS);
    server.set(true).unwrap();
    let reset = Err(ErrorKind::ConnectionReset);
    assert_eq!(standing.read(&mut [0; 8]).map_err(|e| e.kind()), reset);
    assert_eq!(reported.recv().unwrap(), reset);
    let mut new = connect(&server);
    assert_eq!(new.read(&mut [0; 8]).map_err(|e| e.kind()), reset);
    server.set(false).unwrap();
}

#[test]
fn a_normal_close_stays_a_close_while_a_reset_selects_no_connection() {
    let mut nobody = fault("{ reset: {} }");
    nobody.who.probability = 0.0;
    let server = tcp_proxy(echo(), &[nobody]);
    server.set(true).unwrap();
    for _ in 0..10 {
        assert_eq!(exchange(connect(&server), b"hello").unwrap(), b"hello");
    }
    let seen = &server.seen()[0];
    assert_eq!((seen.considered, seen.hits), (10, 0));
}

#[test]
fn a_reset_by_the_upstream_is_forwarded() {
    let upstream = serve(|mut stream| {
        stream.read_exact(&mut [0; 1]).unwrap();
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    });
    let server = tcp_proxy(upstream, &[]);
    let mut stream = connect(&server);
    stream.write_all(b"x").unwrap();
    assert_eq!(stream.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn the_proxy_does_not_listen_while_all_are_refused_but_keeps_its_port() {
    let server = tcp_proxy(echo(), &[fault("{ refuse: { standing: keep } }")]);
    let mut standing = connect(&server);
    round_trip(&mut standing, b"a");
    for _ in 0..20 {
        server.set(true).unwrap();
        let refused = TcpStream::connect(address(&server));
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionRefused);
        assert_eq!(TcpListener::bind(address(&server)).unwrap_err().kind(), ErrorKind::AddrInUse);
        round_trip(&mut standing, b"b");
        server.set(false).unwrap();
        round_trip(&mut connect(&server), b"c");
    }
}

#[test]
fn a_fault_that_has_no_effect_counts_no_hit() {
    for text in [
        "{ limit_data: 1MB }",
        "{ slow_close: 1s }",
        "{ reset: { after: 10m } }",
        "{ timeout: { after: 10m } }",
    ] {
        let server = tcp_proxy(echo(), &[fault(text)]);
        let mut stream = connect(&server);
        round_trip(&mut stream, b"a");
        server.set(true).unwrap();
        if !text.contains("timeout") {
            round_trip(&mut stream, b"b");
        }
        server.set(false).unwrap();
        assert_eq!((server.seen()[0].considered, server.seen()[0].hits), (1, 0), "{text}");
    }
}

#[test]
fn refuse_closes_open_connections_and_refuses_new_ones() {
    let server = tcp_proxy(echo(), &[fault("{ refuse: {} }")]);
    let standing: Vec<_> = (0..3)
        .map(|_| {
            let mut stream = connect(&server);
            round_trip(&mut stream, b"a");
            stream
        })
        .collect();
    server.set(true).unwrap();
    for mut stream in standing {
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
    }
    let refused = TcpStream::connect(address(&server));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert_eq!((server.seen()[0].considered, server.seen()[0].hits), (3, 3));
    server.via(0).unwrap().unreached.count_refused();
    assert_eq!((server.seen()[0].considered, server.seen()[0].hits), (4, 4));
    server.set(false).unwrap();
    round_trip(&mut connect(&server), b"b");
}

#[test]
fn connections_refused_by_a_reset_are_counted() {
    let server = tcp_proxy(echo(), &[fault("{ refuse: { by: reset } }")]);
    server.set(true).unwrap();
    for _ in 0..3 {
        let error = connect(&server).read(&mut [0; 1]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    assert_eq!((server.seen()[0].considered, server.seen()[0].hits), (3, 3));
}

#[test]
fn if_only_some_connections_are_refused_they_are_reset() {
    let mut every_other = fault("{ refuse: {} }");
    every_other.who.every = 2;
    let server = tcp_proxy(echo(), &[every_other]);
    server.set(true).unwrap();
    let refused = |_| {
        let mut stream = connect(&server);
        let answered = stream.write_all(b"x").and_then(|()| stream.read_exact(&mut [0; 1]));
        answered.is_err()
    };
    let refused: Vec<bool> = (0..6).map(refused).collect();
    assert_eq!(refused, [true, false, true, false, true, false]);
    assert_eq!((server.seen()[0].considered, server.seen()[0].hits), (6, 3));
}

#[test]
fn a_client_is_reset_if_the_upstream_cannot_be_reached() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = tcp_proxy(nobody, &[]);
    let error = connect(&server).read(&mut [0; 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_black_hole_is_closed_on_time_or_when_it_is_switched_off() {
    let timeout = [fault("{ timeout: { after: 80ms } }"), fault("{ timeout: {} }")];
    let server = tcp_proxy(echo(), &timeout);
    server.set_fault(0, true).unwrap();
    let start = Instant::now();
    let mut stream = connect(&server);
    stream.write_all(b"lost").unwrap();
    assert_eq!(read_all(&mut stream).unwrap(), b"");
    assert!(start.elapsed() >= 80 * MS);
    server.set_fault(0, false).unwrap();
    server.set_fault(1, true).unwrap();
    let mut stream = connect(&server);
    stream.write_all(b"lost").unwrap();
    thread::sleep(30 * MS);
    server.set_fault(1, false).unwrap();
    assert_eq!(read_all(&mut stream).unwrap(), b"");
}

#[test]
fn a_half_open_connection_is_reset_when_the_fault_ends() {
    let server = tcp_proxy(echo(), &[fault("{ half_open: {} }")]);
    let mut stream = connect(&server);
    round_trip(&mut stream, b"x");
    server.set(true).unwrap();
    stream.write_all(b"lost").unwrap();
    thread::sleep(20 * MS);
    server.set(false).unwrap();
    assert_eq!(stream.read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_data_limit_passes_exactly_its_number_of_bytes_downstream() {
    let flood = serve(|mut stream| while stream.write_all(&[7; 10_000]).is_ok() {});
    let server = tcp_proxy(flood, &[fault("{ limit_data: 123457 }")]);
    server.set(true).unwrap();
    for _ in 0..5 {
        assert_eq!(read_all(&mut connect(&server)).unwrap().len(), 123_457);
    }
}

#[test]
fn a_data_limit_passes_exactly_its_number_of_bytes_upstream() {
    let (report, reported) = mpsc::channel();
    let counting = serve(move |mut stream| report.send(read_all(&mut stream).map(|all| all.len())).unwrap());
    let server = tcp_proxy(counting, &[upstream("{ limit_data: 1000 }")]);
    server.set(true).unwrap();
    let mut stream = connect(&server);
    stream.write_all(&[1; 5000]).unwrap();
    assert_eq!(reported.recv().unwrap().unwrap(), 1000);
    assert_eq!(read_all(&mut stream).unwrap(), b"");
}

#[test]
fn a_narrow_link_makes_its_sender_wait() {
    let server = tcp_proxy(echo(), &[upstream("{ bandwidth: 10kB/s }")]);
    server.set(true).unwrap();
    let mut stream = connect(&server);
    stream.set_nonblocking(true).unwrap();
    let mut sent = 0;
    let start = Instant::now();
    while start.elapsed() < 200 * MS {
        sent += stream.write(&[0; 10_000]).unwrap_or(0);
    }
    assert!(sent < 20_000_000, "{sent} bytes taken");
}

#[test]
fn a_receiver_that_does_not_read_makes_its_sender_wait() {
    let (stop, stopped) = mpsc::channel();
    let flood = serve(move |mut stream| {
        let mut sent = 0_u64;
        stream.set_write_timeout(Some(300 * MS)).unwrap();
        while let Ok(written) = stream.write(&[7; 10_000]) {
            sent += written as u64;
        }
        stop.send(sent).unwrap();
    });
    let server = tcp_proxy(flood, &[]);
    let stream = connect(&server);
    let sent = stopped.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(sent < 40_000_000, "{sent} bytes taken");
    drop(stream);
}

#[test]
fn whether_a_connection_is_hit_is_drawn_once() {
    let mut some = fault("{ latency: 40ms }");
    some.who = Who { probability: 0.5, ..some.who };
    let server = tcp_proxy(echo(), &[some]);
    server.set(true).unwrap();
    let slow = |stream: &mut TcpStream| {
        let start = Instant::now();
        round_trip(stream, b"x");
        start.elapsed() >= 40 * MS
    };
    let mut hits = 0;
    for _ in 0..16 {
        let mut stream = connect(&server);
        let first = slow(&mut stream);
        assert_eq!(slow(&mut stream), first);
        hits += u64::from(first);
    }
    assert_eq!(server.seen()[0].hits, hits);
    assert!(hits > 0 && hits < 16);
}

#[test]
fn closing_a_proxy_closes_its_connections_and_refuses_new_ones() {
    let server = tcp_proxy(echo(), &[]);
    let mut stream = connect(&server);
    round_trip(&mut stream, b"x");
    server.close(0).unwrap();
    assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
    let refused = TcpStream::connect(address(&server));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn an_error_of_starting_names_the_address_or_the_proxy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = crate::proxies::common::target("http://127.0.0.1:1/", HttpVersion::One);
    let start = |listen: Option<String>, upstream| {
        let proxy = Proxy { name: "db".to_owned(), listen, upstream, http: false };
        ProxyServer::start(&[proxy], &target, &[], &Allowed::default(), 1).unwrap_err()
    };
    let address = taken.local_addr().unwrap().to_string();
    let error = start(Some(address.clone()), Upstream::Target);
    assert!(matches!(&error, ProxyError::Listen { .. }) && error.to_string().contains(&address), "{error}");
    let error = start(None, Upstream::Address("no.such.host.invalid:5432".to_owned()));
    assert!(
        matches!(&error, ProxyError::Resolve { proxy, source } if proxy == "db" && source.to_string().contains("no.such.host")),
        "{error:?}"
    );
}
