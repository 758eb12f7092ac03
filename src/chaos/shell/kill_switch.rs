//! What ends the injection from outside: a file that appears, or a URL that no longer answers with a success.

use super::resolve::{host_and_port, resolve};
use crate::chaos::experiment::KillSwitch;
use crate::chaos::guard::Allowed;
use hyper::http::uri::Uri;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Looks at the kill switch again and again, until it is dropped.
#[derive(Debug)]
pub struct Watch {
    thrown: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    words: String,
}

/// A URL that has not answered by then has not answered.
const PATIENCE: Duration = Duration::from_secs(1);

impl Watch {
    /// Begins to look, once in every `window`.
    pub fn start(switch: &KillSwitch, window: Duration, allowed: &Allowed) -> Self {
        let (thrown, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let words = match switch {
            KillSwitch::File(path) => format!("the kill switch: {} is there", path.display()),
            KillSwitch::Url(url) => format!("the kill switch: {url} does not answer with a success"),
        };
        let looks = Looks {
            switch: switch.clone(),
            allowed: allowed.clone(),
            thrown: Arc::clone(&thrown),
            over: Arc::clone(&over),
            window,
        };
        let thread = std::thread::Builder::new()
            .name("kill-switch".into())
            .spawn(move || looks.go_on());
        // Without a thread nobody would look: as if it were thrown.
        thrown.fetch_or(thread.is_err(), Ordering::Relaxed);
        Self {
            thrown,
            over,
            thread: thread.ok(),
            words,
        }
    }

    /// What it says once it was thrown.
    pub fn thrown(&self) -> Option<String> {
        self.thrown.load(Ordering::Relaxed).then(|| self.words.clone())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

struct Looks {
    switch: KillSwitch,
    allowed: Allowed,
    thrown: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    window: Duration,
}

impl Looks {
    fn go_on(&self) {
        while !self.over.load(Ordering::Relaxed) {
            let thrown = match &self.switch {
                KillSwitch::File(path) => is_there(path),
                KillSwitch::Url(url) => !succeeds(url, &self.allowed),
            };
            if thrown {
                self.thrown.store(true, Ordering::Relaxed);
                return;
            }
            std::thread::park_timeout(self.window);
        }
    }
}

/// Whether it is there; a file that cannot be looked at is taken to be.
fn is_there(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

/// Whether a plain GET is answered with a 2xx.
fn succeeds(url: &Uri, allowed: &Allowed) -> bool {
    status(url, allowed).is_some_and(|status| (200..300).contains(&status))
}

fn status(url: &Uri, allowed: &Allowed) -> Option<u16> {
    let (host, port) = host_and_port(url);
    let addresses = resolve(host, port, allowed).ok()?;
    let mut stream = TcpStream::connect_timeout(addresses.first()?, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let authority = url.authority()?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).ok()?;
    let text = std::str::from_utf8(&head).ok()?;
    text.strip_prefix("HTTP/1.")?.get(2..)?.trim().parse().ok()
}
