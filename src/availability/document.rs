//! Builds the document of a report: selects the figures, their order and their headings.

use super::analysis::measures::{Estimate, Measures};
use super::analysis::report::{Breakdown, LedgerTotal, NamedMeasures, Report, SloReport};
use super::evidence::Shape;
use super::ledger::{Ledger, Reason};
use super::measure::{Line, MEASURES, Measure, Unit};
use crate::base::quantity::{DAY_S, format_duration, format_share, significant};
use crate::base::text::{counted, grouped};
use crate::base::time::Timestamp;
use crate::report::{
    Block, Cell, Check, Column, Document, MetricFamily, Row, Section, Strip, StripWords, Strips, Table,
};

/// Display options.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// The most rows of a breakdown, those with the most downtime; `None` for all.
    pub lines_max: Option<usize>,
    /// Whether to explain every figure (`--explain`).
    pub explain: bool,
}

/// Builds the document of a report.
pub fn document(report: &Report, ledger: &Ledger, checks: Vec<Check>, shown: Shown) -> Document {
    let mut sections = Vec::new();
    sections.extend(report.breakdowns.iter().map(|breakdown| breakdown_section(report, breakdown, shown)));
    sections.extend(strips_section(report, shown));
    sections.push(repair_section(report));
    sections.extend(slo_sections(report, shown));
    sections.extend(ledger_section(report, ledger));
    if shown.explain {
        sections.push(super::explain::section(report));
    }
    Document {
        title: title(report),
        headline: None,
        kind: "availability",
        facts: facts(report),
        sections,
        warnings: report.warnings.clone(),
        checks,
        conditions: "Fails if",
        metrics: metrics(report),
        json: serde_json::to_string_pretty(report).unwrap_or_default(),
    }
}

fn services(report: &Report) -> u64 {
    report.total.services
}

fn title(report: &Report) -> String {
    let windows = if report.is_fleet { services(report).max(1) as f64 } else { 1.0 };
    let days = format_duration(report.total.window_s / windows);
    format!("Availability of {} over {days}", counted(services(report), "service"))
}

fn facts(report: &Report) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = Vec::new();
    for input in &report.inputs {
        let rows = counted(input.rows, if report.shape == Shape::Samples { "sample" } else { "row" });
        facts.push(("input".into(), format!("{} ({rows}, read as {})", input.name, input.preset)));
        if !input.mapping.is_empty() {
            let pairs: Vec<String> =
                input.mapping.iter().map(|(field, column)| format!("{field}={column}")).collect();
            facts.push(("columns".into(), pairs.join(", ")));
        }
        facts.extend(input.notes.iter().map(|note| ("note".into(), note.clone())));
    }
    let origin =
        if report.window.from_data_start || report.window.from_data_end { " (from the log)" } else { "" };
    facts.push((
        "window".into(),
        format!(
            "{} to {}{origin}, calendar in {}",
            report.timezone.display(report.window.from),
            report.timezone.display(report.window.to),
            report.timezone.name()
        ),
    ));
    if services(report) > 1 {
        facts.push((
            "total".into(),
            format!("of {}: {}", counted(services(report), "service"), report.combine),
        ));
    }
    let seed = report.seed.map(|seed| format!(", bootstrap seed {seed}")).unwrap_or_default();
    facts.push(("intervals".into(), format!("{} confidence{seed}", percent(report.confidence))));
    facts.push(("made by".into(), format!("steadfast {}", report.version)));
    facts
}

fn percent(share: f64) -> String {
    format!("{}%", significant(share * 100.0, 6))
}

/// The measures that are columns of a breakdown.
fn shown_measures(report: &Report) -> impl Iterator<Item = (&'static Measure, Column)> + Clone {
    let shown = MEASURES.iter().filter(|measure| (measure.shown)(&report.total));
    shown.filter_map(|measure| {
        let (key, heading, priority) = measure.column?;
        Some((measure, Column::new(key, heading, priority)))
    })
}

fn name_heading(by: &str) -> &'static str {
    match by {
        "service" => "Service",
        "severity" => "Severity",
        "cause" => "Cause",
        "month" => "Month",
        "quarter" => "Quarter",
        "week" => "Week",
        "weekday" => "Weekday",
        "day" => "Day",
        "year" => "Year",
        "hour" => "Hour",
        _ => "Group",
    }
}

