//! What was seen during a run: plain data, filled by those who touch sockets and judged by those who do not.

use super::latencies::Latencies;
use super::limit::Measured;
use std::collections::BTreeMap;
use std::time::Duration;

/// A run as it was seen. All times count from its start.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// How long a window is.
    pub window: Duration,
    /// The windows, one after the other from the start on; the last may be cut short.
    pub windows: Vec<Window>,
    /// When each phase began, as far as the run came.
    pub times: Times,
    /// What the faults did, in the order of the experiment.
    pub faults: Vec<FaultSeen>,
    /// Time from when a request was sent to its whole answer, by phase; of those that succeeded.
    pub service: BTreeMap<Phase, Latencies>,
    /// How much later than due requests were sent, by phase.
    pub lag: BTreeMap<Phase, Latencies>,
    /// The statuses of answers that were not as expected, by phase, with how often each came.
    pub statuses: BTreeMap<Phase, BTreeMap<u16, u64>>,
    /// Why connections failed, in the words of the first that did.
    pub reasons: BTreeMap<Failure, String>,
    /// How it ended.
    pub ended: Ended,
}

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The load runs, nothing is judged.
    WarmUp,
    /// The steady state is measured.
    Baseline,
    /// The answers of the baseline are waited for, and the next window. What is due meanwhile may be hit by the faults, and is judged by
    /// nobody.
    Settling,
    /// The faults are on.
    Fault,
    /// The faults are off again.
    Recovery,
}

/// When things happened.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Times {
    /// The baseline began.
    pub baseline: Option<Duration>,
    /// The baseline was over.
    pub settling: Option<Duration>,
    /// The faults were switched on.
    pub injected: Option<Duration>,
    /// The faults were switched off.
    pub cleared: Option<Duration>,
    /// The load ended.
    pub ended: Duration,
}

/// What became of the requests that were due in one window.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// What was offered, what succeeded, and how long that took since it was due.
    pub measured: Measured,
    /// Requests that failed, by how.
    pub failed: BTreeMap<Failure, u64>,
    /// Requests of the system under test that the proxies before its dependencies saw in its time; `None` where none of them
    /// understands HTTP.
    pub attempts: Option<u64>,
    /// Whether the generator itself was late: nothing can be said about the target.
    pub stalled: bool,
}

/// How a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// No whole answer in time.
    Timeout,
    /// No connection: refused, unreachable, no such host.
    Connect,
    /// TLS could not be agreed on.
    Tls,
    /// The connection broke before the whole answer was there.
    Broken,
    /// What came was no HTTP.
    Protocol,
    /// A status that is none of those expected.
    Status,
    /// A header or a body that is not as expected.
    Content,
    /// It could not be sent: too many were under way.
    NotSent,
}

impl Window {
    /// Adds what others saw of the same time.
    pub fn add(&mut self, other: &Self) {
        self.measured.add(&other.measured);
        for (failure, count) in &other.failed {
            *self.failed.entry(*failure).or_default() += count;
        }
        self.attempts = sum(self.attempts, other.attempts);
        self.stalled |= other.stalled;
    }
}

/// The sum of what was counted.
pub(super) fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (counted, None) | (None, counted) => counted,
    }
}

impl Failure {
    /// A few words for it.
    pub fn description(self) -> &'static str {
        match self {
            Self::Timeout => "timed out",
            Self::Connect => "no connection",
            Self::Tls => "no TLS",
            Self::Broken => "connection broken",
            Self::Protocol => "not HTTP",
            Self::Status => "wrong status",
            Self::Content => "wrong content",
            Self::NotSent => "not sent",
        }
    }
}

/// What one fault did.
#[derive(Debug, Clone, Default)]
pub struct FaultSeen {
    /// Connections or requests that it could have hit.
    pub considered: u64,
    /// Those that it hit.
    pub hits: u64,
    /// Delays that it asked for.
    pub asked: Latencies,
    /// Delays that were delivered.
    pub delivered: Latencies,
}

/// How a run ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Ended {
    /// All phases were gone through.
    #[default]
    Complete,
    /// The baseline was not steady, and nothing was injected.
    NotSteady,
    /// A condition of `abort_when`, the kill switch or saturation; says which.
    Guard(String),
    /// A signal, by number.
    Signal(u8),
}

impl Observation {
    /// The phase that a time belongs to.
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
