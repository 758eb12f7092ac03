//! What takes long, run by name: `cargo nextest run --release --test chaos --run-ignored only slow`.

use crate::common::{connect, descriptors_and_threads, echo, round_trip, serve, tcp_proxy};
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::thread;
use std::time::{Duration, Instant};

const GIB: usize = 1 << 30;

#[test]
#[ignore = "slow"]
fn a_gibibyte_passes_each_way() {
    let server = tcp_proxy(echo(), &[]);
    let mut stream = connect(&server);
    let mut sender = stream.try_clone().unwrap();
    let start = Instant::now();
    thread::spawn(move || {
        let piece: Vec<u8> = (0..1 << 20).map(|i: u32| (i % 251) as u8).collect();
        for _ in 0..GIB >> 20 {
            sender.write_all(&piece).unwrap();
        }
        sender.shutdown(Shutdown::Write).unwrap();
    });
    let mut buffer = vec![0; 1 << 20];
    let mut got = 0;
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => break,
            read => {
                let at = |i: usize| ((got + i) % (1 << 20) % 251) as u8;
                assert!((0..read).step_by(997).all(|i| buffer[i] == at(i)));
                got += read;
            }
        }
    }
    assert_eq!(got, GIB);
    eprintln!("1 GiB there and back in {:?}", start.elapsed());
}

#[test]
#[ignore = "slow, and wants 60000 descriptors"]
fn ten_thousand_idle_connections_stand_and_are_told_of_faults() {
    let held = serve(|mut stream| {
        let _ = stream.read(&mut [0; 1]);
    });
    let server = tcp_proxy(held, &[crate::common::fault("{ latency: 5ms }")]);
    let before = descriptors_and_threads();
    let streams: Vec<_> = (0..10_000).map(|_| connect(&server)).collect();
    while descriptors_and_threads().0 < before.0 + 40_000 {
        thread::sleep(Duration::from_millis(10));
    }
    let start = Instant::now();
    server.set(true).unwrap();
    server.set(false).unwrap();
    eprintln!("10 000 connections told twice in {:?}", start.elapsed());
    assert_eq!(server.seen()[0].hits, 10_000);
    drop(streams);
    let echoing = tcp_proxy(echo(), &[]);
    round_trip(&mut connect(&echoing), b"still here");
}