fn table_name(by: &str) -> &'static str {
    match by {
        "service" => "by_service",
        "severity" => "by_severity",
        "cause" => "by_cause",
        _ => "by_group",
    }
}

fn breakdown_section(report: &Report, breakdown: &Breakdown, shown: Shown) -> Section {
    let name = Column::new("name", name_heading(&breakdown.by), 0);
    let (measures, columns): (Vec<&Measure>, Vec<Column>) = shown_measures(report).unzip();
    let columns = std::iter::once(name).chain(columns).collect();
    let lines = worst(&breakdown.lines, shown.lines_max);
    let mut rows: Vec<Row> =
        lines.iter().map(|line| measure_row(&line.name, &line.measures, &measures, false)).collect();
    if breakdown.lines.len() != 1 {
        rows.push(measure_row("total", &report.total, &measures, true));
    }
    let mut blocks = vec![Block::Table(Table { name: table_name(&breakdown.by), columns, rows })];
    if lines.len() < breakdown.lines.len() {
        let left = grouped((breakdown.lines.len() - lines.len()) as u64);
        blocks.push(Block::Text(format!(
            "The {} with the most downtime are shown; {left} more with --top 0, or in csv and json.",
            lines.len()
        )));
    }
    Section { heading: format!("By {}", breakdown.by), blocks }
}

/// Returns the lines with the most downtime, in their original order.
fn worst(lines: &[NamedMeasures], max: Option<usize>) -> Vec<&NamedMeasures> {
    let Some(max) = max.filter(|max| lines.len() > *max) else {
        return lines.iter().collect();
    };
    let mut order: Vec<(usize, &NamedMeasures)> = lines.iter().enumerate().collect();
    order.sort_by(|a, b| b.1.measures.downtime_s.total_cmp(&a.1.measures.downtime_s));
    order.truncate(max);
    order.sort_by_key(|(i, _)| *i);
    order.into_iter().map(|(_, line)| line).collect()
}

fn measure_row(name: &str, line: &Measures, measures: &[&Measure], total: bool) -> Row {
    let line = Line { measures: line, standing: None };
    let cells = measures.iter().map(|measure| measure.cell(&line));
    Row { cells: std::iter::once(Cell::text(name)).chain(cells).collect(), total }
}

fn strips_section(report: &Report, shown: Shown) -> Option<Section> {
    let worst = report.strips.iter().take(shown.lines_max.unwrap_or(usize::MAX));
    let limit = worst.len();
    let down = worst.filter(|(_, strip)| strip.iter().any(|share| *share > 0.0 || share.is_nan()));
    let lines: Vec<Strip> =
        down.map(|(label, down)| Strip { label: label.clone(), down: down.clone() }).collect();
    let shown = lines.len();
    let strips = Strips {
        from: axis_label(report, report.window.from),
        to: axis_label(report, report.window.to),
        lines,
        words: StripWords::default(),
    };
    let mut blocks = vec![Block::Strips(strips)];
    if (shown as u64) < services(report) && shown == limit {
        blocks.push(Block::Text(format!("The {shown} services with the most downtime.")));
    }
    (shown > 0).then(|| Section { heading: "Outage timeline".into(), blocks })
}

/// Formats an end of the time axis: the date, and for windows of up to two days also the time, so that
/// the two ends differ.
fn axis_label(report: &Report, at: Timestamp) -> String {
    let window_s = report.window.to.seconds_since(report.window.from);
    if window_s > 2.0 * DAY_S { date(report, at) } else { report.timezone.display(at) }
}

/// Returns the local date at an instant, in the report's time zone.
fn date(report: &Report, at: Timestamp) -> String {
    report.timezone.date(at).to_string()
}

