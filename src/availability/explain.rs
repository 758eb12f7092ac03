//! `--explain`: the formula, the inputs and the interval methods of each figure of the total.

use super::analysis::measures::{Estimate, Measures};
use super::analysis::report::Report;
use super::evidence::Shape;
use super::measure;
use crate::base::quantity::{format_duration, significant};
use crate::report::{Block, Section};
use crate::stats::interval::Method;

/// Builds the section that explains the total line.
pub(super) fn section(report: &Report) -> Section {
    let total = &report.total;
    let mut facts = figures(total);
    // Only incidents have times of detection and acknowledgement.
    if report.shape == Shape::Incidents {
        facts.push(("MTTD".into(), partial(total.mttd, "detection")));
        facts.push(("MTTA".into(), partial(total.mtta, "acknowledgement")));
    }
    let per_year = total.failure_frequency_per_year;
    facts.push((
        "failures/y".into(),
        format!(
            "{} = {}",
            formula("failure_frequency_per_year"),
            per_year.map_or("—".into(), |rate| significant(rate, 6))
        ),
    ));
    facts.push(("outages".into(), outages(total, report.shape)));
    facts.push(("percentiles".into(), format!("of the times to restore, {}", formula("ttr_p50"))));
    let mut blocks =
        vec![Block::Text("Computation of the total line; docs/definitions.md has the definitions.".into())];
    blocks.push(Block::Facts(facts));
    blocks.push(Block::Text("Intervals by each method (the headline interval is marked):".into()));
    blocks.push(Block::Facts(intervals(total)));
    Section { heading: "Explanation".into(), blocks }
}

fn formula(measure: &str) -> &'static str {
    measure::named(measure).map_or("", |measure| measure.formula)
}

fn figures(total: &Measures) -> Vec<(String, String)> {
    let s = |seconds: f64| format!("{} s", significant(seconds, 12));
    let fact = |label: &str, text: String| (label.to_owned(), text);
    vec![
        fact(
            "observed",
            format!(
                "{} = {} − {} − {} = {}",
                formula("observed"),
                s(total.window_s),
                s(total.maintenance_s),
                s(total.unknown_s),
                s(total.observed_s)
            ),
        ),
        fact(
            "availability",
            format!(
                "{} = {} / {}; downtime {}",
                formula("availability"),
                s(total.uptime_s),
                s(total.observed_s),
                s(total.downtime_s)
            ),
        ),
        fact(
            "MTBF",
            format!(
                "{} = {} / {}{}",
                formula("mtbf"),
                s(total.uptime_s),
                total.failures,
                equals(&total.mtbf_s)
            ),
        ),
        fact(
            "MTTR",
            format!(
                "{} = {} / {}{}",
                formula("mttr"),
                s(total.mttr_s.value.unwrap_or(0.0) * total.mttr_s.n as f64),
                total.mttr_s.n,
                equals(&total.mttr_s)
            ),
        ),
    ]
}

/// Describes how the rows became outages and failures.
fn outages(total: &Measures, shape: Shape) -> String {
    let outages = format!(
        "{} outages, of which {} are failures (not entirely planned) and {} are open",
        total.outages, total.failures, total.open
    );
    if shape == Shape::Incidents {
        format!(
            "{} incidents merged into {outages}; {} failures of zero length",
            total.incidents, total.zero_length
        )
    } else {
        outages
    }
}

fn equals(estimate: &Estimate) -> String {
    estimate.value.map(|value| format!(" = {}", format_duration(value))).unwrap_or_default()
}

fn partial(mean: Option<super::analysis::measures::PartialMean>, what: &str) -> String {
    mean.map_or_else(
        || format!("no row has a time of {what}"),
        |mean| format!("mean from start to {what}, n = {}: {}", mean.n, format_duration(mean.mean_s)),
    )
}

fn intervals(total: &Measures) -> Vec<(String, String)> {
    let share = |value: f64| significant(value, 6);
    let mut lines = Vec::new();
    for interval in &total.unavailability_intervals {
        lines.push(line("unavailability", interval, total.unavailability.method, &share));
    }
    lines.push((
        "MTBF".to_owned(),
        describe(
            total.mtbf_s.method.unwrap_or_default(),
            total.mtbf_s.lower,
            total.mtbf_s.upper,
            &format_duration,
        ),
    ));
    for interval in &total.mttr_intervals {
        lines.push(line("MTTR", interval, total.mttr_s.method, &format_duration));
    }
    if let Some(median) = &total.ttr_median_interval {
        lines.push(line("median TTR", median, None, &format_duration));
    }
    lines
}

fn line(
    label: &str,
    interval: &super::analysis::measures::NamedInterval,
    headline: Option<&str>,
    show: &dyn Fn(f64) -> String,
) -> (String, String) {
    let mark = if headline == Some(interval.method) { " ← headline" } else { "" };
    (label.to_owned(), describe(interval.method, interval.lower, interval.upper, show) + mark)
}

fn describe(method: &str, lower: Option<f64>, upper: Option<f64>, show: &dyn Fn(f64) -> String) -> String {
    let bound = |bound: Option<f64>| bound.map_or_else(|| "—".to_owned(), show);
    let known = Method::ALL.iter().find(|known| known.name() == method);
    let formula =
        known.map(|known| format!(": {} ({})", known.formula(), known.source())).unwrap_or_default();
    format!("[{}, {}] by {method}{formula}", bound(lower), bound(upper))
}
