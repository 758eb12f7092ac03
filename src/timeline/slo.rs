//! Error budgets: the downtime that an objective allows in a window, and the part of it that is spent.
//!
//! The definitions are those of Beyer et al., "The Site Reliability Workbook" (2018), chapters 2 and 5:
//! the budget is (1 − objective) × length of the window, and the burn rate is the factor by which it is
//! spent faster than evenly over the window. Excluded time (maintenance, unknown) is counted neither as
//! downtime nor in any length.

use super::calendar::{self, CalendarSpan, CalendarUnit};
use super::measured::{Measured, instant_after};
use super::span::{Span, Spans};
use super::worst::worst_windows;
use crate::base::quantity::{format_duration, parse_duration};
use crate::base::suggest::{did_you_mean, fold};
use crate::base::text::printable;
use crate::base::time::{MICROS, Timestamp, Zone, seconds};
use serde::Serialize;
use std::fmt;

/// Number of worst windows that are reported.
const WORST_MAX: usize = 3;

/// The longest rolling window: the whole accepted range of time.
const ROLLING_MICROS_MAX: i64 = Timestamp::MAX.0 - Timestamp::MIN.0;

/// The window over which an objective must be met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SloWindow {
    /// A window of fixed length that ends now, at every instant.
    Rolling {
        /// The length in seconds: from a microsecond to the whole range of years from 1 to 9999.
        seconds: f64,
    },
    /// Each calendar unit, with a new budget at its start.
    Calendar(CalendarUnit),
}

impl SloWindow {
    /// Parses a duration (`30d`, a rolling window) or a calendar unit (`month`).
    pub fn parse(text: &str) -> Result<Self, String> {
        let wanted = fold(text);
        if let Some(unit) = CalendarUnit::ALL.into_iter().find(|unit| unit.name() == wanted) {
            return Ok(Self::Calendar(unit));
        }
        let seconds = parse_duration(text).map_err(|_| unknown_window(text))?;
        let micros = seconds * MICROS as f64;
        if !(1.0..=ROLLING_MICROS_MAX as f64).contains(&micros) {
            return Err(format!("`{}` is too short or too long for a window", printable(text)));
        }
        Ok(Self::Rolling { seconds })
    }
}

fn unknown_window(text: &str) -> String {
    let names = CalendarUnit::ALL.map(CalendarUnit::name);
    let guess = did_you_mean(text, names);
    let (text, names) = (printable(text), names.join(", "));
    format!("`{text}` is not a window{guess} Write a duration such as 30d, or one of {names}")
}

impl fmt::Display for SloWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rolling { seconds } => f.write_str(&format_duration(*seconds)),
            Self::Calendar(unit) => f.write_str(unit.name()),
        }
    }
}

/// A service level objective (SLO).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objective {
    /// 1 − SLO, from 0 to 1, exact in decimal as returned by
    /// [`parse_share_complement`](crate::base::quantity::parse_share_complement).
    pub unavailability_target: f64,
    /// The window over which it must be met.
    pub window: SloWindow,
}

/// The state of the error budget at the end of the observation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Budget {
    /// The label of the calendar unit, such as `2026-03`; `None` for a rolling window.
    pub window_label: Option<String>,
    /// The start of the current window: the calendar unit that contains the last observed instant, or
    /// the last N seconds.
    pub window_start: Timestamp,
    /// The end of the current window. A calendar unit may end after the observation.
    pub window_end: Timestamp,
    /// The length of the whole current window without excluded time, in seconds.
    pub counted_s: f64,
    /// The part of the current window that was observed and is not excluded, in seconds.
    pub elapsed_s: f64,
    /// The part of the current window that lies before the observation and is not excluded, in seconds.
    /// Above zero, the observation does not cover the whole window: `spent_s` is a lower bound.
    pub unobserved_s: f64,
    /// The allowed downtime: (1 − SLO) × `counted_s`.
    pub budget_s: f64,
    /// The downtime in the current window, in seconds.
    pub spent_s: f64,
    /// `budget_s` − `spent_s`; negative when more was spent than allowed.
    pub left_s: f64,
    /// `spent_s` / `budget_s`; `None` when no downtime is allowed.
    pub spent_share: Option<f64>,
    /// `left_s` / `budget_s`, which may be negative; `None` when no downtime is allowed.
    pub left_share: Option<f64>,
    /// The spent share of the budget divided by the elapsed share of the window: at 1 the budget lasts
    /// exactly until the window ends. `None` when no downtime is allowed or no time has elapsed.
    pub burn_rate: Option<f64>,
    /// The instant at which the budget was used up; `None` when some is left, or when no downtime is
    /// allowed and none occurred.
    pub exhausted_at: Option<Timestamp>,
    /// The instant at which the budget will be used up if downtime continues at the rate of `elapsed_s`.
    /// `None` when it is used up already, or will not be before the window ends (a rolling window:
    /// before its first observed instant leaves it).
    pub runs_out_at: Option<Timestamp>,
    /// The windows with the most downtime in the whole observation, worst first: at most 3, all with
    /// downtime. Rolling windows do not overlap; each is the worst of those that do not overlap the ones
    /// before it.
    pub worst: Vec<WorstWindow>,
    /// The number of calendar units and of those that exceeded their budgets; `None` for a rolling window.
    pub units: Option<UnitCount>,
}