/// Builds the section with the total's figures, their intervals, methods and sample sizes.
fn repair_section(report: &Report) -> Section {
    let total = &report.total;
    let mut facts = Vec::new();
    let mut add = |label: &str, text: String| facts.push((label.to_owned(), text));
    add("availability", estimate_text(&total.unavailability, true, format_share));
    add("MTBF", estimate_text(&total.mtbf_s, false, format_duration));
    add("MTTR", estimate_text(&total.mttr_s, false, format_duration));
    if let (Some(ttr), Some(median)) = (total.ttr, &total.ttr_median_interval) {
        let bounds = [median.lower, median.upper].map(|bound| bound.map_or("—".into(), format_duration));
        add(
            "median TTR",
            format!("{} [{}, {}] ({})", format_duration(ttr.p50_s), bounds[0], bounds[1], median.method),
        );
    }
    if total.open > 0
        && let Some(mean) = total.mttr_restricted_s
    {
        let open = counted(total.open, "open outage");
        add(
            "MTTR so far",
            format!(
                "{} counting {open} at the length so far: a lower bound of the mean",
                format_duration(mean)
            ),
        );
    }
    if let Some(weighted) = total.weighted {
        let [mean, worst, best] =
            [weighted.unavailability, weighted.unavailability_worst, weighted.unavailability_best]
                .map(format_share);
        add("weighted", weighted_text(&mean, &worst, &best));
    }
    if let Some(hours) = total.hours {
        let share = hours.unavailability.map_or("—".into(), format_share);
        let (down, observed) = (format_duration(hours.downtime_s), format_duration(hours.observed_s));
        add("in service hours", format!("{share}: {down} of downtime in {observed}"));
    }
    if total.maintenance_s > 0.0
        && let (Some(calendar), Some(without)) = (total.calendar_unavailability, total.unavailability.value)
    {
        let text = format!(
            "{} excluding planned maintenance, {} of all calendar time",
            format_share(without),
            format_share(calendar)
        );
        add("maintenance", text);
    }
    Section { heading: "Total".into(), blocks: vec![Block::Facts(facts)] }
}

/// Formats a weighted availability. The bounds differ from the value only where incidents overlap.
fn weighted_text(mean: &str, worst: &str, best: &str) -> String {
    if worst == best {
        mean.to_owned()
    } else {
        format!(
            "{mean} (between {worst} and {best}, depending on whether overlapping incidents affect different \
             users or the same)"
        )
    }
}

fn estimate_text(estimate: &Estimate, complement: bool, show: fn(f64) -> String) -> String {
    let (lower, upper) =
        if complement { (estimate.upper, estimate.lower) } else { (estimate.lower, estimate.upper) };
    let method =
        estimate.method.map(|method| format!(" ({method}, n = {})", grouped(estimate.n))).unwrap_or_default();
    let value = estimate.value.map(show);
    match (value, lower, upper) {
        (Some(value), Some(lower), Some(upper)) => {
            format!("{value} [{}, {}]{method}", show(lower), show(upper))
        }
        (Some(value), None, None) => format!("{value} (no interval: n = {})", grouped(estimate.n)),
        (Some(value), Some(lower), None) => format!("{value}, at least {}{method}", show(lower)),
        (None, Some(lower), _) => format!("at least {}{method}", show(lower)),
        _ => "not known".into(),
    }
}

/// Returns the objectives with the least budget left, in their original order. The total's is always
/// included.
fn most_spent(report: &Report, max: Option<usize>) -> Vec<&SloReport> {
    let is_whole = |slo: &SloReport| slo.subject == super::analysis::WHOLE;
    let mut order: Vec<(usize, &SloReport)> = report.slo.iter().enumerate().collect();
    if let Some(max) = max {
        // An objective of 100% has no budget to take a share of: order by the downtime spent.
        let left = |slo: &SloReport| slo.budget.left_share.unwrap_or(-slo.budget.spent_s);
        order.sort_by(|a, b| {
            let whole_first = is_whole(b.1).cmp(&is_whole(a.1));
            whole_first.then_with(|| left(a.1).total_cmp(&left(b.1)))
        });
        let wholes = order.iter().filter(|(_, slo)| is_whole(slo)).count();
        order.truncate(max + wholes);
        order.sort_by_key(|(i, _)| *i);
    }
    order.into_iter().map(|(_, slo)| slo).collect()
}

