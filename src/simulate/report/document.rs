//! Builds the document of a report: its figures, tables and charts in order.

use super::lists;
use super::{
    Blamed, ComponentRepairs, CrewReport, CurvePoint, CutSetsReport, Distributed, ExactRoad, Important,
    Measure, MeasureUnit, RepairsReport, Report, Simulated, SimulationRoad,
};
use crate::base::quantity::{format_duration, significant};
use crate::base::text::{counted, grouped};
use crate::report::{
    Axis, AxisUnit, Block, Cell, Chart, Check, Column, Document, MetricFamily, Point, Row, Scale, Section,
    Series, Style, Table,
};

/// Options of the document.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// Maximum number of rows of a list.
    pub top: usize,
}

/// Builds the document of a report.
pub fn document(report: &Report, shown: Shown) -> Document {
    let mut sections = vec![figures_section(report)];
    sections.extend(distributions_section(report));
    sections.extend(exceedance_section(report));
    sections.extend(curve_section(report));
    sections.extend(report.repairs.iter().flat_map(repairs_sections));
    sections.extend(blame_section(report, shown));
    sections.extend(importance_section(report, shown));
    sections.extend(report.cut_sets.as_ref().map(|sets| cut_sets_section(sets, shown)));
    Document {
        title: format!("{}: predicted over {}", report.name, format_duration(report.horizon_s)),
        headline: None,
        kind: "simulate",
        facts: facts(report),
        sections,
        warnings: report.warnings.clone(),
        checks: report.objectives.iter().map(check).collect(),
        conditions: "Objectives",
        metrics: metrics(report),
        json: serde_json::to_string_pretty(report).unwrap_or_default(),
    }
}

fn facts(report: &Report) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut fact = |label: &str, text: String| facts.push((label.into(), text));
    let set = if report.set.is_empty() { String::new() } else { format!(", with {}", report.set.join(", ")) };
    fact("topology", format!("{} ({}){set}", report.topology, counted(report.units, "unit")));
    fact("exact", exact_text(&report.exact));
    if let Some(run) = &report.simulation {
        fact(
            "simulated",
            format!(
                "{}, {} with an outage, {}",
                counted(run.replications, "replication"),
                grouped(run.failing_replications),
                counted(run.events, "component event"),
            ),
        );
        fact("ended by", stop_text(run));
    }
    fact(
        "start",
        if report.start == "new" {
            "everything new and up".into()
        } else {
            "stationary, as after long use".into()
        },
    );
    if report.simulation.is_some() {
        let level = significant(report.confidence * 100.0, 4);
        fact("intervals", format!("{level}% confidence"));
        fact("seed", report.seed.to_string());
    }
    fact("made by", format!("steadfast {}", report.version));
    facts
}

/// Returns the seed and its meaning for several runs, if anything was simulated.
pub(super) fn seed_fact(report: &Report, meaning: &str) -> Option<(String, String)> {
    let drawn = report.simulation.as_ref();
    drawn.map(|_| ("seed".into(), format!("{} {meaning}", report.seed)))
}

/// Describes what ended the simulation, and the precision reached.
fn stop_text(run: &SimulationRoad) -> String {
    let reached = run.precision_reached.filter(|reached| reached.is_finite());
    let reached = reached.map_or(String::new(), |reached| {
        format!(": the downtime is known to ± {}%", significant(reached * 100.0, 2))
    });
    format!("{}{reached}", run.stopped_by.description())
}

fn exact_text(exact: &ExactRoad) -> String {
    if let Some(why) = &exact.why_not {
        return format!("no: {why}");
    }
    let diagram = exact.nodes.map(|nodes| format!("decision diagram of {}", counted(nodes, "node")));
    let chain = exact.states.map(|states| format!("Markov chain of {}", counted(states, "state")));
    let parts = exact.parts.as_ref().map(|parts| {
        format!(
            "decision diagram of {} over {} of {}",
            counted(parts.nodes, "node"),
            counted(parts.chains, "Markov chain"),
            counted(parts.states, "state")
        )
    });
    let methods: Vec<String> = diagram.into_iter().chain(chain).chain(parts).collect();
    format!("by {}", methods.join(", "))
}

fn cell(unit: MeasureUnit, value: f64) -> Cell {
    match unit {
        MeasureUnit::ShareByComplement => Cell::ShareByComplement(value),
        MeasureUnit::Seconds => Cell::Seconds(value),
        MeasureUnit::PerYear => Cell::PerYear(value),
        MeasureUnit::Share => Cell::Percent(value),
    }
}

