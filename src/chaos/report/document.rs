//! The report as a document: sections, tables, checks and metrics.

use super::measures::{MEASURES, Measure};
use super::tables::{Columns, FamilyName, Labels, check, fact, family, seconds, section, table};
use super::{FaultReport, PhaseReport, Quantiles, Report, timeline};
use crate::base::quantity::format_duration;
use crate::base::text::counted;
use crate::chaos::likeness::Change;
use crate::chaos::observation::Failure;
use crate::chaos::verdict::shown::{Quantity, Shown, Standing};
use crate::chaos::verdict::{Inconclusive, RunOutcome};
use crate::config::schema::Choices as _;
use crate::report::{Block, Cell, Check, Column, Document, Later, MetricFamily, Outcome, Section, Table};

/// Builds the document of a report.
pub fn document(report: &Report) -> Document {
    let sections = [
        (!report.phases.is_empty()).then(|| section("", Block::Table(phases(report)))),
        tested(report).then(|| recovery_section(report)),
        unless_empty("Shown after the return", shown(report)).filter(|_| tested(report)),
        unless_empty("Failed requests", failures(report)),
        unless_empty("Responses unlike those before the fault", changes(report)),
        unless_empty("Faults", faults(report)).filter(|_| report.times.injected_s.is_some()),
        (!report.windows.is_empty()).then(|| timeline::section(report)),
    ];
    Document {
        title: format!("Chaos: {}", report.name),
        headline: Some(report.headline.clone()),
        kind: "chaos",
        facts: facts(report),
        sections: sections.into_iter().flatten().collect(),
        warnings: report.warnings.clone(),
        checks: checks(report),
        conditions: "Expected",
        metrics: metrics(report).into(),
        json: Later::encoded(report),
    }
}

fn facts(report: &Report) -> Vec<(String, String)> {
    let judged_by = &report.judged_by;
    let step = match judged_by.windows_per_step {
        1 => String::new(),
        windows => format!(", judged {windows} at a time"),
    };
    let (ended, window) = (format_duration(report.times.ended_s), format_duration(judged_by.window_s));
    let hold = format_duration(judged_by.hold_s);
    let Report { started_at, seed, version, .. } = report;
    vec![
        fact("verdict", &report.headline),
        fact("experiment", &report.experiment),
        fact("target", &report.target),
        fact("run", format!("{ended} from {started_at}, seed {seed}, version {version}")),
        fact("judged by", format!("windows of {window}{step}; a recovery must hold for {hold}")),
    ]
}

fn phases(report: &Report) -> Table {
    let columns: &Columns<PhaseReport> = &[
        (Column::new("phase", "Phase", 0), |phase| Cell::text(phase.phase.name())),
        (Column::new("lasted_s", "Lasted", 2), |phase| Cell::Seconds(phase.counted_s)),
        (Column::new("offered", "Offered", 0), |phase| Cell::Count(phase.offered)),
        (Column::new("success", "Success", 0), success),
        (Column::new("offered_per_s", "Offered/s", 2), |phase| rounded(phase.offered_per_s)),
        (Column::new("goodput_per_s", "Goodput/s", 1), |phase| rounded(phase.goodput_per_s)),
        (Column::new("p50_s", "p50", 1), |phase| p50(phase.response)),
        (Column::new("p99_s", "p99", 0), |phase| p99(phase.response)),
        (Column::new("repeated", "Sent twice", 2).sparse(), |phase| {
            Cell::or_missing(Some(phase.repeated).filter(|count| *count > 0), Cell::Count)
        }),
        (Column::new("attempts_per_request", "Attempts per request", 3).sparse(), |phase| {
            rounded(phase.attempts_per_request)
        }),
    ];
    table("phases", &report.phases, columns)
}

fn rounded(value: Option<f64>) -> Cell {
    Cell::or_missing(value, |value| Cell::Number((value * 100.0).round() / 100.0))
}

/// Returns the share that succeeded with its interval. Shares are stored as complements, so the bounds
/// change sides.
pub(super) fn success(phase: &PhaseReport) -> Cell {
    let bound = |bound: Option<f64>| bound.map(|value| Box::new(Cell::ShareByComplement(value)));
    Cell::or_missing(phase.failing, |failing| Cell::Estimate {
        value: Box::new(Cell::ShareByComplement(failing)),
        lower: bound(phase.failing_upper),
        upper: bound(phase.failing_lower),
    })
}

fn p50(times: Option<Quantiles>) -> Cell {
    seconds(times.map(|times| times.p50_s))
}

