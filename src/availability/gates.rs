//! Gates: conditions under which the run fails, for CI.

use super::analysis::WHOLE;
use super::analysis::measures::{Estimate, Measures};
use super::analysis::report::{Report, SloReport};
use crate::base::problem::Problem;
use crate::base::quantity::{
    format_duration, format_share, parse_duration, parse_share_complement, significant,
};
use crate::base::suggest::did_you_mean;
use crate::report::{Check, Outcome};

/// A condition that must not hold: `availability < 99.9%`, `mttr > 1h for api`.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// The condition as it was written.
    pub text: String,
    /// The same without its subject.
    condition: String,
    metric: Metric,
    fails_above: bool,
    or_equal: bool,
    /// The bound in the metric's own unit; of a share its complement.
    bound: f64,
    subject: Subject,
}

/// What a gate is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    /// The whole.
    Whole,
    /// Every service.
    Each,
    /// One service.
    Service(String),
}

/// How strict gates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// The estimate alone decides.
    Point,
    /// Only an interval that lies wholly on the wrong side fails.
    Significant,
}

/// What a gate can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Metric {
    Availability,
    Mtbf,
    Mttr,
    Mttd,
    Mtta,
    TtrP50,
    TtrP90,
    TtrP95,
    Longest,
    Downtime,
    Incidents,
    Failures,
    FailuresPerYear,
    BudgetLeft,
    BurnRate,
}

/// The unit a bound is written in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BoundUnit {
    Share,
    Seconds,
    Number,
    Percent,
}

impl Metric {
    /// What it is, in one line.
    fn description(self) -> &'static str {
        match self {
            Self::Availability => "uptime over observed time",
            Self::Mtbf => "mean operating time between failures",
            Self::Mttr => "mean time to restore",
            Self::Mttd => "mean time from start to detection",
            Self::Mtta => "mean time from start to acknowledgement",
            Self::TtrP50 => "median time to restore",
            Self::TtrP90 => "90th percentile of the times to restore",
            Self::TtrP95 => "95th percentile of the times to restore",
            Self::Longest => "the longest failure",
            Self::Downtime => "downtime in the window, without maintenance",
            Self::Incidents => "incidents in the window",
            Self::Failures => "outages that were not wholly planned",
            Self::FailuresPerYear => "failures in a year of uptime",
            Self::BudgetLeft => "what is left of the error budget; negative when overspent",
            Self::BurnRate => "how fast the error budget is spent; 1 spends it exactly",
        }
    }
}

impl BoundUnit {
    /// How a bound in it is written.
    fn description(self) -> &'static str {
        match self {
            Self::Share => "a share such as 99.9%",
            Self::Seconds => "a duration such as 4h",
            Self::Number => "a number",
            Self::Percent => "a share such as 25%",
        }
    }
}

const METRICS: &[(&str, Metric, BoundUnit)] = &[
    ("availability", Metric::Availability, BoundUnit::Share),
    ("mtbf", Metric::Mtbf, BoundUnit::Seconds),
    ("mttr", Metric::Mttr, BoundUnit::Seconds),
    ("mttd", Metric::Mttd, BoundUnit::Seconds),
    ("mtta", Metric::Mtta, BoundUnit::Seconds),
    ("ttr_p50", Metric::TtrP50, BoundUnit::Seconds),
    ("ttr_p90", Metric::TtrP90, BoundUnit::Seconds),
    ("ttr_p95", Metric::TtrP95, BoundUnit::Seconds),
    ("longest", Metric::Longest, BoundUnit::Seconds),
    ("downtime", Metric::Downtime, BoundUnit::Seconds),
    ("incidents", Metric::Incidents, BoundUnit::Number),
    ("failures", Metric::Failures, BoundUnit::Number),
    ("failures_per_year", Metric::FailuresPerYear, BoundUnit::Number),
    ("budget_left", Metric::BudgetLeft, BoundUnit::Percent),
    ("burn_rate", Metric::BurnRate, BoundUnit::Number),
];

/// All metrics that a gate can be about: the name, what it is, and what its bound is.
pub fn metrics() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    METRICS.iter().map(|(name, metric, unit)| (*name, metric.description(), unit.description()))
}

/// Their names alone.
pub fn metric_names() -> impl Iterator<Item = &'static str> {
    METRICS.iter().map(|(name, _, _)| *name)
}

/// A measured value with its interval, in the unit of the bound.
struct Measured {
    value: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
}

