//! An HTTP client that follows no redirects and makes no retries.
//!
//! If an idle connection turns out to be closed before a byte of the request was written, the client
//! uses another one: the target has seen nothing of the request. Once a byte was written, an error
//! counts as a failed request, whether or not the target has processed it.

mod failure;
mod route;

pub use super::marks::Unreached;
pub use route::{Route, RouteError, Via};

use super::http_sender::HttpSender;
use super::tasks::Tasks;
use crate::chaos::observation::Failure;
use crate::chaos::requests::Sent;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::HeaderMap;
use hyper::body::Incoming;
use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

/// The connections of one thread to one target. Must be used inside a `LocalSet`.
#[derive(Debug)]
pub struct Client {
    route: Arc<Route>,
    /// Idle HTTP/1.1 connections; the last one used is the first to be reused.
    idle: RefCell<Vec<Connection>>,
    /// The HTTP/2 connection, which all requests share.
    shared: Mutex<Option<Connection>>,
}

/// A complete response.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty unless it was to be kept.
    pub body: Bytes,
    connection: Connection,
}

/// An HTTP connection to the target.
#[derive(Debug)]
struct Connection {
    sender: HttpSender<Full<Bytes>>,
    /// The local address.
    from: Option<SocketAddr>,
}

/// Maximum length of a body that is kept; a longer one is a failure.
const BODY_BYTES_MAX: usize = 64 << 20;

impl Client {
    /// Builds a client without open connections.
    pub fn new(route: Arc<Route>) -> Self {
        Self { route, idle: RefCell::default(), shared: Mutex::default() }
    }

    /// Sends a request and reads the complete response; keeps its body only if `keep` is set.
    pub async fn exchange(&self, mut request: Sent, keep: bool) -> Result<Answer, Failure> {
        loop {
            let (mut connection, fresh) = self.connection().await?;
            let mut error = match connection.sender.send(request).await {
                Ok(response) => return read(response, keep, connection).await,
                Err(error) => error,
            };
            match error.take_message() {
                // The target had closed an idle connection: try the next one, or a new one.
                Some(unsent) if !fresh => request = unsent,
                _ => return Err(self.route.attribute(connection.from, failure::of(error.error()))),
            }
        }
    }

    /// Keeps the connection of a response for another request, as soon as it is ready for one.
    pub async fn give_back(&self, answer: Answer) {
        let mut connection = answer.connection;
        if !connection.sender.is_shared() && connection.sender.ready().await {
            self.idle.borrow_mut().push(connection);
        }
    }

    /// Returns a connection, and whether it was opened for this request.
    async fn connection(&self) -> Result<(Connection, bool), Failure> {
        if self.route.is_shared() {
            return self.shared_connection().await;
        }
        while let Some(mut connection) = self.last_idle() {
            if connection.sender.ready().await {
                return Ok((connection, false));
            }
        }
        Ok((Connection::open(&self.route).await?, true))
    }

    fn last_idle(&self) -> Option<Connection> {
        self.idle.borrow_mut().pop()
    }

    /// Returns the shared connection. While one is being opened, other requests wait for it.
    async fn shared_connection(&self) -> Result<(Connection, bool), Failure> {
        let mut shared = self.shared.lock().await;
        if let Some(connection) = shared.as_ref().and_then(Connection::share) {
            return Ok((connection, false));
        }
        let connection = Connection::open(&self.route).await?;
        *shared = connection.share();
        Ok((connection, true))
    }
}

impl Connection {
    /// Opens a connection and performs the handshakes of TLS and HTTP.
    async fn open(route: &Route) -> Result<Self, Failure> {
        let tcp = route.connect().await?;
        let from = tcp.local_addr().ok();
        let sender = start_http(route, tcp).await.map_err(|failure| route.attribute(from, failure))?;
        Ok(Self { sender, from })
    }

    /// Returns another handle to the connection, if it can be shared and is open.
    fn share(&self) -> Option<Self> {
        Some(Self { sender: self.sender.share()?, from: self.from })
    }
}

async fn start_http(route: &Route, tcp: TcpStream) -> Result<HttpSender<Full<Bytes>>, Failure> {
    let stream = route.secure(tcp).await?;
    let started = HttpSender::start(stream, route.version(), &Tasks::default()).await;
    started.map_err(|error| failure::of(&error))
}

async fn read(
    response: hyper::Response<Incoming>,
    keep: bool,
    connection: Connection,
) -> Result<Answer, Failure> {
    let (parts, mut incoming) = response.into_parts();
    let mut body = BytesMut::new();
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| failure::of(&error))?;
        let data = frame.data_ref().filter(|_| keep);
        body.extend_from_slice(data.map_or(&[], |data| data));
        if body.len() > BODY_BYTES_MAX {
            return Err(Failure::Content);
        }
    }
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: body.freeze(), connection })
}
