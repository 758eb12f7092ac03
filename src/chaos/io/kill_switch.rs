//! The kill switch: ends the fault injection when a file appears or a URL stops returning a 2xx status.

use super::client::{Client, Route, RouteError};
use crate::chaos::experiment::{HttpVersion, KillSwitch, Target, Tls, shown};
use crate::chaos::guard::Allowed;
use crate::chaos::requests::get;
use hyper::http::uri::Uri;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;
use tokio::time::timeout;

/// Polls a kill switch on a thread of its own until it is dropped.
#[derive(Debug)]
pub struct Watch {
    thrown: Arc<AtomicBool>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    reason: String,
}

/// An error that prevents a kill switch from being watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The host of the URL cannot be resolved or is not allowed, or TLS cannot be set up.
    #[error("cannot use the kill switch URL")]
    Route(#[from] RouteError),
    /// The directory in which the file would appear does not exist.
    #[error("cannot watch the kill switch file: there is no folder {0}")]
    Folder(String),
    /// The thread or its runtime cannot be started.
    #[error("cannot watch the kill switch")]
    Thread(#[from] io::Error),
}

/// Time allowed for a response. A URL that takes longer counts as failed.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(1);

impl Watch {
    /// Starts polling, once per `window`. For an `https` URL, the certificates of the system and those
    /// of `tls` are trusted.
    pub fn start(
        switch: &KillSwitch,
        tls: &Tls,
        window: Duration,
        allowed: &Allowed,
    ) -> Result<Self, WatchError> {
        let (thrown, stopped) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (signal, reason) = match switch {
            KillSwitch::File(path) if !folder_of(path).is_dir() => {
                return Err(WatchError::Folder(folder_of(path).display().to_string()));
            }
            KillSwitch::File(path) => {
                (Signal::File(path.clone()), format!("kill switch: file {} exists", path.display()))
            }
            KillSwitch::Url(url) => (
                Signal::Url(Endpoint::new(url, tls, allowed)?),
                format!("kill switch: {} does not return a 2xx status", shown(url)),
            ),
        };
        let poller = Poller { signal, thrown: Arc::clone(&thrown), stopped: Arc::clone(&stopped), window };
        let thread = std::thread::Builder::new().name("kill-switch".into()).spawn(move || poller.poll())?;
        Ok(Self { thrown, stopped, thread: Some(thread), reason })
    }

    /// Returns why the kill switch fired, or `None` if it has not.
    pub fn thrown(&self) -> Option<String> {
        self.thrown.load(Ordering::Relaxed).then(|| self.reason.clone())
    }
}

/// Returns the directory in which a file would appear.
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

struct Poller {
    signal: Signal,
    thrown: Arc<AtomicBool>,
    stopped: Arc<AtomicBool>,
    window: Duration,
}

enum Signal {
    File(PathBuf),
    Url(Endpoint),
}

impl Poller {
    fn poll(&self) {
        while !self.stopped.load(Ordering::Relaxed) {
            let thrown = match &self.signal {
                Signal::File(path) => exists(path),
                Signal::Url(page) => !page.succeeds(),
            };
            if thrown {
                self.thrown.store(true, Ordering::Relaxed);
                return;
            }
            std::thread::park_timeout(self.window);
        }
    }
}

/// Returns whether a file exists. An I/O error counts as yes: when in doubt, the injection ends.
fn exists(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

/// A URL to poll.
struct Endpoint {
    url: Uri,
    route: Arc<Route>,
    runtime: Runtime,
}

impl Endpoint {
    fn new(url: &Uri, tls: &Tls, allowed: &Allowed) -> Result<Self, WatchError> {
        let target = Target {
            url: url.clone(),
            version: HttpVersion::One,
            tls: Tls { server_name: None, ..tls.clone() },
        };
        Ok(Self {
            url: url.clone(),
            route: Arc::new(Route::new(&target, None, allowed)?),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
        })
    }

    /// Sends a GET over a new connection and returns whether the status is 2xx.
    fn succeeds(&self) -> bool {
        let client = Client::new(Arc::clone(&self.route));
        let exchange = client.exchange(get(&self.url), false);
        let answer =
            LocalSet::new().block_on(&self.runtime, async { timeout(RESPONSE_TIMEOUT, exchange).await });
        answer.is_ok_and(|answer| answer.is_ok_and(|answer| (200..300).contains(&answer.status)))
    }
}