/// One of the windows with the most downtime.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorstWindow {
    /// The label of the calendar unit, such as `2026-03`; `None` for a rolling window.
    pub label: Option<String>,
    /// Its start.
    pub start: Timestamp,
    /// Its end.
    pub end: Timestamp,
    /// The downtime in it, in seconds.
    pub downtime_s: f64,
    /// The downtime as a share of the window's own budget; `None` when no downtime is allowed.
    pub spent_share: Option<f64>,
}

/// The number of calendar units, and of those that exceeded their budgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct UnitCount {
    /// The units that share an instant with the observation.
    pub units: u64,
    /// Those of them with more downtime than their budgets. A unit that the observation cuts has its
    /// whole budget.
    pub missed_units: u64,
}

/// Computes the state of the budget of `objective` at the end of `window`, the observation.
///
/// `excluded` is time that counts neither as up nor as down: maintenance and time of unknown state. It
/// may extend beyond the observation: maintenance planned for the rest of the month makes the budget
/// smaller.
///
/// Returns an error when the observation has more calendar units than [`calendar::UNITS_MAX`].
pub fn budget(
    objective: &Objective,
    down: &Spans,
    excluded: &Spans,
    window: Span,
    zone: &Zone,
) -> Result<Budget, String> {
    let ledger = Ledger::new(objective.unavailability_target, down, excluded, window);
    match objective.window {
        SloWindow::Calendar(unit) => {
            let units = calendar::units_within_bounds(unit, window, zone)?;
            Ok(ledger.calendar(unit.containing(last_instant(window), zone), &units))
        }
        SloWindow::Rolling { seconds } => Ok(ledger.rolling(rolling_micros(seconds))),
    }
}

fn last_instant(window: Span) -> Timestamp {
    Timestamp(window.end.0.saturating_sub(1)).max(window.start)
}

fn rolling_micros(seconds: f64) -> i64 {
    ((seconds * MICROS as f64).round() as i64).clamp(1, ROLLING_MICROS_MAX)
}

/// The objective, the observation and its downtime: the input of every figure of a [`Budget`].
struct Ledger {
    unavailability_target: f64,
    observation: Span,
    /// Downtime in the observation that is not excluded.
    down: Measured,
    excluded: Measured,
}

impl Ledger {
    fn new(unavailability_target: f64, down: &Spans, excluded: &Spans, observation: Span) -> Self {
        let down = Measured::new(down.clip(observation).subtract(excluded));
        Self { unavailability_target, observation, down, excluded: Measured::new(excluded.clone()) }
    }

    fn calendar(&self, current: CalendarSpan, units: &[CalendarSpan]) -> Budget {
        let missed_units = units.iter().filter(|unit| self.is_missed(unit.span)).count() as u64;
        Budget {
            worst: self.worst_units(units),
            units: Some(UnitCount { units: units.len() as u64, missed_units }),
            ..self.current(Some(current.label), current.span, current.span.end)
        }
    }

    fn worst_units(&self, units: &[CalendarSpan]) -> Vec<WorstWindow> {
        let windows = units.iter().map(|unit| self.worst_window(Some(unit.label.clone()), unit.span));
        let mut worst: Vec<WorstWindow> = windows.filter(|window| window.downtime_s > 0.0).collect();
        // Stable: of equal ones the earliest comes first.
        worst.sort_by(|a, b| b.downtime_s.total_cmp(&a.downtime_s));
        worst.truncate(WORST_MAX);
        worst
    }

