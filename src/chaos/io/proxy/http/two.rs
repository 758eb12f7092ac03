//! HTTP/2: the requests of one client's connection, which share one to the upstream.

use super::super::end::{Ending, Pipe};
use super::super::tools::Tools;
use super::body::{Broken, Faults};
use super::one::Reader;
use super::outlet::Failed;
use super::plan::{Plan, hold, take_number};
use super::session::Session;
use crate::chaos::experiment::HttpVersion;
use crate::chaos::fault::{Answer, ResetAt};
use crate::chaos::io::http_sender::{FIELDS_BYTES_MAX, HttpSender};
use crate::chaos::io::marks::FAILURE;
use crate::chaos::io::timer::Sleep;
use crate::chaos::observation::Failure;
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::uri::Authority;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::error::Error;
use std::io::Cursor;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, ReadHalf, WriteHalf, join};
use tokio::sync::Mutex;

/// The connection to the upstream that the requests share.
type Shared = Mutex<Option<HttpSender<Incoming>>>;

type AnyError = Box<dyn Error + Send + Sync>;

/// Why there is no response: none can be had from the upstream, or the stream is reset.
enum Lost {
    Failed(Failed),
    Reset(AnyError),
}

/// The body of a response.
struct AnswerBody {
    source: Either<Incoming, Full<Bytes>>,
    faults: Option<Box<(Faults, Rc<Tools>)>>,
    /// Set while the body breaks off, so that the bytes before can still be sent.
    breaking: Option<Sleep>,
}

/// Time for a stream to send pending bytes before its reset, which would overtake them.
const FLUSH_DELAY: Duration = Duration::from_millis(5);

/// Serves the requests of one connection until it ends.
pub(super) async fn serve(client: Reader<ReadHalf<Pipe>>, back: WriteHalf<Pipe>, session: Rc<Session>) {
    // What was read to tell the version comes first.
    let stream = join(Cursor::new(client.bytes).chain(client.stream), back);
    let shared = Rc::new(Shared::default());
    let mut builder = http2::Builder::new(session.tasks.clone());
    builder.auto_date_header(false).max_header_list_size(FIELDS_BYTES_MAX);
    let service = service_fn(|request| exchange(Rc::clone(&session), Rc::clone(&shared), request));
    let served = builder.serve_connection(TokioIo::new(stream), service);
    // Ignore errors: the other end of the pipe sees how the connection ends.
    let _ = served.await;
}

/// Answers a request. An error resets the stream, for the reason in it.
async fn exchange(
    session: Rc<Session>,
    shared: Rc<Shared>,
    mut request: Request<Incoming>,
) -> Result<Response<AnswerBody>, AnyError> {
    let arrival = session.site.count_request();
    let number = take_number(&mut request).unwrap_or(arrival);
    let mut plan = Plan::draw(&session.site, &request, number);
    let delays = std::mem::take(&mut plan.before_headers);
    let bodiless = request.method() == Method::HEAD;
    if plan.exchange.reset == Some(ResetAt::Headers) {
        // The request is not forwarded, but the delays still apply.
        hold(delays, Rc::clone(&session.tools)).await;
        return Err(Broken::<Infallible>::Fault(Ending::Reset).into());
    }
    let response = match &plan.exchange.answer {
        Some(answer) => given(answer),
        None => match pass_on(&session, &shared, request).await {
            Ok(response) => response,
            Err(Lost::Reset(error)) => return Err(error),
            Err(Lost::Failed(failed)) => {
                session.site.reasons.record(failed.failure, &failed.why);
                given(&failed.answer())
            }
        },
    };
    hold(delays, Rc::clone(&session.tools)).await;
    // Whatever its headers say, the response to HEAD has no body.
    Ok(if bodiless { response } else { amend(&session, response, plan) })
}

