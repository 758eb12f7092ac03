//! HTTP/1.1: passes requests and responses on byte for byte, but for what faults change.
//!
//! Each connection of a client has one to the upstream, and ends with it: in the way in which the
//! upstream ends its own. Interim responses, trailers, upgrades and the fields of a connection pass, too.
//!
//! | part | purpose |
//! |---|---|
//! | `head` | the head of a message as it was sent |
//! | `framing` | the end of a body |
//! | `reader` | the receiving side of a connection |
//! | `answer` | responses that the proxy gives itself, and bodies with faults |

mod answer;
mod framing;
mod head;
mod reader;

pub(super) use reader::Reader;

use super::super::end::{Ending, Pipe};
use super::body::{Broken, Faults};
use super::outlet::Failed;
use super::plan::{Plan, hold};
use super::session::Session;
use crate::chaos::experiment::HttpVersion;
use crate::chaos::fault::{Answer, ResetAt};
use crate::chaos::io::marks::{FAILURE, NUMBER};
use crate::chaos::io::tls::Duplex;
use crate::chaos::observation::Failure;
use crate::chaos::selection::Described as _;
use answer::{Asked, give, send_content};
use framing::Framing;
use head::{Head, Kind, Malformed, Subject, is_bodiless};
use http_body_util::BodyExt as _;
use hyper::header::{CONTENT_LENGTH, HOST};
use reader::{Content, Stopped};
use std::convert::Infallible;
use std::io::ErrorKind;
use std::pin::pin;
use std::rc::Rc;
use tokio::io::{AsyncWriteExt as _, ReadHalf, WriteHalf, sink, split};

/// One connection of a client and its connection to the upstream.
struct Relay {
    client: Reader<ReadHalf<Pipe>>,
    back: WriteHalf<Pipe>,
    upstream: Option<Upstream>,
    session: Rc<Session>,
}

struct Upstream {
    read: Reader<ReadHalf<Box<dyn Duplex>>>,
    write: WriteHalf<Box<dyn Duplex>>,
}

/// What follows a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Another request.
    Request,
    /// Bytes of another protocol, in both directions.
    Tunnel,
}

/// Most bytes that a client may send ahead of the response to its request.
const AHEAD_BYTES_MAX: usize = 1 << 20;

/// Serves the requests of one connection until it ends.
pub(super) async fn serve(client: Reader<ReadHalf<Pipe>>, back: WriteHalf<Pipe>, session: Rc<Session>) {
    let fate = session.fate.clone();
    let mut relay = Relay { client, back, upstream: None, session };
    fate.seal(relay.run().await);
}

impl Relay {
    /// Serves requests, and returns how the connection ends.
    async fn run(&mut self) -> Ending {
        loop {
            let served = match self.request().await {
                Ok(head) => self.exchange(head).await,
                Err(Stopped::Malformed(why)) => self.refuse(&why).await,
                Err(stopped) => Err(ending(&stopped)),
            };
            if let Err(ending) = served {
                return ending;
            }
        }
    }

    /// Waits for the next request. What the upstream sends meanwhile is passed on.
    async fn request(&mut self) -> Result<Head, Stopped> {
        loop {
            if let Some(head) = Head::take(&mut self.client.bytes, Kind::Request)? {
                return Ok(head);
            }
            let Some(upstream) = &mut self.upstream else {
                self.client.expect().await?;
                continue;
            };
            if !upstream.read.bytes.is_empty() {
                self.back.write_all(&upstream.read.bytes.split()).await?;
            }
            tokio::select! {
                biased;
                received = upstream.read.expect() => received?,
                received = self.client.expect() => received?,
            }
        }
    }

