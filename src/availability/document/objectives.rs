//! The sections on objectives and their error budgets.

use super::top::first_by;
use crate::availability::analysis::WHOLE;
use crate::availability::analysis::report::{Report, SloReport};
use crate::base::quantity::{format_duration, significant};
use crate::base::text::grouped;
use crate::report::{Block, Cell, Column, Row, Section, Table};

/// A column of the table of objectives: its key, heading and priority, and the cell of an objective.
type SloColumn = (&'static str, &'static str, u8, fn(&Report, &SloReport) -> Cell);

#[rustfmt::skip]
const COLUMNS: [SloColumn; 12] = [
    ("subject", "Service", 0, |_, slo| Cell::text(slo.subject.as_str())),
    ("target", "Objective", 0, |_, slo| Cell::ShareByComplement(slo.unavailability_target)),
    ("slo_window", "Window", 1, |_, slo| Cell::text(slo.slo_window.as_str())),
    ("window_from", "From", 5, |report, slo| Cell::Text(report.date(slo.budget.window_start))),
    ("budget_s", "Budget", 0, |_, slo| Cell::Seconds(slo.budget.budget_s)),
    ("spent_s", "Spent", 0, |_, slo| Cell::Seconds(slo.budget.spent_s)),
    ("left_s", "Left", 0, |_, slo| Cell::Seconds(slo.budget.left_s)),
    ("left_share", "Left %", 0, |_, slo| Cell::or_missing(slo.budget.left_share, Cell::Percent)),
    ("burn_rate", "Burn rate", 1, |_, slo| Cell::or_missing(slo.budget.burn_rate, Cell::Number)),
    ("runs_out_at", "Runs out", 2, runs_out),
    ("missed", "Missed", 3, missed),
    ("clean_days_needed", "Failure-free days needed", 4, clean_days_needed),
];

fn runs_out(report: &Report, slo: &SloReport) -> Cell {
    match (slo.budget.exhausted_at, slo.budget.runs_out_at) {
        (Some(at), _) => Cell::Text(format!("spent {}", report.date(at))),
        (None, Some(at)) => Cell::Text(report.date(at)),
        (None, None) => Cell::text("not in this window"),
    }
}

fn missed(_: &Report, slo: &SloReport) -> Cell {
    Cell::or_missing(slo.budget.units, |count| {
        Cell::Text(format!("{} of {}", count.missed_units, count.units))
    })
}

fn clean_days_needed(_: &Report, slo: &SloReport) -> Cell {
    if slo.shown { Cell::text("shown") } else { Cell::or_missing(slo.clean_days_needed, Cell::Number) }
}

/// Builds the sections, with at most `lines_max` objectives of services; none without objectives.
pub(super) fn sections(report: &Report, lines_max: Option<usize>) -> Vec<Section> {
    if report.slo.is_empty() {
        return Vec::new();
    }
    let objectives = most_spent(report, lines_max);
    let columns = COLUMNS.map(|(key, heading, priority, _)| Column::new(key, heading, priority)).into();
    let row = |slo: &&SloReport| Row {
        cells: COLUMNS.iter().map(|(_, _, _, cell)| cell(report, slo)).collect(),
        total: false,
    };
    let rows = objectives.iter().map(row).collect();
    let mut blocks = vec![Block::Table(Table { name: "slo", columns, rows })];
    let left = report.slo.len() - objectives.len();
    if left > 0 {
        let services = report.slo.iter().filter(|slo| slo.subject != WHOLE);
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

/// Returns the objectives with the least budget left, in their original order. The total's is always
/// included.
fn most_spent(report: &Report, max: Option<usize>) -> Vec<&SloReport> {
    let is_whole = |slo: &SloReport| slo.subject == WHOLE;
    let wholes = report.slo.iter().filter(|slo| is_whole(slo)).count();
    // An objective of 100% has no budget to take a share of: order by the downtime spent.
    let left = |slo: &SloReport| slo.budget.left_share.unwrap_or(-slo.budget.spent_s);
    first_by(&report.slo, max.map_or(usize::MAX, |max| max.saturating_add(wholes)), |a, b| {
        is_whole(b).cmp(&is_whole(a)).then_with(|| left(a).total_cmp(&left(b)))
    })
}

fn worst_windows(report: &Report, slo: &SloReport) -> Option<(String, String)> {
    let windows = slo.budget.worst.iter().filter(|window| window.downtime_s > 0.0);
    let shown = windows.map(|window| {
        let (from, to) = (report.date(window.start), report.date(window.end));
        format!("{from} to {to}: {}", format_duration(window.downtime_s))
    });
    let shown: Vec<String> = shown.collect();
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
        .then(|| format!("Too little data to show that the objective is met. Days without failure still needed: {shown}{more}"))
}
