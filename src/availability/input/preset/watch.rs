//! The time in which a monitor watched nothing: it did not run, or a file of its log is missing.

use crate::base::time::{MICROS, Timestamp};
use crate::timeline::Span;

/// What a log says of the monitor itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Watch {
    /// It starts.
    Starts,
    /// It shuts down.
    Stops,
    /// It starts a new file, as it does at intervals of this many seconds, at most.
    Rotates {
        /// The interval.
        every_s: i64,
    },
}

/// A line about the monitor, with its time and number.
pub(super) struct Notice {
    pub at: Timestamp,
    pub number: u32,
    pub watch: Watch,
}

/// Time in which nothing was watched.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unwatched {
    pub span: Span,
    /// The number of the line that tells of its end.
    pub number: u32,
    /// Whether a state lasts until the monitor sees another: a monitor that starts keeps the states, but what a
    /// missing file says is lost.
    pub keeps_states: bool,
}

/// A restart that is shorter than the usual interval between checks leaves no check out.
const RESTART_S: i64 = 300;

/// A file may last longer than its interval: by an hour when clocks are put back, and until the log is rotated.
const LATE_S: i64 = 2 * 3_600;

/// Returns the time in which nothing was watched, from the lines about the monitor, in order of time.
/// `last_before` returns the time of the last line before an instant.
pub(super) fn unwatched(
    notices: &[Notice],
    last_before: impl Fn(Timestamp) -> Option<Timestamp>,
) -> Vec<Unwatched> {
    let mut gaps: Vec<Unwatched> = Vec::new();
    let (mut stopped, mut covered) = (None, None);
    for Notice { at, number, watch } in notices {
        let since = match watch {
            Watch::Stops => {
                stopped = stopped.or(Some(*at));
                None
            }
            Watch::Starts => stopped.take().filter(|since| at.0 - since.0 >= RESTART_S * MICROS),
            Watch::Rotates { every_s } => {
                let late_s = LATE_S.min(every_s / 2);
                let covered = covered.replace(at.plus_seconds(*every_s as f64));
                let since = covered.filter(|end| at.0 - end.0 > late_s * MICROS);
                since.map(|end| last_before(*at).map_or(end, |last| end.max(last)))
            }
        };
        let Some(since) = since.filter(|since| since < at) else { continue };
        let keeps_states = *watch == Watch::Starts;
        let mut gap = Unwatched { span: Span::new(since, *at), number: *number, keeps_states };
        // A state that the monitor keeps may have changed in a file that is missing.
        if let Some(before) = gaps.pop_if(|before| gap.span.start < before.span.end) {
            gap = Unwatched { span: gap.span.hull(&before.span), keeps_states: false, ..gap };
        }
        gaps.push(gap);
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::{MICROS, Notice, Timestamp, Watch, unwatched};

    const DAY_S: i64 = 86_400;

    fn gaps(said: &[(i64, Watch)], last_s: Option<i64>) -> Vec<(i64, i64)> {
        let at = Timestamp::from_seconds;
        let notice = |(s, watch): &(i64, Watch)| Notice { at: at(*s), number: 1, watch: *watch };
        let notices: Vec<_> = said.iter().map(notice).collect();
        let spans = unwatched(&notices, |_| last_s.map(at)).into_iter().map(|gap| gap.span);
        spans.map(|span| (span.start.0 / MICROS, span.end.0 / MICROS)).collect()
    }

    #[test]
    fn a_missing_file_leaves_its_time_unwatched() {
        let daily = Watch::Rotates { every_s: DAY_S };
        assert_eq!(gaps(&[(0, daily), (DAY_S, daily), (3 * DAY_S, daily)], None), [(2 * DAY_S, 3 * DAY_S)]);
        assert_eq!(gaps(&[(0, daily), (DAY_S + 3_600, daily)], None), [], "clocks were put back");
        let last = Some(DAY_S + 7_200);
        assert_eq!(gaps(&[(0, daily), (2 * DAY_S, daily)], last), [(DAY_S + 7_200, 2 * DAY_S)]);
    }

    #[test]
    fn a_monitor_that_does_not_run_watches_nothing() {
        let said = [(100, Watch::Stops), (110, Watch::Stops), (400, Watch::Starts), (500, Watch::Starts)];
        assert_eq!(gaps(&said, None), [(100, 400)]);
        assert_eq!(gaps(&[(100, Watch::Stops), (399, Watch::Starts)], None), [], "a restart");
        let hourly = Watch::Rotates { every_s: 3_600 };
        let said = [(0, hourly), (3_000, Watch::Stops), (36_000, hourly), (37_000, Watch::Starts)];
        assert_eq!(gaps(&said, None), [(3_000, 37_000)], "one gap");
    }
}