    async fn exchange(&mut self, mut head: Head) -> Result<(), Ending> {
        let session = Rc::clone(&self.session);
        let arrival = session.site.count_request();
        let number = head.remove(&NUMBER).and_then(|number| number.parse().ok()).unwrap_or(arrival);
        let mut plan = Plan::draw(&session.site, &head, number);
        let framing = match Framing::of_request(&head) {
            Ok(framing) => framing,
            Err(why) => return self.refuse(&why).await,
        };
        if plan.exchange.reset == Some(ResetAt::Headers) {
            // The request is not forwarded, but the delays still apply.
            hold(plan.before_headers, Rc::clone(&session.tools)).await;
            return Err(Ending::Reset);
        }
        if let Some(answer) = plan.exchange.answer.take() {
            return self.answer(&answer, &head, framing, plan).await;
        }
        if self.upstream.is_none() {
            match session.outlet.connect(&session.site.upstream, HttpVersion::One).await {
                Ok(stream) => self.upstream = Some(Upstream::new(stream.into_duplex())),
                Err(failed) => {
                    session.site.reasons.record(failed.failure, &failed.why);
                    return self.answer(&failed.answer(), &head, framing, plan).await;
                }
            }
        }
        match self.forward(head, framing, plan).await? {
            Next::Request => Ok(()),
            Next::Tunnel => Err(self.tunnel().await),
        }
    }

    /// Answers a request in place of the upstream; its body is discarded.
    async fn answer(
        &mut self,
        answer: &Answer,
        head: &Head,
        framing: Framing,
        plan: Plan,
    ) -> Result<(), Ending> {
        let asked = Asked::by(head, framing);
        let mut nowhere = sink();
        let discard = async {
            // A client that waits for a 100 sends no body after another answer.
            if asked.waits { Ok(()) } else { self.client.pass(framing, &mut nowhere).await }
        };
        let given = give(answer, asked, plan, &mut self.back, &self.session.tools);
        let (given, discarded) = tokio::join!(given, discard);
        given.and(discarded.map_err(|_| Ending::Close))
    }

    /// Refuses a request that cannot be passed on, and ends the connection.
    async fn refuse(&mut self, why: &Malformed) -> Result<(), Ending> {
        let body = format!("steadfast: the request was not passed on: {why}\n");
        let answer = Answer { status: 400, headers: Vec::new(), body: body.into() };
        give(&answer, Asked::LAST, Plan::default(), &mut self.back, &self.session.tools).await
    }

    /// Passes a request to the upstream, and its response back.
    async fn forward(&mut self, mut head: Head, framing: Framing, plan: Plan) -> Result<Next, Ending> {
        let Self { client, back, upstream: Some(Upstream { read, write }), session } = self else {
            return Err(Ending::Close);
        };
        let named = head.header(HOST.as_str()).and_then(|host| session.real_host(host));
        if let Some(host) = named {
            head.replace(&HOST, &host);
        }
        let method = head.method().to_owned();
        let sending = async move {
            let sent = match write.write_all(&head.bytes()).await {
                Ok(()) => client.pass(framing, write).await,
                Err(error) => Err(error.into()),
            };
            (sent, client, write)
        };
        let answering = async move {
            let next = respond(read, back, &method, plan, session).await;
            (next, read)
        };
        let (mut sending, mut answering) = (pin!(sending), pin!(answering));
        let (next, sent) = tokio::select! {
            (sent, client, write) = &mut sending => tokio::select! {
                (next, _) = &mut answering => (next, sent),
                never = listen(client, write) => match never {},
            },
            // The response may come before the request is complete.
            (next, read) = &mut answering => tokio::select! {
                () = closed(read) => return Err(Ending::Close),
                (sent, ..) = &mut sending, if next.is_ok() => (next, sent),
                else => (next, Ok(())),
            },
        };
        let next = next?;
        sent.map_err(|_| Ending::Close)?;
        Ok(next)
    }

    /// Passes bytes in both directions, and returns how the connection ends.
    async fn tunnel(&mut self) -> Ending {
        let Self { client, back, upstream: Some(Upstream { read, write }), .. } = self else {
            return Ending::Close;
        };
        let passed = tokio::try_join!(client.pass_all(write), read.pass_all(back));
        passed.err().map_or(Ending::Close, |stopped| ending(&stopped))
    }
}

impl Upstream {
    fn new(stream: Box<dyn Duplex>) -> Self {
        let (read, write) = split(stream);
        Self { read: Reader::new(read), write }
    }
}

/// Waits for the client while the response is under way, and tells the upstream when the client has
/// closed its side.
async fn listen(client: &mut Reader<ReadHalf<Pipe>>, write: &mut WriteHalf<Box<dyn Duplex>>) -> Infallible {
    while client.bytes.len() < AHEAD_BYTES_MAX {
        if client.expect().await.is_err() {
            // An upstream that is gone shows that in its response.
            let _ = write.shutdown().await;
            break;
        }
    }
    std::future::pending().await
}

