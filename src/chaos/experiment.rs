//! An experiment as those who carry it out see it: nothing in it can be wrong.

use super::fault::Effect;
use super::limit::Limit;
use bytes::Bytes;
use hyper::http::uri::Uri;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// What is done to whom, under which load, and what must hold.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// The title of the report.
    pub name: String,
    /// Where the load goes in the end.
    pub target: Target,
    /// The requests.
    pub load: Load,
    /// The proxies. The load's own is the first one, if there is one: it listens on loopback, at a free port.
    pub proxies: Vec<Proxy>,
    /// What is injected, all of it for the whole of the fault's phase.
    pub faults: Vec<Injection>,
    /// How long each phase lasts.
    pub phases: Phases,
    /// What the figures of one window cover.
    pub window: Duration,
    /// What must hold before anything is injected, and afterwards again.
    pub steady_state: Vec<Limit>,
    /// How the run is judged.
    pub judge: Judge,
    /// What is expected of the target.
    pub expect: Expect,
    /// When the injection is ended early.
    pub abort_when: Vec<Abort>,
    /// What ends the injection from outside when it appears.
    pub kill_switch: Option<KillSwitch>,
    /// From it all chance of the run follows.
    pub seed: u64,
}

/// A server that speaks HTTP.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Scheme (`http` or `https`), host, port and path; the path is the prefix of the requests' paths.
    pub url: Uri,
    /// How it is spoken to.
    pub version: HttpVersion,
    /// How its certificate is checked.
    pub tls: Tls,
}

/// A version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpVersion {
    /// HTTP/1.1.
    One,
    /// HTTP/2; over plain connections with prior knowledge (h2c).
    Two,
}

/// How TLS is spoken.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tls {
    /// PEM file of certificates that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM files of the certificate shown to the target, and of its key.
    pub client: Option<(PathBuf, PathBuf)>,
    /// The name asked for, where it is not the host of the URL.
    pub server_name: Option<String>,
}

/// The load.
#[derive(Debug, Clone)]
pub struct Load {
    /// When requests are sent.
    pub pace: Pace,
    /// After so long without a whole answer a request has failed.
    pub timeout: Duration,
    /// Whether connections are kept for the next requests; else each request of HTTP/1.1 has its own.
    pub keep_alive: bool,
    /// Requests under way at most.
    pub in_flight_max: usize,
    /// What becomes of a request that is due when so many are under way.
    pub on_saturation: Saturation,
    /// What is sent; one is drawn for each request by weight. Never empty.
    pub requests: Vec<Request>,
    /// Rows of a CSV file, of which each request takes the next for its `{column}` places.
    pub data: Data,
}

/// When requests are sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Pace {
    /// Open loop: requests are due on a schedule, whatever the target does. The stages follow one another; the last goes on.
    Open(Vec<Stage>),
    /// Closed loop: so many workers, each with one request after the other.
    Closed {
        /// How many.
        workers: usize,
    },
}

/// A part of the schedule of an open loop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// Requests per second at its start.
    pub from_per_s: f64,
    /// Requests per second at its end; between them the rate changes evenly.
    pub to_per_s: f64,
    /// How long it takes. The last stage goes on at its end's rate.
    pub lasts: Duration,
}

/// What becomes of a request that is due when as many as may be are under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saturation {
    /// It is not sent, and counted as such.
    Drop,
    /// It waits, and the wait counts as response time.
    Queue,
    /// The run ends.
    Abort,
}

/// One kind of request.
#[derive(Debug, Clone)]
pub struct Request {
    /// How often it is drawn, relative to the others.
    pub weight: f64,
    /// GET, POST, …
    pub method: String,
    /// Path and query after the target's own path; may hold `{column}`.
    pub path: Text,
    /// Names in small letters with their values.
    pub headers: Vec<(String, Secret)>,
    /// What is sent with it; may hold `{column}`.
    pub body: Body,
    /// What its answer must be like to count as a success.
    pub expect: Vec<Expected>,
}

/// The body of a request.
#[derive(Debug, Clone)]
pub enum Body {
    /// Bytes that are the same for every request.
    Fixed(Bytes),
    /// A text with places for data.
    Text(Text),
}

/// A text with places for the columns of [`Data`]: pieces of fixed text and numbers of columns in turn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Text {
    /// The pieces, in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a [`Text`].
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// As it stands.
    Fixed(String),
    /// The value in this column of the request's row.
    Column(usize),
}

/// A value that is never printed: it may come from the environment.
#[derive(Clone, PartialEq)]
pub struct Secret(pub String);

/// Rows of data for requests.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Data {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each with a value for every column.
    pub rows: Vec<Vec<String>>,
}

/// What an answer must be like.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// Its status is one of these ranges, both ends included.
    Status(Vec<(u16, u16)>),
    /// It has this header, with this value if one is given.
    Header(String, Option<String>),
    /// Its body contains this.
    BodyContains(String),
    /// The value at this JSON pointer equals this.
    Json(String, serde_json::Value),
}

/// A proxy.
#[derive(Debug, Clone, PartialEq)]
pub struct Proxy {
    /// Its name: `load` for the load's own.
    pub name: String,
    /// Where it listens; `None`: on loopback, at a free port.
    pub listen: Option<String>,
    /// Where it connects: the target's host and port, or `host:port` of a dependency.
    pub upstream: Upstream,
    /// Whether it understands what passes, so that faults of HTTP can act.
    pub http: bool,
}