fn slo_sections(report: &Report, shown: Shown) -> Vec<Section> {
    if report.slo.is_empty() {
        return Vec::new();
    }
    let columns = vec![
        Column::new("subject", "Service", 0),
        Column::new("target", "Objective", 0),
        Column::new("slo_window", "Window", 1),
        Column::new("window_from", "From", 5),
        Column::new("budget_s", "Budget", 0),
        Column::new("spent_s", "Spent", 0),
        Column::new("left_s", "Left", 0),
        Column::new("left_share", "Left %", 0),
        Column::new("burn_rate", "Burn rate", 1),
        Column::new("runs_out_at", "Runs out", 2),
        Column::new("missed", "Missed", 3),
        Column::new("clean_days_needed", "Failure-free days needed", 4),
    ];
    let objectives = most_spent(report, shown.lines_max);
    let rows = objectives.iter().map(|slo| slo_row(report, slo)).collect();
    let mut blocks = vec![Block::Table(Table { name: "slo", columns, rows })];
    let left = report.slo.len() - objectives.len();
    if left > 0 {
        let services = report.slo.iter().filter(|slo| slo.subject != super::analysis::WHOLE);
        blocks.push(Block::Text(format!(
            "The {} with the least budget left are shown; {} more with --top 0, or in json.",
            services.count() - left,
            grouped(left as u64)
        )));
    }
    blocks.extend(not_yet_shown(&objectives).map(Block::Text));
    let worst: Vec<(String, String)> =
        objectives.iter().filter_map(|slo| worst_windows(report, slo)).collect();
    let mut sections = vec![Section { heading: "Objectives".into(), blocks }];
    if !worst.is_empty() {
        sections.push(Section { heading: "Worst windows".into(), blocks: vec![Block::Facts(worst)] });
    }
    sections
}

fn slo_row(report: &Report, slo: &SloReport) -> Row {
    let budget = &slo.budget;
    let runs_out = match (budget.exhausted_at, budget.runs_out_at) {
        (Some(at), _) => Cell::Text(format!("spent {}", date(report, at))),
        (None, Some(at)) => Cell::Text(date(report, at)),
        (None, None) => Cell::text("not in this window"),
    };
    let missed = budget.units.map(|count| Cell::Text(format!("{} of {}", count.missed_units, count.units)));
    let cells = vec![
        Cell::text(slo.subject.as_str()),
        Cell::ShareByComplement(slo.unavailability_target),
        Cell::text(slo.slo_window.as_str()),
        Cell::Text(date(report, budget.window_start)),
        Cell::Seconds(budget.budget_s),
        Cell::Seconds(budget.spent_s),
        Cell::Seconds(budget.left_s),
        Cell::or_missing(budget.left_share, Cell::Percent),
        Cell::or_missing(budget.burn_rate, Cell::Number),
        runs_out,
        missed.unwrap_or(Cell::Missing),
        if slo.shown { Cell::text("shown") } else { Cell::or_missing(slo.clean_days_needed, Cell::Number) },
    ];
    Row { cells, total: false }
}

fn worst_windows(report: &Report, slo: &SloReport) -> Option<(String, String)> {
    let windows = slo.budget.worst.iter().filter(|window| window.downtime_s > 0.0);
    let shown: Vec<String> = windows
        .map(|window| {
            format!(
                "{} to {}: {}",
                date(report, window.start),
                date(report, window.end),
                format_duration(window.downtime_s)
            )
        })
        .collect();
    (!shown.is_empty()).then(|| (slo.subject.clone(), shown.join("; ")))
}

/// The most objectives named in the text; the table has all of them.
const UNSHOWN_MAX: usize = 10;

/// The most days that are shown as a number: a century.
const CENTURY_DAYS: f64 = 36_525.0;

fn not_yet_shown(objectives: &[&SloReport]) -> Option<String> {
    let needs = objectives.iter().filter_map(|slo| {
        let days = match slo.clean_days_needed? {
            days if days > CENTURY_DAYS => "more than a century".to_owned(),
            days => significant(days.max(0.1), 3),
        };
        Some(format!("{} {days}", slo.subject))
    });
    let needs: Vec<String> = needs.collect();
    let shown = needs.get(..UNSHOWN_MAX).unwrap_or(&needs).join("; ");
    let more = match needs.len().saturating_sub(UNSHOWN_MAX) {
        0 => String::new(),
        more => format!("; and {} more", grouped(more as u64)),
    };
    (!needs.is_empty())
        .then(|| format!("Not yet demonstrated by the data; failure-free days needed: {shown}{more}"))
}

