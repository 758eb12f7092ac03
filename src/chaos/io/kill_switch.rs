//! What ends the injection from outside: a file that appears, or a URL that no longer answers with a success.

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

/// Looks at the kill switch again and again, until it is dropped.
#[derive(Debug)]
pub struct Watch {
    thrown: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    words: String,
}

/// Why nobody can look.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// There is no way to the URL.
    #[error("the kill switch")]
    Route(#[from] RouteError),
    /// The file could never appear.
    #[error("the kill switch: there is no folder {0}")]
    Folder(String),
    /// There is no thread for it.
    #[error("the kill switch cannot be watched")]
    Thread(#[from] io::Error),
}

/// A URL that has not answered by then has not answered.
const PATIENCE: Duration = Duration::from_secs(1);

impl Watch {
    /// Begins to look, once in every `window`. Of a URL of `https` the certificates of the system are trusted and those of `tls`.
    pub fn start(
        switch: &KillSwitch,
        tls: &Tls,
        window: Duration,
        allowed: &Allowed,
    ) -> Result<Self, WatchError> {
        let (thrown, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (signal, words) = match switch {
            KillSwitch::File(path) if !folder_of(path).is_dir() => {
                return Err(WatchError::Folder(folder_of(path).display().to_string()));
            }
            KillSwitch::File(path) => {
                (Signal::File(path.clone()), format!("the kill switch: {} is there", path.display()))
            }
            KillSwitch::Url(url) => (
                Signal::Url(Page::new(url, tls, allowed)?),
                format!("the kill switch: {} does not answer with a success", shown(url)),
            ),
        };
        let looks = Looks { signal, thrown: Arc::clone(&thrown), over: Arc::clone(&over), window };
        let thread = std::thread::Builder::new().name("kill-switch".into()).spawn(move || looks.go_on())?;
        Ok(Self { thrown, over, thread: Some(thread), words })
    }

    /// What it says once it was thrown.
    pub fn thrown(&self) -> Option<String> {
        self.thrown.load(Ordering::Relaxed).then(|| self.words.clone())
    }
}

/// Where a file would appear.
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
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
    signal: Signal,
    thrown: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    window: Duration,
}

enum Signal {
    File(PathBuf),
    Url(Page),
}

impl Looks {
    fn go_on(&self) {
        while !self.over.load(Ordering::Relaxed) {
            let thrown = match &self.signal {
                Signal::File(path) => is_there(path),
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

/// Whether it is there; a file that cannot be looked at is taken to be.
fn is_there(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

/// A URL that is asked.
struct Page {
    url: Uri,
    route: Arc<Route>,
    runtime: Runtime,
}

impl Page {
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

    /// Whether a GET, over a connection of its own, is answered with a 2xx.
    fn succeeds(&self) -> bool {
        let client = Client::new(Arc::clone(&self.route));
        let exchange = client.exchange(get(&self.url), false);
        let answer = LocalSet::new().block_on(&self.runtime, async { timeout(PATIENCE, exchange).await });
        answer.is_ok_and(|answer| answer.is_ok_and(|answer| (200..300).contains(&answer.status)))
    }
}
