//! The sections about components: repair stages and crews, causes of downtime, importance, and minimal cut sets.

use super::lists::{grouped_causes, grouped_importance, short};
use super::table::{seconds, section, table, table_section};
use super::{CauseShare, CutSetReport, CutSetsReport, Important, MeasureUnit, Report};
use crate::base::text::grouped;
use crate::report::{Block, Cell, Column, Section, Table};
use crate::simulate::monte_carlo::estimate::{CrewLoad, RepairTimes, Repairs};

/// Builds the tables of mean repair times per component and of the load of the crews.
pub(super) fn repairs_sections(repairs: &Repairs) -> Vec<Section> {
    let components = table(
        "repairs",
        &repairs.components,
        &[
            (Column::new("component", "Component", 0), |of: &RepairTimes| Cell::text(&of.name)),
            (Column::new("detection_s", "Detection", 0).sparse(), |of| seconds(of.detection_s)),
            (Column::new("restart_s", "Restarts", 1).sparse(), |of| seconds(of.restart_s)),
            (Column::new("wait_s", "Waiting for crew", 0).sparse(), |of| seconds(of.wait_s)),
            (Column::new("repair_s", "Repair", 0), |of| seconds(of.repair_s)),
            (Column::new("restore_s", "Total", 0), |of| seconds(of.restore_s)),
            (Column::new("failures", "Failures observed", 3), |of| Cell::Count(of.failures)),
        ],
    );
    let crews = table(
        "crews",
        &repairs.crews,
        &[
            (Column::new("crew", "Crew", 0), |of: &CrewLoad| Cell::text(&of.name)),
            (Column::new("size", "Size", 0), |of| Cell::Count(u64::from(of.size))),
            (Column::new("utilisation", "Utilisation", 0), |of| {
                Cell::or_missing(of.utilisation, |share| MeasureUnit::Share.estimate(&share))
            }),
            (Column::new("wait_s", "Mean wait", 0), |of| seconds(of.wait_s)),
        ],
    );
    let components =
        table_section("Mean time in each repair stage, over all failures (simulated)", components);
    components.into_iter().chain(table_section("Repair crews (simulated)", crews)).collect()
}

pub(super) fn causes_section(report: &Report, top: usize) -> Option<Section> {
    let table = table(
        "downtime_by_cause",
        &grouped_causes(&report.downtime_by_cause),
        &[
            (Column::new("component", "Cause", 0), |of: &CauseShare| Cell::text(&of.name)),
            (Column::new("kind", "Kind", 1), |of| Cell::text(of.kind)),
            (Column::new("share", "Share of downtime", 0), |of| Cell::Percent(of.share)),
            (Column::new("downtime_s_per_year", "Downtime per year", 0), |of| {
                Cell::Seconds(of.downtime_s_per_year)
            }),
            (Column::new("outages_per_year", "Outages per year", 1), |of| Cell::PerYear(of.outages_per_year)),
        ],
    );
    list_section("Downtime by component (simulated)", table, top)
}

pub(super) fn importance_section(report: &Report, top: usize) -> Option<Section> {
    let table = table(
        "importance",
        &grouped_importance(&report.importance),
        &[
            (Column::new("component", "Component", 0), |of: &Important| Cell::text(&of.name)),
            (Column::new("unavailability", "Availability", 1), |of| {
                Cell::ShareByComplement(of.unavailability)
            }),
            (Column::new("birnbaum", "Birnbaum", 1), |of| Cell::Number(of.birnbaum)),
            (Column::new("criticality", "Criticality", 0), |of| Cell::Number(of.criticality)),
            (Column::new("fussell_vesely", "Fussell–Vesely", 2), |of| {
                Cell::or_missing(of.fussell_vesely, Cell::Number)
            }),
            (Column::new("raw", "RAW", 2), |of| Cell::Number(of.raw)),
            (Column::new("rrw", "RRW", 2), |of| Cell::or_missing(of.rrw, Cell::Number)),
        ],
    );
    let heading = "Importance of components (exact)";
    let list = list_section(heading, table, top);
    let mut section = list.unwrap_or_else(|| Section { heading: heading.into(), blocks: Vec::new() });
    section.blocks.extend(report.exact.missing.iter().map(|why| Block::Text(why.clone())));
    (!section.blocks.is_empty()).then_some(section)
}

/// Builds a section with a list cut to its first rows, and a note on the number of rows left out.
fn list_section(heading: &str, mut table: Table, top: usize) -> Option<Section> {
    let more = table.rows.len().saturating_sub(top);
    table.rows.truncate(top);
    let mut section = table_section(heading, table)?;
    if more > 0 {
        let more = grouped(more as u64);
        section.blocks.push(Block::Text(format!("and {more} more (use --top to show them)")));
    }
    Some(section)
}

pub(super) fn cut_sets_section(sets: &CutSetsReport, top: usize) -> Section {
    let shown = sets.top.get(..top).unwrap_or(&sets.top);
    let table = table(
        "cut_sets",
        shown,
        &[
            (Column::new("probability", "Probability", 0), |of: &CutSetReport| Cell::Number(of.probability)),
            (Column::new("members", "Members (all down)", 0), |of| {
                let members: Vec<&str> = of.members.iter().map(String::as_str).collect();
                Cell::text(short(&members))
            }),
        ],
    );
    let mut section = section("Minimal cut sets (exact)", Block::Text(orders_text(sets)));
    section.blocks.push(Block::Table(table));
    section
}

/// Describes the number of cut sets in total and by order.
fn orders_text(sets: &CutSetsReport) -> String {
    let number = |digits: &str| digits.parse::<u64>().ok();
    let said = |digits: &str| number(digits).map_or(digits.to_owned(), grouped);
    let orders = (1..).zip(&sets.by_order).filter(|(_, count)| *count != "0");
    let mut words: Vec<String> = orders
        .map(|(order, count)| match order {
            1 if sets.of_parts => format!("{} of order 1", said(count)),
            1 if count == "1" => "1 of order 1 (a single point of failure)".to_owned(),
            1 => format!("{} of order 1 (single points of failure)", said(count)),
            _ => format!("{} of order {order}", said(count)),
        })
        .collect();
    let counted: Option<Vec<u64>> = sets.by_order.iter().map(|count| number(count)).collect();
    let left = counted.and_then(|counted| number(&sets.count)?.checked_sub(counted.iter().sum()));
    if let Some(left) = left.filter(|left| *left > 0) {
        words.push(format!("{} of higher order", grouped(left)));
    }
    let all = said(&sets.count);
    if words.is_empty() { format!("{all} in total") } else { format!("{all} in total: {}", words.join(", ")) }
}
