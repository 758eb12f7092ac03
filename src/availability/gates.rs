//! Gates for CI: conditions that must not hold (`--fail-if`), or that must (`--require`).

use super::analysis::measures::Measures;
use super::analysis::report::{Report, SloReport};
use super::analysis::{WHOLE, label};
use super::measure::{self, Bounds, Line, Measure, Unit};
use crate::availability::ledger::Reason;
use crate::base::outcome::Outcome;
use crate::base::problem::Problem;
use crate::base::quantity::{format_duration, format_range, significant};
use crate::base::suggest::did_you_mean;
use crate::base::text::{counted, shell_argument};
use crate::report::Check;
use std::fmt;

/// A condition that must not hold (`availability < 99.9%`, `mttr > 1h for api`), or one that must
/// (`availability >= 99.9%`).
#[derive(Debug, Clone)]
pub struct Gate {
    /// The flag that gave it.
    flag: &'static str,
    /// The condition as written.
    condition: String,
    /// What is required, without the subject.
    requirement: String,
    measure: &'static Measure,
    /// Whether it fails above the bound. Of availability, all is said of its complement:
    /// `availability < 99.9%` fails when the unavailability is above 0.001.
    fails_above: bool,
    or_equal: bool,
    /// The bound in the unit of the metric; for a share its complement.
    bound: f64,
    subject: Subject,
}

/// The subject that a gate checks.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    /// The total; with the words that name it, if any.
    Whole(Option<String>),
    /// Every service; with the words that say so.
    Each(String),
    /// One service.
    Service(String),
}

/// The use of the confidence interval in the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Strictness {
    /// The point estimate alone decides.
    Point,
    /// The gate fails only if the whole interval lies on the failing side.
    Significant,
}

impl Gate {
    /// Parses a condition of `--fail-if`: `METRIC < VALUE` (or `<=`, `>`, `>=`), optionally followed by
    /// `for SERVICE`, `for each` or `for total`.
    ///
    /// # Errors
    ///
    /// Returns a message that names the part that is not understood.
    pub fn fail_if(text: &str) -> Result<Self, String> {
        let gate = Self::parse(text)?;
        Ok(Self { flag: "--fail-if", ..gate })
    }

