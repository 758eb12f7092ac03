//! The validated experiment, which the runner and the judge use. Every value in it has been checked.

use super::fault::Effect;
use super::likeness::Aspect;
use super::limit::{Limit, Measure};
use bytes::Bytes;
use hyper::http::uri::Uri;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A chaos experiment: the faults, the load under which they act, and the conditions on the target.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Title of the report.
    pub name: String,
    /// Server that receives the load.
    pub target: Target,
    /// Requests to send, and when.
    pub load: Load,
    /// Proxies. If a fault acts between the load and the target, the load's own proxy comes first; it
    /// listens on loopback, at a free port.
    pub proxies: Vec<Proxy>,
    /// Faults to inject; all of them are on for the whole fault phase.
    pub faults: Vec<Injection>,
    /// Length of each phase.
    pub phases: Phases,
    /// Length of a window, the interval over which requests are counted.
    pub window: Duration,
    /// Conditions that must hold before anything is injected, and again after recovery.
    pub steady_state: Vec<Limit>,
    /// Margins and thresholds of the verdict.
    pub judge: Judge,
    /// Expectations about the target.
    pub expect: Expect,
    /// Conditions that end the fault phase early.
    pub abort_when: Vec<Abort>,
    /// External switch that ends the injection.
    pub kill_switch: Option<KillSwitch>,
    /// Seed of all random draws of the run.
    pub seed: u64,
}

/// An HTTP server.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Scheme (`http` or `https`), host, port and path; the path is the prefix of every request path.
    pub url: Uri,
    /// Version of HTTP to use.
    pub version: HttpVersion,
    /// TLS settings for an `https` target.
    pub tls: Tls,
}

/// A version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpVersion {
    /// HTTP/1.1.
    One,
    /// HTTP/2; without TLS, with prior knowledge (h2c).
    Two,
}

/// TLS settings of the client.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tls {
    /// PEM file of certificates to trust in addition to the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM files of the client certificate and of its key.
    pub client: Option<(PathBuf, PathBuf)>,
    /// Server name to request and verify (SNI), if it is not the host of the URL.
    pub server_name: Option<String>,
}

/// The load on the target.
#[derive(Debug, Clone)]
pub struct Load {
    /// Open or closed loop, with its rate or its workers.
    pub pace: Pace,
    /// A request without a complete response this long after it was due has failed.
    pub timeout: Duration,
    /// Whether connections are reused; if not, each HTTP/1.1 request has its own.
    pub keep_alive: bool,
    /// Maximum number of requests in flight.
    pub in_flight_max: usize,
    /// Handling of a request that is due while `in_flight_max` requests are in flight.
    pub on_saturation: Saturation,
    /// Kinds of requests, from which each request is drawn by weight. Never empty.
    pub requests: Vec<Request>,
    /// Rows of a CSV file; each request takes the next one for its `{{column}}` placeholders.
    pub data: Data,
}

/// Pace of the load.
#[derive(Debug, Clone, PartialEq)]
pub enum Pace {
    /// Open loop: requests are due on a schedule, whatever the target does. The stages follow one
    /// another; the last one goes on.
    Open(Vec<Stage>),
    /// Closed loop: each worker sends one request after the other.
    Closed {
        /// Number of workers.
        workers: usize,
    },
}

/// A stage in the schedule of an open loop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// Requests per second at its start.
    pub from_per_s: f64,
    /// Requests per second at its end; in between the rate changes linearly.
    pub to_per_s: f64,
    /// Length of the stage. After the last stage, its final rate goes on.
    pub lasts: Duration,
}

/// Handling of a request that is due while the maximum number of requests is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saturation {
    /// The request is not sent, and counts as failed.
    Drop,
    /// The request waits, and the wait counts as response time.
    Queue,
    /// The run ends.
    Abort,
}

/// One kind of request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Relative frequency of this kind.
    pub weight: f64,
    /// Method: GET, POST, …
    pub method: String,
    /// Path and query, appended to the target's path; may contain `{{column}}`.
    pub path: Text,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, Secret)>,
    /// Body; may contain `{{column}}`.
    pub body: Body,
    /// Conditions on the response; only a response that meets all of them is a success.
    pub expect: Vec<Expected>,
}

impl Request {
    /// Returns method and path without the query, which may be secret.
    pub fn name(&self) -> String {
        let pieces = self.path.pieces.iter().map(|piece| match piece {
            Piece::Fixed(text) => text,
            Piece::Column(_) => "…",
        });
        let path: String = pieces.collect();
        let path = path.split('?').next().unwrap_or_default();
        format!("{} {}", self.method, if path.is_empty() { "/" } else { path })
    }
}

