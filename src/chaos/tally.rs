//! Counts the outcomes of requests as they end, in windows by the time at which each request was due.

use super::latencies::Latencies;
use super::likeness::{self, Aspect, Likeness, Responses};
use super::limit::Measured;
use super::observation::{Failure, Phase, Window, add_each};
use std::collections::BTreeMap;
use std::time::Duration;

/// The outcomes of the requests of one thread. All times count from the start of the run.
#[derive(Debug)]
pub(crate) struct Tally {
    window: Duration,
    phase: Phase,
    open: Vec<Open>,
    /// Every request that was due before this time has begun.
    begun_until: Duration,
    /// Time of the latest heartbeat of the thread.
    alive_until: Duration,
    recent: Recent,
    by_phase: ByPhase,
    responses: Vec<Responses>,
}

/// Times by the phase that was on when the requests were due.
#[derive(Debug, Clone, Default)]
pub(crate) struct ByPhase {
    /// Time from sending a request to its complete response; successes only.
    pub service: BTreeMap<Phase, Latencies>,
    /// Delay of sending after the due time.
    pub lag: BTreeMap<Phase, Latencies>,
}

/// A window that may still change.
#[derive(Debug, Clone, Default)]
struct Open {
    seen: Window,
    under_way: u64,
}

/// The end of a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ending<'a> {
    /// Time at which it was due.
    pub due: Duration,
    /// Time at which it was sent; `None` if it never was.
    pub sent: Option<Duration>,
    /// Time at which it ended.
    pub at: Duration,
    /// Phase to which it counts.
    pub phase: Phase,
    /// Success, or the way in which it failed.
    pub outcome: Result<(), Failure>,
    /// Whether it was sent a second time.
    pub repeated: bool,
    /// What its response is like, if there was one.
    pub likeness: Option<Likeness>,
    /// Aspects of its response that were not seen before the faults.
    pub unlike: &'a [Aspect],
}

impl Tally {
    /// Creates an empty tally with windows of this length, at least one millisecond.
    pub(crate) fn new(window: Duration) -> Self {
        Self {
            window: window.max(Duration::from_millis(1)),
            phase: Phase::WarmUp,
            open: Vec::new(),
            begun_until: Duration::ZERO,
            alive_until: Duration::ZERO,
            recent: Recent::default(),
            by_phase: ByPhase::default(),
            responses: Vec::new(),
        }
    }

    /// Starts a phase: requests that begin from now on count to it.
    pub(crate) fn enter(&mut self, phase: Phase) {
        self.phase = phase;
    }

    /// Counts a request that is due, and in flight from now on. Returns the phase to which it counts.
    pub(crate) fn begin(&mut self, due: Duration) -> Phase {
        if let Some(window) = self.at(due) {
            window.seen.measured.offered += 1;
            window.under_way += 1;
        }
        self.phase
    }

    /// Counts the end of a request that had begun.
    pub(crate) fn end(&mut self, ending: &Ending<'_>) {
        let response = ending.at.saturating_sub(ending.due);
        if let Some(window) = self.at(ending.due) {
            window.under_way = window.under_way.saturating_sub(1);
            window.seen.repeated += u64::from(ending.repeated);
            count(&mut window.seen.measured, ending.outcome, response);
            if let Err(failure) = ending.outcome {
                *window.seen.failed.entry(failure).or_default() += 1;
            }
            if ending.outcome == Err(Failure::Exhausted) {
                // It never reached the target.
                window.seen.measured.offered = window.seen.measured.offered.saturating_sub(1);
            }
            if let (Err(Failure::Status), Some(likeness)) = (ending.outcome, ending.likeness) {
                *window.seen.statuses.entry(likeness.status()).or_default() += 1;
            }
        }
        // Guards look at the latest requests to end: those are counted by the time of their end.
        let number = number_of(ending.at, self.window);
        let recent = self.recent.at(number);
        recent.offered += 1;
        count(recent, ending.outcome, response);
        self.by_phase.end(ending);
        match (ending.likeness.filter(|_| ending.outcome.is_ok()), ending.phase) {
            (Some(likeness), Phase::Baseline) => likeness::learn(&mut self.responses, likeness),
            (Some(likeness), phase @ (Phase::Fault | Phase::Recovery)) => {
                likeness::compare(&mut self.responses, phase, likeness, ending.unlike);
            }
            _ => {}
        }
    }

    /// Returns what the successes were like, by kind of request.
    pub(crate) fn responses(&self) -> &[Responses] {
        &self.responses
    }