impl Gate {
    /// Reads `METRIC < VALUE` (or `<=`, `>`, `>=`), with `for SERVICE`, `for each` or `for all` behind it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (condition, subject) = match text.split_once(" for ") {
            Some((condition, subject)) => (condition, subject_of(subject.trim())),
            None => (text, Subject::Whole),
        };
        let at = condition.find(['<', '>']).ok_or_else(|| {
            format!("`{text}` is not of the form METRIC < VALUE, such as `availability < 99.9%` or `mttr > 1h for api`")
        })?;
        let (name, rest) = condition.split_at(at);
        let fails_above = rest.starts_with('>');
        let rest = rest.trim_start_matches(['<', '>']);
        let or_equal = rest.starts_with('=');
        let (_, metric, unit) = metric_of(name.trim())?;
        let bound = parse_bound(rest.trim_start_matches('=').trim(), *unit)?;
        Ok(Self {
            text: text.trim().to_owned(),
            condition: condition.trim().to_owned(),
            metric: *metric,
            fails_above,
            or_equal,
            bound,
            subject,
        })
    }

    /// Whether the gate needs an objective to be held against.
    pub fn needs_objective(&self) -> bool {
        matches!(self.metric, Metric::BudgetLeft | Metric::BurnRate)
    }

    /// Holds the gate against a report: one check for each subject.
    ///
    /// Errs when it names a service that is not in the log, or a budget of a whole that has none: a gate that cannot fail would
    /// be no gate.
    pub fn check(&self, report: &Report, strictness: Strictness) -> Result<Vec<Check>, Problem> {
        let subjects = self.subjects(report)?;
        let checks =
            subjects.into_iter().map(|(name, measures)| self.check_one(name, measures, report, strictness));
        checks.collect()
    }

    fn subjects<'r>(&self, report: &'r Report) -> Result<Vec<(&'r str, &'r Measures)>, Problem> {
        let services = report.services.iter().map(|line| (line.name.as_str(), &line.measures));
        match &self.subject {
            Subject::Whole => Ok(vec![(WHOLE, &report.total)]),
            Subject::Each => Ok(services.collect()),
            Subject::Service(name) => {
                let found = services.clone().find(|(service, _)| service == name);
                found
                    .map(|found| vec![found])
                    .ok_or_else(|| self.unknown_service(name, services.map(|(service, _)| service)))
            }
        }
    }

    fn unknown_service<'s>(&self, name: &str, services: impl Iterator<Item = &'s str>) -> Problem {
        let guess = did_you_mean(name, services);
        Problem::new(format!("--fail-if `{}`: the log has no service `{name}`{guess}", self.text))
    }

    /// The standing that belongs to a subject. The whole of one service is that service.
    fn standing<'r>(&self, subject: &str, report: &'r Report) -> Result<Option<&'r SloReport>, Problem> {
        let only = report.services.first().filter(|_| subject == WHOLE && report.services.len() == 1);
        let subject = only.map_or(subject, |line| line.name.as_str());
        let standing = report.slo.iter().find(|slo| slo.subject == subject);
        if standing.is_none() && self.needs_objective() {
            return Err(Problem::new(format!("--fail-if `{}`: {subject} has no objective, so no budget", self.text))
                .help("a fleet (--combine pool) has none as a whole: ask for each service with `… for each`, or give the service an objective"));
        }
        Ok(standing)
    }

    fn check_one(
        &self,
        subject: &str,
        measures: &Measures,
        report: &Report,
        strictness: Strictness,
    ) -> Result<Check, Problem> {
        let measured = self.measure(measures, self.standing(subject, report)?);
        Ok(Check {
            condition: self.condition.clone(),
            subject: subject.to_owned(),
            outcome: self.judge(&measured, strictness),
            detail: self.describe(&measured),
        })
    }

    fn measure(&self, measures: &Measures, standing: Option<&SloReport>) -> Measured {
        let plain = |value: Option<f64>| Measured { value, lower: None, upper: None };
        let estimate = |estimate: &Estimate| Measured {
            value: estimate.value,
            lower: estimate.lower,
            upper: estimate.upper,
        };
        let mean = |mean: &Option<super::analysis::measures::PartialMean>| {
            plain(mean.as_ref().map(|mean| mean.mean_s))
        };
        match self.metric {
            Metric::Availability => estimate(&measures.unavailability),
            Metric::Mtbf => estimate(&measures.mtbf_s),
            Metric::Mttr => estimate(&measures.mttr_s),
            Metric::Mttd => mean(&measures.mttd),
            Metric::Mtta => mean(&measures.mtta),
            Metric::TtrP50 => plain(measures.ttr.map(|ttr| ttr.p50_s)),
            Metric::TtrP90 => plain(measures.ttr.map(|ttr| ttr.p90_s)),
            Metric::TtrP95 => plain(measures.ttr.map(|ttr| ttr.p95_s)),
            Metric::Longest => plain(Some(measures.longest_s.unwrap_or(0.0))),
            Metric::Downtime => plain(Some(measures.downtime_s)),
            Metric::Incidents => plain(Some(measures.incidents as f64)),
            Metric::Failures => plain(Some(measures.failures as f64)),
            Metric::FailuresPerYear => plain(measures.failures_per_year),
            Metric::BudgetLeft => plain(standing.and_then(|slo| slo.budget.left_share)),
            Metric::BurnRate => plain(standing.and_then(|slo| slo.budget.burn_rate)),
        }
    }

    /// Of availability, all is said of its complement: `availability < 99.9%` fails when the unavailability is above 0.001.
    fn fails_above_in_unit(&self) -> bool {
        self.fails_above != (self.metric == Metric::Availability)
    }

    fn judge(&self, measured: &Measured, strictness: Strictness) -> Outcome {
        let Some(value) = measured.value else {
            return self.judge_bound(measured);
        };
        if !self.fails(value) {
            return Outcome::Held;
        }
        let best_case = if self.fails_above_in_unit() { measured.lower } else { measured.upper };
        match (strictness, best_case) {
            (Strictness::Point, _) => Outcome::Missed,
            (Strictness::Significant, Some(bound)) if self.fails(bound) => Outcome::Missed,
            (Strictness::Significant, _) => Outcome::Inconclusive,
        }
    }

    /// Without an estimate (nothing failed) a bound on the good side still holds the gate.
    fn judge_bound(&self, measured: &Measured) -> Outcome {
        let worst_case = if self.fails_above_in_unit() { measured.upper } else { measured.lower };
        match worst_case {
            Some(bound) if !self.fails(bound) => Outcome::Held,
            _ => Outcome::Inconclusive,
        }
    }

    fn fails(&self, value: f64) -> bool {
        if self.or_equal && value == self.bound {
            return true;
        }
        if self.fails_above_in_unit() { value > self.bound } else { value < self.bound }
    }

    fn describe(&self, measured: &Measured) -> String {
        let show = |value: f64| self.show(value);
        let value = measured.value.map_or_else(|| "not measured".to_owned(), show);
        let (low, high) = if self.metric == Metric::Availability {
            (measured.upper, measured.lower)
        } else {
            (measured.lower, measured.upper)
        };
        match (low, high) {
            (Some(low), Some(high)) => format!("{value} [{}, {}]", show(low), show(high)),
            (Some(low), None) => format!("{value}, at least {}", show(low)),
            _ => value,
        }
    }

    fn show(&self, value: f64) -> String {
        let unit = METRICS.iter().find(|(_, metric, _)| *metric == self.metric).map(|(_, _, unit)| *unit);
        match unit {
            Some(BoundUnit::Share) => format_share(value),
            Some(BoundUnit::Seconds) => format_duration(value),
            Some(BoundUnit::Percent) => format!("{}%", significant(value * 100.0, 4)),
            _ => significant(value, 6),
        }
    }
}

