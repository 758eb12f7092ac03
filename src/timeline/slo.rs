//! Error budgets: how much downtime an objective allows in a window, and how much of it is gone.
//!
//! The definitions are those of Beyer et al., "The Site Reliability Workbook" (2018), chapters 2 and 5: the budget is
//! (1 − objective) × length of the window, and the burn rate is how many times faster than evenly it is spent.
//! Excluded time (maintenance, unknown) is counted neither as downtime nor in any length.

use super::calendar::{self, CalendarSpan, Unit};
use super::measured::{Measured, instant_after};
use super::span::{Span, Spans};
use super::worst::worst_windows;
use crate::base::quantity::{format_duration, parse_duration};
use crate::base::suggest;
use crate::base::text::printable;
use crate::base::time::{MICROS, Timestamp, Zone, seconds};
use serde::Serialize;
use std::cmp::Reverse;
use std::fmt;

/// The worst windows that are told.
const WORST_MAX: usize = 3;

/// The longest rolling window: all of the accepted time.
const ROLLING_MICROS_MAX: i64 = Timestamp::MAX.0 - Timestamp::MIN.0;

/// Over which time an objective must be met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SloWindow {
    /// The last so many seconds, at every instant anew.
    Rolling {
        /// The length in seconds, from a microsecond to the years from 1 to 9999.
        seconds: f64,
    },
    /// Each calendar unit, with a new budget at its start.
    Calendar(Unit),
}

impl SloWindow {
    /// Reads a duration (`30d`: rolling) or a calendar unit (`month`: the calendar's).
    pub fn parse(text: &str) -> Result<Self, String> {
        let wanted = suggest::fold(text);
        if let Some(unit) = Unit::ALL.into_iter().find(|unit| unit.name() == wanted) {
            return Ok(Self::Calendar(unit));
        }
        let seconds = parse_duration(text).map_err(|_| unknown_window(text))?;
        let micros = seconds * MICROS as f64;
        if !(1.0..=ROLLING_MICROS_MAX as f64).contains(&micros) {
            return Err(format!(
                "`{}` is too short or too long for a window",
                printable(text)
            ));
        }
        Ok(Self::Rolling { seconds })
    }
}

fn unknown_window(text: &str) -> String {
    let names = Unit::ALL.map(Unit::name);
    let meant =
        suggest::nearest(text, names).map_or(String::new(), |name| format!("did you mean `{name}`? "));
    let (text, names) = (printable(text), names.join(", "));
    format!("`{text}` is not a window: {meant}There are durations such as 30d, and {names}")
}

impl fmt::Display for SloWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rolling { seconds } => f.write_str(&format_duration(*seconds)),
            Self::Calendar(unit) => write!(f, "{unit}"),
        }
    }
}

/// What was promised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objective {
    /// 1 − SLO, as [`parse_share_complement`](crate::base::quantity::parse_share_complement) gives it: exact in decimal.
    pub unavailability_target: f64,
    /// Over which time.
    pub window: SloWindow,
}

/// What has become of the error budget at the end of the observation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Budget {
    /// `2026-03`: the calendar unit; `None` for a rolling window.
    pub window_label: Option<String>,
    /// The start of the current window: of the calendar unit with the last observed instant, or of the last N seconds.
    pub window_start: Timestamp,
    /// The end of the current window. A calendar unit may end after the observation.
    pub window_end: Timestamp,
    /// The true length of the whole current window without what is excluded in it.
    pub counted_s: f64,
    /// What of the current window was observed and is not excluded.
    pub elapsed_s: f64,
    /// What of the current window lies before the observation and is not excluded. Above zero, the observation is too
    /// short to say how much of the budget was spent: `spent_s` is a lower bound.
    pub unobserved_s: f64,
    /// The downtime allowed: (1 − SLO) × `counted_s`.
    pub budget_s: f64,
    /// The downtime in the current window.
    pub spent_s: f64,
    /// `budget_s` − `spent_s`; negative when more was spent than allowed.
    pub left_s: f64,
    /// `spent_s` / `budget_s`; `None` when nothing is allowed.
    pub spent_share: Option<f64>,
    /// `left_s` / `budget_s`, so it may be negative; `None` when nothing is allowed.
    pub left_share: Option<f64>,
    /// The share of the budget spent by the share of the window elapsed: at 1 it is used up just when the window ends.
    /// `None` when nothing is allowed or nothing has elapsed.
    pub burn_rate: Option<f64>,
    /// The instant at which the budget was used up; `None` when something is left, or when nothing is allowed and
    /// nothing was spent.
    pub exhausted_at: Option<Timestamp>,
    /// The instant at which the budget will be used up if downtime goes on as it did in `elapsed_s`. `None` when it is
    /// already, or will not be before the window ends (a rolling one: before its first observed instant leaves it).
    pub runs_out_at: Option<Timestamp>,
    /// The windows of the whole observation with the most downtime, worst first; at most 3, without those of none.
    /// Rolling ones do not overlap, and each is the worst that the ones before it leave room for.
    pub worst: Vec<WorstWindow>,
    /// How many calendar units kept to their budgets; `None` for a rolling window.
    pub units: Option<UnitCount>,
}

