//! The upstream connections of one client's connection: usually one, and more if an HTTP/2 client has
//! several requests under way to an HTTP/1.1 upstream.

use super::Session;
use super::crew::ConnectionTasks;
use super::outlet::{Connected, Failed};
use crate::chaos::experiment::HttpVersion;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::rt::{Read, Write};
use hyper::{Request, Response, Version};
use hyper_util::rt::TokioIo;
use std::cell::RefCell;

/// The connections to the upstream.
#[derive(Default)]
pub(super) struct Lanes {
    lanes: RefCell<Vec<Lane>>,
}

enum Lane {
    One(http1::SendRequest<Incoming>),
    Two(http2::SendRequest<Incoming>),
}

/// A response, or an error with the request if no byte of it was sent.
type Sent = Result<Response<Incoming>, (Failed, Option<Request<Incoming>>)>;

impl Lanes {
    /// Sends a request over an existing connection or a new one. If the upstream closed the existing one
    /// before any byte of the request was sent, opens a new one; nothing is sent twice.
    pub async fn send(
        &self,
        session: &Session,
        request: Request<Incoming>,
        client: Version,
    ) -> Result<Response<Incoming>, Failed> {
        let mut request = request;
        if let Some(lane) = self.take(client).await {
            match self.send_over(lane, request).await {
                Ok(response) => return Ok(response),
                Err((_, Some(unsent))) => request = unsent,
                Err((failed, None)) => return Err(failed),
            }
        }
        let lane = connect(session, client).await?;
        self.send_over(lane, request).await.map_err(|(failed, _)| failed)
    }

    async fn send_over(&self, mut lane: Lane, request: Request<Incoming>) -> Sent {
        // An HTTP/2 connection stays available to other requests.
        if let Lane::Two(shared) = &lane {
            self.lanes.borrow_mut().push(Lane::Two(shared.clone()));
        }
        let answer = match &mut lane {
            Lane::One(lane) => lane.try_send_request(request).await,
            Lane::Two(lane) => lane.try_send_request(request).await,
        };
        if let (Ok(_), Lane::One(_)) = (&answer, &lane) {
            self.lanes.borrow_mut().push(lane);
        }
        answer.map_err(|mut error| {
            let unsent = error.take_message();
            (Failed::new("broken", error.error()), unsent)
        })
    }

    /// Returns a connection that is ready for a request, if there is one.
    async fn take(&self, client: Version) -> Option<Lane> {
        let mut lane = self.pick(client)?;
        let ready = match &mut lane {
            Lane::One(lane) => lane.ready().await,
            Lane::Two(lane) => lane.ready().await,
        };
        ready.is_ok().then_some(lane)
    }

    /// Takes an open connection off the list. For an HTTP/2 client it must be ready; an HTTP/1.1 client
    /// has one request at a time, so its connection will be ready at once.
    fn pick(&self, client: Version) -> Option<Lane> {
        let mut lanes = self.lanes.borrow_mut();
        lanes.retain(|lane| !lane.is_closed());
        let free = lanes.iter().position(|lane| client != Version::HTTP_2 || lane.is_ready());
        free.map(|free| lanes.swap_remove(free))
    }
}

impl Lane {
    fn is_closed(&self) -> bool {
        match self {
            Self::One(lane) => lane.is_closed(),
            Self::Two(lane) => lane.is_closed(),
        }
    }

    fn is_ready(&self) -> bool {
        match self {
            Self::One(lane) => lane.is_ready(),
            Self::Two(lane) => lane.is_ready(),
        }
    }
}

async fn connect(session: &Session, client: Version) -> Result<Lane, Failed> {
    let Some(outlet) = &session.site.http else {
        return Err(Failed::new("connect", &"not an HTTP proxy"));
    };
    let version = outlet.version(client);
    match outlet.connect(&session.site.upstream).await? {
        Connected::Plain(stream) => start_http(TokioIo::new(stream), version, &session.crew).await,
        Connected::Secure(stream) => start_http(TokioIo::new(stream), version, &session.crew).await,
    }
}

/// Starts HTTP on a connection.
async fn start_http<S>(stream: S, version: HttpVersion, crew: &ConnectionTasks) -> Result<Lane, Failed>
where
    S: Read + Write + Unpin + Send + 'static,
{
    let broken = |e: hyper::Error| Failed::new("broken", &e);
    match version {
        HttpVersion::One => {
            let (lane, connection) = http1::handshake(stream).await.map_err(broken)?;
            crew.spawn(connection.with_upgrades());
            Ok(Lane::One(lane))
        }
        HttpVersion::Two => {
            let (lane, connection) = http2::handshake(crew.clone(), stream).await.map_err(broken)?;
            crew.spawn(connection);
            Ok(Lane::Two(lane))
        }
    }
}