fn estimate(unit: MeasureUnit, simulated: &Simulated) -> Cell {
    let bound = |bound: Option<f64>| bound.map(|value| Box::new(cell(unit, value)));
    let (lower, upper) = match unit {
        // The bounds swap places: the share's lower bound belongs to the complement's upper bound.
        MeasureUnit::ShareByComplement => (bound(simulated.upper), bound(simulated.lower)),
        _ => (bound(simulated.lower), bound(simulated.upper)),
    };
    let value = Box::new(cell(unit, simulated.value));
    if lower.is_none() && upper.is_none() { *value } else { Cell::Estimate { value, lower, upper } }
}

/// Returns the exact value if there is one, otherwise the simulated value with its interval.
pub(super) fn best(measure: &Measure) -> Cell {
    match (&measure.exact, &measure.simulated) {
        (Some(exact), _) => cell(measure.unit, exact.value),
        (None, Some(simulated)) => estimate(measure.unit, simulated),
        (None, None) => Cell::Missing,
    }
}

/// Returns the method of the value that [`best`] shows.
pub(super) fn road_of(measure: &Measure) -> &'static str {
    measure.exact.as_ref().map_or("simulated", |exact| exact.road)
}

fn figures_section(report: &Report) -> Section {
    let row = |measure: &Measure| {
        let exact = measure.exact.as_ref();
        Row {
            cells: vec![
                Cell::text(&measure.label),
                Cell::or_missing(exact, |exact| cell(measure.unit, exact.value)),
                Cell::or_missing(measure.simulated.as_ref(), |simulated| estimate(measure.unit, simulated)),
                Cell::or_missing(measure.z, |z| Cell::Number((z * 100.0).round() / 100.0)),
                Cell::or_missing(exact, |exact| Cell::text(exact.road)),
            ],
            total: false,
        }
    };
    let table = Table {
        name: "figures",
        columns: vec![
            Column::new("figure", "Figure", 0),
            Column::new("exact", "Exact", 0).sparse(),
            Column::new("simulated", "Simulated", 0).sparse(),
            Column::new("z", "z", 2).sparse(),
            Column::new("road", "Exact by", 3).sparse(),
        ],
        rows: report.figures.iter().map(row).collect(),
    };
    Section { heading: String::new(), blocks: vec![Block::Table(table)] }
}

fn distributions_section(report: &Report) -> Option<Section> {
    let row = |distributed: &Distributed| {
        let of = |value: &Option<Simulated>| {
            Cell::or_missing(value.as_ref(), |value| estimate(MeasureUnit::Seconds, value))
        };
        Row {
            cells: vec![
                Cell::text(&distributed.label),
                of(&distributed.mean),
                of(&distributed.p50),
                of(&distributed.p95),
                of(&distributed.p99),
            ],
            total: false,
        }
    };
    let table = Table {
        name: "distributions",
        columns: vec![
            Column::new("of", "", 0),
            Column::new("mean_s", "Mean", 0),
            Column::new("p50_s", "p50", 1),
            Column::new("p95_s", "p95", 0),
            Column::new("p99_s", "p99", 1),
        ],
        rows: report.distributions.iter().map(row).collect(),
    };
    (!table.rows.is_empty()).then(|| Section {
        heading: "Distribution of downtime (simulated)".into(),
        blocks: vec![Block::Table(table)],
    })
}

/// Distributions that are charted. The longest outage adds little to the other two.
const DRAWN: [&str; 2] = ["window_downtime_s", "outage_s"];

/// Builds the exceedance chart: the share of windows with more downtime and of outages with a longer
/// duration, and the downtime that the objective allows.
fn exceedance_section(report: &Report) -> Option<Section> {
    let drawn = report.distributions.iter().filter(|of| DRAWN.contains(&of.key));
    let mut series: Vec<Series> = drawn.clone().map(exceedance).collect();
    series.retain(|series| series.points.len() > 1);
    let least = series.iter().flat_map(|series| &series.points).map(|point| point.y).fold(1.0, f64::min);
    series.extend(drawn.filter_map(|of| allowed(of, least)));
    let chart = Chart {
        name: "exceedance",
        x: Axis::new("longer than", AxisUnit::Seconds),
        y: Axis::new("Share", AxisUnit::Share),
        series,
    };
    (chart.series.iter().any(|series| series.style == Style::Line)).then(|| Section {
        heading: "Exceedance: share of windows and outages above a given duration (simulated)".into(),
        blocks: vec![Block::Chart(chart)],
    })
}

/// Builds a curve of the exceedance chart, without its last point: a share of zero has no place on a
/// logarithmic axis.
fn exceedance(of: &Distributed) -> Series {
    let points = of.exceedance.iter().filter(|point| point.share > 0.0);
    Series {
        label: of.label.clone(),
        points: points.map(|point| Point::new(point.longer_than_s, point.share)).collect(),
        style: Style::Line,
    }
}

