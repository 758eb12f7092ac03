//! The upstream connections of one client's connection: usually one, and more if an HTTP/2 client has
//! several requests under way to an HTTP/1.1 upstream.

use super::outlet::Failed;
use crate::chaos::io::http_sender::HttpSender;
use crate::chaos::observation::Failure;
use hyper::body::Incoming;
use hyper::{Request, Response, Version};
use std::cell::RefCell;

/// The connections to the upstream.
#[derive(Default)]
pub(super) struct Lanes {
    lanes: RefCell<Vec<Lane>>,
}

/// A connection to the upstream.
pub(super) type Lane = HttpSender<Incoming>;

/// A response, or an error with the request if no byte of it was sent.
type Sent = Result<Response<Incoming>, (Failed, Option<Request<Incoming>>)>;

impl Lanes {
    /// Sends a request over an existing connection, or over the one that `connect` opens. If the upstream closed the existing one
    /// before any byte of the request was sent, opens a new one; nothing is sent twice.
    pub(super) async fn send(
        &self,
        mut request: Request<Incoming>,
        client: Version,
        connect: impl Future<Output = Result<Lane, Failed>>,
    ) -> Result<Response<Incoming>, Failed> {
        if let Some(lane) = self.take(client).await {
            match self.send_over(lane, request).await {
                Ok(response) => return Ok(response),
                Err((_, Some(unsent))) => request = unsent,
                Err((failed, None)) => return Err(failed),
            }
        }
        let lane = connect.await?;
        self.send_over(lane, request).await.map_err(|(failed, _)| failed)
    }

    async fn send_over(&self, mut lane: Lane, request: Request<Incoming>) -> Sent {
        // An HTTP/2 connection stays available to other requests.
        self.lanes.borrow_mut().extend(lane.share());
        let answer = lane.send(request).await;
        if answer.is_ok() && !lane.is_shared() {
            self.lanes.borrow_mut().push(lane);
        }
        answer.map_err(|mut error| {
            let unsent = error.take_message();
            (Failed::new(Failure::Broken, error.error()), unsent)
        })
    }

    /// Returns a connection that is ready for a request, if there is one.
    async fn take(&self, client: Version) -> Option<Lane> {
        let mut lane = self.pick(client)?;
        lane.ready().await.then_some(lane)
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
