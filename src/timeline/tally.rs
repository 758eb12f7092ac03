//! The counts and durations of one line or several, from which every measure is computed.

use super::line::Outage;
use super::{Line, Span, Spans};
use crate::base::time::{Timestamp, seconds};
use crate::stats::censored::Bounds;
use crate::stats::summary::Moments;

/// The time over which lines were observed. The observations of several lines add up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Observation {
    /// Number of lines.
    pub lines: u64,
    /// Length of the window, without time before the line was put into service, in microseconds.
    pub window_micros: i128,
    /// The part of the window in planned maintenance, in microseconds.
    pub maintenance_micros: i128,
    /// The part of the window in unknown state, in microseconds.
    pub unknown_micros: i128,
}

impl Observation {
    /// Adds two observations.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            lines: self.lines + other.lines,
            window_micros: self.window_micros + other.window_micros,
            maintenance_micros: self.maintenance_micros + other.maintenance_micros,
            unknown_micros: self.unknown_micros + other.unknown_micros,
        }
    }
}

/// Counts and durations. The tallies of several lines add up to the tally of the fleet; microseconds are
/// counted in 128 bits, since 64 bits overflow at 292,000 service-years.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// The observed lines and their time.
    pub observation: Observation,
    /// Time in outages, planned and unplanned, in microseconds.
    pub outage_micros: i128,
    /// Unplanned downtime, in microseconds.
    pub down_micros: i128,
    /// Number of outages after merging, including planned ones.
    pub outages: u64,
    /// Number of outages with an unplanned part: the failures that MTBF and MTTR count.
    pub failures: u64,
    /// Number of failures of zero length. They are not counted in `failures`.
    pub zero_length: u64,
    /// Number of failures that had not ended at the window's end.
    pub open: u64,
    /// The known times to restore, in seconds.
    pub repairs_s: Vec<f64>,
    /// The bounds of the times to restore that are not known, in seconds.
    pub bounded_repairs_s: Vec<Bounds>,
    /// Operating time before each failure, in seconds: since the restoration before it, or since the
    /// window's start.
    pub ups_s: Moments,
    /// The longest failure.
    pub longest: Option<Longest>,
}

/// The longest failure of a [`Tally`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Longest {
    /// Its unplanned part, in seconds.
    pub seconds: f64,
    /// Its start.
    pub start: Timestamp,
}

impl Longest {
    /// Tells whether this failure precedes the other one: the longer of two, or of two equally long ones
    /// the earlier.
    fn is_before(&self, other: &Self) -> bool {
        self.seconds > other.seconds || (self.seconds == other.seconds && self.start < other.start)
    }
}

impl Tally {
    /// Tallies a whole line.
    pub fn of(line: &Line) -> Self {
        let observation = Observation {
            lines: 1,
            window_micros: (line.window.micros() - line.absent.micros()).into(),
            maintenance_micros: line.maintenance.micros().into(),
            unknown_micros: line.unknown.micros().into(),
        };
        let mut tally = Self {
            observation,
            outages: line.outages.len() as u64,
            zero_length: line.instants.len() as u64,
            ..Self::default()
        };
        tally.repairs_s.reserve_exact(line.outages.len());
        // Without maintenance and unknown time, the gaps between outages are operating time. Both are
        // summed in one loop: the processor computes one while the other waits for its operands.
        let only_outages = line.maintenance.is_empty() && line.unknown.is_empty() && line.absent.is_empty();
        let (mut ups_s, mut up_from) = (Moments::default(), line.window.start);
        for outage in line.each_outage() {
            tally.outage_micros += i128::from(outage.span.micros());
            tally.down_micros += i128::from(outage.unplanned_micros);
            tally.add_outage(&outage);
            if only_outages {
                add_up(&mut ups_s, Span::new(up_from, outage.span.start));
                up_from = outage.span.end;
            }
        }
        if !only_outages {
            add_ups(&mut ups_s, line);
        }
        tally.ups_s = ups_s;
        tally
    }

    /// Tallies the part of a line inside `part`: downtime inside it, and the outages that begin inside
    /// it, in full length.
    pub fn within(line: &Line, part: &Spans) -> Self {
        let part = part.clip(line.window);
        let observation = Observation {
            lines: 1,
            window_micros: (part.micros() - line.absent.intersect(&part).micros()).into(),
            maintenance_micros: line.maintenance.intersect(&part).micros().into(),
            unknown_micros: line.unknown.intersect(&part).micros().into(),
        };
        let mut tally = Self {
            observation,
            outage_micros: line.outages.intersect(&part).micros().into(),
            down_micros: line.down().intersect(&part).micros().into(),
            zero_length: line.instants.iter().filter(|at| part.contains(**at)).count() as u64,
            ..Self::default()
        };
        for outage in line.each_outage().filter(|outage| part.contains(outage.span.start)) {
            tally.outages += 1;
            tally.add_outage(&outage);
        }
        tally
    }