impl Proxy {
    /// Whether it sees how often the target asks a dependency. The load's own sees the load, which tries nothing twice.
    pub fn counts_attempts(&self) -> bool {
        self.http && self.upstream != Upstream::Target
    }
}

/// Where a proxy connects to.
#[derive(Debug, Clone, PartialEq)]
pub enum Upstream {
    /// The target of the experiment.
    Target,
    /// Any TCP address.
    Address(String),
}

/// A fault that is injected, and who is hit.
#[derive(Debug, Clone)]
pub struct Injection {
    /// The fault's name in the registry.
    pub fault: &'static str,
    /// How it stood in the file, in one line.
    pub described: String,
    /// What it does.
    pub effect: Effect,
    /// The number of the proxy at which it acts.
    pub proxy: usize,
    /// Which way the bytes go that it acts on; faults of the wire only.
    pub direction: Direction,
    /// Who is hit.
    pub who: Who,
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the target.
    Upstream,
    /// From the target to the client.
    Downstream,
    /// Both.
    Both,
}

impl Direction {
    /// Whether bytes that go `way` are meant.
    pub fn covers(self, way: Self) -> bool {
        self == Self::Both || self == way
    }
}

/// Who is hit, among the connections (faults of the wire) or requests (faults of HTTP) that are made while the fault is on.
#[derive(Debug, Clone, PartialEq)]
pub struct Who {
    /// What a request must be like to be considered.
    pub matches: Matches,
    /// Of those considered, each with this probability,
    pub probability: f64,
    /// every so-manieth,
    pub every: u64,
    /// and only the first so many.
    pub first: Option<u64>,
}

/// What a request must be like.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matches {
    /// Its method.
    pub method: Option<String>,
    /// Its path, without the query: a pattern in which `*` stands for anything within a segment and `**` for anything.
    pub path: Option<String>,
    /// Headers that it has, by name in small letters, with a pattern for each value.
    pub headers: BTreeMap<String, String>,
}

/// How long each phase lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phases {
    /// The load runs, nothing is judged.
    pub warm_up: Duration,
    /// The steady state is measured, and must hold.
    pub baseline: Duration,
    /// The faults are on.
    pub fault: Duration,
    /// The faults are off.
    pub recovery: Duration,
}

impl Phases {
    /// How long a whole run takes.
    pub fn total(&self) -> Duration {
        [self.baseline, self.fault, self.recovery].into_iter().fold(self.warm_up, Duration::saturating_add)
    }

    /// How long a whole run takes at most: before the faults, which begin with a window, and at the end it is waited for requests
    /// that are under way.
    pub fn with_waits(&self, timeout: Duration, window: Duration) -> Duration {
        let wait = timeout.saturating_add(window);
        self.total().saturating_add(wait.saturating_mul(2))
    }
}

/// A URL as it may be printed: without user and query, which may be secret.
pub fn shown(url: &Uri) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let scheme = url.scheme_str().unwrap_or("http");
    let host = url.host().unwrap_or_default();
    format!("{scheme}://{host}{port}{}", url.path())
}

/// How the run is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judge {
    /// Good windows must last so long for a recovery to count.
    pub hold: Duration,
    /// A quantile of the response time may be so many times that of the baseline to be back to normal.
    pub ratio: f64,
    /// A response time that is longer than the baseline's by less than this is back to normal too.
    pub floor: Duration,
    /// The success may be lower than the baseline's by so much.
    pub success_margin: f64,
    /// Requests or connections that the faults must have touched, each of them.
    pub hits_min: u64,
    /// The share of windows in which the generator stalled, beyond which nothing can be said.
    pub stalled_max: f64,
    /// The objective whose error budget is looked at.
    pub slo: Option<Slo>,
}

/// A service level objective.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slo {
    /// One minus the share of requests that must succeed.
    pub failing_max: f64,
    /// Over so long.
    pub window: Duration,
}

/// What is expected. What is `None` or empty is not judged; that it recovers at all always is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expect {
    /// Of all requests that were due while the fault was on.
    pub during_fault: Vec<Limit>,
    /// Of all that were due after it had recovered.
    pub after: Vec<Limit>,
    /// From the injection to the first window outside of the steady state.
    pub detect_within: Option<Duration>,
    /// From the injection until it is back inside although the fault lasts.
    pub failover_within: Option<Duration>,
    /// From the clearing until it is back inside for good.
    pub recover_within: Option<Duration>,
    /// Times that it left the steady state again after it had recovered.
    pub relapses_max: Option<u64>,
    /// Share of the error budget that the run burns.
    pub budget_max: Option<f64>,
    /// Attempts seen at the proxies before dependencies for each request, compared with the baseline.
    pub amplification_max: Option<f64>,
    /// The longest response time quantile after clearing, compared with the baseline.
    pub overshoot_max: Option<f64>,
}

/// When the injection is ended early.
#[derive(Debug, Clone, PartialEq)]
pub struct Abort {
    /// All of these must hold, as `success < 20%` says,
    pub limits: Vec<Limit>,
    /// in every window for so long.
    pub lasts: Duration,
}

/// What ends the injection from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum KillSwitch {
    /// A file that appears.
    File(PathBuf),
    /// A URL that answers with anything but a success.
    Url(Uri),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
