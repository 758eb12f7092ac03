//! The report as a document: sections, tables, checks and metrics.

use super::measures::{self, MeasureWords};
use super::words::phase_name;
use super::{FaultReport, PhaseReport, Quantiles, Report, timeline};
use crate::base::quantity::format_duration;
use crate::base::text::counted;
use crate::chaos::observation::Failure;
use crate::chaos::verdict::expectation::Expectation;
use crate::chaos::verdict::recovery::{Elapsed, Recovery};
use crate::chaos::verdict::{Inconclusive, RunOutcome};
use crate::report::{Block, Cell, Check, Column, Document, MetricFamily, Outcome, Row, Section, Table};

/// Builds the document of a report.
pub fn document(report: &Report) -> Document {
    let sections = [
        Some(phases_section(report)),
        tested(report).then(|| recovery_section(report)),
        failures_section(report),
        faults_section(report).filter(|_| report.times.injected_s.is_some()),
        timeline::section(report),
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
        metrics: metrics(report),
        json: serde_json::to_string_pretty(report).unwrap_or_default(),
    }
}

fn facts(report: &Report) -> Vec<(String, String)> {
    let judged_by = &report.judged_by;
    let step = match judged_by.windows_per_step {
        1 => String::new(),
        windows => format!(", judged {windows} at a time"),
    };
    let fact = |label: &str, text: String| (label.to_owned(), text);
    vec![
        fact("verdict", report.headline.clone()),
        fact("experiment", report.experiment.clone()),
        fact("target", report.target.clone()),
        fact(
            "run",
            format!(
                "{} from {}, seed {}, version {}",
                format_duration(report.times.ended_s),
                report.started_at,
                report.seed,
                report.version
            ),
        ),
        fact(
            "judged by",
            format!(
                "windows of {}{step}; a recovery must hold for {}",
                format_duration(judged_by.window_s),
                format_duration(judged_by.hold_s)
            ),
        ),
    ]
}

fn phases_section(report: &Report) -> Section {
    let table = Table {
        name: "phases",
        columns: vec![
            Column::new("phase", "Phase", 0),
            Column::new("lasted_s", "Lasted", 2),
            Column::new("offered", "Offered", 0),
            Column::new("success", "Success", 0),
            Column::new("offered_per_s", "Offered/s", 2),
            Column::new("goodput_per_s", "Goodput/s", 1),
            Column::new("p50_s", "p50", 1),
            Column::new("p99_s", "p99", 0),
            Column::new("attempts_per_request", "Attempts per request", 3).sparse(),
        ],
        rows: report.phases.iter().map(phase_row).collect(),
    };
    Section { heading: String::new(), blocks: vec![Block::Table(table)] }
}