/// The body of a request.
#[derive(Debug, Clone)]
pub enum Body {
    /// The same bytes for every request.
    Fixed(Bytes),
    /// A text with placeholders for data.
    Text(Text),
}

/// A text with placeholders for the columns of [`Data`]: literal pieces and column indices, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Text {
    /// The pieces, in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a [`Text`].
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Literal text.
    Fixed(String),
    /// The value in this column (counted from 0) of the request's row.
    Column(usize),
}

/// A value that is never printed, since it may come from the environment.
#[derive(Clone, PartialEq)]
pub struct Secret(pub String);

/// Rows of data for requests.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Data {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows, each with a value for every column.
    pub rows: Vec<Vec<String>>,
}

/// A condition on a response.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// Its status lies in one of these ranges, both ends included.
    Status(Vec<(u16, u16)>),
    /// It has this header, with this value if one is given.
    Header(String, Option<String>),
    /// It has this trailer, with this value if one is given.
    Trailer(String, Option<String>),
    /// These aspects have values that were seen before the faults.
    Same(Vec<Aspect>),
    /// Its body contains this text.
    BodyContains(String),
    /// The value at this JSON pointer in its body equals this value.
    Json(String, serde_json::Value),
}

/// A proxy at which faults can act.
#[derive(Debug, Clone, PartialEq)]
pub struct Proxy {
    /// Name; `load` for the load's own proxy.
    pub name: String,
    /// Address at which it listens; `None` for a free port on loopback.
    pub listen: Option<String>,
    /// Address to which it connects.
    pub upstream: Upstream,
    /// Whether it parses HTTP, which HTTP faults need.
    pub http: bool,
}

impl Experiment {
    /// Returns a warning for each proxy at which no fault acts and no requests are counted.
    pub fn idle_proxies(&self) -> impl Iterator<Item = String> {
        let idle = self.proxies.iter().enumerate().filter(move |(number, proxy)| {
            !proxy.counts_attempts() && self.faults.iter().all(|fault| fault.proxy != *number)
        });
        idle.map(|(_, Proxy { name, .. })| {
            format!("no fault acts at proxy `{name}`: add `proxy: {name}` to the faults that should")
        })
    }
}

impl Proxy {
    /// Returns whether it counts the requests that the target sends to a dependency. The load's own
    /// proxy sees only the requests of the load, which are never retried.
    pub fn counts_attempts(&self) -> bool {
        self.http && self.upstream != Upstream::Target
    }
}

/// The address behind a proxy.
#[derive(Debug, Clone, PartialEq)]
pub enum Upstream {
    /// The target of the experiment.
    Target,
    /// `host:port` of a dependency.
    Address(String),
}

/// A fault to inject, and the selection of what it hits.
#[derive(Debug, Clone)]
pub struct Injection {
    /// The fault as written in the file, on one line.
    pub described: String,
    /// Effect of the fault.
    pub effect: Effect,
    /// Index of the proxy at which it acts.
    pub proxy: usize,
    /// Direction of the bytes on which it acts; only for faults of the wire.
    pub direction: Direction,
    /// Selection of the connections or requests that it hits.
    pub who: Who,
}

/// Direction in which bytes flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the target.
    Upstream,
    /// From the target to the client.
    Downstream,
    /// Both directions.
    Both,
}

impl Direction {
    /// Returns whether bytes that flow in direction `way` are included.
    pub fn covers(self, way: Self) -> bool {
        self == Self::Both || self == way
    }
}

/// Selection among the connections (faults of the wire) or requests (faults of HTTP) that pass while the
/// fault is on.
#[derive(Debug, Clone, PartialEq)]
pub struct Who {
    /// Conditions that a request must meet to be considered.
    pub matches: Matches,
    /// Probability with which each of those considered is hit.
    pub probability: f64,
    /// Only one in this many of those considered can be hit, beginning with the first.
    pub every: u64,
    /// Maximum number of hits.
    pub first: Option<u64>,
}

/// Conditions on a request; all of them must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matches {
    /// Method, in any letter case.
    pub method: Option<String>,
    /// Pattern for the path without the query: `*` matches anything within a segment, `**` anything, `?`
    /// one byte other than `/`.
    pub path: Option<String>,
    /// Headers that it must have: names in lower case, with a pattern for each value.
    pub headers: BTreeMap<String, String>,
}