pub(super) fn p99(times: Option<Quantiles>) -> Cell {
    seconds(times.map(|times| times.p99_s))
}

/// Builds the section of the measures, without those that do not apply to the run.
fn recovery_section(report: &Report) -> Section {
    let columns: &Columns<(&Measure, Cell)> = &[
        (Column::new("measure", "Measure", 0), |(measure, _)| Cell::text(measure.name)),
        (Column::new("value", "Value", 0), |(_, value)| value.clone()),
        (Column::new("meaning", "Meaning", 2), |(measure, _)| Cell::text(measure.meaning)),
    ];
    let measured = MEASURES.iter().map(|measure| (measure, (measure.value)(report)));
    let measured = measured.filter(|(measure, value)| !measure.optional || *value != Cell::Missing);
    section("Recovery", Block::Table(table("recovery", &measured.collect::<Vec<_>>(), columns)))
}

/// Builds the table of what the requests after the return of the target show.
fn shown(report: &Report) -> Table {
    let columns: &Columns<Shown> = &[
        (Column::new("rule", "Rule", 0), |shown| Cell::text(&shown.rule)),
        (Column::new("found", "Found", 0), |shown| found(shown)),
        (Column::new("allowed", "Allowed", 0), |shown| quantity(shown.quantity, shown.bound)),
        (Column::new("of", "Of what", 2), |shown| Cell::text(shown.quantity.description())),
        (Column::new("shown", "Shown", 1), |shown| Cell::text(in_words(shown))),
    ];
    table("shown", &report.recovery.shown, columns)
}

fn quantity(quantity: Quantity, value: f64) -> Cell {
    match quantity {
        Quantity::Ratio => Cell::Number(value),
        Quantity::Share | Quantity::Difference => Cell::Percent(value),
    }
}

fn found(shown: &Shown) -> Cell {
    let cell = |value: f64| Box::new(quantity(shown.quantity, value));
    Cell::or_missing(shown.value, |value| Cell::Estimate {
        value: cell(value),
        lower: shown.lower.map(cell),
        upper: shown.upper.map(cell),
    })
}

fn in_words(shown: &Shown) -> String {
    match (shown.standing, shown.more_s) {
        (Standing::Within, _) => "within".into(),
        (Standing::Beyond, _) => "beyond".into(),
        (Standing::Unknown, _) if shown.baseline_too_short => "takes a longer baseline".into(),
        (Standing::Unknown, Some(more_s)) => format!("takes about {} more", format_duration(more_s.ceil())),
        (Standing::Unknown, None) => "cannot tell".into(),
    }
}

/// Returns whether the faults were on and hit something, so that there is a reaction to report.
fn tested(report: &Report) -> bool {
    report.times.injected_s.is_some() && report.outcome != RunOutcome::TouchedNothing
}

fn failures(report: &Report) -> Table {
    let columns: &Columns<(&PhaseReport, Failure, u64, Option<String>)> = &[
        (Column::new("phase", "Phase", 0), |(phase, ..)| Cell::text(phase.phase.name())),
        (Column::new("failure", "Failure", 0), |(_, failure, ..)| Cell::text(failure.description())),
        (Column::new("requests", "Requests", 0), |(_, _, count, _)| Cell::Count(*count)),
        (Column::new("seen", "Detail", 1).sparse(), |(.., seen)| Cell::or_missing(seen.clone(), Cell::Text)),
    ];
    let failed = report.phases.iter().flat_map(|phase| {
        let failed = phase.failed.iter().filter(|(_, count)| **count > 0);
        failed.map(move |(failure, count)| (phase, *failure, *count, seen(report, phase, *failure)))
    });
    table("failures", &failed.collect::<Vec<_>>(), columns)
}

fn changes(report: &Report) -> Table {
    let columns: &Columns<Change> = &[
        (Column::new("phase", "Phase", 0), |change| Cell::text(change.phase.name())),
        (Column::new("request", "Request", 1), |change| Cell::text(&change.request)),
        (Column::new("aspect", "What", 0), |change| Cell::text(change.aspect.word())),
        (Column::new("before", "Before", 1), |change| Cell::text(&change.before)),
        (Column::new("now", "Now", 1), |change| Cell::text(&change.now)),
        (Column::new("unlike", "Unlike", 0), |change| Cell::Count(change.unlike)),
        (Column::new("responses", "Of responses", 2), |change| Cell::Count(change.responses)),
    ];
    table("changes", &report.changes, columns)
}