/// Builds a vertical line at the downtime that the objective allows.
fn allowed(of: &Distributed, least: f64) -> Option<Series> {
    let allowed_s = of.allowed_s?;
    Some(Series {
        label: format!("allowed: {}", format_duration(allowed_s)),
        points: vec![Point::new(allowed_s, least), Point::new(allowed_s, 1.0)],
        style: Style::Steps,
    })
}

/// Builds the chart of reliability over the horizon, exact where known, otherwise simulated with its
/// confidence band.
fn curve_section(report: &Report) -> Option<Section> {
    let point = |point: &CurvePoint| {
        let drawn = point.unreliability.as_ref();
        let y = point.unreliability_exact.or(drawn.map(|drawn| drawn.value))?;
        let band = drawn.filter(|_| point.unreliability_exact.is_none());
        Some(Point {
            x: point.at_s,
            // Rounding of a difference of two numbers near one can give a value slightly below zero.
            y: (1.0 - y).max(0.0),
            band: band.and_then(|drawn| Some((1.0 - drawn.lower?, 1.0 - drawn.upper?))),
        })
    };
    let points: Vec<Point> = report.curve.iter().filter_map(point).collect();
    let chart = Chart {
        name: "reliability",
        x: Axis { label: "Time".into(), unit: AxisUnit::Seconds, scale: Scale::Linear },
        y: Axis { label: "Reliability".into(), unit: AxisUnit::Share, scale: Scale::Linear },
        series: vec![Series { label: String::new(), points, style: Style::Line }],
    };
    (chart.series.iter().any(|series| series.points.len() > 1)).then(|| Section {
        heading: "Reliability: probability of no failure since the start".into(),
        blocks: vec![Block::Chart(chart)],
    })
}

/// Builds the tables of mean repair times per component and of the load of the crews.
fn repairs_sections(repairs: &RepairsReport) -> Vec<Section> {
    let seconds = |figure: &Option<Simulated>| {
        Cell::or_missing(figure.as_ref(), |figure| estimate(MeasureUnit::Seconds, figure))
    };
    let component = |component: &ComponentRepairs| Row {
        cells: vec![
            Cell::text(&component.name),
            seconds(&component.detection_s),
            seconds(&component.restart_s),
            seconds(&component.wait_s),
            seconds(&component.repair_s),
            seconds(&component.restore_s),
            Cell::Count(component.failures),
        ],
        total: false,
    };
    let crew = |crew: &CrewReport| Row {
        cells: vec![
            Cell::text(&crew.name),
            Cell::Count(u64::from(crew.size)),
            Cell::or_missing(crew.utilisation.as_ref(), |figure| estimate(MeasureUnit::Share, figure)),
            seconds(&crew.wait_s),
        ],
        total: false,
    };
    let components = Table {
        name: "repairs",
        columns: vec![
            Column::new("component", "Component", 0),
            Column::new("detection_s", "Detection", 0).sparse(),
            Column::new("restart_s", "Restarts", 1).sparse(),
            Column::new("wait_s", "Waiting for crew", 0).sparse(),
            Column::new("repair_s", "Repair", 0),
            Column::new("restore_s", "Total", 0),
            Column::new("failures", "Failures observed", 3),
        ],
        rows: repairs.components.iter().map(component).collect(),
    };
    let crews = Table {
        name: "crews",
        columns: vec![
            Column::new("crew", "Crew", 0),
            Column::new("size", "Size", 0),
            Column::new("utilisation", "Utilisation", 0),
            Column::new("wait_s", "Mean wait", 0),
        ],
        rows: repairs.crews.iter().map(crew).collect(),
    };
    let headed = [
        ("Mean time in each repair stage, over all failures (simulated)", components),
        ("Repair crews (simulated)", crews),
    ];
    let filled = headed.into_iter().filter(|(_, table)| !table.rows.is_empty());
    filled
        .map(|(heading, table)| Section { heading: heading.into(), blocks: vec![Block::Table(table)] })
        .collect()
}

fn blame_section(report: &Report, shown: Shown) -> Option<Section> {
    let blame = lists::blamed(&report.blame);
    let row = |blamed: &Blamed| Row {
        cells: vec![
            Cell::text(&blamed.name),
            Cell::text(blamed.kind),
            Cell::Percent(blamed.share),
            Cell::Seconds(blamed.downtime_s_per_year),
            Cell::PerYear(blamed.outages_per_year),
        ],
        total: false,
    };
    let table = Table {
        name: "blame",
        columns: vec![
            Column::new("component", "Cause", 0),
            Column::new("kind", "Kind", 1),
            Column::new("share", "Share of downtime", 0),
            Column::new("downtime_s_per_year", "Downtime per year", 0),
            Column::new("outages_per_year", "Outages per year", 1),
        ],
        rows: blame.iter().take(shown.top).map(row).collect(),
    };
    list_section("Downtime by component (simulated)", table, blame.len(), shown.top)
}

