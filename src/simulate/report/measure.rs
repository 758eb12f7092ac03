//! The measures of a prediction: each with its name, label, unit, meaning, formula and values, in one table.
//!
//! The figures of a report, columns of sweeps, metric families and `explain` are all made from [`MEASURES`].

use crate::base::quantity::{YEAR_S, format_duration};
use crate::report::Cell;
use crate::simulate::analytic::{Answers, Method};
use crate::simulate::model::{Model, Unit};
use crate::simulate::monte_carlo::estimate::{Figure, Figures, Scope};
use crate::timeline::exposure::Exposure;
use serde::Serialize;

/// One measure of a system.
#[derive(Debug)]
pub struct Measure {
    /// Its stable name in JSON and in `explain`: `mtbf_s`.
    pub name: &'static str,
    /// Label for people; for unavailabilities that of the availability.
    pub label: &'static str,
    /// Label if planned work can cause outages, which are not failures; empty for the same label.
    pub label_with_planned_work: &'static str,
    /// Length of the period that the label names, in seconds.
    pub over_s: fn(&Scope) -> Option<f64>,
    /// Unit of the values.
    pub unit: MeasureUnit,
    /// The measure in one line.
    pub meaning: &'static str,
    /// The formula.
    pub formula: &'static str,
    /// Its exact value with the method.
    pub exact: fn(&Answers, &Scope) -> Option<(f64, Method)>,
    /// Its simulated value.
    pub simulated: fn(&Figures) -> Option<Figure>,
    /// Whether it is meaningful for the model.
    pub is_meaningful: fn(&Model) -> bool,
    /// Key of its column in a sweep; empty without a column.
    pub column: &'static str,
    /// The OpenMetrics family; empty for none.
    pub family: &'static str,
}

/// The unit of a measure, which determines how its values are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasureUnit {
    /// A share near one, stored as its complement.
    ShareByComplement,
    /// A share.
    Share,
    /// A duration in seconds.
    Seconds,
    /// Events per year.
    PerYear,
}

impl MeasureUnit {
    /// Returns the cell of a value.
    pub(super) fn cell(self, value: f64) -> Cell {
        match self {
            Self::ShareByComplement => Cell::ShareByComplement(value),
            Self::Seconds => Cell::Seconds(value),
            Self::PerYear => Cell::PerYear(value),
            Self::Share => Cell::Percent(value),
        }
    }

    /// Returns the cell of an estimate with its interval.
    pub(super) fn estimate(self, figure: &Figure) -> Cell {
        let value = self.cell(figure.value);
        let Some(interval) = figure.interval.filter(|of| of.lower.is_some() || of.upper.is_some()) else {
            return value;
        };
        let bound = |bound: Option<f64>| bound.map(|bound| Box::new(self.cell(bound)));
        let (lower, upper) = match self {
            // The bounds swap places: the share's lower bound belongs to the complement's upper bound.
            Self::ShareByComplement => (bound(interval.upper), bound(interval.lower)),
            _ => (bound(interval.lower), bound(interval.upper)),
        };
        Cell::Estimate { value: Box::new(value), lower, upper }
    }

    /// Returns the unit of a metric family.
    pub(super) fn of_family(self) -> &'static str {
        match self {
            Self::ShareByComplement | Self::Share => "ratio",
            Self::Seconds => "seconds",
            Self::PerYear => "",
        }
    }
}

impl Measure {
    /// Returns the label with the period that it is about.
    pub(super) fn full_label(&self, scope: &Scope, has_planned_work: bool) -> String {
        let other = self.label_with_planned_work;
        let label = if has_planned_work && !other.is_empty() { other } else { self.label };
        (self.over_s)(scope)
            .map_or(label.to_owned(), |over_s| format!("{label} over {}", format_duration(over_s)))
    }
}

/// Name of the unavailability over the horizon, the measure that systems are compared by.
pub(super) const UNAVAILABILITY: &str = "unavailability";

/// Name of the unreliability over the mission.
pub(super) const UNRELIABILITY: &str = "unreliability";

/// The defaults of the fields of a measure.
const BLANK: Measure = Measure {
    name: "",
    label: "",
    label_with_planned_work: "",
    over_s: |_| None,
    unit: MeasureUnit::Seconds,
    meaning: "",
    formula: "",
    exact: |_, _| None,
    simulated: |_| None,
    is_meaningful: |_| true,
    column: "",
    family: "",
};

