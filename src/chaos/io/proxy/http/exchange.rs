//! One request and its response, with the faults applied to them.

use super::Session;
use super::body::{AnswerBody, Torn};
use super::headers;
use super::outlet::Failed;
use super::plan::{Plan, take_number};
use crate::chaos::fault::{Answer, Exchange, ResetAt};
use crate::chaos::io::marks::{FAILURE, failure_of};
use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use std::rc::Rc;
use std::time::Duration;

type Answered = Response<AnswerBody>;

/// Answers a request. An error resets an HTTP/2 stream; in HTTP/1.1, the fate of the connection
/// determines how it ends.
pub(super) async fn exchange(session: Rc<Session>, mut request: Request<Incoming>) -> Result<Answered, Torn> {
    let arrival = session.site.count_request();
    let number = take_number(&mut request).unwrap_or(arrival);
    let mut plan = Plan::draw(&session.site, &request, number);
    let about = About {
        multiplexed: request.version() == Version::HTTP_2,
        bodiless: request.method() == Method::HEAD,
    };
    let reset = plan.exchange.reset == Some(ResetAt::Headers);
    let answer = match &plan.exchange.answer {
        // The request is not forwarded, but the delays below still apply.
        _ if reset => Response::default(),
        Some(answer) => canned(answer),
        None => pass_on(&session, request).await.unwrap_or_else(|failed| {
            if let Some(failure) = failure_of(failed.kind) {
                session.site.failed(failure, &failed.why);
            }
            bad_gateway(&failed)
        }),
    };
    let delays = std::mem::take(&mut plan.before_headers);
    delays.hold(Rc::clone(&session.tools)).await;
    if reset {
        session.tear(about);
        return Err(Torn);
    }
    Ok(amend(&session, answer, plan, about))
}

/// The properties of a request that matter for its response.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    /// Its connection also carries other requests (HTTP/2), which a fault must not affect.
    pub multiplexed: bool,
    /// Its response has no body, whatever the headers say.
    pub bodiless: bool,
}

impl Session {
    /// Resets the connection, unless it carries other requests.
    fn tear(&self, about: About) {
        if !about.multiplexed {
            self.fate.reset();
        }
    }
}

/// Forwards a request to the upstream.
async fn pass_on(session: &Session, mut request: Request<Incoming>) -> Result<Answered, Failed> {
    let client = request.version();
    let upgrade = headers::is_upgrade(request.headers()).then(|| hyper::upgrade::on(&mut request));
    if let Some(outlet) = &session.site.http {
        outlet.address(&mut request);
    }
    let mut response = session.lanes.send(session, request, client).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS
        && let Some(upgrade) = upgrade
    {
        let upstream = hyper::upgrade::on(&mut response);
        session.crew.spawn(tunnel(upgrade, upstream));
    }
    headers::strip(response.headers_mut());
    *response.version_mut() = Version::default();
    Ok(response.map(AnswerBody::from_upstream))
}

/// Forwards bytes in both directions after both sides have agreed on another protocol.
async fn tunnel(client: OnUpgrade, upstream: OnUpgrade) {
    if let (Ok(client), Ok(upstream)) = tokio::join!(client, upstream) {
        let (mut client, mut upstream) = (TokioIo::new(client), TokioIo::new(upstream));
        // Ignore errors: both ends see how the tunnel ends.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
    }
}

/// Builds the response that a fault gives in place of the target.
fn canned(answer: &Answer) -> Answered {
    let mut response = Response::new(AnswerBody::fixed(answer.body.clone()));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn bad_gateway(failed: &Failed) -> Answered {
    let text = format!("steadfast: no response from upstream: {}\n", failed.why);
    let mut response = Response::new(AnswerBody::fixed(Bytes::from(text)));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.headers_mut().insert(FAILURE, HeaderValue::from_static(failed.kind));
    response
}

/// Applies the faults of the body to a response.
fn amend(session: &Session, mut answer: Answered, plan: Plan, about: About) -> Answered {
    let exchange = &plan.exchange;
    if !touches_body(exchange) || about.bodiless {
        return answer;
    }
    let length = announced(&answer);
    if let Some(length) = length {
        let changed = length.saturating_add_signed(exchange.length_change);
        answer.headers_mut().insert(header::CONTENT_LENGTH, changed.into());
    }
    let (tools, fate) = (Rc::clone(&session.tools), session.fate.clone());
    answer.map(|body| body.with(plan, length, about, tools, fate))
}

fn touches_body(exchange: &Exchange) -> bool {
    let Exchange { before_body, body, length_change, reset, .. } = exchange;
    *before_body > Duration::ZERO || !body.is_empty() || *length_change != 0 || reset.is_some()
}

/// Returns the length that a response announces or is going to announce.
fn announced(answer: &Answered) -> Option<u64> {
    let said = answer.headers().get(header::CONTENT_LENGTH);
    let said = said.and_then(|length| length.to_str().ok()?.parse().ok());
    said.or_else(|| answer.body().size_hint().exact())
}
