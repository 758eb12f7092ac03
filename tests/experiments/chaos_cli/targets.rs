//! Servers on loopback, well-behaved and hostile ones.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Starts a server that handles each connection with `each`. Returns its URL.
pub(super) fn serve(each: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let each = Arc::new(each);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let each = Arc::clone(&each);
            thread::spawn(move || each(stream));
        }
    });
    url
}

/// A target that responds with 200, records the requests, and hangs once it is told to.
pub(super) struct Target {
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
    hangs: Arc<AtomicBool>,
}

impl Target {
    pub(super) fn start() -> Self {
        let (asked, hangs) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let (noted, hanging) = (Arc::clone(&asked), Arc::clone(&hangs));
        let url = serve(move |stream| {
            let mut writer = stream.try_clone().unwrap();
            let mut reader = BufReader::new(stream);
            while let Some(head) = head(&mut reader) {
                noted.lock().unwrap().push(head);
                while hanging.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(10));
                }
                if writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").is_err() {
                    return;
                }
            }
        });
        Self { url, asked, hangs }
    }

    /// Stops responding.
    pub(super) fn hang(&self) {
        self.hangs.store(true, Ordering::Relaxed);
    }

    /// Returns the heads of all requests so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Reads the head of the next request, in lower case except for its first line.
fn head(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            return Some(head);
        }
        let first = head.is_empty();
        head += &if first { line } else { line.to_ascii_lowercase() };
    }
}

/// Starts a server that reads a request and responds with these bytes.
pub(super) fn says(bytes: &'static [u8]) -> String {
    serve(move |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(bytes);
    })
}

/// Starts a server that reads a request and sends these bytes again and again.
pub(super) fn repeats(bytes: &'static [u8], pause: Duration) -> String {
    serve(move |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        while stream.write_all(bytes).is_ok() {
            thread::sleep(pause);
        }
    })
}

/// Starts a server that responds with 200 after a pause.
pub(super) fn slow(pause: Duration) -> String {
    answers(move |stream| {
        thread::sleep(pause);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    })
}

/// Starts a server that responds with 200 and 100,000 bytes.
pub(super) fn long_winded() -> String {
    answers(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")?;
        stream.write_all(&vec![b'a'; 100_000])
    })
}

/// Starts a server that gives this response to each request, until that fails.
fn answers(answer: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static) -> String {
    serve(move |stream| {
        let mut writer = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        while head(&mut reader).is_some() && answer(&mut writer).is_ok() {}
    })
}

/// Responds with 200 and these bodies.
pub(super) fn answers_with(body: impl Fn() -> String + Send + Sync + 'static) -> String {
    answers(move |stream| {
        let body = body();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    })
}

/// Starts a server that reads and never responds.
pub(super) fn silent() -> String {
    serve(|mut stream| while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {})
}

/// Returns the URL of a port at which nothing listens.
pub(super) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

/// Accepts one connection and no more.
pub(super) fn dies_at_once() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || listener.accept().unwrap());
    url
}