fn phase_row(phase: &PhaseReport) -> Row {
    let rounded =
        |value: Option<f64>| Cell::or_missing(value, |value| Cell::Number((value * 100.0).round() / 100.0));
    Row {
        cells: vec![
            Cell::text(phase_name(phase.phase)),
            Cell::Seconds(phase.counted_s),
            Cell::Count(phase.offered),
            success(phase),
            rounded(phase.offered_per_s),
            rounded(phase.goodput_per_s),
            time(phase.response, |response| response.p50_s),
            time(phase.response, |response| response.p99_s),
            rounded(phase.attempts_per_request),
        ],
        total: false,
    }
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

pub(super) fn time(quantiles: Option<Quantiles>, which: impl Fn(Quantiles) -> f64) -> Cell {
    Cell::or_missing(quantiles, |quantiles| Cell::Seconds(which(quantiles)))
}

fn recovery_section(report: &Report) -> Section {
    let table = Table {
        name: "recovery",
        columns: vec![
            Column::new("measure", "Measure", 0),
            Column::new("value", "Value", 0),
            Column::new("meaning", "Meaning", 2),
        ],
        rows: measures(report).into_iter().map(measure_row).collect(),
    };
    let compared = report.recovery.comparisons.iter();
    let compared = compared.map(|comparison| Block::Text(format!("After recovery {comparison}.")));
    Section {
        heading: "Recovery".into(),
        blocks: std::iter::once(Block::Table(table)).chain(compared).collect(),
    }
}

/// Returns whether the faults were on and hit something, so that there is a reaction to report.
fn tested(report: &Report) -> bool {
    report.times.injected_s.is_some() && report.outcome != RunOutcome::TouchedNothing
}

fn measure_row((measure, value): (&MeasureWords, Cell)) -> Row {
    Row { cells: vec![Cell::text(measure.name), value, Cell::text(measure.meaning)], total: false }
}

/// Returns the measures with their values, without those that do not apply to the run.
fn measures(report: &Report) -> Vec<(&'static MeasureWords, Cell)> {
    let (recovery, figures) = (&report.recovery, &report.measures);
    let elapsed = |elapsed: Option<Elapsed>| Cell::or_missing(elapsed, elapsed_cell);
    let always = [
        (&measures::DETECT, elapsed(recovery.detect)),
        (&measures::FAILOVER, elapsed(recovery.failover)),
        (&measures::RECOVER, recover_cell(recovery)),
        (&measures::RELAPSES, Cell::or_missing(recovery.relapses, Cell::Count)),
    ];
    let overshoot = figures.overshoot.map(|overshoot| overshoot.ratio);
    let left = |left: f64| Cell::ShareByComplement(1.0 - left);
    let sometimes = [
        (&measures::BUDGET, figures.budget.map(Cell::Percent)),
        (&measures::AMPLIFICATION, figures.amplification.map(Cell::Number)),
        (&measures::OVERSHOOT, overshoot.map(Cell::Number)),
        (&measures::SUCCESS_LEFT, figures.metastable.map(left)),
    ];
    let sometimes = sometimes.into_iter().filter_map(|(measure, value)| Some((measure, value?)));
    always.into_iter().chain(sometimes).collect()
}

/// Returns a time, with its upper bound if it was too short to be measured.
pub(super) fn elapsed_cell(elapsed: Elapsed) -> Cell {
    let value = Cell::Seconds(elapsed.value_s);
    if elapsed.is_within_a_step() {
        Cell::Estimate {
            value: Box::new(value),
            lower: None,
            upper: Some(Box::new(Cell::Seconds(elapsed.upper_s))),
        }
    } else {
        value
    }
}

/// Returns the time to recover, or a lower bound if the target did not recover.
fn recover_cell(recovery: &Recovery) -> Cell {
    let at_least = |lower_s| Cell::Estimate {
        value: Box::new(Cell::Missing),
        lower: Some(Box::new(Cell::Seconds(lower_s))),
        upper: None,
    };
    let exceeded = Cell::or_missing(recovery.at_least_s, at_least);
    recovery.recover.map_or(exceeded, elapsed_cell)
}

fn failures_section(report: &Report) -> Option<Section> {
    let rows = report.phases.iter().flat_map(|phase| {
        let failed = phase.failed.iter().filter(|(_, count)| **count > 0);
        failed.map(|(failure, count)| failure_row(report, phase, *failure, *count))
    });
    let table = Table {
        name: "failures",
        columns: vec![
            Column::new("phase", "Phase", 0),
            Column::new("failure", "Failure", 0),
            Column::new("requests", "Requests", 0),
            Column::new("seen", "Detail", 1).sparse(),
        ],
        rows: rows.collect(),
    };
    section_of("Failed requests", table)
}

fn failure_row(report: &Report, phase: &PhaseReport, failure: Failure, count: u64) -> Row {
    let statuses: Vec<String> = phase.statuses.keys().map(u16::to_string).collect();
    let seen = match failure {
        Failure::Status if !statuses.is_empty() => Some(statuses.join(", ")),
        failure => report.reasons.get(&failure).cloned(),
    };
    Row {
        cells: vec![
            Cell::text(phase_name(phase.phase)),
            Cell::text(failure.description()),
            Cell::Count(count),
            Cell::or_missing(seen, Cell::Text),
        ],
        total: false,
    }
}

fn faults_section(report: &Report) -> Option<Section> {
    let row = |fault: &FaultReport| Row {
        cells: vec![
            Cell::text(&fault.fault),
            Cell::Count(fault.considered),
            Cell::Count(fault.hits),
            time(fault.asked, |asked| asked.p50_s),
            time(fault.delivered, |delivered| delivered.p50_s),
            time(fault.asked, |asked| asked.p99_s),
            time(fault.delivered, |delivered| delivered.p99_s),
        ],
        total: false,
    };
    let table = Table {
        name: "faults",
        columns: vec![
            Column::new("fault", "Fault", 0),
            Column::new("considered", "Considered", 2),
            Column::new("hits", "Hits", 0),
            Column::new("asked_p50_s", "Requested delay p50", 2).sparse(),
            Column::new("delivered_p50_s", "Delivered p50", 2).sparse(),
            Column::new("asked_p99_s", "Requested p99", 3).sparse(),
            Column::new("delivered_p99_s", "Delivered p99", 3).sparse(),
        ],
        rows: report.faults.iter().map(row).collect(),
    };
    section_of("Faults", table)
}

fn section_of(heading: &str, table: Table) -> Option<Section> {
    (!table.rows.is_empty()).then(|| Section { heading: heading.into(), blocks: vec![Block::Table(table)] })
}

/// Returns the conditions for a conclusive run, then the expectations.
fn checks(report: &Report) -> Vec<Check> {
    let run = |condition: &str, outcome: Outcome, detail: String| Check {
        condition: condition.into(),
        subject: "run".into(),
        outcome,
        detail,
    };
    let unless = |broken: bool, then: Outcome| if broken { then } else { Outcome::Held };
    let not_steady = report.outcome == RunOutcome::Inconclusive(Inconclusive::NotSteady);
    let untouched = report.outcome == RunOutcome::TouchedNothing;
    let injected = report.times.injected_s.is_some();
    let conditions = [
        run(
            "steady state before the fault",
            unless(not_steady || !injected || !report.gate.broken.is_empty(), Outcome::Inconclusive),
            first_or(&report.gate.broken, if injected { "held" } else { "the run ended before" }),
        ),
        run(
            "every fault touches something",
            unless(untouched || !injected, Outcome::Inconclusive),
            if injected { hits(report) } else { "nothing was injected".into() },
        ),
        run(
            "not stopped by a guard",
            unless(matches!(report.outcome, RunOutcome::Stopped(_)), Outcome::Missed),
            match &report.outcome {
                RunOutcome::Stopped(why) => why.clone(),
                _ => "not stopped".into(),
            },
        ),
    ];
    conditions.into_iter().chain(report.expectations.iter().map(check)).collect()
}

fn first_or(reasons: &[String], otherwise: &str) -> String {
    reasons.first().cloned().unwrap_or_else(|| otherwise.to_owned())
}

fn hits(report: &Report) -> String {
    let hits = report.faults.iter().map(|fault| counted(fault.hits, "hit"));
    hits.collect::<Vec<String>>().join(", ")
}

fn check(expected: &Expectation) -> Check {
    Check {
        condition: expected.condition.clone(),
        subject: "target".into(),
        outcome: expected.outcome,
        detail: expected.detail.clone(),
    }
}

fn metrics(report: &Report) -> Vec<MetricFamily> {
    let mut families = by_phase(report);
    families.extend(of_the_run(report));
    families
}

fn of_the_run(report: &Report) -> Vec<MetricFamily> {
    let (recovery, measures) = (&report.recovery, &report.measures);
    let seconds = |elapsed: Option<Elapsed>| elapsed.map(|elapsed| elapsed.value_s);
    let label = || vec![("experiment", report.name.clone())];
    let family = |(name, help, unit, value): (&'static str, &'static str, &'static str, Option<f64>)| {
        value.map(|value| MetricFamily { name, help, unit, samples: vec![(label(), value)] })
    };
    [
        (
            "steadfast_chaos_exit_code",
            "Exit code of the run, 0 when all expectations held",
            "",
            Some(f64::from(report.exit_code)),
        ),
        (
            "steadfast_chaos_detect_seconds",
            "Time from injection to the first window outside the steady state",
            "seconds",
            seconds(recovery.detect),
        ),
        (
            "steadfast_chaos_failover_seconds",
            "Time from injection to the return to the steady state during the fault",
            "seconds",
            seconds(recovery.failover),
        ),
        (
            "steadfast_chaos_recovery_seconds",
            "Time from clearing the fault to recovery",
            "seconds",
            seconds(recovery.recover),
        ),
        (
            "steadfast_chaos_relapses",
            "Times that the target left the steady state after recovery",
            "",
            recovery.relapses.map(|count| count as f64),
        ),
        (
            "steadfast_chaos_error_budget_burnt_ratio",
            "Share of the error budget that the run burnt",
            "ratio",
            measures.budget,
        ),
        (
            "steadfast_chaos_retry_amplification_ratio",
            "Attempts per request, relative to the baseline",
            "ratio",
            measures.amplification,
        ),
    ]
    .into_iter()
    .filter_map(family)
    .collect()
}

fn by_phase(report: &Report) -> Vec<MetricFamily> {
    let family = |name, help, unit, value: &dyn Fn(&PhaseReport) -> Option<f64>| {
        let sample = |phase: &PhaseReport| {
            let labels =
                vec![("experiment", report.name.clone()), ("phase", phase_name(phase.phase).to_owned())];
            Some((labels, value(phase)?))
        };
        MetricFamily { name, help, unit, samples: report.phases.iter().filter_map(sample).collect() }
    };
    let families = [
        family("steadfast_chaos_failing_ratio", "Share of the requests that failed", "ratio", &|phase| {
            phase.failing
        }),
        family(
            "steadfast_chaos_response_p50_seconds",
            "Median response time of the successes",
            "seconds",
            &|phase| Some(phase.response?.p50_s),
        ),
        family(
            "steadfast_chaos_response_p99_seconds",
            "99th percentile of the response times of the successes",
            "seconds",
            &|phase| Some(phase.response?.p99_s),
        ),
    ];
    families.into_iter().filter(|family| !family.samples.is_empty()).collect()
}