    fn add_outage(&mut self, outage: &Outage) {
        if outage.unplanned_micros == 0 {
            return;
        }
        self.failures += 1;
        self.open += u64::from(outage.open);
        match outage.restore.known_micros() {
            Some(micros) => self.repairs_s.push(seconds(micros)),
            None => self.bounded_repairs_s.push(Bounds {
                least: seconds(outage.restore.least_micros),
                most: outage.restore.most_micros.map_or(f64::INFINITY, seconds),
            }),
        }
        let this = Longest { seconds: seconds(outage.unplanned_micros), start: outage.span.start };
        if self.longest.is_none_or(|longest| this.is_before(&longest)) {
            self.longest = Some(this);
        }
    }

    /// Counts failures of zero length as failures with a time to restore of zero.
    #[must_use]
    pub fn counting_zero_length(mut self) -> Self {
        self.failures += self.zero_length;
        self.repairs_s.extend((0..self.zero_length).map(|_| 0.0));
        self
    }

    /// Adds the tally of other lines.
    pub fn absorb(&mut self, other: &Self) {
        self.observation = self.observation.plus(other.observation);
        self.outage_micros += other.outage_micros;
        self.down_micros += other.down_micros;
        self.outages += other.outages;
        self.failures += other.failures;
        self.zero_length += other.zero_length;
        self.open += other.open;
        self.repairs_s.extend_from_slice(&other.repairs_s);
        self.bounded_repairs_s.extend_from_slice(&other.bounded_repairs_s);
        self.ups_s.merge(&other.ups_s);
        self.longest = match (self.longest, other.longest) {
            (Some(ours), Some(theirs)) if theirs.is_before(&ours) => Some(theirs),
            (ours, theirs) => ours.or(theirs),
        };
    }

    /// Sorts the repair times. Sums over them then do not depend, to the last digit, on the order in
    /// which parts of the calendar were absorbed. The operating times are left alone:
    /// [`within`](Self::within) does not fill them.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.repairs_s.sort_unstable_by(f64::total_cmp);
        let by_bounds = |a: &Bounds, b: &Bounds| a.least.total_cmp(&b.least).then(a.most.total_cmp(&b.most));
        self.bounded_repairs_s.sort_unstable_by(by_bounds);
        self
    }

    /// Returns the observed time, which is neither maintenance nor unknown, in microseconds.
    pub fn observed_micros(&self) -> i128 {
        let Observation { window_micros, maintenance_micros, unknown_micros, .. } = self.observation;
        window_micros - maintenance_micros - unknown_micros
    }

    /// Returns the up time, in microseconds.
    pub fn up_micros(&self) -> i128 {
        self.observed_micros() - self.down_micros
    }

    /// Returns downtime over observed time; `None` when nothing was observed.
    pub fn unavailability(&self) -> Option<f64> {
        ratio(self.down_micros, self.observed_micros())
    }

    /// Returns the unavailability over all time of known state, in which outages during maintenance
    /// count as downtime; `None` when there is no such time.
    pub fn calendar_unavailability(&self) -> Option<f64> {
        ratio(self.outage_micros, self.observation.window_micros - self.observation.unknown_micros)
    }
}

/// Adds the operating intervals that ended in a failure. The first may be cut off by the window's start;
/// the one that the window's end cuts off did not end in a failure and is left out.
fn add_ups(ups_s: &mut Moments, line: &Line) {
    let down = line.down();
    let ups = down.union(&line.not_counted()).complement(line.window);
    ups.iter().filter(|up| down.contains(up.end)).for_each(|up| add_up(ups_s, *up));
}

#[inline]
fn add_up(ups_s: &mut Moments, up: Span) {
    if !up.is_empty() {
        ups_s.add(up.seconds());
    }
}