    /// Parses a condition of `--require`, of the same form.
    ///
    /// # Errors
    ///
    /// As [`fail_if`](Self::fail_if).
    pub fn require(text: &str) -> Result<Self, String> {
        let gate = Self::parse(text)?;
        let requirement = gate.condition.split(" for ").next().unwrap_or_default().trim().to_owned();
        Ok(Self {
            fails_above: !gate.fails_above,
            or_equal: !gate.or_equal,
            requirement,
            flag: "--require",
            ..gate
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (condition, subject) = match text.split_once(" for ") {
            Some((condition, subject)) => (condition, subject_of(subject.trim())),
            None => (text, Subject::Whole(None)),
        };
        let at = condition.find(['<', '>']).ok_or_else(|| {
            format!("`{text}` is not of the form METRIC < VALUE, such as `availability < 99.9%` or `mttr > 1h for api`")
        })?;
        let (name, rest) = condition.split_at(at);
        let is_above = rest.starts_with('>');
        let rest = rest.trim_start_matches(['<', '>']);
        let or_equal = rest.starts_with('=');
        let measure = measure_of(name.trim())?;
        let value = rest.trim_start_matches('=').trim();
        let bound = measure.unit.parse(value)?;
        let opposite = match (is_above, or_equal) {
            (false, false) => ">=",
            (false, true) => ">",
            (true, false) => "<=",
            (true, true) => "<",
        };
        Ok(Self {
            flag: "",
            condition: text.trim().to_owned(),
            requirement: format!("{} {opposite} {value}", measure.name),
            measure,
            fails_above: is_above != (measure.unit == Unit::Share),
            or_equal,
            bound,
            subject,
        })
    }

    /// Whether the metric needs an objective.
    pub fn needs_objective(&self) -> bool {
        matches!(self.measure.name, "budget_left" | "burn_rate")
    }

    /// Checks the gate against a report; returns one check for each subject.
    ///
    /// # Errors
    ///
    /// Fails when the gate names a service that is not in the log, or needs an objective that the
    /// subject does not have: such a gate could never fail.
    pub fn check(&self, report: &Report, strictness: Strictness) -> Result<Vec<Check>, Problem> {
        let subjects = self.subjects(report)?;
        let checks =
            subjects.into_iter().map(|(name, measures)| self.check_one(&name, measures, report, strictness));
        checks.collect()
    }

    fn subjects<'r>(&self, report: &'r Report) -> Result<Vec<(String, &'r Measures)>, Problem> {
        let services = report.services.iter();
        let services = services.map(|line| (label("service", &line.name), &line.measures));
        let is_service = |words: &String| report.services.iter().any(|line| line.name == *words);
        match &self.subject {
            Subject::Whole(Some(words)) | Subject::Each(words) if is_service(words) => {
                Err(Problem::new(format!("{self}: `{words}` is also the name of a service")).help(format!(
                    "for the service, write `for service {words}`; for the whole, leave out `for {words}`"
                )))
            }
            Subject::Whole(_) => Ok(vec![(WHOLE.to_owned(), &report.total)]),
            Subject::Each(_) => Ok(services.collect()),
            Subject::Service(name) => {
                // `service NAME` is for names that have a meaning of their own.
                let names =
                    [Some(name.as_str()), name.strip_prefix("service ").map(|name| name.trim_matches('"'))];
                let mut found = names.into_iter().flatten().map(|name| label("service", name));
                let found = found.find_map(|name| services.clone().find(|(service, _)| *service == name));
                found.map(|found| vec![found]).ok_or_else(|| {
                    let guess = did_you_mean(name, report.services.iter().map(|line| line.name.as_str()));
                    Problem::new(format!("{self}: the log has no service `{name}`{guess}"))
                })
            }
        }
    }

    /// Returns the error budget of a subject. The total of a single service uses the objective of that
    /// service.
    fn standing<'r>(&self, subject: &str, report: &'r Report) -> Result<Option<&'r SloReport>, Problem> {
        let only = report.services.first().filter(|_| subject == WHOLE && report.services.len() == 1);
        let subject = only.map_or_else(|| subject.to_owned(), |line| label("service", &line.name));
        let standing = report.slo.iter().find(|slo| slo.subject == subject);
        if standing.is_none() && self.needs_objective() {
            let why = format!("{self}: {subject} has no objective, hence no budget");
            return Err(Problem::new(why).help(
                "a fleet (--combine pool) has no objective of its own: check each service with `… for each`, \
                 or give the service an objective",
            ));
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
        let line = Line { measures, standing: self.standing(subject, report)? };
        let measured = (self.measure.value)(&line).bounds();
        let judged = self.judge(&measured, strictness);
        let worse = self.may_be_worse(&line, report).filter(|_| judged == Outcome::Held);
        let decides_nothing = !report.doubts.is_empty() || measures.is_mostly_unknown() || worse.is_some();
        let outcome = if decides_nothing { Outcome::Inconclusive } else { judged };
        Ok(Check {
            condition: self.requirement.clone(),
            subject: subject.to_owned(),
            outcome,
            detail: self.describe(&measured)
                + &known_share(measures)
                + &worse.unwrap_or_default()
                + self.counts_in_full(measures),
        })
    }