/// Returns the statuses or the error that were seen with a kind of failure.
fn seen(report: &Report, phase: &PhaseReport, failure: Failure) -> Option<String> {
    let statuses: Vec<String> = phase.statuses.keys().map(u16::to_string).collect();
    match failure {
        Failure::Status if !statuses.is_empty() => Some(statuses.join(", ")),
        failure => report.reasons.get(&failure).cloned(),
    }
}

fn faults(report: &Report) -> Table {
    let columns: &Columns<FaultReport> = &[
        (Column::new("fault", "Fault", 0), |fault| Cell::text(&fault.fault)),
        (Column::new("selects", "Among", 1), |fault| Cell::text(fault.selects)),
        (Column::new("considered", "Considered", 2), |fault| Cell::Count(fault.considered)),
        (Column::new("hits", "Hits", 0), |fault| Cell::Count(fault.hits)),
        (Column::new("asked_p50_s", "Requested delay p50", 2).sparse(), |fault| p50(fault.asked)),
        (Column::new("delivered_p50_s", "Delivered p50", 2).sparse(), |fault| p50(fault.delivered)),
        (Column::new("asked_p99_s", "Requested p99", 3).sparse(), |fault| p99(fault.asked)),
        (Column::new("delivered_p99_s", "Delivered p99", 3).sparse(), |fault| p99(fault.delivered)),
    ];
    table("faults", &report.faults, columns)
}

fn unless_empty(heading: &str, table: Table) -> Option<Section> {
    (!table.rows.is_empty()).then(|| section(heading, Block::Table(table)))
}

/// Returns the conditions for a conclusive run, then the expectations.
fn checks(report: &Report) -> Vec<Check> {
    let unless = |broken: bool, then: Outcome| if broken { then } else { Outcome::Held };
    let injected = report.times.injected_s.is_some();
    let unsteady = report.gate.broken.first();
    let not_steady =
        unsteady.is_some() || report.outcome == RunOutcome::Inconclusive(Inconclusive::NotSteady);
    let steady = if injected { "held" } else { "the run ended before" };
    let untouched = report.outcome == RunOutcome::TouchedNothing;
    let hits: Vec<String> = report.faults.iter().map(|fault| counted(fault.hits, "hit")).collect();
    let stopped = match &report.outcome {
        RunOutcome::Stopped(why) => Some(why.as_str()),
        _ => None,
    };
    let conditions = [
        check(
            "steady state before the fault",
            "run",
            unless(not_steady || !injected, Outcome::Inconclusive),
            unsteady.map_or(steady, String::as_str),
        ),
        check(
            "every fault has enough hits",
            "run",
            unless(untouched || !injected, Outcome::Inconclusive),
            if injected { hits.join(", ") } else { "nothing was injected".to_owned() },
        ),
        check(
            "not stopped by a guard",
            "run",
            unless(stopped.is_some(), Outcome::Missed),
            stopped.unwrap_or("not stopped"),
        ),
    ];
    let expected = report.expectations.iter();
    let expected = expected.map(|one| check(&one.condition, "target", one.outcome, &one.detail));
    conditions.into_iter().chain(expected).collect()
}

fn metrics(report: &Report) -> Vec<MetricFamily> {
    let run = || vec![("experiment", report.name.clone())];
    let exit_code: FamilyName =
        ("steadfast_chaos_exit_code", "Exit code of the run, 0 when all expectations held", "");
    let exit_code = family(exit_code, [(run(), Some(f64::from(report.exit_code)))]);
    let measured = MEASURES.iter().filter_map(|one| family(one.family?, [(run(), one.number(report))]));
    by_phase(report).chain(exit_code).chain(measured).collect()
}

fn by_phase(report: &Report) -> impl Iterator<Item = MetricFamily> {
    let labels = |phase: &PhaseReport| -> Labels {
        vec![("experiment", report.name.clone()), ("phase", phase.phase.name().to_owned())]
    };
    let of = |name, help, unit, value: fn(&PhaseReport) -> Option<f64>| {
        family((name, help, unit), report.phases.iter().map(|phase| (labels(phase), value(phase))))
    };
    let failing = "steadfast_chaos_failing_ratio";
    let [median, p99] = ["steadfast_chaos_response_p50_seconds", "steadfast_chaos_response_p99_seconds"];
    let families = [
        of(failing, "Share of the requests that failed", "ratio", |phase| phase.failing),
        of(median, "Median response time of the successes", "seconds", |phase| Some(phase.response?.p50_s)),
        of(p99, "99th percentile of the response times of the successes", "seconds", |phase| {
            Some(phase.response?.p99_s)
        }),
    ];
    families.into_iter().flatten()
}
