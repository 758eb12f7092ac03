//! A server to try experiments on. It speaks HTTP/1.1 and can have a queue, failures, a cache that must
//! warm up, and a backend that it calls.
//!
//! A request is served even if its client has disconnected, as in most servers. Together with retries of
//! the client, this turns a short stall into a lasting overload (Bronson et al. 2021, "Metastable
//! failures in distributed systems").

mod control;
mod front;
mod server;
mod settings;
mod workers;

pub use settings::{Backend, Cache, Settings};

use super::client::RouteError;
use super::thread::Thread;
use super::timer::Timer;
use front::Front;
use server::Server;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;

/// A running demo target. Dropping it stops it.
#[derive(Debug)]
pub struct DemoTarget {
    address: SocketAddr,
    thread: Thread,
}

/// An error that prevents a demo target from starting.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        error: io::Error,
    },
    /// The backend cannot be resolved or its address is not private.
    #[error("cannot use the backend")]
    Backend(#[from] RouteError),
    /// The thread or its runtime cannot be started.
    #[error("cannot start the demo target")]
    Thread(#[from] io::Error),
}

impl DemoTarget {
    /// Starts a demo target on a thread of its own.
    pub fn start(settings: Settings) -> Result<Self, DemoError> {
        let listener =
            listen(settings.listen).map_err(|error| DemoError::Listen { address: settings.listen, error })?;
        let address = listener.local_addr()?;
        let route = settings.backend.as_ref().map(Front::route).transpose()?.map(Arc::new);
        let thread = Thread::start("demo-target".into(), Timer::new, move |timer| async move {
            let server = Rc::new(Server::new(settings, route, timer));
            server.serve(listener).await
        })?;
        Ok(Self { address, thread })
    }

    /// Returns the address on which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the demo target. Returns the error that ended it before, if there was one.
    pub fn stop(self) -> io::Result<()> {
        self.thread.stop()
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