    /// Says that a share of time counts all downtime in full, where the user weighs it or restricts it to hours.
    fn counts_in_full(&self, measures: &Measures) -> &'static str {
        let counts_all = ["availability", "calendar_availability"].contains(&self.measure.name);
        match (&measures.weighted, &measures.hours) {
            (Some(_), _) if counts_all => "; all downtime counts in full: weighted_availability is weighted",
            (_, Some(_)) if counts_all => "; at all hours: hours_availability is that of the service hours",
            _ => "",
        }
    }

    /// Says why the truth may be worse than what was measured, if so: a gate then does not hold for certain.
    fn may_be_worse(&self, line: &Line<'_>, report: &Report) -> Option<String> {
        let unobserved_s = line.standing.map_or(0.0, |standing| standing.budget.unobserved_s);
        if self.needs_objective() && unobserved_s > 0.0 {
            return Some(format!("; {} of its window were not observed", format_duration(unobserved_s)));
        }
        let known = match self.measure.name {
            "mttd" => line.measures.mttd.map(|mean| mean.n),
            "mtta" => line.measures.mtta.map(|mean| mean.n),
            _ => None,
        };
        let incidents = line.measures.incidents;
        if let Some(known) = known.filter(|known| known * 2 < incidents) {
            return Some(format!("; known for {known} of {}", counted(incidents, "incident")));
        }
        let doubtful = [
            (Reason::Reversed, "left out, with an end before the start"),
            (Reason::Unparsable, "left out, unreadable"),
            (Reason::GoesOn, "with an end, but by the state not over"),
        ];
        doubtful.into_iter().find_map(|(reason, what)| {
            let total = report.ledger.iter().find(|total| total.reason == reason && total.rows > 0)?;
            Some(format!("; {} {what}", counted(total.rows, "row")))
        })
    }

    /// The problem of a condition that would fail where the figure is good.
    pub fn problem_of_good(&self) -> Problem {
        let other = if self.flag == "--fail-if" { "--require" } else { "--fail-if" };
        let problem = Problem::new(format!("{self}: would fail where the figure is good"));
        problem.help(format!("write instead: {other} {}", shell_argument(&self.condition)))
    }

    /// Whether it fails where the measure is good: a goal given as a fault, or the reverse.
    pub fn fails_the_good(&self) -> bool {
        let is_good_when_high =
            matches!(self.measure.name, "mtbf" | "budget_left" | "success_ratio" | "observed")
                || self.measure.name.ends_with("availability");
        let fails_high_values = self.fails_above != (self.measure.unit == Unit::Share);
        fails_high_values == is_good_when_high
    }

    fn judge(&self, measured: &Bounds, strictness: Strictness) -> Outcome {
        let (best, worst) = if self.fails_above {
            (measured.lower, measured.upper)
        } else {
            (measured.upper, measured.lower)
        };
        if let Some((least, greatest)) = measured.range {
            return match (self.fails(least), self.fails(greatest)) {
                (false, false) => Outcome::Held,
                (true, true) if strictness == Strictness::Point => Outcome::Missed,
                _ => Outcome::Inconclusive,
            };
        }
        match measured.value {
            Some(value) if !self.fails(value) => Outcome::Held,
            Some(_) if strictness == Strictness::Point => Outcome::Missed,
            Some(_) if !measured.is_assumed && best.is_some_and(|bound| self.fails(bound)) => Outcome::Missed,
            // Without an estimate (nothing failed) a bound on the good side still holds the gate.
            None if worst.is_some_and(|bound| !self.fails(bound)) => Outcome::Held,
            _ => Outcome::Inconclusive,
        }
    }

    fn fails(&self, value: f64) -> bool {
        let beyond = if self.fails_above { value > self.bound } else { value < self.bound };
        beyond || (self.or_equal && value == self.bound)
    }

    fn describe(&self, measured: &Bounds) -> String {
        let show = |value: f64| self.measure.unit.show(value);
        if let Some((least, greatest)) = measured.range {
            let range = format_range(&show(least), greatest.is_finite().then(|| show(greatest)));
            return format!("{range}, as not every time to restore is known");
        }
        let value = measured.value.map_or_else(|| "not measured".to_owned(), show);
        let (low, high) = self.measure.unit.ordered(*measured);
        match (low, high) {
            (Some(low), Some(high)) => format!("{value} [{}, {}]", show(low), show(high)),
            (Some(low), None) => format!("{value}, at least {}", show(low)),
            _ => value,
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.flag, self.condition)
    }
}

/// Says for how much of the time the state is known, where that is less than half.
fn known_share(measures: &Measures) -> String {
    let known = measures.observed_s / (measures.observed_s + measures.unknown_s);
    if measures.is_mostly_unknown() {
        format!("; the state is known for {}% of the time", significant(known * 100.0, 3))
    } else {
        String::new()
    }
}

fn subject_of(text: &str) -> Subject {
    match text {
        "all" | "all services" | WHOLE => Subject::Whole(Some(text.to_owned())),
        "each" | "each service" => Subject::Each(text.to_owned()),
        name => Subject::Service(name.to_owned()),
    }
}