/// All measures, in the order of the report.
#[rustfmt::skip]
pub static MEASURES: &[Measure] = &[
    Measure { name: UNAVAILABILITY, label: "Availability", over_s: |scope| Some(scope.horizon_s),
        unit: MeasureUnit::ShareByComplement, column: "availability",
        exact: |answers, _| answers.unavailability, simulated: |figures| Some(figures.unavailability),
        meaning: "predicted share of the horizon that is downtime", formula: "downtime in the horizon / horizon",
        family: "steadfast_predicted_unavailability_ratio", ..BLANK },
    Measure { name: "failure_frequency_per_year", label: "Failures per year", unit: MeasureUnit::PerYear,
        label_with_planned_work: "Outages per year", column: "failure_frequency_per_year",
        exact: |answers, scope| answers.failures.map(|(failures, by)| (failures * (YEAR_S / scope.horizon_s), by)),
        simulated: |figures| Some(figures.failure_frequency_per_year),
        meaning: "predicted failures of the system per year of the calendar",
        formula: "failures in the horizon / horizon × 31,557,600 s",
        family: "steadfast_predicted_failure_frequency_per_year", ..BLANK },
    Measure { name: "mtbf_s", label: "MTBF, operating", column: "mtbf_s", is_meaningful: has_repair,
        label_with_planned_work: "Mean operating time between outages",
        exact: |answers, scope| in_horizon(answers, scope, Exposure::mtbf_s),
        simulated: |figures| figures.mtbf_s,
        meaning: "predicted mean operating time between failures",
        formula: "uptime in the horizon / failures in the horizon",
        family: "steadfast_predicted_mtbf_seconds", ..BLANK },
    Measure { name: "mdt_s", label: "Mean down time", column: "mdt_s", is_meaningful: has_repair,
        exact: |answers, scope| in_horizon(answers, scope, Exposure::mdt_s),
        simulated: |figures| figures.mdt_s,
        meaning: "predicted mean down time", formula: "downtime in the horizon / failures in the horizon",
        family: "steadfast_predicted_mdt_seconds", ..BLANK },
    Measure { name: "planned_unavailability", label: "Unavailability due to planned work",
        unit: MeasureUnit::Share, is_meaningful: has_planned_work,
        simulated: |figures| Some(figures.planned_unavailability),
        meaning: "predicted share of the horizon that is downtime due to planned work",
        formula: "downtime of outages caused by planned work / horizon", ..BLANK },
    Measure { name: "mttf_s", label: "Mean time to the first failure",
        label_with_planned_work: "Mean time to the first outage",
        exact: |answers, _| answers.mttf_s, simulated: |figures| figures.mttf_s,
        meaning: "predicted mean time from the start to the first failure",
        formula: "∫ P(no failure until t) dt from 0 to ∞; simulated only if all replications fail",
        ..BLANK },
    Measure { name: "restricted_mttf_s", label: "Mean time to the first failure, restricted",
        label_with_planned_work: "Mean time to the first outage, restricted", over_s: |scope| Some(scope.horizon_s),
        simulated: |figures| figures.restricted_mttf_s,
        meaning: "predicted mean time from the start to the first failure, or to the horizon if that comes first",
        formula: "∫ P(no failure until t) dt from 0 to the horizon (restricted mean)", ..BLANK },
    Measure { name: UNRELIABILITY, label: "Reliability", over_s: |scope| Some(scope.mission_s),
        unit: MeasureUnit::ShareByComplement,
        exact: |answers, _| answers.unreliability, simulated: |figures| Some(figures.unreliability),
        meaning: "predicted probability of a failure during the mission",
        formula: "1 − P(no failure until the end of the mission)", ..BLANK },
    Measure { name: "unavailability_long_run", label: "Availability in the long run",
        unit: MeasureUnit::ShareByComplement, is_meaningful: settles,
        exact: |answers, _| answers.long_run_unavailability,
        simulated: |figures| Some(figures.late_unavailability).filter(|_| figures.late_is_long_run),
        meaning: "predicted unavailability in the long run",
        formula: "limit of P(down at t) for t → ∞; simulated: downtime in the second half of the horizon / that half",
        ..BLANK },
    Measure { name: "mtbf_long_run_s", label: "MTBF in the long run", is_meaningful: settles,
        label_with_planned_work: "Mean operating time between outages, long run",
        exact: |answers, _| answers.long_run_mtbf_s,
        meaning: "predicted mean operating time between failures in the long run",
        formula: "availability / failures per unit of time, both in the long run", ..BLANK },
    Measure { name: "mdt_long_run_s", label: "Mean down time in the long run", is_meaningful: settles,
        exact: |answers, _| answers.long_run_mdt_s,
        meaning: "predicted mean down time in the long run",
        formula: "unavailability / failures per unit of time, both in the long run", ..BLANK },
];

/// Returns a quotient of the expected uptime, downtime and failures in the horizon.
fn in_horizon(
    answers: &Answers,
    scope: &Scope,
    quotient: fn(Exposure) -> Option<f64>,
) -> Option<(f64, Method)> {
    let ((unavailability, method), (failures, _)) = (answers.unavailability?, answers.failures?);
    let (up_s, down_s) = ((1.0 - unavailability) * scope.horizon_s, unavailability * scope.horizon_s);
    let value = quotient(Exposure { up_s, down_s, failures })?;
    value.is_finite().then_some((value, method))
}

/// Returns whether units are taken out of service by planned work.
pub(super) fn has_planned_work(model: &Model) -> bool {
    let takes_time = |schedule: Option<u32>| {
        let schedule = schedule.and_then(|number| model.schedules.get(number as usize));
        schedule.is_some_and(|schedule| schedule.duration.mean() > 0.0)
    };
    model
        .units
        .iter()
        .filter_map(|unit| unit.life.dynamics())
        .any(|unit| takes_time(unit.maintenance) || takes_time(unit.inspection) || unit.replacement.is_some())
}

/// Returns whether a unit is never repaired. The question is then how long the system survives: its
/// long-run figures are of no use.
pub(super) fn is_mission(model: &Model) -> bool {
    model.units.iter().any(is_never_repaired)
}

fn settles(model: &Model) -> bool {
    !is_mission(model)
}

/// Returns whether any unit is repaired. If none is, MTBF and mean down time only reflect the horizon.
fn has_repair(model: &Model) -> bool {
    !model.units.iter().all(is_never_repaired)
}

fn is_never_repaired(unit: &Unit) -> bool {
    unit.life.dynamics().is_some_and(|unit| unit.repair.is_none())
}