/// A window with much downtime.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorstWindow {
    /// `2026-03`: the calendar unit; `None` for a rolling window.
    pub label: Option<String>,
    /// Its start.
    pub start: Timestamp,
    /// Its end.
    pub end: Timestamp,
    /// The downtime in it.
    pub downtime_s: f64,
    /// The downtime as a share of the window's own budget; `None` when nothing is allowed.
    pub spent_share: Option<f64>,
}

/// How many calendar units kept to their budgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct UnitCount {
    /// The units that share an instant with the observation.
    pub units: u64,
    /// Those of them with more downtime than their budgets. A unit that the observation cuts has its whole budget.
    pub missed_units: u64,
}

/// What has become of the budget of `objective` at the end of `window`, the observation.
///
/// `excluded` is time that counts neither as up nor as down: maintenance, and where nothing is known. It may reach
/// beyond the observation: maintenance planned for the rest of the month makes the budget smaller.
///
/// Errors when the observation has more calendar units than [`calendar::UNITS_MAX`].
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

/// What is allowed, and what counts.
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
        Self {
            unavailability_target,
            observation,
            down,
            excluded: Measured::new(excluded.clone()),
        }
    }

    fn calendar(&self, current: CalendarSpan, units: &[CalendarSpan]) -> Budget {
        let missed = units.iter().filter(|unit| self.is_missed(unit.span)).count();
        let count = UnitCount {
            units: units.len() as u64,
            missed_units: missed as u64,
        };
        let mut worst: Vec<&CalendarSpan> = units
            .iter()
            .filter(|unit| self.spent_micros(unit.span) > 0)
            .collect();
        worst.sort_by_key(|unit| Reverse(self.spent_micros(unit.span)));
        let worst = worst.into_iter().take(WORST_MAX);
        Budget {
            worst: worst
                .map(|unit| self.worst_window(Some(unit.label.clone()), unit.span))
                .collect(),
            units: Some(count),
            ..self.current(Some(current.label), current.span, current.span.end)
        }
    }

    fn rolling(&self, length_micros: i64) -> Budget {
        let ends_with = |end: Timestamp| Span::new(Timestamp(end.0 - length_micros), end);
        let current = ends_with(self.observation.end);
        let first_observed = current.start.max(self.observation.start);
        let all = Span::new(current.start.min(self.observation.start), current.end);
        let worst = worst_windows(&self.down, all, length_micros, WORST_MAX);
        Budget {
            worst: worst
                .into_iter()
                .map(|window| self.worst_window(None, window))
                .collect(),
            ..self.current(None, current, Timestamp(first_observed.0 + length_micros))
        }
    }

    /// The budget of the window `whole`, which has the end of the observation in it, without [`Budget::worst`] and
    /// [`Budget::units`]. What happens until `horizon` adds to what is spent, and nothing leaves it.
    fn current(&self, window_label: Option<String>, whole: Span, horizon: Timestamp) -> Budget {
        let observed = whole.intersect(&self.observation);
        let (budget_s, spent_s) = (self.budget_s(whole), seconds(self.spent_micros(whole)));
        let (left_s, elapsed_s) = (budget_s - spent_s, seconds(self.counted_micros(observed)));
        let exhausted_at = self.exhausted_at(whole);
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
        WorstWindow {
            label,
            start: span.start,
            end: span.end,
            downtime_s,
            spent_share,
        }
    }

    fn exhausted_at(&self, whole: Span) -> Option<Timestamp> {
        instant_after(&self.down.spans().clip(whole), self.budget_micros(whole))
    }

    /// The instant, `horizon` at the latest, at which `seconds` more have passed that are not excluded.
    fn instant_after_counted(&self, seconds: f64, horizon: Timestamp) -> Option<Timestamp> {
        let future = self
            .excluded
            .spans()
            .complement(Span::new(self.observation.end, horizon));
        let micros = (seconds * MICROS as f64).round();
        if micros.is_finite() {
            instant_after(&future, (micros as i64).max(0))
        } else {
            None
        }
    }

    /// Whether more was spent in `whole` than allowed.
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

    /// The budget to the microsecond, in which downtime is measured: whether it was exceeded does not hang on the last
    /// bit of a floating-point product.
    fn budget_micros(&self, whole: Span) -> i64 {
        (self.unavailability_target * self.counted_micros(whole) as f64).round() as i64
    }
}

/// `part` / `whole`; `None` when there is no whole.
fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}
