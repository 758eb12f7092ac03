//! One request and its response, with the faults applied to them.

use super::super::end::Ending;
use super::body::{AnswerBody, Faults, Torn};
use super::headers;
use super::outlet::Failed;
use super::plan::{Plan, hold, take_number};
use super::session::Session;
use crate::chaos::fault::{Answer, ResetAt};
use crate::chaos::io::marks::{FAILURE, word};
use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use std::rc::Rc;

type Answered = Response<AnswerBody>;

/// Answers a request. An error resets an HTTP/2 stream; in HTTP/1.1, the fate of the connection
/// determines how it ends.
pub(super) async fn exchange(session: Rc<Session>, mut request: Request<Incoming>) -> Result<Answered, Torn> {
    let arrival = session.site.count_request();
    let number = take_number(&mut request).unwrap_or(arrival);
    let mut plan = Plan::draw(&session.site, &request, number);
    // A connection that carries other requests, too, must not be affected as a whole.
    let multiplexed = request.version() == Version::HTTP_2;
    let bodiless = request.method() == Method::HEAD;
    let reset = plan.exchange.reset == Some(ResetAt::Headers);
    let answer = match &plan.exchange.answer {
        // The request is not forwarded, but the delays below still apply.
        _ if reset => Response::new(AnswerBody::fixed(Bytes::new())),
        Some(answer) => canned(answer),
        None => pass_on(&session, request).await.unwrap_or_else(|failed| {
            session.site.reasons.record(failed.failure, &failed.why);
            bad_gateway(&failed)
        }),
    };
    let delays = std::mem::take(&mut plan.before_headers);
    hold(delays, Rc::clone(&session.tools)).await;
    if reset {
        if !multiplexed {
            session.fate.seal(Ending::Reset);
        }
        return Err(Torn);
    }
    // Whatever its headers say, such a response has no body.
    Ok(if bodiless { answer } else { amend(&session, answer, plan, multiplexed) })
}

/// Forwards a request to the upstream.
async fn pass_on(session: &Session, mut request: Request<Incoming>) -> Result<Answered, Failed> {
    let client = request.version();
    let upgrade = headers::is_upgrade(request.headers()).then(|| hyper::upgrade::on(&mut request));
    session.outlet.address(&mut request);
    let mut response = session.lanes.send(request, client, session.connect(client)).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS
        && let Some(upgrade) = upgrade
    {
        let upstream = hyper::upgrade::on(&mut response);
        session.tasks.spawn(tunnel(upgrade, upstream));
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
    response.headers_mut().insert(FAILURE, HeaderValue::from_static(word(failed.failure)));
    response
}

/// Applies the faults of the body to a response.
fn amend(session: &Session, mut answer: Answered, plan: Plan, multiplexed: bool) -> Answered {
    if !plan.touches_body() {
        return answer;
    }
    let length = announced(&answer);
    if let Some(length) = length {
        let changed = length.saturating_add_signed(plan.exchange.length_change);
        answer.headers_mut().insert(header::CONTENT_LENGTH, changed.into());
    }
    let faults = Faults::new(plan, length, multiplexed, session);
    answer.map(|body| body.with(faults))
}

/// Returns the length that a response announces or is going to announce.
fn announced(answer: &Answered) -> Option<u64> {
    let said = answer.headers().get(header::CONTENT_LENGTH);
    let said = said.and_then(|length| length.to_str().ok()?.parse().ok());
    said.or_else(|| answer.body().size_hint().exact())
}
