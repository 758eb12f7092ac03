//! Proxies that pass on bytes.

use crate::common::{MS, address, connect, echo, fault, read_all, round_trip, serve, tcp_proxy, upstream};
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

/// Sends all of it, closes, and reads what comes back, both at once.
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
fn bytes_pass_unchanged_and_a_client_that_has_closed_its_side_gets_the_whole_reply() {
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
    // Several of them hold the same bytes back: how much of it is whose is not known.
    assert!(seen.iter().all(|seen| seen.delivered.count() == 0));
}

#[test]
fn a_server_that_speaks_first_and_closes_is_heard() {
    let server = tcp_proxy(serve(|mut stream| stream.write_all(b"220 ready\r\n").unwrap()), &[]);
    assert_eq!(read_all(&mut connect(&server)).unwrap(), b"220 ready\r\n");
}

#[test]
fn a_latency_comes_to_a_standing_connection_and_goes_again() {
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
fn a_fault_taken_away_lets_go_what_it_held() {
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
fn a_reset_is_a_real_one_on_both_sides_and_of_standing_connections() {
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
fn a_normal_close_is_no_reset_while_a_reset_hits_nobody() {
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
fn a_reset_of_the_upstream_is_passed_on() {
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
fn nobody_listens_while_all_are_refused_and_the_port_stays_taken() {
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
    let before = cpu_time();
    thread::sleep(300 * MS);
    let busy = cpu_time().saturating_sub(before);
    assert!(busy < 100 * MS, "{busy:?} busy while idle");
}

/// What this process has used, to ten milliseconds: fields 14 and 15 of `proc_pid_stat(5)`, the 12th and 13th after the name.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, after_name) = stat.rsplit_once(") ").unwrap();
    let ticks = after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u32>().unwrap());
    ticks.sum::<u32>() * 10 * MS
}

#[test]
fn a_fault_that_does_nothing_hits_nobody() {
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
fn a_server_that_is_gone_closes_what_stands_and_refuses_the_rest() {
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
    server.count_refused(0, 1);
    assert_eq!((server.seen()[0].considered, server.seen()[0].hits), (4, 4));
    server.set(false).unwrap();
    round_trip(&mut connect(&server), b"b");
}

#[test]
fn all_can_be_turned_away_by_a_reset_and_are_counted() {
    let server = tcp_proxy(echo(), &[fault("{ refuse: { by: reset } }")]);
    server.set(true).unwrap();
    for _ in 0..3 {
        let error = connect(&server).read(&mut [0; 1]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    assert_eq!((server.seen()[0].considered, server.seen()[0].hits), (3, 3));
}

#[test]
fn where_only_some_are_refused_those_are_reset() {
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
fn an_upstream_that_is_not_there_resets_the_client() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = tcp_proxy(nobody, &[]);
    let error = connect(&server).read(&mut [0; 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_black_hole_swallows_and_is_closed_in_time_or_when_it_goes() {
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
fn a_host_that_has_gone_resets_when_it_is_back() {
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
fn a_limit_passes_exactly_so_many_bytes_of_a_flood() {
    let flood = serve(|mut stream| while stream.write_all(&[7; 10_000]).is_ok() {});
    let server = tcp_proxy(flood, &[fault("{ limit_data: 123457 }")]);
    server.set(true).unwrap();
    for _ in 0..5 {
        assert_eq!(read_all(&mut connect(&server)).unwrap().len(), 123_457);
    }
}

#[test]
fn a_limit_upstream_lets_the_server_see_exactly_so_many_bytes() {
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
fn a_narrow_link_holds_its_sender_back() {
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
fn a_receiver_that_does_not_read_holds_its_sender_back() {
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
fn who_is_hit_is_drawn_once_for_a_connection() {
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
fn what_keeps_a_proxy_from_starting_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = crate::common::target("http://127.0.0.1:1/", HttpVersion::One);
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
