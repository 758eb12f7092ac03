//! The raw data of a run: filled by the parts that touch sockets, judged by those that do not.

use super::latencies::Latencies;
use super::likeness::Responses;
use super::limit::Measured;
pub use super::phase::Phase;
use std::collections::BTreeMap;
use std::time::Duration;

/// The raw data of a run. All times count from its start.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// Length of a window.
    pub window: Duration,
    /// Consecutive windows from the start of the run; the last one may be cut short.
    pub windows: Vec<Window>,
    /// Start of each phase, as far as the run got.
    pub times: Times,
    /// Counts of each fault, in the order of the experiment.
    pub faults: Vec<FaultSeen>,
    /// Time from sending a request to its complete response, by phase; successes only.
    pub service: BTreeMap<Phase, Latencies>,
    /// Delay of sending after the due time, by phase.
    pub lag: BTreeMap<Phase, Latencies>,
    /// Reason of the first failed connection of each kind, as text.
    pub reasons: BTreeMap<Failure, String>,
    /// What the successes were like, by kind of request.
    pub responses: Vec<Responses>,
    /// How the run ended.
    pub ended: Ended,
}

/// Times at which the phases began, from the start of the run; `None` if the run did not get that far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Times {
    /// Start of the baseline.
    pub baseline: Option<Duration>,
    /// End of the baseline.
    pub settling: Option<Duration>,
    /// Time at which the faults were switched on.
    pub injected: Option<Duration>,
    /// Time at which the faults were switched off.
    pub cleared: Option<Duration>,
    /// End of the load.
    pub ended: Duration,
}

/// Outcomes of the requests that were due in one window.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// Requests that were due, successes, and response times since the due time.
    pub measured: Measured,
    /// Failed requests by kind of failure.
    pub failed: BTreeMap<Failure, u64>,
    /// Unexpected statuses, each with its number of responses: as many in all as failed by their status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests that were sent a second time; see [`Failure::Broken`].
    pub repeated: u64,
    /// Requests of the system under test that the proxies in front of its dependencies saw in this
    /// window; `None` if none of these proxies parses HTTP.
    pub attempts: Option<u64>,
    /// Whether the load generator itself was late. Such a window is no evidence about the target.
    pub stalled: bool,
}

/// The way in which a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// No complete response in time.
    Timeout,
    /// No connection: refused, unreachable, no such host.
    Connect,
    /// The TLS handshake failed.
    Tls,
    /// The connection broke before the response was complete. If it had been idle, the request was sent once
    /// more over another connection: the target may have closed it for that (RFC 9112, section 9.3.1).
    Broken,
    /// The response was not HTTP.
    Protocol,
    /// The status is none of those expected.
    Status,
    /// A header or the body is not as expected.
    Content,
    /// The request was not sent: too many were in flight.
    NotSent,
    /// No descriptor or local port was left for a connection, which says nothing about the target.
    Exhausted,
}

impl Window {
    /// Adds the counts of another window, or of another thread for the same window.
    pub fn add(&mut self, other: &Self) {
        self.measured.add(&other.measured);
        add_counts(&mut self.failed, &other.failed);
        add_counts(&mut self.statuses, &other.statuses);
        self.repeated += other.repeated;
        if let Some(more) = other.attempts {
            self.attempts = Some(self.attempts.unwrap_or(0).saturating_add(more));
        }
        self.stalled |= other.stalled;
    }
}

/// Adds the values of `other` to those of the same keys.
pub(super) fn add_each<K: Copy + Ord, V: Default>(
    own: &mut BTreeMap<K, V>,
    other: &BTreeMap<K, V>,
    add: impl Fn(&mut V, &V),
) {
    for (key, more) in other {
        add(own.entry(*key).or_default(), more);
    }
}

/// Adds the counts of `other` to those of the same keys.
pub(super) fn add_counts<K: Copy + Ord>(own: &mut BTreeMap<K, u64>, other: &BTreeMap<K, u64>) {
    add_each(own, other, |own, more| *own = own.saturating_add(*more));
}

impl Failure {
    /// Returns a short description for reports.
    pub fn description(self) -> &'static str {
        match self {
            Self::Timeout => "timed out",
            Self::Connect => "no connection",
            Self::Tls => "TLS failed",
            Self::Broken => "connection broken",
            Self::Protocol => "not HTTP",
            Self::Status => "wrong status",
            Self::Content => "wrong content",
            Self::NotSent => "not sent",
            Self::Exhausted => "no descriptor or port left",
        }
    }
}

/// Counts of one fault.
#[derive(Debug, Clone, Default)]
pub struct FaultSeen {
    /// Connections or requests that it could have hit.
    pub considered: u64,
    /// Connections or requests that it hit.
    pub hits: u64,
    /// Delays that it requested.
    pub asked: Latencies,
    /// Delays that were delivered.
    pub delivered: Latencies,
}

/// How a run ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Ended {
    /// After all phases.
    #[default]
    Complete,
    /// After a baseline that was not steady; nothing was injected.
    NotSteady,
    /// Before anything was sent, because the target accepts no connection; with the reason.
    Unreachable(String),
    /// Early, by a condition of `abort_when`, the kill switch or saturation; with the reason.
    Guard(String),
    /// Early, by this signal.
    Signal(u8),
}

impl Observation {
    /// Returns the phase at a given time.
    pub fn phase_at(&self, time: Duration) -> Phase {
        let since = |start: Option<Duration>| start.is_some_and(|start| time >= start);
        match self.times {
            times if since(times.cleared) => Phase::Recovery,
            times if since(times.injected) => Phase::Fault,
            times if since(times.settling) => Phase::Settling,
            times if since(times.baseline) => Phase::Baseline,
            _ => Phase::WarmUp,
        }
    }
}