    fn rolling(&self, length_micros: i64) -> Budget {
        let end = self.observation.end;
        let current = Span::new(Timestamp(end.0 - length_micros), end);
        let first_observed = current.start.max(self.observation.start);
        let all = Span::new(current.start.min(self.observation.start), end);
        let worst = worst_windows(&self.down, all, length_micros, WORST_MAX);
        Budget {
            worst: worst.into_iter().map(|window| self.worst_window(None, window)).collect(),
            ..self.current(None, current, Timestamp(first_observed.0 + length_micros))
        }
    }

    /// Computes the budget of the window `whole`, which contains the end of the observation, without
    /// [`Budget::worst`] and [`Budget::units`]. Until `horizon`, further downtime adds to the spent
    /// budget and none leaves the window.
    fn current(&self, window_label: Option<String>, whole: Span, horizon: Timestamp) -> Budget {
        let observed = whole.intersect(&self.observation);
        let (budget_s, spent_s) = (self.budget_s(whole), seconds(self.spent_micros(whole)));
        let (left_s, elapsed_s) = (budget_s - spent_s, seconds(self.counted_micros(observed)));
        let exhausted_at = self.exhausted_at(whole);
        // At the downtime per elapsed second so far, the remaining budget lasts left / (spent / elapsed)
        // seconds.
        let runs_out_at = match exhausted_at {
            Some(_) => None,
            None => self.instant_after_counted(left_s * elapsed_s / spent_s, horizon),
        };
        let unobserved = Span::new(whole.start, self.observation.start.min(whole.end));
        Budget {
            window_label,
            window_start: whole.start,
            window_end: whole.end,
            counted_s: seconds(self.counted_micros(whole)),
            elapsed_s,
            unobserved_s: seconds(self.counted_micros(unobserved)),
            budget_s,
            spent_s,
            left_s,
            spent_share: share(spent_s, budget_s),
            left_share: share(left_s, budget_s),
            burn_rate: share(spent_s, self.unavailability_target * elapsed_s),
            exhausted_at,
            runs_out_at,
            worst: Vec::new(),
            units: None,
        }
    }

    fn worst_window(&self, label: Option<String>, span: Span) -> WorstWindow {
        let downtime_s = seconds(self.spent_micros(span));
        let spent_share = share(downtime_s, self.budget_s(span));
        WorstWindow { label, start: span.start, end: span.end, downtime_s, spent_share }
    }

    fn exhausted_at(&self, whole: Span) -> Option<Timestamp> {
        instant_after(&self.down.spans().clip(whole), self.budget_micros(whole))
    }

    /// Returns the instant at which `seconds` more have passed that are not excluded; `None` if that is
    /// after `horizon`.
    fn instant_after_counted(&self, seconds: f64, horizon: Timestamp) -> Option<Timestamp> {
        let future = self.excluded.spans().complement(Span::new(self.observation.end, horizon));
        let micros = (seconds * MICROS as f64).round();
        if micros.is_finite() { instant_after(&future, (micros as i64).max(0)) } else { None }
    }

    /// Tells whether more downtime than allowed was spent in `whole`.
    fn is_missed(&self, whole: Span) -> bool {
        self.spent_micros(whole) > self.budget_micros(whole)
    }

    fn spent_micros(&self, span: Span) -> i64 {
        self.down.micros_in(span)
    }

    fn counted_micros(&self, span: Span) -> i64 {
        span.micros() - self.excluded.micros_in(span)
    }

    fn budget_s(&self, whole: Span) -> f64 {
        self.unavailability_target * seconds(self.counted_micros(whole))
    }

    /// Returns the budget rounded to the microsecond, in which downtime is measured: whether it was
    /// exceeded must not depend on the last bit of a floating-point product.
    fn budget_micros(&self, whole: Span) -> i64 {
        (self.unavailability_target * self.counted_micros(whole) as f64).round() as i64
    }
}