    /// States that all requests due before this time have begun.
    pub(crate) fn all_begun_before(&mut self, time: Duration) {
        self.begun_until = time;
    }

    /// Records that the thread woke up at `at`, when it meant to at `due`. If it was later than
    /// `tolerated`, it stalled, and the windows in between are marked as such.
    pub(crate) fn heartbeat(&mut self, due: Duration, at: Duration, tolerated: Duration) {
        if at.saturating_sub(due) > tolerated {
            for number in number_of(due, self.window)..=number_of(at, self.window) {
                if let Some(window) = self.numbered(number) {
                    window.seen.stalled = true;
                }
            }
        }
        self.alive_until = at;
    }

    /// Returns the time before which every request that was due has ended.
    pub(crate) fn settled_until(&self) -> Duration {
        // The oldest window with a request in flight bounds the settled time.
        let waiting = self.open.iter().position(|open| open.under_way > 0);
        let waited_for = waiting.map(|place| start_of(place, self.window));
        let until = self.begun_until.min(self.alive_until);
        waited_for.map_or(until, |start| start.min(until))
    }

    /// Removes requests that have begun but not ended: their outcome is not known.
    pub(crate) fn forget_under_way(&mut self) {
        for open in &mut self.open {
            let offered = &mut open.seen.measured.offered;
            *offered = offered.saturating_sub(std::mem::take(&mut open.under_way));
        }
    }

    /// Returns the windows as they are now.
    pub(crate) fn open(&self) -> impl ExactSizeIterator<Item = &Window> {
        self.open.iter().map(|open| &open.seen)
    }

    /// Returns the counts of the requests that ended in the last complete window.
    pub(crate) fn recent(&mut self, now: Duration) -> Measured {
        self.recent.last_whole(number_of(now, self.window))
    }

    /// Returns the times by phase.
    pub(crate) fn by_phase(&self) -> &ByPhase {
        &self.by_phase
    }

    fn at(&mut self, time: Duration) -> Option<&mut Open> {
        self.numbered(number_of(time, self.window))
    }

    /// Returns the window with this number.
    fn numbered(&mut self, number: usize) -> Option<&mut Open> {
        if self.open.len() <= number {
            self.open.resize_with(number + 1, Open::default);
        }
        self.open.get_mut(number)
    }
}

impl ByPhase {
    fn end(&mut self, ending: &Ending<'_>) {
        let Some(sent) = ending.sent else { return };
        let lag = sent.saturating_sub(ending.due);
        self.lag.entry(ending.phase).or_default().record(lag);
        if ending.outcome.is_ok() {
            let service = ending.at.saturating_sub(sent);
            self.service.entry(ending.phase).or_default().record(service);
        }
    }

    /// Adds the counts of another thread.
    pub(crate) fn add(&mut self, other: &Self) {
        add_each(&mut self.service, &other.service, Latencies::add);
        add_each(&mut self.lag, &other.lag, Latencies::add);
    }
}

fn count(measured: &mut Measured, outcome: Result<(), Failure>, response: Duration) {
    if outcome.is_ok() {
        measured.good += 1;
        measured.response.record(response);
    }
}

fn number_of(time: Duration, window: Duration) -> usize {
    usize::try_from(time.as_nanos() / window.as_nanos().max(1)).unwrap_or(usize::MAX)
}

