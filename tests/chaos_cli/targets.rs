//! Targets: servers on loopback that behave, or do not.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A server that does this with each connection. Gives its URL.
pub fn serve(each: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
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

/// A target that answers 200, writes down what it is asked, and hangs as soon as it is told to.
pub struct Target {
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
    hangs: Arc<AtomicBool>,
}

impl Target {
    pub fn start() -> Self {
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

    /// Gives no answer any more.
    pub fn hang(&self) {
        self.hangs.store(true, Ordering::Relaxed);
    }

    /// The heads of all requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The head of the next request, in small letters but for its first line.
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

/// Takes a request, and says this.
pub fn says(bytes: &'static [u8]) -> String {
    serve(move |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(bytes);
    })
}

/// Takes a request, and says this again and again.
pub fn repeats(bytes: &'static [u8], pause: Duration) -> String {
    serve(move |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        while stream.write_all(bytes).is_ok() {
            thread::sleep(pause);
        }
    })
}

/// Answers 200, so long after each request.
pub fn slow(pause: Duration) -> String {
    answers(move |stream| {
        thread::sleep(pause);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    })
}

/// Answers 200 with 100,000 bytes.
pub fn long_winded() -> String {
    answers(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")?;
        stream.write_all(&vec![b'a'; 100_000])
    })
}

/// Gives this answer to each request, as long as it can be given.
fn answers(answer: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static) -> String {
    serve(move |stream| {
        let mut writer = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        while head(&mut reader).is_some() && answer(&mut writer).is_ok() {}
    })
}

/// Reads, and never says anything.
pub fn silent() -> String {
    serve(|mut stream| while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {})
}

/// An address at which nobody listens.
pub fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}