fn ratio(part: i128, whole: i128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::{Longest, Observation, Tally};
    use crate::base::time::Timestamp;
    use crate::stats::censored::Bounds;
    use crate::timeline::{Line, Span, Spans};

    fn span(start: i64, end: i64) -> Span {
        Span::new(Timestamp::from_seconds(start), Timestamp::from_seconds(end))
    }

    fn line(outages: &[(i64, i64)], maintenance: &[(i64, i64)]) -> Line {
        let set = |pairs: &[(i64, i64)]| pairs.iter().map(|&(a, b)| span(a, b)).collect::<Spans>();
        Line::new(span(0, 1000), &set(outages), &set(maintenance), &Spans::new())
    }

    #[test]
    fn an_outage_inside_maintenance_is_not_a_failure() {
        let tally = Tally::of(&line(&[(100, 200), (300, 310)], &[(50, 250)]));
        assert_eq!((tally.outages, tally.failures, tally.repairs_s.as_slice()), (2, 1, &[10.0][..]));
        assert_eq!(tally.observed_micros(), 800_000_000);
    }

    /// The unit P2 of a fleet: in service from day 273 of 365, with two failures of ten hours.
    #[test]
    fn time_before_a_unit_was_put_into_service_does_not_count() {
        let day = 86_400;
        let outages = [(304 * day, 304 * day + 36_000), (334 * day, 334 * day + 36_000), (9 * day, 10 * day)];
        let outages = outages.iter().map(|&(start, end)| span(start, end)).collect::<Spans>();
        let line = Line::new(span(0, 365 * day), &outages, &Spans::new(), &Spans::new());
        let tally = Tally::of(&line.clone().in_service_from(Timestamp::from_seconds(273 * day)));
        assert_eq!((tally.failures, tally.observed_micros()), (2, 92 * 86_400_000_000));
        let mtbf_days = tally.up_micros() as f64 / 86_400e6 / 2.0;
        assert!((mtbf_days - 45.583).abs() < 1e-3, "{mtbf_days}");
        let early = Tally::of(&line.clone().in_service_from(Timestamp::from_seconds(-day)));
        assert_eq!(early.observed_micros(), Tally::of(&line).observed_micros());
    }

    #[test]
    fn an_open_outage_is_not_a_finished_repair() {
        let tally = Tally::of(&line(&[(100, 200), (900, 1000)], &[]).with_open(true));
        assert_eq!((tally.failures, tally.open), (2, 1));
        assert_eq!(tally.repairs_s, [100.0]);
        assert_eq!(tally.bounded_repairs_s, [Bounds { least: 100.0, most: f64::INFINITY }]);
    }

    #[test]
    fn the_order_in_which_parts_are_absorbed_does_not_matter() {
        let lines = [
            line(&[(100, 107), (300, 310)], &[]),
            line(&[(90, 100)], &[]),
            line(&[(400, 403), (900, 1000)], &[]).with_open(true),
        ];
        let part = span(0, 1000).into();
        let sum = |order: [usize; 3]| {
            let mut sum = Tally::default();
            for i in order {
                sum.absorb(&Tally::within(&lines[i], &part));
            }
            format!("{:?}", sum.in_order())
        };
        for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            assert_eq!(sum(order), sum([0, 1, 2]));
        }
    }

    #[test]
    fn the_parts_of_a_window_add_up_to_it() {
        let line = line(&[(100, 600)], &[(550, 700)]);
        let whole = Tally::of(&line);
        let mut parts = Tally::within(&line, &span(0, 500).into());
        parts.absorb(&Tally::within(&line, &span(500, 1000).into()));
        assert_eq!(parts.down_micros, whole.down_micros);
        assert_eq!((parts.outages, parts.repairs_s.clone()), (whole.outages, whole.repairs_s.clone()));
    }

    /// A line of 1,000 s: down from 100 to 200, from 300 to 400 with 350 to 450 planned, and at 600 for no time; its
    /// state is unknown from 800 to 850.
    fn with_everything() -> Line {
        let set = |start, end| Spans::from(span(start, end));
        let outages = set(100, 200).union(&set(300, 400));
        let line = Line::new(span(0, 1000), &outages, &set(350, 450), &set(800, 850));
        line.with_instants(vec![Timestamp::from_seconds(600)])
    }

    #[test]
    fn a_tally_counts_all_kinds_of_time() {
        let tally = Tally::of(&with_everything());
        let Observation { lines, window_micros, maintenance_micros, unknown_micros } = tally.observation;
        let seconds =
            [window_micros, maintenance_micros, unknown_micros, tally.outage_micros, tally.down_micros];
        assert_eq!((lines, seconds.map(|micros| micros / 1_000_000)), (1, [1000, 100, 50, 200, 150]));
        assert_eq!((tally.outages, tally.failures, tally.zero_length, tally.open), (2, 2, 1, 0));
        assert_eq!((tally.observed_micros(), tally.up_micros()), (850_000_000, 700_000_000));
        assert_eq!(tally.unavailability(), Some(150.0 / 850.0));
        assert_eq!(tally.calendar_unavailability(), Some(200.0 / 950.0));
        // Up for 100 s before each failure.
        assert_eq!((tally.ups_s.n(), tally.ups_s.sum()), (2, 200.0));
        assert_eq!(tally.longest, Some(Longest { seconds: 100.0, start: Timestamp::from_seconds(100) }));
        let nothing = Tally::default();
        assert_eq!((nothing.unavailability(), nothing.calendar_unavailability()), (None, None));
    }

    #[test]
    fn operating_times_are_those_between_outages_planned_work_and_unknown_time() {
        let ups = |line: &Line| {
            let tally = Tally::of(line);
            (tally.ups_s.n(), tally.ups_s.sum())
        };
        // One outage touches the start: before it the line was never up.
        assert_eq!(ups(&line(&[(0, 50), (100, 200), (900, 1000)], &[])), (2, 750.0));
        assert_eq!(ups(&line(&[(0, 50), (100, 200)], &[(60, 70)])), (1, 30.0));
        let plain = line(&[(100, 200)], &[]);
        let unknown = plain.clone().with_more_unknown(&span(20, 60).into());
        assert_eq!((ups(&plain), ups(&unknown)), ((1, 100.0), (1, 40.0)));
        let entered = plain.in_service_from(Timestamp::from_seconds(30));
        assert_eq!(ups(&entered), (1, 70.0));
    }

    #[test]
    fn a_part_of_a_line_has_its_time_and_the_outages_that_begin_in_it() {
        let line = with_everything();
        let part = Tally::within(&line, &Spans::from(span(150, 700)));
        let Observation { lines, window_micros, maintenance_micros, unknown_micros } = part.observation;
        let seconds =
            [window_micros, maintenance_micros, unknown_micros, part.outage_micros, part.down_micros];
        assert_eq!((lines, seconds.map(|micros| micros / 1_000_000)), (1, [550, 100, 0, 150, 100]));
        assert_eq!((part.outages, part.failures, part.zero_length), (1, 1, 1));
        let rest = Tally::within(&line, &Spans::from(span(700, 1000)));
        assert_eq!((rest.observation.unknown_micros, rest.zero_length), (50_000_000, 0));
        let late = line.in_service_from(Timestamp::from_seconds(160));
        let part = Tally::within(&late, &Spans::from(span(150, 700)));
        assert_eq!(part.observation.window_micros, 540_000_000);
    }

    #[test]
    fn tallies_of_lines_add_up() {
        let (one, other) = (Tally::of(&with_everything()), Tally::of(&line(&[(500, 620)], &[])));
        let mut sum = one.clone();
        sum.absorb(&other);
        let Observation { lines, window_micros, maintenance_micros, unknown_micros } = sum.observation;
        let seconds = [window_micros, maintenance_micros, unknown_micros, sum.outage_micros, sum.down_micros];
        assert_eq!((lines, seconds.map(|micros| micros / 1_000_000)), (2, [2000, 100, 50, 320, 270]));
        assert_eq!((sum.outages, sum.failures, sum.zero_length), (3, 3, 1));
        let with_open = Tally::of(&line(&[(900, 1000)], &[]).with_open(true));
        sum.absorb(&with_open);
        sum.absorb(&with_open);
        assert_eq!((sum.open, sum.failures, sum.ups_s.n()), (2, 5, 5));
        assert_eq!(sum.longest, Some(Longest { seconds: 120.0, start: Timestamp::from_seconds(500) }));
        sum.absorb(&sum.clone());
        assert_eq!((sum.zero_length, sum.down_micros), (2, 940_000_000));
        let Observation { maintenance_micros, unknown_micros, .. } = sum.observation;
        assert_eq!((maintenance_micros, unknown_micros), (200_000_000, 100_000_000));
        let counted = sum.counting_zero_length();
        assert_eq!((counted.failures, counted.repairs_s.iter().filter(|s| **s == 0.0).count()), (12, 2));
    }

    #[test]
    fn of_two_equally_long_failures_the_earlier_counts() {
        let longest = |outages: &[(i64, i64)]| Tally::of(&line(outages, &[])).longest.unwrap().start;
        assert_eq!(longest(&[(100, 150), (300, 350)]), Timestamp::from_seconds(100));
        assert_eq!(longest(&[(100, 150), (300, 351)]), Timestamp::from_seconds(300));
        let mut later = Tally::of(&line(&[(300, 350)], &[]));
        later.absorb(&Tally::of(&line(&[(100, 150)], &[])));
        assert_eq!(later.longest.unwrap().start, Timestamp::from_seconds(100));
        later.absorb(&Tally::of(&line(&[(400, 450), (500, 540)], &[])));
        assert_eq!(later.longest.unwrap().start, Timestamp::from_seconds(100));
    }

    #[test]
    fn repairs_are_sorted_when_all_are_there() {
        let mut tally = Tally::of(&line(&[(100, 200), (300, 310)], &[]));
        tally = tally.in_order();
        assert_eq!(tally.repairs_s, [10.0, 100.0]);
        assert_eq!((tally.failures, tally.outages), (2, 2));
    }
}