fn measure_of(name: &str) -> Result<&'static Measure, String> {
    if name == "failures_per_year" {
        return Err("`failures_per_year` is now called `failure_rate_per_year` (per year of operation); \
                    `failure_frequency_per_year` counts per calendar year"
            .into());
    }
    measure::named(name).ok_or_else(|| {
        let guess = did_you_mean(name, measure::names());
        let all: Vec<&str> = measure::names().collect();
        format!("`{name}` is not a metric{guess} Metrics are {}", all.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Gate, Strictness};
    use crate::base::outcome::Outcome;

    fn outcome(gate: &str, value: f64, lower: f64, upper: f64, strictness: Strictness) -> Outcome {
        let measured =
            Bounds { value: Some(value), lower: Some(lower), upper: Some(upper), ..Bounds::default() };
        Gate::fail_if(gate).unwrap().judge(&measured, strictness)
    }

    #[test]
    fn a_significant_gate_fails_only_when_the_whole_interval_is_on_the_failing_side() {
        let gate = "availability < 99.9%";
        assert_eq!(outcome(gate, 0.002, 0.0005, 0.01, Strictness::Point), Outcome::Missed);
        assert_eq!(outcome(gate, 0.002, 0.0005, 0.01, Strictness::Significant), Outcome::Inconclusive);
        assert_eq!(outcome(gate, 0.02, 0.015, 0.03, Strictness::Significant), Outcome::Missed);
        assert_eq!(outcome(gate, 0.0005, 0.0001, 0.01, Strictness::Significant), Outcome::Held);
    }

    #[test]
    fn a_gate_on_what_is_known_within_bounds_passes_or_fails_only_if_both_bounds_do() {
        let outcome = |gate: &str, range| {
            let measured = Bounds { range: Some(range), ..Bounds::default() };
            Gate::fail_if(gate).unwrap().judge(&measured, Strictness::Point)
        };
        assert_eq!(outcome("mttr > 4h", (3660.0, 18.0 * 3600.0)), Outcome::Inconclusive);
        assert_eq!(outcome("mttr > 20h", (3660.0, 18.0 * 3600.0)), Outcome::Held);
        assert_eq!(outcome("mttr > 1h", (3660.0, f64::INFINITY)), Outcome::Missed);
        assert_eq!(outcome("mttr > 2h", (3660.0, f64::INFINITY)), Outcome::Inconclusive);
    }

    #[test]
    fn a_value_equal_to_the_bound_passes() {
        assert_eq!(outcome("availability < 99.9%", 0.001, 0.0, 1.0, Strictness::Point), Outcome::Held);
        assert_eq!(outcome("availability <= 99.9%", 0.001, 0.0, 1.0, Strictness::Point), Outcome::Missed);
        assert_eq!(outcome("mttr > 1h", 3600.0, 0.0, 9e9, Strictness::Point), Outcome::Held);
    }

    #[test]
    fn a_requirement_is_the_opposite_of_a_failing_condition() {
        let required = Gate::require("availability >= 99.9%").unwrap();
        let failing = Gate::fail_if("availability < 99.9%").unwrap();
        assert_eq!(required.requirement, failing.requirement);
        for value in [0.0, 0.0005, 0.001, 0.002, 1.0] {
            assert_eq!(required.fails(value), failing.fails(value), "{value}");
        }
        let strict = Gate::require("mttr < 1h").unwrap();
        assert!(strict.fails(3600.0) && !strict.fails(3599.0));
    }

    #[test]
    fn a_condition_that_fails_good_values_is_noticed() {
        for (condition, is_goal) in
            [("availability > 99.9%", true), ("mttr < 1h", true), ("mttr > 1h", false)]
        {
            assert_eq!(Gate::fail_if(condition).unwrap().fails_the_good(), is_goal, "{condition}");
        }
    }

    #[test]
    fn an_invalid_condition_gets_an_explanation() {
        assert!(Gate::fail_if("avalability < 99%").unwrap_err().contains("did you mean `availability`"));
        assert!(Gate::fail_if("mttr > 90").unwrap_err().contains("no unit"));
        assert!(Gate::fail_if("availability 99%").unwrap_err().contains("METRIC < VALUE"));
    }
}
