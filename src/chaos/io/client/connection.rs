//! One HTTP connection to the target.

use super::failure;
use super::route::{Route, Stream};
use crate::chaos::experiment::HttpVersion;
use crate::chaos::observation::Failure;
use crate::chaos::requests::Sent;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper::rt::{Executor, Read, Write};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// An HTTP connection; a task of its own moves the bytes.
#[derive(Debug)]
pub(super) struct Connection {
    sender: Sender,
    /// The local address.
    pub from: Option<SocketAddr>,
}

#[derive(Debug)]
enum Sender {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Connection {
    /// Opens a connection and performs the handshakes of TLS and HTTP.
    pub async fn open(route: &Route) -> Result<Self, Failure> {
        let tcp = route.connect().await?;
        let from = tcp.local_addr().ok();
        let sender = Sender::open(route, tcp).await;
        let sender = sender.map_err(|failure| route.blame(from, failure))?;
        Ok(Self { sender, from })
    }

    /// Waits until a request can be sent. Returns false if the connection has closed.
    pub async fn ready(&mut self) -> bool {
        match &mut self.sender {
            Sender::One(sender) => sender.ready().await.is_ok(),
            Sender::Two(sender) => sender.ready().await.is_ok(),
        }
    }

    /// Sends a request. The error contains the request if no byte of it was written.
    pub async fn send(&mut self, request: Sent) -> Result<hyper::Response<Incoming>, TrySendError<Sent>> {
        match &mut self.sender {
            Sender::One(sender) => sender.try_send_request(request).await,
            Sender::Two(sender) => sender.try_send_request(request).await,
        }
    }

    /// Returns whether several requests may be under way at once (HTTP/2).
    pub fn is_shared(&self) -> bool {
        matches!(self.sender, Sender::Two(_))
    }

    /// Returns another handle to the connection, if it can be shared and is open.
    pub fn share(&self) -> Option<Self> {
        match &self.sender {
            Sender::Two(sender) if !sender.is_closed() => {
                Some(Self { sender: Sender::Two(sender.clone()), from: self.from })
            }
            _ => None,
        }
    }
}

impl Sender {
    async fn open(route: &Route, tcp: TcpStream) -> Result<Self, Failure> {
        match route.secure(tcp).await? {
            Stream::Plain(tcp) => Self::over(TokioIo::new(tcp), route.version()).await,
            Stream::Tls(tls) => Self::over(TokioIo::new(tls), route.version()).await,
        }
    }

    async fn over<IO>(io: IO, version: HttpVersion) -> Result<Self, Failure>
    where
        IO: Read + Write + Unpin + 'static,
    {
        let broken = |error: hyper::Error| failure::of(&error);
        match version {
            HttpVersion::One => {
                let (sender, moving) = http1::handshake(io).await.map_err(broken)?;
                tokio::task::spawn_local(moving);
                Ok(Self::One(sender))
            }
            HttpVersion::Two => {
                let (sender, moving) = http2::handshake(OnThisThread, io).await.map_err(broken)?;
                tokio::task::spawn_local(moving);
                Ok(Self::Two(sender))
            }
        }
    }
}

/// Runs the tasks of an HTTP/2 connection on the current thread.
#[derive(Debug, Clone, Copy)]
struct OnThisThread;

impl<F: Future + 'static> Executor<F> for OnThisThread {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async {
            future.await;
        });
    }
}