fn ledger_section(report: &Report, ledger: &Ledger) -> Option<Section> {
    if report.ledger.is_empty() {
        return None;
    }
    let totals = ledger.totals().zip(&report.ledger).map(|((reason, _), total)| ledger_line(reason, total));
    Some(Section {
        heading: "Rows excluded or adjusted".into(),
        blocks: vec![Block::Facts(totals.collect())],
    })
}

/// Formats one ledger total, such as `423 rows` with `…: merged (double counting removed: 82 h)`.
fn ledger_line(reason: Reason, total: &LedgerTotal) -> (String, String) {
    let effect = if total.effect.is_empty() || total.effect_s == 0.0 {
        String::new()
    } else {
        format!(" ({}: {})", total.effect, format_duration(total.effect_s.abs()))
    };
    (counted(total.rows, "row"), format!("{}{effect}", reason.description()))
}

/// Returns the metric families, each with one sample per service and one for the total.
fn metrics(report: &Report) -> Vec<MetricFamily> {
    let services = report.services.iter();
    // A service named like the total would give two samples with the same labels.
    let others = services.filter(|line| line.name != super::analysis::WHOLE);
    let mut subjects: Vec<(&str, &Measures)> =
        others.map(|line| (line.name.as_str(), &line.measures)).collect();
    subjects.push((super::analysis::WHOLE, &report.total));
    let mut families = measure_families(&subjects);
    families.extend(slo_families(report));
    families.retain(|family| !family.samples.is_empty());
    families
}

/// One family for each measure that has one, and those of the availability with its bounds.
fn measure_families(subjects: &[(&str, &Measures)]) -> Vec<MetricFamily> {
    let family = |name, help, unit, pick: &dyn Fn(&Measures) -> Option<f64>| MetricFamily {
        name,
        help,
        unit,
        samples: subjects
            .iter()
            .filter_map(|(subject, line)| Some((vec![("service", (*subject).to_owned())], pick(line)?)))
            .collect(),
    };
    let mut families = vec![
        family("steadfast_availability_ratio", "uptime over observed time", "ratio", &|m| m.availability),
        family("steadfast_unavailability_ratio", "downtime over observed time", "ratio", &|m| {
            m.unavailability.value
        }),
        family("steadfast_unavailability_lower_ratio", "lower confidence bound", "ratio", &|m| {
            m.unavailability.lower
        }),
        family("steadfast_unavailability_upper_ratio", "upper confidence bound", "ratio", &|m| {
            m.unavailability.upper
        }),
    ];
    families.extend(MEASURES.iter().filter(|measure| !measure.family.is_empty()).map(|measure| {
        let unit = if measure.unit == Unit::Seconds { "seconds" } else { "" };
        let value = |line: &Measures| {
            let line = Line { measures: line, standing: None };
            (measure.value)(&line).bounds().value
        };
        family(measure.family, measure.meaning, unit, &value)
    }));
    families
}

fn slo_families(report: &Report) -> Vec<MetricFamily> {
    let samples = |pick: fn(&SloReport) -> Option<f64>| {
        let labelled = report.slo.iter().filter_map(|slo| {
            let labels = vec![("service", slo.subject.clone()), ("window", slo.slo_window.clone())];
            Some((labels, pick(slo)?))
        });
        labelled.collect()
    };
    vec![
        MetricFamily {
            name: "steadfast_slo_target_ratio",
            help: "The objective.",
            unit: "ratio",
            samples: samples(|slo| Some(slo.target)),
        },
        MetricFamily {
            name: "steadfast_slo_budget_left_ratio",
            help: "Share of the error budget that is left; negative when overspent.",
            unit: "ratio",
            samples: samples(|slo| slo.budget.left_share),
        },
        MetricFamily {
            name: "steadfast_slo_burn_rate_ratio",
            help: "Share of the budget spent over share of the window elapsed; 1 spends it exactly.",
            unit: "ratio",
            samples: samples(|slo| slo.budget.burn_rate),
        },
    ]
}
