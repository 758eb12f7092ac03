//! A server to try experiments on: HTTP/1.1 with a queue, failures, a cache that must warm up and a backend that it asks, in
//! whatever measure it is told.
//!
//! A request whose client has gone is worked on all the same, as in most servers; with retries of the client that is what makes a
//! short stall into an overload that stays (Bronson et al. 2021, "Metastable failures in distributed systems").

mod control;
mod front;
mod server;
mod settings;
mod workers;

pub use settings::{Backend, Cache, Settings};

use super::client::RouteError;
use super::timer::Timer;
use front::Front;
use server::Server;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::watch;
use tokio::task::LocalSet;

/// A demo target that is up. Dropped, it ends without being waited for.
#[derive(Debug)]
pub struct DemoTarget {
    address: SocketAddr,
    stop: watch::Sender<()>,
    thread: JoinHandle<io::Result<()>>,
}

/// Why a demo target cannot start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why not.
        error: io::Error,
    },
    /// There is no way to the backend.
    #[error("cannot reach the backend")]
    Backend(#[from] RouteError),
    /// There is no thread for it.
    #[error("the demo target cannot start")]
    Thread(#[from] io::Error),
}

impl DemoTarget {
    /// Starts one, on a thread of its own.
    pub fn start(settings: Settings) -> Result<Self, DemoError> {
        let listener =
            listen(settings.listen).map_err(|error| DemoError::Listen { address: settings.listen, error })?;
        let address = listener.local_addr()?;
        let route = settings.backend.as_ref().map(Front::route).transpose()?.map(Arc::new);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, mut stopped) = watch::channel(());
        let serve = move || {
            LocalSet::new().block_on(&runtime, async {
                let server = Rc::new(Server::new(settings, route, Timer::new()?));
                tokio::select! {
                    ended = server.serve(listener) => ended,
                    // It never changes: its sender is dropped.
                    _ = stopped.changed() => Ok(()),
                }
            })
        };
        let thread = std::thread::Builder::new().name("demo-target".into()).spawn(serve)?;
        Ok(Self { address, stop, thread })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it; tells what ended it before, if something did.
    pub fn stop(self) -> io::Result<()> {
        drop(self.stop);
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the demo target panicked")))
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