/// Waits until the upstream has closed its side.
async fn closed(read: &mut Reader<ReadHalf<Box<dyn Duplex>>>) {
    while read.bytes.len() < AHEAD_BYTES_MAX {
        if read.expect().await.is_err() {
            return;
        }
    }
    std::future::pending::<()>().await;
}

/// Passes the response of the upstream to the client, with its faults.
async fn respond(
    read: &mut Reader<ReadHalf<Box<dyn Duplex>>>,
    back: &mut WriteHalf<Pipe>,
    method: &str,
    mut plan: Plan,
    session: &Session,
) -> Result<Next, Ending> {
    let mut head = loop {
        match read.head(Kind::Response).await {
            Ok(head) if is_interim(&head) => write(back, &head.bytes()).await?,
            Ok(head) => break head,
            Err(stopped) => return Err(broken(stopped, back, session).await),
        }
    };
    let delays = std::mem::take(&mut plan.before_headers);
    hold(delays, Rc::clone(&session.tools)).await;
    head.remove(&FAILURE);
    if is_agreed(&head, method) {
        return write(back, &head.bytes()).await.map(|()| Next::Tunnel);
    }
    let framing = match Framing::of_response(&head, method) {
        Ok(framing) => framing,
        Err(why) => return Err(broken(why.into(), back, session).await),
    };
    if !plan.touches_body() || is_bodiless(&head, method) {
        write(back, &head.bytes()).await?;
        read.pass(framing, back).await.map_err(|stopped| ending(&stopped))?;
        return if framing == Framing::UntilClose { Err(Ending::Close) } else { Ok(Next::Request) };
    }
    let length = if let Framing::Length(length) = framing { Some(length) } else { None };
    let change = plan.exchange.length_change;
    if let Some(length) = length {
        head.replace(&CONTENT_LENGTH, &length.saturating_add_signed(change).to_string());
    }
    write(back, &head.bytes()).await?;
    let faults = Faults::new(plan, length, &session.tools);
    let mut content = Content::new(read, framing);
    send_content(&mut content, faults, framing == Framing::Chunked, back).await.map_err(
        |broken| match broken {
            Broken::Fault(ending) => ending,
            Broken::Source(stopped) => ending(&stopped),
        },
    )?;
    // What a fault cut off must not be taken for the next response.
    while let Some(rest) = content.frame().await {
        rest.map_err(|stopped| ending(&stopped))?;
    }
    if framing == Framing::Chunked {
        write(back, &[b"0\r\n", &*content.trailers].concat()).await?;
    }
    // Only a close tells the client that the rest will not come.
    let last = framing == Framing::UntilClose || (length.is_some() && change > 0);
    if last { Err(Ending::Close) } else { Ok(Next::Request) }
}

/// Returns whether another response to the same request follows.
fn is_interim(head: &Head) -> bool {
    matches!(head.subject, Subject::Response(100 | 102..=199))
}

/// Returns whether both sides have agreed on another protocol.
fn is_agreed(head: &Head, method: &str) -> bool {
    match head.subject {
        Subject::Response(101) => true,
        Subject::Response(200..=299) => method == "CONNECT",
        _ => false,
    }
}

async fn write(back: &mut WriteHalf<Pipe>, bytes: &[u8]) -> Result<(), Ending> {
    back.write_all(bytes).await.map_err(|_| Ending::Close)
}

/// Ends a connection whose upstream gave no response: with an answer if it sent something else, and
/// otherwise as the upstream ended its own.
async fn broken(stopped: Stopped, back: &mut WriteHalf<Pipe>, session: &Session) -> Ending {
    let protocol = matches!(stopped, Stopped::Malformed(_));
    let failure = if protocol { Failure::Protocol } else { Failure::Broken };
    session.site.reasons.record(failure, &stopped);
    if protocol {
        let answer = Failed::new(failure, &stopped).answer();
        // Ignore errors: the connection ends in any case.
        let _ = give(&answer, Asked::LAST, Plan::default(), back, &session.tools).await;
    }
    ending(&stopped)
}

/// Returns how a connection ends whose other side has ended like this.
fn ending(stopped: &Stopped) -> Ending {
    match stopped {
        Stopped::Io(error) if error.kind() == ErrorKind::ConnectionReset => Ending::Reset,
        _ => Ending::Close,
    }
}
