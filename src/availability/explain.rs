//! `--explain`: the formula, the inputs and the interval methods of each figure of the total.

use super::analysis::measures::{Estimate, Measures, NamedInterval, PartialMean};
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
    let per_year = total.failure_frequency_per_year.map_or("—".into(), |rate| significant(rate, 6));
    facts.push(("failures/y".into(), format!("{} = {per_year}", formula("failure_frequency_per_year"))));
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
    let [window, maintenance, unknown] = [total.window_s, total.maintenance_s, total.unknown_s].map(s);
    let [observed, up, down] = [total.observed_s, total.uptime_s, total.downtime_s].map(s);
    let (failures, restored) = (total.failures, total.mttr_s.n);
    let repairs = s(total.mttr_s.value.unwrap_or(0.0) * restored as f64);
    let (mtbf, mttr) = (equals(&total.mtbf_s), equals(&total.mttr_s));
    let figures = [
        ("observed", "observed", format!("{window} − {maintenance} − {unknown} = {observed}")),
        ("availability", "availability", format!("{up} / {observed}; downtime {down}")),
        ("MTBF", "mtbf", format!("{up} / {failures}{mtbf}")),
        ("MTTR", "mttr", format!("{repairs} / {restored}{mttr}")),
    ];
    let fact = |(label, measure, text): (&str, &str, String)| {
        (label.to_owned(), format!("{} = {text}", formula(measure)))
    };
    figures.map(fact).into()
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

fn partial(mean: Option<PartialMean>, what: &str) -> String {
    mean.map_or_else(
        || format!("no row has a time of {what}"),
        |mean| format!("mean from start to {what}, n = {}: {}", mean.n, format_duration(mean.mean_s)),
    )
}

fn intervals(total: &Measures) -> Vec<(String, String)> {
    let share = |value: f64| significant(value, 6);
    let headline = total.unavailability.method;
    let unavailability = total.unavailability_intervals.iter();
    let mut lines: Vec<_> =
        unavailability.map(|interval| line("unavailability", interval, headline, &share)).collect();
    let Estimate { lower, upper, method, .. } = total.mtbf_s;
    let mtbf = NamedInterval { method: method.unwrap_or_default(), lower, upper };
    lines.push(line("MTBF", &mtbf, None, &format_duration));
    let mttr = total.mttr_intervals.iter();
    lines.extend(mttr.map(|interval| line("MTTR", interval, total.mttr_s.method, &format_duration)));
    let median = total.ttr_median_interval.iter();
    lines.extend(median.map(|median| line("median TTR", median, None, &format_duration)));
    lines
}

fn line(
    label: &str,
    interval: &NamedInterval,
    headline: Option<&str>,
    show: &dyn Fn(f64) -> String,
) -> (String, String) {
    let method = interval.method;
    let bound = |bound: Option<f64>| bound.map_or_else(|| "—".to_owned(), show);
    let (lower, upper) = (bound(interval.lower), bound(interval.upper));
    let known = Method::ALL.iter().find(|known| known.name() == method);
    let formula =
        known.map(|known| format!(": {} ({})", known.formula(), known.source())).unwrap_or_default();
    let mark = if headline == Some(method) { " ← headline" } else { "" };
    (label.to_owned(), format!("[{lower}, {upper}] by {method}{formula}{mark}"))
}
