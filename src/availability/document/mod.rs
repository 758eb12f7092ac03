//! Builds the document of a report: selects the figures, their order and their headings.

mod breakdown;
mod metrics;
mod objectives;
mod top;
mod total;

use super::analysis::report::{LedgerTotal, Report};
use super::evidence::Shape;
use super::explain;
use crate::base::quantity::{DAY_S, format_duration, significant};
use crate::base::text::counted;
use crate::base::time::Timestamp;
use crate::report::{Block, Check, Document, Later, Section, Strip, StripWords, Strips};
use std::rc::Rc;

/// Display options.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// The most rows of a breakdown, those with the most downtime; `None` for all.
    pub lines_max: Option<usize>,
    /// Whether to explain every figure (`--explain`).
    pub explain: bool,
}

/// Builds the document of a report.
pub fn document(report: &Rc<Report>, checks: Vec<Check>, shown: Shown) -> Document {
    let breakdowns = report.breakdowns.iter();
    let mut sections: Vec<Section> =
        breakdowns.map(|one| breakdown::section(report, one, shown.lines_max)).collect();
    sections.extend(strips_section(report, shown));
    sections.push(total::section(&report.total));
    sections.extend(objectives::sections(report, shown.lines_max));
    sections.extend(ledger_section(report));
    if shown.explain {
        sections.push(explain::section(report));
    }
    Document {
        title: title(report),
        headline: None,
        kind: "availability",
        facts: facts(report),
        sections,
        warnings: report.warnings.clone(),
        checks,
        conditions: "Required",
        metrics: Later::of(report, metrics::families),
        json: Later::json(report),
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
    let zone = &report.timezone;
    let [from, to] = [report.window.from, report.window.to].map(|end| zone.display(end));
    let database = zone.database().map(|version| format!(" (zone database {version})")).unwrap_or_default();
    facts.push(("window".into(), format!("{from} to {to}{origin}, calendar in {}{database}", zone.name())));
    if services(report) > 1 {
        let services = counted(services(report), "service");
        facts.push(("total".into(), format!("of {services}: {}", report.combine)));
    }
    if let Some(quorum) = report.quorum {
        let (needed, of) = (quorum.needed, quorum.of);
        facts.push((
            "quorum".into(),
            format!("a service is down while {needed} of its {of} probes see it down"),
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
    if window_s > 2.0 * DAY_S { report.date(at) } else { report.timezone.display(at) }
}

fn ledger_section(report: &Report) -> Option<Section> {
    let blocks = vec![Block::Facts(report.ledger.iter().map(ledger_line).collect())];
    let heading = "Rows excluded or adjusted".into();
    (!report.ledger.is_empty()).then_some(Section { heading, blocks })
}

/// Formats one ledger total, such as `423 rows` with `…: merged (double counting removed: 82 h)`.
fn ledger_line(total: &LedgerTotal) -> (String, String) {
    let effect = if total.effect.is_empty() || total.effect_s == 0.0 {
        String::new()
    } else {
        format!(" ({}: {})", total.effect, format_duration(total.effect_s.abs()))
    };
    (counted(total.rows, "row"), format!("{}{effect}", total.reason.description()))
}
