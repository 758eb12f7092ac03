//! Slow tests, run by name: `cargo test --release --test network proxies::slow -- --ignored --nocapture`.

use crate::proxies::common::{connect, descriptors_and_threads, echo, round_trip, tcp_proxy};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

const GIB: usize = 1 << 30;

/// Returns a piece, by its number, of a stream in which no aligned word of eight bytes occurs twice.
fn piece(number: usize) -> Vec<u8> {
    let first = (number * (PIECE / 8)) as u64;
    let words = first..first + (PIECE / 8) as u64;
    words.flat_map(|word| word.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()).collect()
}

const PIECE: usize = 1 << 20;

#[test]
#[ignore = "slow"]
fn a_gibibyte_passes_each_way() {
    let server = tcp_proxy(echo(), &[]);
    let mut stream = connect(&server);
    let mut sender = stream.try_clone().unwrap();
    let start = Instant::now();
    thread::spawn(move || {
        for number in 0..GIB / PIECE {
            sender.write_all(&piece(number)).unwrap();
        }
        sender.shutdown(Shutdown::Write).unwrap();
    });
    let mut got = vec![0; PIECE];
    for number in 0..GIB / PIECE {
        stream.read_exact(&mut got).unwrap();
        assert!(got == piece(number), "piece {number}");
    }
    assert_eq!(stream.read(&mut got).unwrap(), 0);
    eprintln!("1 GiB each way, every byte compared, in {:?}", start.elapsed());
}

/// Accepts connections and keeps them open. One thread serves all, since a thread for each would limit
/// their number.
fn keeps() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().collect::<Vec<_>>());
    address
}

/// Returns ten thousand, or fewer if this process may not open that many descriptors. Each connection
/// takes four, since its client and its server are in this process, too.
fn connections_that_fit() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let files: usize = files.split_whitespace().nth(3).unwrap().parse().unwrap_or(usize::MAX);
    10_000.min((files - 200) / 4)
}

#[test]
#[ignore = "slow"]
fn ten_thousand_idle_connections_stay_open_and_are_told_of_faults() {
    let count = connections_that_fit();
    let server = tcp_proxy(keeps(), &[crate::proxies::common::fault("{ latency: 5ms }")]);
    let (before, _) = descriptors_and_threads();
    let mut streams = Vec::with_capacity(count);
    while streams.len() < count {
        let more = count.min(streams.len() + 100);
        streams.resize_with(more, || connect(&server));
        // No more at once than the accept queue holds.
        let start = Instant::now();
        while descriptors_and_threads().0 < before + 4 * more {
            assert!(start.elapsed() < Duration::from_secs(20), "{more} connections cannot be opened");
            thread::sleep(Duration::from_millis(1));
        }
    }
    let start = Instant::now();
    server.set(true).unwrap();
    server.set(false).unwrap();
    eprintln!("{count} connections told twice in {:?}", start.elapsed());
    assert_eq!(server.seen()[0].hits, count as u64);
    drop(streams);
    let echoing = tcp_proxy(echo(), &[]);
    round_trip(&mut connect(&echoing), b"still here");
}

#[test]
#[ignore = "needs an idle machine"]
fn prints_the_lateness_of_a_delay_of_fifty_milliseconds() {
    let server = tcp_proxy(echo(), &[crate::proxies::common::fault("{ latency: 50ms }")]);
    server.set(true).unwrap();
    let mut stream = connect(&server);
    let mut trips: Vec<Duration> = (0..200)
        .map(|_| {
            let start = Instant::now();
            round_trip(&mut stream, b"ping");
            start.elapsed()
        })
        .collect();
    trips.sort();
    let seen = &server.seen()[0];
    let late = |quantile: f64| seen.delivered.quantile_s(quantile).unwrap() - 0.05;
    eprintln!("delivered late by p50 {:.6} s, p99 {:.6} s", late(0.5), late(0.99));
    eprintln!("round trips p50 {:?}, p99 {:?}", trips[100], trips[198]);
}