fn subject_of(text: &str) -> Subject {
    match text {
        "all" => Subject::Whole,
        "each" | "each service" => Subject::Each,
        name => Subject::Service(name.to_owned()),
    }
}

fn metric_of(name: &str) -> Result<&'static (&'static str, Metric, BoundUnit), String> {
    METRICS.iter().find(|(known, _, _)| *known == name).ok_or_else(|| {
        let guess = did_you_mean(name, metric_names());
        let all: Vec<&str> = metric_names().collect();
        format!("`{name}` is not a metric{guess} Metrics are {}", all.join(", "))
    })
}

fn parse_bound(text: &str, unit: BoundUnit) -> Result<f64, String> {
    let number = |text: &str| {
        text.parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .ok_or_else(|| format!("`{text}` is not a number"))
    };
    match unit {
        BoundUnit::Share => parse_share_complement(text),
        BoundUnit::Seconds => parse_duration(text),
        BoundUnit::Number => number(text),
        BoundUnit::Percent => match text.strip_suffix('%') {
            Some(percent) => Ok(number(percent.trim())? / 100.0),
            None => number(text),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Gate, Measured, Strictness};
    use crate::report::Outcome;

    fn outcome(gate: &str, value: f64, lower: f64, upper: f64, strictness: Strictness) -> Outcome {
        let measured = Measured { value: Some(value), lower: Some(lower), upper: Some(upper) };
        Gate::parse(gate).unwrap().judge(&measured, strictness)
    }

    #[test]
    fn a_significant_gate_fails_only_when_the_interval_lies_wholly_on_the_wrong_side() {
        let gate = "availability < 99.9%";
        assert_eq!(outcome(gate, 0.002, 0.0005, 0.01, Strictness::Point), Outcome::Missed);
        assert_eq!(outcome(gate, 0.002, 0.0005, 0.01, Strictness::Significant), Outcome::Inconclusive);
        assert_eq!(outcome(gate, 0.02, 0.015, 0.03, Strictness::Significant), Outcome::Missed);
        assert_eq!(outcome(gate, 0.0005, 0.0001, 0.01, Strictness::Significant), Outcome::Held);
    }

    #[test]
    fn exactly_on_the_objective_is_held() {
        assert_eq!(outcome("availability < 99.9%", 0.001, 0.0, 1.0, Strictness::Point), Outcome::Held);
        assert_eq!(outcome("availability <= 99.9%", 0.001, 0.0, 1.0, Strictness::Point), Outcome::Missed);
        assert_eq!(outcome("mttr > 1h", 3600.0, 0.0, 9e9, Strictness::Point), Outcome::Held);
    }

    #[test]
    fn a_slip_in_a_condition_is_explained() {
        assert!(Gate::parse("avalability < 99%").unwrap_err().contains("did you mean `availability`"));
        assert!(Gate::parse("mttr > 90").unwrap_err().contains("no unit"));
        assert!(Gate::parse("availability 99%").unwrap_err().contains("METRIC < VALUE"));
    }
}
