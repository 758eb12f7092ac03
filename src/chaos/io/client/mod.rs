//! An HTTP client that follows no redirects and makes no retries.
//!
//! If an idle connection turns out to be closed before a byte of the request was written, the client
//! uses another one: the target has seen nothing of the request. Once a byte was written, an error
//! counts as a failed request, whether or not the target has processed it; but a connection that was idle
//! may have been closed for that while the request was under way, so an idempotent request is sent once
//! more over a new one (RFC 9112, section 9.3.1).

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
use std::hash::{DefaultHasher, Hasher as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
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
    /// The trailers.
    pub trailers: HeaderMap,
    /// The length of the body.
    pub size: u64,
    /// A hash of the body, the same in one process for the same bytes.
    pub hash: u64,
    /// The body; empty unless it was to be kept.
    pub body: Bytes,
    connection: Connection,
}

/// How an exchange ended.
#[derive(Debug)]
pub struct Exchanged {
    /// The response, or how there was none.
    pub answer: Result<Answer, Failure>,
    /// Whether the request was sent a second time.
    pub repeated: bool,
}

/// An HTTP connection to the target.
#[derive(Debug)]
struct Connection {
    sender: HttpSender<Full<Bytes>>,
    /// The local address.
    from: Option<SocketAddr>,
    /// The time since which it has carried no request; `None` before its first, and if it is shared.
    idle_since: Option<Instant>,
}

/// Time without a request after which the target may close a connection for that. One that breaks sooner was in use.
const IDLE_MIN: Duration = Duration::from_millis(100);

/// How an attempt at an exchange failed.
struct Broke {
    failure: Failure,
    /// The request, if its connection had been idle and there was no response.
    spare: Option<Sent>,
}

impl From<Failure> for Broke {
    fn from(failure: Failure) -> Self {
        Self { failure, spare: None }
    }
}

/// Maximum length of a body that is kept; a longer one is a failure.
const BODY_BYTES_MAX: usize = 64 << 20;

impl Client {
    /// Builds a client without open connections.
    pub fn new(route: Arc<Route>) -> Self {
        Self { route, idle: RefCell::default(), shared: Mutex::default() }
    }

    /// Sends a request and reads the complete response; keeps its body only if `keep` is set.
    pub async fn exchange(&self, request: Sent, keep: bool) -> Result<Answer, Failure> {
        self.attempt(request, keep).await.map_err(|broke| broke.failure)
    }

    /// Like [`exchange`](Self::exchange), but sends an idempotent request once more if the connection broke that
    /// was idle before.
    pub async fn exchange_or_repeat(&self, request: Sent, keep: bool) -> Exchanged {
        match self.attempt(request, keep).await {
            Err(Broke { failure: Failure::Broken, spare: Some(request) }) => {
                Exchanged { answer: self.exchange_afresh(request, keep).await, repeated: true }
            }
            attempted => Exchanged { answer: attempted.map_err(|broke| broke.failure), repeated: false },
        }
    }

    async fn attempt(&self, mut request: Sent, keep: bool) -> Result<Answer, Broke> {
        loop {
            let (mut connection, fresh) = self.connection().await?;
            let may_race = connection.was_idle() && request.method().is_idempotent();
            let spare = may_race.then(|| request.clone());
            let mut error = match connection.sender.send(request).await {
                Ok(response) => return Ok(read(response, keep, connection).await?),
                Err(error) => error,
            };
            match error.take_message() {
                // The target had closed an idle connection: try the next one, or a new one.
                Some(unsent) if !fresh => request = unsent,
                _ => {
                    let failure = self.route.attribute(connection.from, failure::of(error.error()));
                    return Err(Broke { failure, spare });
                }
            }
        }
    }

    /// Exchanges a request over a new connection.
    async fn exchange_afresh(&self, request: Sent, keep: bool) -> Result<Answer, Failure> {
        let mut connection = Connection::open(&self.route).await?;
        match connection.sender.send(request).await {
            Ok(response) => read(response, keep, connection).await,
            Err(error) => Err(self.route.attribute(connection.from, failure::of(error.error()))),
        }
    }

    /// Keeps the connection of a response for another request, as soon as it is ready for one.
    pub async fn give_back(&self, answer: Answer) {
        let mut connection = answer.connection;
        if !connection.sender.is_shared() && connection.sender.ready().await {
            connection.idle_since = Some(Instant::now());
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
        Ok(Self { sender, from, idle_since: None })
    }

    /// Returns whether it has carried no request for some time.
    fn was_idle(&self) -> bool {
        self.idle_since.is_some_and(|since| since.elapsed() >= IDLE_MIN)
    }

    /// Returns another handle to the connection, if it can be shared and is open.
    fn share(&self) -> Option<Self> {
        Some(Self { sender: self.sender.share()?, from: self.from, idle_since: None })
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
    let (mut body, mut trailers) = (BytesMut::new(), HeaderMap::new());
    let (mut size, mut hasher) = (0_u64, DefaultHasher::new());
    while let Some(frame) = incoming.frame().await {
        match frame.map_err(|error| failure::of(&error))?.into_data() {
            Ok(data) => {
                size = size.saturating_add(data.len() as u64);
                hasher.write(&data);
                body.extend_from_slice(if keep { &data } else { &[] });
            }
            Err(frame) => trailers.extend(frame.into_trailers().unwrap_or_default()),
        }
        if body.len() > BODY_BYTES_MAX {
            return Err(Failure::Content);
        }
    }
    let (status, headers, body) = (parts.status.as_u16(), parts.headers, body.freeze());
    Ok(Answer { status, headers, trailers, size, hash: hasher.finish(), body, connection })
}