fn importance_section(report: &Report, shown: Shown) -> Option<Section> {
    let importance = lists::important(&report.importance);
    let row = |important: &Important| Row {
        cells: vec![
            Cell::text(&important.name),
            Cell::ShareByComplement(important.unavailability),
            Cell::Number(important.birnbaum),
            Cell::Number(important.criticality),
            Cell::or_missing(important.fussell_vesely, Cell::Number),
            Cell::Number(important.raw),
            Cell::or_missing(important.rrw, Cell::Number),
        ],
        total: false,
    };
    let table = Table {
        name: "importance",
        columns: vec![
            Column::new("component", "Component", 0),
            Column::new("unavailability", "Availability", 1),
            Column::new("birnbaum", "Birnbaum", 1),
            Column::new("criticality", "Criticality", 0),
            Column::new("fussell_vesely", "Fussell–Vesely", 2),
            Column::new("raw", "RAW", 2),
            Column::new("rrw", "RRW", 2),
        ],
        rows: importance.iter().take(shown.top).map(row).collect(),
    };
    let heading = "Importance of components (exact)";
    let list = list_section(heading, table, importance.len(), shown.top);
    let missing = report.exact.missing.iter().map(|why| Block::Text(why.clone()));
    let mut section = list.unwrap_or_else(|| Section { heading: heading.into(), blocks: Vec::new() });
    section.blocks.extend(missing);
    (!section.blocks.is_empty()).then_some(section)
}

/// Builds a section with a list cut to its first rows, and a note on the number of rows left out.
fn list_section(heading: &str, table: Table, all: usize, top: usize) -> Option<Section> {
    if table.rows.is_empty() {
        return None;
    }
    let mut blocks = vec![Block::Table(table)];
    if all > top {
        let more = grouped((all - top) as u64);
        blocks.push(Block::Text(format!("and {more} more (use --top to show them)")));
    }
    Some(Section { heading: heading.into(), blocks })
}

fn cut_sets_section(sets: &CutSetsReport, shown: Shown) -> Section {
    let rows = sets.top.iter().take(shown.top).map(|set| {
        let members: Vec<&str> = set.members.iter().map(String::as_str).collect();
        Row { cells: vec![Cell::Number(set.probability), Cell::text(lists::short(&members))], total: false }
    });
    let table = Table {
        name: "cut_sets",
        columns: vec![
            Column::new("probability", "Probability", 0),
            Column::new("members", "Members (all down)", 0),
        ],
        rows: rows.collect(),
    };
    Section {
        heading: "Minimal cut sets (exact)".into(),
        blocks: vec![Block::Text(orders_text(sets)), Block::Table(table)],
    }
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

fn check(objective: &super::Objective) -> Check {
    Check {
        condition: objective.promise.clone(),
        subject: "system".into(),
        outcome: objective.outcome,
        detail: objective.detail.clone(),
    }
}

/// Builds the metrics: exact and simulated values, each labelled with its method.
fn metrics(report: &Report) -> Vec<MetricFamily> {
    let families = [
        (
            "unavailability",
            "steadfast_predicted_unavailability_ratio",
            "Predicted share of the horizon that is downtime",
            "ratio",
        ),
        (
            "mtbf_s",
            "steadfast_predicted_mtbf_seconds",
            "Predicted mean operating time between failures",
            "seconds",
        ),
        ("mdt_s", "steadfast_predicted_mdt_seconds", "Predicted mean down time", "seconds"),
        (
            "failure_frequency_per_year",
            "steadfast_predicted_failure_frequency_per_year",
            "Predicted failures of the system a year",
            "",
        ),
    ];
    let family = |(key, name, help, unit)| {
        let measure = report.figures.iter().find(|measure| measure.key == key)?;
        let sample = |road: &str, value: f64| {
            (vec![("system", report.name.clone()), ("road", road.to_owned())], value)
        };
        let exact = measure.exact.as_ref().map(|exact| sample("exact", exact.value));
        let simulated = measure.simulated.as_ref().map(|simulated| sample("simulated", simulated.value));
        Some(MetricFamily { name, help, unit, samples: exact.into_iter().chain(simulated).collect() })
    };
    families.into_iter().filter_map(family).collect()
}
