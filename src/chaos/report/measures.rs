//! The measures of a run: each with its name, meaning, definition, metric family and value, in one table.
//!
//! The table of the report, metric families and `explain` are all made from [`MEASURES`].

use super::Report;
use super::tables::{FamilyName, at_least};
use crate::chaos::verdict::recovery::Elapsed;
use crate::report::Cell;

/// A measure of a run.
#[derive(Debug)]
pub struct Measure {
    /// Name.
    pub name: &'static str,
    /// Short explanation, for tables.
    pub meaning: &'static str,
    /// Exact definition.
    pub definition: &'static str,
    /// OpenMetrics family; `None` without one.
    pub(super) family: Option<FamilyName>,
    /// Whether the report leaves it out if it has no value.
    pub(super) optional: bool,
    /// Its value in a run, with the bounds to show.
    pub(super) value: fn(&Report) -> Cell,
}

/// A measure that is always reported, without a metric family.
const fn measure(
    name: &'static str,
    meaning: &'static str,
    definition: &'static str,
    value: fn(&Report) -> Cell,
) -> Measure {
    Measure { name, meaning, definition, family: None, optional: false, value }
}

impl Measure {
    const fn family(self, family: FamilyName) -> Self {
        Self { family: Some(family), ..self }
    }

    const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// Returns its value in a run as a number, without bounds.
    pub(super) fn number(&self, report: &Report) -> Option<f64> {
        number(&(self.value)(report))
    }
}

/// All measures, in the order of the report.
#[rustfmt::skip]
pub static MEASURES: &[Measure] = &[
    measure("time to detect", "injection to the end of the first window outside the steady state",
        "the earliest time at which an observer of the windows could notice the fault; undefined \
         if no window is outside the steady state",
        |report| Cell::or_missing(report.recovery.detect, elapsed))
        .family(("steadfast_chaos_detect_seconds",
            "Time from injection to the first window outside the steady state", "seconds")),
    measure("failover time", "injection to the return to the steady state, with the fault still on",
        "from the injection to the return to the steady state while the faults last, if what follows is shown to be \
         inside it to their end",
        |report| Cell::or_missing(report.recovery.failover, elapsed))
        .family(("steadfast_chaos_failover_seconds",
            "Time from injection to the return to the steady state during the fault", "seconds")),
    measure("time to recover", "clearing of the fault to the return to the steady state",
        "from the clearing of the faults to the return to the steady state, if what follows is shown to be inside it to \
         the end of the run, for at least `judge.hold`",
        recover)
        .family(RECOVERY),
    measure("relapses", "times that the target left the steady state after recovery",
        "number of times that a window outside the steady state follows one inside, after the first stretch inside \
         that lasted `judge.hold`",
        |report| Cell::or_missing(report.recovery.relapses, Cell::Count))
        .family(("steadfast_chaos_relapses",
            "Times that the target left the steady state after recovery", "")),
    measure("error budget used", "failures, relative to those that the objective allows",
        "failures during fault and recovery / (allowed share · requests per second of the baseline \
         · window of `slo`)",
        |report| Cell::or_missing(report.measures.budget, Cell::Percent))
        .family(("steadfast_chaos_error_budget_burnt_ratio",
            "Share of the error budget that the run used", "ratio")).optional(),
    measure("retry amplification", "attempts per request, relative to the baseline",
        "requests to dependencies per request of the load, in the worse of fault and recovery, \
         divided by the same ratio in the baseline; counted by proxies with `protocol: http`",
        |report| Cell::or_missing(report.measures.amplification, Cell::Number))
        .family(("steadfast_chaos_retry_amplification_ratio",
            "Attempts per request, relative to the baseline", "ratio")).optional(),
    measure("overshoot", "peak response time after clearing, relative to the baseline",
        "the slowest judged quantile of any window after the clearing, divided by that of the \
         baseline's median window",
        |report| Cell::or_missing(report.measures.overshoot, |overshoot| Cell::Number(overshoot.ratio)))
        .optional(),
    measure("success after clearing", "share of requests that succeed at the end, although the fault is cleared",
        "metastable failure: the share of requests that succeeded in the last `judge.hold` of a \
         run that did not recover",
        |report| Cell::or_missing(report.measures.metastable, |left| Cell::ShareByComplement(1.0 - left)))
        .optional(),
];

/// Metric family of the time to recover, of one run or of several.
pub(super) const RECOVERY: FamilyName =
    ("steadfast_chaos_recovery_seconds", "Time from clearing the fault to recovery", "seconds");

/// Returns the cell of a time, with its upper bound if it was too short to be measured.
pub(super) fn elapsed(elapsed: Elapsed) -> Cell {
    let value = Cell::Seconds(elapsed.value_s);
    if !elapsed.is_within_a_step() {
        return value;
    }
    let upper = Cell::Seconds(elapsed.upper_s);
    Cell::Estimate { value: Box::new(value), lower: None, upper: Some(Box::new(upper)) }
}

/// Returns the time to recover, or a lower bound if the target did not recover.
fn recover(report: &Report) -> Cell {
    let exceeded = Cell::or_missing(report.recovery.at_least_s, at_least);
    report.recovery.recover.map_or(exceeded, elapsed)
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Seconds(value) | Cell::Number(value) | Cell::Percent(value) => Some(*value),
        Cell::Count(count) => Some(*count as f64),
        Cell::Estimate { value, .. } => number(value),
        _ => None,
    }
}