/// Length of each phase.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phases {
    /// The load runs, and nothing is judged.
    pub warm_up: Duration,
    /// The steady state is measured, and must hold.
    pub baseline: Duration,
    /// The longest that the baseline lasts, where it is not known well enough before; at least `baseline`.
    pub baseline_max: Duration,
    /// The faults are on.
    pub fault: Duration,
    /// The faults are off.
    pub recovery: Duration,
    /// The longest that the recovery lasts, where it is not decided before; at least `recovery`.
    pub recovery_max: Duration,
}

impl Phases {
    /// Returns the length of all phases together, if none is prolonged.
    pub fn total(&self) -> Duration {
        [self.baseline, self.fault, self.recovery].into_iter().fold(self.warm_up, Duration::saturating_add)
    }

    /// Returns the time by which phases may be prolonged, together.
    pub fn prolonged(&self) -> Duration {
        let baseline = self.baseline_max.saturating_sub(self.baseline);
        baseline.saturating_add(self.recovery_max.saturating_sub(self.recovery))
    }

    /// Returns the longest time that a run can take. Before the faults, and again at the end, it waits
    /// for requests in flight (`timeout`) and for the end of a window.
    pub fn with_waits(&self, timeout: Duration, window: Duration) -> Duration {
        let wait = timeout.saturating_add(window);
        self.total().saturating_add(self.prolonged()).saturating_add(wait.saturating_mul(2))
    }
}

/// Returns a URL in printable form: without user and query, which may be secret.
pub fn shown(url: &Uri) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let scheme = url.scheme_str().unwrap_or("http");
    let host = url.host().unwrap_or_default();
    format!("{scheme}://{host}{port}{}", url.path())
}

/// Margins and thresholds of the verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Judge {
    /// Time for which steps must stay inside the steady state for a recovery to count.
    pub hold: Duration,
    /// A response time quantile counts as normal up to this multiple of the baseline's.
    pub ratio: f64,
    /// A response time quantile also counts as normal up to this much above the baseline's.
    pub floor: Duration,
    /// Share of requests by which the success may lie below the baseline's.
    pub success_margin: f64,
    /// Quantiles of the response times that are compared with the baseline's.
    pub quantiles: Vec<Measure>,
    /// Requests or connections that each fault must hit at least.
    pub hits_min: u64,
    /// Share of windows with a stalled load generator above which the run is inconclusive.
    pub stalled_max: f64,
    /// Objective whose error budget is measured.
    pub slo: Option<Slo>,
}

/// A service level objective.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slo {
    /// Share of requests that may fail: one minus the objective.
    pub failing_max: f64,
    /// Period over which the objective holds.
    pub window: Duration,
}

/// Expectations about the target. What is `None` or empty is not judged; recovery is always expected.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expect {
    /// Limits on all requests that were due while the faults were on.
    pub during_fault: Vec<Limit>,
    /// Limits on all requests that were due after the target had recovered.
    pub after: Vec<Limit>,
    /// Longest time from the injection to the first step outside the steady state.
    pub detect_within: Option<Duration>,
    /// Longest time from the injection to the return to the steady state while the faults last.
    pub failover_within: Option<Duration>,
    /// Longest time from the clearing of the faults to the recovery.
    pub recover_within: Option<Duration>,
    /// Most times that the target may leave the steady state after it had recovered.
    pub relapses_max: Option<u64>,
    /// Largest share of the error budget that the run may burn.
    pub budget_max: Option<f64>,
    /// Largest number of attempts per request, counted by the proxies in front of dependencies, as a
    /// multiple of the baseline's.
    pub amplification_max: Option<f64>,
    /// Largest response time quantile of a step after clearing, as a multiple of the baseline's.
    pub overshoot_max: Option<f64>,
}

/// A condition that ends the fault phase early.
#[derive(Debug, Clone, PartialEq)]
pub struct Abort {
    /// Limits that must all hold. They describe the state to stop at, such as `success < 20%`.
    pub limits: Vec<Limit>,
    /// Time for which they must hold, in every window.
    pub lasts: Duration,
}

/// An external switch that ends the injection.
#[derive(Debug, Clone, PartialEq)]
pub enum KillSwitch {
    /// Ends it when this file exists.
    File(PathBuf),
    /// Ends it when this URL does not return a success status.
    Url(Uri),
}

impl KillSwitch {
    /// Returns the URL that it polls; `None` for a file.
    pub fn url(&self) -> Option<&Uri> {
        match self {
            Self::Url(url) => Some(url),
            Self::File(_) => None,
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
