//! Servers, clients and proxies for the tests.
#![allow(dead_code)]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;
use steadfast::chaos::experiment::{
    Direction, HttpVersion, Injection, Matches, Proxy, Target, Tls, Upstream, Who,
};
use steadfast::chaos::fault::FAULTS;
use steadfast::chaos::guard::Allowed;
use steadfast::chaos::io::proxy::ProxyServer;
use steadfast::config::document::{Reading, Syntax, Tree};

pub(crate) const MS: Duration = Duration::from_millis(1);

/// Reads a fault written as `{ name: … }`, as in a file; it hits every connection or request, downstream.
pub(crate) fn fault(text: &str) -> Injection {
    let tree = Tree::parse("fault.yaml", text, Syntax::Yaml).unwrap();
    let (key, value) = tree.root().entries().unwrap().next().unwrap();
    let fault = FAULTS.iter().find(|fault| Some(fault.name) == key.text()).unwrap();
    let none = |_: &str| Err("no other files".to_owned());
    let effect = (fault.read)(value, &mut Reading::new(&none)).unwrap();
    Injection {
        described: text.to_owned(),
        effect,
        proxy: 0,
        direction: Direction::Downstream,
        who: Who { matches: Matches::default(), probability: 1.0, every: 1, first: None },
    }
}

pub(crate) fn upstream(text: &str) -> Injection {
    Injection { direction: Direction::Upstream, ..fault(text) }
}

pub(crate) fn target(url: &str, version: HttpVersion) -> Target {
    Target { url: url.parse().unwrap(), version, tls: Tls::default() }
}

pub(crate) fn proxy(http: bool) -> Proxy {
    Proxy { name: "load".to_owned(), listen: None, upstream: Upstream::Target, http }
}

/// Starts a TCP proxy in front of an address.
pub(crate) fn tcp_proxy(server: SocketAddr, faults: &[Injection]) -> ProxyServer {
    let target = target(&format!("http://{server}/"), HttpVersion::One);
    ProxyServer::start(&[proxy(false)], &target, faults, &Allowed::default(), 1).unwrap()
}

pub(crate) fn address(server: &ProxyServer) -> SocketAddr {
    server.address(0).unwrap()
}

pub(crate) fn connect(server: &ProxyServer) -> TcpStream {
    let stream = TcpStream::connect(address(server)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Starts a server that calls `each` for every connection, on a thread of its own.
pub(crate) fn serve(each: impl Fn(TcpStream) + Send + Clone + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let each = each.clone();
            thread::spawn(move || each(stream));
        }
    });
    address
}

/// Starts a server that sends back what it receives, and closes when the client has.
pub(crate) fn echo() -> SocketAddr {
    serve(|mut stream| {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(read) = stream.read(&mut buffer) {
            if read == 0 || stream.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = stream.shutdown(Shutdown::Write);
    })
}

/// Sends bytes and waits for the same bytes to come back.
pub(crate) fn round_trip(stream: &mut TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).unwrap();
    let mut back = vec![0; bytes.len()];
    stream.read_exact(&mut back).unwrap();
    assert!(back == bytes);
}

pub(crate) fn read_all(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).map(|_| all)
}

/// Returns the numbers of open descriptors and of threads of this process.
pub(crate) fn descriptors_and_threads() -> (usize, usize) {
    let count = |folder| std::fs::read_dir(folder).unwrap().count();
    (count("/proc/self/fd"), count("/proc/self/task"))
}
