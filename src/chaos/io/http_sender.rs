//! The client side of one HTTP connection.

use super::tasks::Tasks;
use super::tls::Stream;
use crate::chaos::experiment::HttpVersion;
use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::client::conn::{TrySendError, http1, http2};
use hyper::rt::{Read, Write};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::error::Error;

/// Most fields of a response in HTTP/1.1; each response takes room for that many.
const FIELDS_MAX: usize = 256;

/// Longest list of fields in HTTP/2, in bytes.
pub(super) const FIELDS_BYTES_MAX: u32 = 1 << 20;

/// Sends requests with bodies of type `B` over one connection; tasks move the bytes.
#[derive(Debug)]
pub(super) enum HttpSender<B> {
    One(http1::SendRequest<B>),
    Two(http2::SendRequest<B>),
}

impl<B> HttpSender<B>
where
    B: Body<Data = Bytes> + Unpin + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    /// Starts HTTP on a connection.
    pub(super) async fn start(stream: Stream, version: HttpVersion, tasks: &Tasks) -> hyper::Result<Self> {
        match stream {
            Stream::Plain(tcp) => Self::over(TokioIo::new(tcp), version, tasks).await,
            Stream::Tls(tls) => Self::over(TokioIo::new(tls), version, tasks).await,
        }
    }

    async fn over<S>(stream: S, version: HttpVersion, tasks: &Tasks) -> hyper::Result<Self>
    where
        S: Read + Write + Unpin + Send + 'static,
    {
        match version {
            HttpVersion::One => {
                let handshake = http1::Builder::new().max_headers(FIELDS_MAX).handshake(stream);
                let (sender, connection) = handshake.await?;
                tasks.spawn(connection.with_upgrades());
                Ok(Self::One(sender))
            }
            HttpVersion::Two => {
                let mut builder = http2::Builder::new(tasks.clone());
                let handshake = builder.max_header_list_size(FIELDS_BYTES_MAX).handshake(stream);
                let (sender, connection) = handshake.await?;
                tasks.spawn(connection);
                Ok(Self::Two(sender))
            }
        }
    }

    /// Waits until a request can be sent. Returns false if the connection has closed.
    pub(super) async fn ready(&mut self) -> bool {
        match self {
            Self::One(sender) => sender.ready().await.is_ok(),
            Self::Two(sender) => sender.ready().await.is_ok(),
        }
    }

    /// Sends a request. The error contains the request if no byte of it was written.
    pub(super) async fn send(
        &mut self,
        request: Request<B>,
    ) -> Result<Response<Incoming>, TrySendError<Request<B>>> {
        match self {
            Self::One(sender) => sender.try_send_request(request).await,
            Self::Two(sender) => sender.try_send_request(request).await,
        }
    }

    /// Returns whether several requests may be under way at once (HTTP/2).
    pub(super) fn is_shared(&self) -> bool {
        matches!(self, Self::Two(_))
    }

    /// Returns another handle to the connection, if it can be shared and is open.
    pub(super) fn share(&self) -> Option<Self> {
        match self {
            Self::Two(sender) if !sender.is_closed() => Some(Self::Two(sender.clone())),
            _ => None,
        }
    }
}