/// Returns `part` / `whole`; `None` when `whole` is not above 0.
fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
mod tests {
    use super::{Budget, Objective, SloWindow, Span, Spans, budget};
    use crate::base::quantity::parse_share_complement;
    use crate::base::time::{Timestamp, Zone, parse_instant};
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        parse_instant(text, &Zone::utc()).unwrap()
    }

    fn span((from, to): (&str, &str)) -> Span {
        Span::new(at(from), at(to))
    }

    fn objective(slo: &str, window: &str) -> Objective {
        let unavailability_target = parse_share_complement(slo).unwrap();
        Objective { unavailability_target, window: SloWindow::parse(window).unwrap() }
    }

    type Pair = (&'static str, &'static str);

    /// Computes the budget in UTC from outages and excluded times, each given by its start and end.
    fn spend(objective: Objective, down: &[Pair], excluded: &[Pair], window: Pair) -> Budget {
        let set = |pairs: &[Pair]| pairs.iter().map(|pair| span(*pair)).collect::<Spans>();
        budget(&objective, &set(down), &set(excluded), span(window), &Zone::utc()).unwrap()
    }

    fn text(instant: Option<Timestamp>) -> Option<String> {
        instant.map(|instant| instant.to_string())
    }

    #[test]
    fn a_duration_is_a_rolling_window_and_a_unit_a_calendar_window() {
        for (written, printed) in [
            ("30d", "30d"),
            ("7d", "7d"),
            ("4w", "28d"),
            ("month", "month"),
            ("Quarter", "quarter"),
            ("year", "year"),
        ] {
            assert_eq!(SloWindow::parse(written).unwrap().to_string(), printed);
        }
        assert_ne!(SloWindow::parse("1d"), SloWindow::parse("day"));
    }

    #[test]
    fn text_that_is_not_a_window_is_rejected() {
        for (text, said) in [
            (
                "mont",
                "`mont` is not a window; did you mean `month`? Write a duration such as 30d, or one of day, week",
            ),
            ("30", "`30` is not a window"),
            ("0d", "`0d` is too short or too long"),
            ("10000y", "`10000y` is too short or too long"),
        ] {
            let error = SloWindow::parse(text).unwrap_err();
            assert!(error.starts_with(said), "{error}");
        }
    }

    #[test]
    fn half_a_month_with_half_the_budget_spent_burns_at_one() {
        let june = ("2026-06-01", "2026-06-16");
        let outage = ("2026-06-03T00:00", "2026-06-03T00:21:36");
        let budget = spend(objective("99.9%", "month"), &[outage], &[], june);
        assert_eq!(budget.window_label.as_deref(), Some("2026-06"));
        assert_eq!(
            (budget.counted_s, budget.elapsed_s, budget.unobserved_s),
            (2_592_000.0, 1_296_000.0, 0.0)
        );
        assert_eq!((budget.budget_s, budget.spent_s, budget.left_s), (2592.0, 1296.0, 1296.0));
        assert_eq!((budget.spent_share, budget.left_share), (Some(0.5), Some(0.5)));
        assert_eq!(budget.burn_rate, Some(1.0));
        assert_eq!(text(budget.runs_out_at).as_deref(), Some("2026-07-01T00:00:00Z"));
        assert_eq!(budget.exhausted_at, None);
    }

    #[test]
    fn a_budget_that_burns_at_three_runs_out_after_a_third_of_the_window() {
        let outage = ("2026-06-03T00:00", "2026-06-03T00:21:36");
        let budget = spend(objective("99.9%", "month"), &[outage], &[], ("2026-06-01", "2026-06-06"));
        assert!((budget.burn_rate.unwrap() - 3.0).abs() < 1e-12);
        assert_eq!(text(budget.runs_out_at).as_deref(), Some("2026-06-11T00:00:00Z"));
    }

    #[test]
    fn a_budget_that_burns_slowly_or_not_at_all_does_not_run_out() {
        let june = ("2026-06-01", "2026-06-16");
        let short = ("2026-06-03T00:00", "2026-06-03T00:21:35");
        assert_eq!(spend(objective("99.9%", "month"), &[short], &[], june).runs_out_at, None);
        let none = spend(objective("99.9%", "month"), &[], &[], june);
        assert_eq!((none.runs_out_at, none.burn_rate, none.left_share), (None, Some(0.0), Some(1.0)));
        assert!(none.worst.is_empty());
    }

    #[test]
    fn a_budget_is_exhausted_at_the_instant_at_which_downtime_reaches_it() {
        let outages = [("2026-06-03T00:00", "2026-06-03T00:40"), ("2026-06-05T00:00", "2026-06-05T01:00")];
        let budget = spend(objective("99.9%", "month"), &outages, &[], ("2026-06-01", "2026-06-16"));
        assert_eq!(text(budget.exhausted_at).as_deref(), Some("2026-06-05T00:03:12Z"));
        assert_eq!((budget.runs_out_at, budget.left_s), (None, 2592.0 - 6000.0));
        assert!(budget.left_share.unwrap() < -1.3);
    }

    #[test]
    fn a_budget_spent_to_the_last_microsecond_is_exhausted_and_not_missed() {
        let outage = ("2026-06-03T00:00", "2026-06-03T00:43:12");
        let budget = spend(objective("99.9%", "month"), &[outage], &[], ("2026-06-01", "2026-07-01"));
        assert_eq!(text(budget.exhausted_at).as_deref(), Some("2026-06-03T00:43:12Z"));
        assert_eq!(budget.units.unwrap().missed_units, 0);
        let outage = ("2026-06-03T00:00", "2026-06-03T00:43:12.000001");
        let budget = spend(objective("99.9%", "month"), &[outage], &[], ("2026-06-01", "2026-07-01"));
        assert_eq!(budget.units.unwrap().missed_units, 1);
    }

    #[test]
    fn an_observation_that_ends_with_a_month_reports_that_month() {
        let budget = spend(objective("99.9%", "month"), &[], &[], ("2026-04-15", "2026-06-01"));
        assert_eq!(budget.window_label.as_deref(), Some("2026-05"));
        assert_eq!(budget.units.unwrap().units, 2);
    }

    #[test]
    fn excluded_time_makes_the_budget_smaller_and_holds_no_downtime() {
        let maintenance = ("2026-06-02", "2026-06-05");
        let outage = ("2026-06-04T23:00", "2026-06-05T00:10");
        let budget =
            spend(objective("99.9%", "month"), &[outage], &[maintenance], ("2026-06-01", "2026-06-16"));
        assert_eq!((budget.counted_s, budget.elapsed_s), (27.0 * 86_400.0, 12.0 * 86_400.0));
        assert_eq!(budget.spent_s, 600.0);
        assert!((budget.budget_s - 2332.8).abs() < 1e-9);
    }

    #[test]
    fn planned_maintenance_delays_the_exhaustion_of_the_budget() {
        let (outage, planned) = (("2026-06-03T00:00", "2026-06-03T00:20"), ("2026-06-07", "2026-06-10"));
        let june = ("2026-06-01", "2026-06-06");
        let budget = spend(objective("99.9%", "month"), &[outage], &[planned], june);
        // 27 counted days allow 2,332.8 s; the 1,132.8 s left last 4.72 days at 240 s a day; three days
        // are skipped.
        assert_eq!(text(budget.runs_out_at).as_deref(), Some("2026-06-13T17:16:48Z"));
    }

    #[test]
    fn an_observation_shorter_than_its_window_reports_the_unobserved_time() {
        let outage = ("2026-06-25T00:00", "2026-06-25T00:20");
        let observed = ("2026-06-21", "2026-07-01");
        let rolling = spend(objective("99.9%", "30d"), &[outage], &[], observed);
        assert_eq!((rolling.elapsed_s, rolling.unobserved_s), (10.0 * 86_400.0, 20.0 * 86_400.0));
        assert_eq!(rolling.window_start, at("2026-06-01"));
        // 120 s a day: the 1,392 s that are left last 11.6 days.
        assert_eq!(text(rolling.runs_out_at).as_deref(), Some("2026-07-12T14:24:00Z"));
        assert_eq!(rolling.worst.len(), 1);
        let month = spend(objective("99.9%", "month"), &[outage], &[], observed);
        assert_eq!((month.unobserved_s, month.burn_rate), (rolling.unobserved_s, rolling.burn_rate));
    }

    #[test]
    fn a_full_rolling_window_with_budget_left_does_not_run_out() {
        let outage = ("2026-06-25T00:00", "2026-06-25T00:43");
        let budget = spend(objective("99.9%", "30d"), &[outage], &[], ("2026-01-01", "2026-07-01"));
        assert_eq!((budget.unobserved_s, budget.runs_out_at, budget.units), (0.0, None, None));
        assert_eq!(budget.burn_rate, budget.spent_share);
    }

    #[test]
    fn the_worst_units_come_first_and_units_without_downtime_are_left_out() {
        let outages = [
            ("2026-01-05T00:00", "2026-01-05T00:10"),
            ("2026-02-28T23:00", "2026-03-01T02:00"),
            ("2026-05-05T00:00", "2026-05-05T00:10"),
        ];
        let budget = spend(objective("99.9%", "month"), &outages, &[], ("2026-01-01", "2026-07-01"));
        let worst: Vec<_> =
            budget.worst.iter().map(|w| (w.label.as_deref().unwrap(), w.downtime_s)).collect();
        assert_eq!(worst, [("2026-03", 7200.0), ("2026-02", 3600.0), ("2026-01", 600.0)]);
        let units = budget.units.unwrap();
        assert_eq!((units.missed_units, units.units), (2, 6));
    }

    #[test]
    fn an_objective_of_100_percent_has_no_shares_and_is_missed_at_the_first_outage() {
        let outage = ("2026-06-03T00:00", "2026-06-03T00:01");
        let budget = spend(objective("100%", "month"), &[outage], &[], ("2026-06-01", "2026-06-16"));
        assert_eq!((budget.spent_share, budget.left_share, budget.burn_rate), (None, None, None));
        assert_eq!(budget.exhausted_at, Some(at("2026-06-03")));
        assert_eq!(budget.units.unwrap().missed_units, 1);
        let whole = spend(objective("100%", "30d"), &[], &[], ("2026-06-01", "2026-06-16"));
        assert_eq!((whole.exhausted_at, whole.runs_out_at, whole.left_s), (None, None, 0.0));
    }

    #[test]
    fn a_day_of_23_hours_has_a_smaller_budget() {
        let london = Zone::named("Europe/London").unwrap();
        let window = span(("2026-03-29T00:00", "2026-03-29T12:00"));
        let budget = budget(&objective("99%", "day"), &Spans::new(), &Spans::new(), window, &london).unwrap();
        assert_eq!(budget.budget_s, 828.0);
    }

    #[test]
    fn instants_are_serialized_as_rfc_3339_and_numbers_with_their_units() {
        let outage = ("2026-06-03T00:00", "2026-06-03T00:21:36");
        let budget = spend(objective("99.9%", "month"), &[outage], &[], ("2026-06-01", "2026-06-16"));
        let json = serde_json::to_value(&budget).unwrap();
        assert_eq!(json["window_start"], "2026-06-01T00:00:00Z");
        assert_eq!(json["left_s"], 1296.0);
        assert_eq!(json["worst"][0]["label"], "2026-06");
        assert_eq!(json["units"]["missed_units"], 0);
    }

    fn any_objective() -> impl Strategy<Value = Objective> {
        let windows = vec!["1d", "30d", "9000y", "day", "week", "month", "quarter", "year"];
        let slos = vec!["0%", "90%", "99.9%", "99.9999%", "100%"];
        (proptest::sample::select(slos), proptest::sample::select(windows))
            .prop_map(|(slo, window)| objective(slo, window))
    }

    fn any_set() -> impl Strategy<Value = Spans> {
        let instant = || prop_oneof![9 => 0..8_000_000_i64, 1 => Just(Timestamp::MIN.0 / 1_000_000)];
        let span = (instant(), instant())
            .prop_map(|(from, to)| Span::new(Timestamp::from_seconds(from), Timestamp::from_seconds(to)));
        proptest::collection::vec(span, 0..6).prop_map(|spans| spans.into_iter().collect())
    }

    proptest! {
        #[test]
        fn spent_and_left_add_up_to_the_budget(
            objective in any_objective(),
            down in any_set(),
            excluded in any_set(),
            ends in (0..8_000_000_i64, 0..8_000_000_i64),
        ) {
            let window = Span::new(Timestamp::from_seconds(ends.0), Timestamp::from_seconds(ends.1));
            let zone = Zone::named("America/Denver").unwrap();
            let budget = budget(&objective, &down, &excluded, window, &zone).unwrap();
            let (spent_s, elapsed_s, left_s) = (budget.spent_s, budget.elapsed_s, budget.left_s);
            prop_assert!((spent_s + left_s - budget.budget_s).abs() <= 1e-9 * budget.counted_s);
            prop_assert!(spent_s <= elapsed_s && elapsed_s + budget.unobserved_s <= budget.counted_s);
            prop_assert!(budget.runs_out_at.is_none_or(|at| at >= window.end && left_s >= 0.0));
            let crossed = |at| window.start <= at && at <= window.end && left_s < 1e-6;
            prop_assert!(budget.exhausted_at.is_none_or(crossed));
            prop_assert!(budget.worst.is_sorted_by(|a, b| a.downtime_s >= b.downtime_s));
            prop_assert!(budget.worst.first().map_or(0.0, |worst| worst.downtime_s) >= spent_s);
        }
    }
}
