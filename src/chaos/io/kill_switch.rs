//! The kill switch: ends the fault injection when a file appears or a URL stops returning a 2xx status.

use super::client::{Client, Route, RouteError};
use super::thread::Thread;
use super::timer::Timer;
use crate::chaos::experiment::{KillSwitch, Tls, shown};
use crate::chaos::guard::Allowed;
use crate::chaos::requests::get;
use hyper::http::uri::Uri;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Polls a kill switch on a thread of its own until it is dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    thrown: Arc<AtomicBool>,
    reason: String,
    _thread: Thread,
}

/// An error that prevents a kill switch from being watched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchError {
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
    pub(crate) fn start(
        switch: &KillSwitch,
        tls: &Tls,
        window: Duration,
        allowed: &Allowed,
    ) -> Result<Self, WatchError> {
        let tls = Tls { server_name: None, ..tls.clone() };
        let (signal, reason) = match switch {
            KillSwitch::File(path) if !folder_of(path).is_dir() => {
                return Err(WatchError::Folder(folder_of(path).display().to_string()));
            }
            KillSwitch::File(path) => {
                (Signal::File(path.clone()), format!("kill switch: file {} exists", path.display()))
            }
            KillSwitch::Url(url) => (
                Signal::Url(url.clone(), Arc::new(Route::direct(url, tls, allowed)?)),
                format!("kill switch: {} does not return a 2xx status", shown(url)),
            ),
        };
        let thrown = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&thrown);
        let thread = Thread::start("kill-switch".into(), Timer::new, move |_| async move {
            while !signal.is_given().await {
                sleep(window).await;
            }
            seen.store(true, Ordering::Relaxed);
            Ok(())
        })?;
        Ok(Self { thrown, reason, _thread: thread })
    }

    /// Returns why the kill switch fired, or `None` if it has not.
    pub(crate) fn thrown(&self) -> Option<String> {
        self.thrown.load(Ordering::Relaxed).then(|| self.reason.clone())
    }
}

/// Returns the directory in which a file would appear.
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// What the kill switch looks at.
enum Signal {
    File(PathBuf),
    Url(Uri, Arc<Route>),
}

impl Signal {
    /// Returns whether the injection should end.
    async fn is_given(&self) -> bool {
        match self {
            // An I/O error counts as yes: when in doubt, the injection ends.
            Self::File(path) => path.try_exists().unwrap_or(true),
            Self::Url(url, route) => !succeeds(url, route).await,
        }
    }
}

/// Sends a GET over a new connection and returns whether the status is 2xx.
async fn succeeds(url: &Uri, route: &Arc<Route>) -> bool {
    let client = Client::new(Arc::clone(route));
    let answer = timeout(RESPONSE_TIMEOUT, client.exchange(get(url), false)).await;
    answer.is_ok_and(|answer| answer.is_ok_and(|answer| (200..300).contains(&answer.status)))
}
