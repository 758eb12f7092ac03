//! The proxies of `chaos` leak no descriptors and no threads, and an idle one uses no CPU time. A test
//! program of its own with a single test, since it measures the whole process.

#[path = "network/proxies/common.rs"]
mod common;

use common::{MS, connect, descriptors_and_threads, fault, proxy, serve, target, upstream};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use steadfast::chaos::experiment::HttpVersion;
use steadfast::chaos::fault::{Effect, FAULTS};
use steadfast::chaos::guard::Allowed;
use steadfast::chaos::io::proxy::ProxyServer;

/// Waits until these numbers of descriptors and threads are open, or fails after 10 s.
fn settles_at(expected: (usize, usize)) {
    let start = Instant::now();
    while descriptors_and_threads() != expected && start.elapsed() < Duration::from_secs(10) {
        thread::sleep(10 * MS);
    }
    assert_eq!(descriptors_and_threads(), expected);
}

/// CPU time used by this process, to ten milliseconds: fields 14 and 15 of `proc_pid_stat(5)`, the 12th
/// and 13th after the name.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, after_name) = stat.rsplit_once(") ").unwrap();
    let ticks = after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u32>().unwrap());
    ticks.sum::<u32>() * 10 * MS
}

fn assert_idle() {
    let before = cpu_time();
    thread::sleep(300 * MS);
    let busy = cpu_time().saturating_sub(before);
    assert!(busy < 100 * MS, "{busy:?} busy while idle");
}

/// Opens a connection. Tries again if it is refused, which one of the faults does; gives up after 50 ms.
fn persistent(server: &ProxyServer) -> Option<TcpStream> {
    (0..50).find_map(|_| {
        let stream = TcpStream::connect(common::address(server)).ok();
        if stream.is_none() {
            thread::sleep(MS);
        }
        stream
    })
}

/// Opens so many connections and ends them in every possible way.
fn churn(server: &ProxyServer, client: usize, connections: usize) {
    for turn in 0..connections {
        let Some(mut stream) = persistent(server) else { continue };
        stream.set_read_timeout(Some(5 * MS)).unwrap();
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        let mut buffer = [0; 1000];
        match (turn + client) % 5 {
            0 => {}
            1 => drop(stream.read(&mut buffer)),
            2 => drop(stream.shutdown(std::net::Shutdown::Write)),
            3 => drop(socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))),
            _ => {
                let _ = stream.write_all(&[b'x'; 10_000]);
                let _ = stream.read(&mut buffer);
            }
        }
    }
}

/// Whether a fault was considered. On a busy machine it may have been over before any client had its turn:
/// if it is `expected`, connections are made until it was.
fn was_considered(server: &ProxyServer, number: usize, expected: bool) -> bool {
    let considered = || server.seen()[number].considered > 0;
    let begun = Instant::now();
    server.set_fault(number, true).unwrap();
    while expected && !considered() && begun.elapsed() < Duration::from_mins(1) {
        churn(server, number, 5);
    }
    server.set_fault(number, false).unwrap();
    considered()
}

fn answers() -> std::net::SocketAddr {
    serve(|mut stream| {
        let mut buffer = [0; 10_000];
        while let Ok(1..) = stream.read(&mut buffer) {
            if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").is_err() {
                break;
            }
        }
    })
}

/// Returns the numbers of descriptors and threads of a running server with one proxy. Each of its
/// threads has four descriptors: an event queue, its second half, a waker and a timer. Two more are the
/// listening socket and its duplicate for accepting. The numbers were measured; find out the reason if
/// they change.
fn running() -> (usize, usize) {
    let threads = thread::available_parallelism().unwrap().get().min(2);
    (4 * threads + 2, threads)
}

#[test]
fn thousands_of_connections_dropped_while_faults_are_switched_leave_nothing_behind() {
    let target = target(&format!("http://{}/", answers()), HttpVersion::One);
    // The first runtime opens descriptors that all runtimes share and that stay open.
    let first = tokio::runtime::Builder::new_current_thread().enable_io().build();
    drop(first);
    let before = descriptors_and_threads();
    for http in [false, true] {
        let faults: Vec<_> =
            FAULTS.iter().flat_map(|variant| [fault(variant.example), upstream(variant.example)]).collect();
        let server = ProxyServer::start(&[proxy(http)], &target, &faults, &Allowed::default(), 7).unwrap();
        let serves = || {
            let mut stream = connect(&server);
            stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
            assert!(stream.read(&mut [0; 1000]).unwrap() > 0);
        };
        let running = (before.0 + running().0, before.1 + running().1);
        serves();
        settles_at(running);
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let switching = scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    for number in 0..faults.len() {
                        server.set_fault(number, true).unwrap();
                        thread::sleep(MS);
                        server.set_fault(number, false).unwrap();
                    }
                    server.set(true).unwrap();
                    server.set(false).unwrap();
                }
            });
            let clients = [0, 1, 2, 3, 4, 5, 6, 7];
            let clients = clients.map(|client| {
                scope.spawn({
                    let server = &server;
                    move || churn(server, client, 500)
                })
            });
            for client in clients {
                client.join().unwrap();
            }
            over.store(true, Ordering::Relaxed);
            switching.join().unwrap();
        });
        server.set(false).unwrap();
        for (number, fault) in faults.iter().enumerate() {
            // A TCP proxy sees no requests. Whether a connection is open just when `refuse` is switched
            // on is a matter of chance.
            let touches = http || !fault.effect.is_http();
            if !matches!(fault.effect, Effect::Refuse(_)) {
                assert_eq!(was_considered(&server, number, touches), touches, "{}", fault.described);
            }
        }
        settles_at(running);
        serves();
        let standing = connect(&server);
        assert_idle();
        drop(standing);
        drop(server);
        settles_at(before);
    }
}