/// Forwards a request to the upstream.
async fn pass_on(
    session: &Session,
    shared: &Shared,
    mut request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Lost> {
    let tunnel = (request.method() == Method::CONNECT).then(|| hyper::upgrade::on(&mut request));
    if tunnel.is_none() {
        address(session, &mut request);
    }
    let mut sender = sender(session, shared).await.map_err(Lost::Failed)?;
    let mut response = sender.send(request).await.map_err(|error| {
        let error = error.into_error();
        session.site.reasons.record(Failure::Broken, &error);
        Lost::Reset(error.into())
    })?;
    if let Some(client) = tunnel.filter(|_| response.status().is_success()) {
        let upstream = hyper::upgrade::on(&mut response);
        session.tasks.spawn(pass_both(client, upstream));
    }
    response.headers_mut().remove(FAILURE);
    Ok(response.map(|body| AnswerBody::new(Either::Left(body))))
}

/// Returns the shared connection, opened if need be. Meanwhile other requests wait for it.
async fn sender(session: &Session, shared: &Shared) -> Result<HttpSender<Incoming>, Failed> {
    let mut shared = shared.lock().await;
    if let Some(open) = shared.as_ref().and_then(HttpSender::share) {
        return Ok(open);
    }
    let stream = session.outlet.connect(&session.site.upstream, HttpVersion::Two).await?;
    let started = HttpSender::start(stream, HttpVersion::Two, &session.tasks).await;
    let sender = started.map_err(|error| Failed::new(Failure::Broken, &error))?;
    *shared = sender.share();
    Ok(sender)
}

/// Names the upstream in a request: its scheme, and its authority if the client asks for the proxy.
fn address(session: &Session, request: &mut Request<Incoming>) {
    let mut parts = request.uri().clone().into_parts();
    parts.scheme = Some(session.outlet.scheme());
    let asked = parts.authority.as_ref().map(Authority::as_str);
    let real = asked.and_then(|asked| session.real_host(asked)?.parse().ok());
    parts.authority = real.or(parts.authority);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// Passes bytes in both directions after a CONNECT.
async fn pass_both(client: OnUpgrade, upstream: OnUpgrade) {
    if let (Ok(client), Ok(upstream)) = tokio::join!(client, upstream) {
        let (mut client, mut upstream) = (TokioIo::new(client), TokioIo::new(upstream));
        // Ignore errors: both ends see how the tunnel ends.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
    }
}

/// Builds a response that the proxy gives itself.
fn given(answer: &Answer) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::new(Either::Right(Full::new(answer.body.clone()))));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// Applies the faults of the body to a response.
fn amend(session: &Session, mut response: Response<AnswerBody>, plan: Plan) -> Response<AnswerBody> {
    if !plan.touches_body() {
        return response;
    }
    let length = response.body().source.size_hint().exact();
    if let Some(length) = length {
        let changed = length.saturating_add_signed(plan.exchange.length_change);
        response.headers_mut().insert(header::CONTENT_LENGTH, changed.into());
    }
    let faults = Faults::new(plan, length, &session.tools);
    response.body_mut().faults = Some(Box::new((faults, Rc::clone(&session.tools))));
    response
}

impl AnswerBody {
    fn new(source: Either<Incoming, Full<Bytes>>) -> Self {
        Self { source, faults: None, breaking: None }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = AnyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, AnyError>>> {
        let Self { source, faults, breaking } = &mut *self;
        let Some((faults, tools)) = faults.as_deref_mut() else {
            return Pin::new(source).poll_frame(cx);
        };
        if breaking.is_none() {
            match ready!(faults.poll(source, cx)) {
                Some(Err(Broken::Fault(_))) => {}
                Some(Err(Broken::Source(error))) => return Poll::Ready(Some(Err(error))),
                Some(Ok(frame)) => return Poll::Ready(Some(Ok(frame))),
                None => return Poll::Ready(None),
            }
        }
        let flushed = || tools.sleep_until(tools.clock.now().saturating_add(FLUSH_DELAY));
        ready!(Pin::new(breaking.get_or_insert_with(flushed)).poll(cx));
        Poll::Ready(Some(Err(Broken::<Infallible>::Fault(Ending::Reset).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.faults.is_none() && self.source.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.faults.is_some() { SizeHint::default() } else { self.source.size_hint() }
    }
}