fn start_of(number: usize, window: Duration) -> Duration {
    window.saturating_mul(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Requests that ended in the current window and in the one before.
#[derive(Debug, Default)]
struct Recent {
    number: usize,
    present: Measured,
    before: Measured,
}

impl Recent {
    /// Moves on to the window with this number, and returns its counts.
    fn at(&mut self, number: usize) -> &mut Measured {
        if number > self.number {
            let present = std::mem::take(&mut self.present);
            self.before = if number == self.number + 1 { present } else { Measured::default() };
            self.number = number;
        }
        &mut self.present
    }

    fn last_whole(&mut self, now: usize) -> Measured {
        self.at(now);
        self.before.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Ending, Likeness, Tally};
    use crate::chaos::observation::{Failure, Phase};
    use std::time::Duration;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn ending(due: u64, at: u64, outcome: Result<(), Failure>) -> Ending<'static> {
        Ending {
            due: ms(due),
            sent: Some(ms(due + 1)),
            at: ms(at),
            phase: Phase::Baseline,
            outcome,
            repeated: false,
            likeness: None,
            unlike: &[],
        }
    }

    fn tally() -> Tally {
        let mut tally = Tally::new(ms(100));
        tally.all_begun_before(ms(10_000));
        tally
    }

    #[test]
    fn a_request_belongs_to_the_window_in_which_it_was_due() {
        let mut tally = tally();
        tally.begin(ms(50));
        tally.begin(ms(99));
        tally.end(&ending(50, 250, Ok(())));
        tally.end(&ending(99, 120, Err(Failure::Status)));
        let windows: Vec<_> = tally.open().collect();
        assert_eq!(windows.len(), 1);
        assert_eq!((windows[0].measured.offered, windows[0].measured.good), (2, 1));
        assert_eq!(windows[0].failed[&Failure::Status], 1);
        let response_s = windows[0].measured.response.quantile_s(1.0).unwrap();
        assert!((response_s - 0.2).abs() < 0.001, "{response_s}");
    }

    #[test]
    fn a_request_in_flight_holds_the_settled_time_back() {
        let mut tally = tally();
        tally.heartbeat(ms(500), ms(500), ms(20));
        assert_eq!(tally.settled_until(), ms(500));
        tally.begin(ms(230));
        assert_eq!(tally.settled_until(), ms(200));
        tally.end(&ending(230, 480, Ok(())));
        assert_eq!(tally.settled_until(), ms(500));
    }

    #[test]
    fn requests_that_have_not_begun_hold_the_settled_time_back() {
        let mut tally = tally();
        tally.heartbeat(ms(500), ms(500), ms(20));
        tally.all_begun_before(ms(333));
        assert_eq!(tally.settled_until(), ms(333));
    }

    #[test]
    fn a_thread_without_a_heartbeat_holds_the_settled_time_back() {
        assert_eq!(tally().settled_until(), Duration::ZERO);
    }

    #[test]
    fn a_late_heartbeat_marks_the_windows_that_it_missed() {
        let mut tally = tally();
        tally.heartbeat(ms(90), ms(109), ms(20));
        tally.heartbeat(ms(190), ms(320), ms(20));
        let stalled: Vec<bool> = tally.open().map(|window| window.stalled).collect();
        assert_eq!(stalled, [false, true, true, true]);
    }

    #[test]
    fn recent_counts_the_last_complete_window_by_the_time_of_the_end() {
        let mut tally = tally();
        for (due, at) in [(10, 20), (20, 150), (120, 160), (130, 210)] {
            tally.begin(ms(due));
            tally.end(&ending(due, at, Ok(())));
        }
        assert_eq!(tally.recent(ms(230)).good, 2);
        assert_eq!(tally.recent(ms(299)).good, 2);
        assert_eq!(tally.recent(ms(301)).good, 1);
        assert_eq!(tally.recent(ms(450)).good, 0);
    }

    #[test]
    fn times_are_kept_by_phase_and_of_successes_only() {
        let mut tally = tally();
        let dropped = Ending { sent: None, ..ending(30, 30, Err(Failure::NotSent)) };
        for ending in [ending(10, 20, Ok(())), ending(20, 30, Err(Failure::Broken)), dropped] {
            tally.begin(ending.due);
            tally.end(&ending);
        }
        let times = tally.by_phase();
        assert_eq!(times.service[&Phase::Baseline].count(), 1);
        assert_eq!(times.lag[&Phase::Baseline].count(), 2);
        // Histograms keep three digits.
        let service_s = times.service[&Phase::Baseline].quantile_s(0.5).unwrap();
        assert!((service_s - 0.009).abs() < 0.001 * 0.009, "{service_s}");
    }

    /// A request at the edge of two phases is counted in one window, with its status.
    #[test]
    fn unexpected_statuses_are_counted_where_their_failures_are() {
        let mut tally = Tally::new(Duration::from_secs(1));
        let edge = Duration::from_millis(999);
        let phase = tally.begin(edge);
        tally.enter(Phase::Fault);
        tally.begin(Duration::from_secs(1));
        let at = Duration::from_secs(2);
        let failed = |due, phase, status| Ending {
            due,
            sent: Some(due),
            at,
            phase,
            outcome: Err(Failure::Status),
            repeated: false,
            likeness: Some(Likeness { kind: 0, values: [status, 0, 0] }),
            unlike: &[],
        };
        tally.end(&failed(edge, phase, 503));
        tally.end(&failed(Duration::from_secs(1), Phase::Fault, 500));
        let counted: Vec<_> =
            tally.open().map(|window| (window.failed.clone(), window.statuses.clone())).collect();
        assert_eq!(counted[0], ([(Failure::Status, 1)].into(), [(503, 1)].into()));
        assert_eq!(counted[1], ([(Failure::Status, 1)].into(), [(500, 1)].into()));
    }
}
