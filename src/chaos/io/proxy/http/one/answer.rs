//! Responses that the proxy gives itself, and the bodies of others with their faults.

use super::super::super::end::{Ending, Pipe};
use super::super::super::tools::Tools;
use super::super::body::{Broken, Faults};
use super::super::plan::{Plan, hold};
use super::framing::Framing;
use super::head::Head;
use crate::chaos::fault::Answer;
use crate::chaos::selection::Described as _;
use bytes::Bytes;
use http_body_util::Full;
use hyper::StatusCode;
use hyper::body::Body;
use hyper::header::{CONNECTION, EXPECT};
use std::fmt::Write as _;
use std::future::poll_fn;
use std::rc::Rc;
use tokio::io::{AsyncWriteExt as _, WriteHalf};

/// What matters of a request to its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    /// The answer has no body (HEAD).
    pub bodiless: bool,
    /// The client sends its body only after a 100.
    pub waits: bool,
    /// The connection ends with the answer.
    pub last: bool,
}

impl Asked {
    /// A request that could not be read: the connection cannot go on.
    pub(super) const LAST: Self = Self { bodiless: false, waits: false, last: true };

    pub(super) fn by(head: &Head, framing: Framing) -> Self {
        let options = head.list(&CONNECTION);
        let has = |option: &str| options.iter().any(|own| own == option);
        let waits =
            framing != Framing::Length(0) && head.list(&EXPECT).iter().any(|one| one == "100-continue");
        let last = waits || if head.old { !has("keep-alive") } else { has("close") };
        Self { bodiless: head.method() == "HEAD", waits, last }
    }
}

/// Gives an answer, with the faults of its request.
pub(super) async fn give(
    answer: &Answer,
    asked: Asked,
    mut plan: Plan,
    back: &mut WriteHalf<Pipe>,
    tools: &Rc<Tools>,
) -> Result<(), Ending> {
    let delays = std::mem::take(&mut plan.before_headers);
    hold(delays, Rc::clone(tools)).await;
    let length = answer.body.len() as u64;
    let change = if asked.bodiless { 0 } else { plan.exchange.length_change };
    let (head, announced) = head(answer, length.saturating_add_signed(change), asked.last);
    back.write_all(head.as_bytes()).await.map_err(|_| Ending::Close)?;
    if !asked.bodiless && !matches!(answer.status, 204 | 304) {
        let faults = Faults::new(plan, Some(length), tools);
        let sent = send_content(&mut Full::new(answer.body.clone()), faults, false, back).await;
        sent.map_err(|broken| match broken {
            Broken::Fault(ending) => ending,
        })?;
    }
    // Only a close tells the client that the rest will not come.
    if asked.last || announced > length { Err(Ending::Close) } else { Ok(()) }
}

/// Returns the head of an answer, and the length of the body that it announces.
fn head(answer: &Answer, length: u64, last: bool) -> (String, u64) {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut head =
        format!("HTTP/1.1 {} {}\r\n", status.as_str(), status.canonical_reason().unwrap_or_default());
    let mut field = |name: &str, value: &str| {
        // Writing to a string never fails.
        let _ = write!(head, "{name}: {value}\r\n");
    };
    for (name, value) in &answer.headers {
        field(name, value);
    }
    let given = answer.headers.iter().find(|(name, _)| name == "content-length");
    if given.is_none() && answer.status != 204 {
        field("content-length", &length.to_string());
    }
    if !answer.headers.iter().any(|(name, _)| name == "date") {
        field("date", &now());
    }
    if last {
        field("connection", "close");
    }
    head.push_str("\r\n");
    (head, given.and_then(|(_, value)| value.parse().ok()).unwrap_or(length))
}

/// Returns the time as HTTP writes it.
fn now() -> String {
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    printer.timestamp_to_rfc9110_string(&jiff::Timestamp::now()).unwrap_or_default()
}

/// Sends the content of a body as the faults leave it, in chunks or as it is.
pub(super) async fn send_content<B>(
    source: &mut B,
    mut faults: Faults,
    chunked: bool,
    back: &mut WriteHalf<Pipe>,
) -> Result<(), Broken<B::Error>>
where
    B: Body<Data = Bytes> + Unpin,
{
    while let Some(part) = poll_fn(|cx| faults.poll(source, cx)).await {
        let Ok(data) = part?.into_data() else { continue };
        let written = if chunked && !data.is_empty() {
            let size = format!("{:x}\r\n", data.len());
            back.write_all(&[size.as_bytes(), &*data, b"\r\n"].concat()).await
        } else {
            back.write_all(&data).await
        };
        written.map_err(|_| Broken::Fault(Ending::Close))?;
    }
    Ok(())
}
