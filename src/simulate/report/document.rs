//! Builds the document of a report: its facts, figures and metrics, and the sections in their order.

use super::components::{causes_section, cut_sets_section, importance_section, repairs_sections};
use super::downtime::{distributions_section, exceedance_section, reliability_section};
use super::measure::MEASURES;
use super::table::{section, table};
use super::{ExactMethods, MeasureReport, Objective, Report, SimulationRun};
use crate::base::quantity::{format_duration, significant};
use crate::base::text::{counted, grouped};
use crate::report::{Block, Cell, Check, Column, Document, Later, MetricFamily, Section};
use std::rc::Rc;

/// Builds the document of a report. Lists have at most `top` rows.
pub fn document(report: &Rc<Report>, top: usize) -> Document {
    let mut sections = vec![figures_section(report)];
    sections.extend(distributions_section(report));
    sections.extend(exceedance_section(report));
    sections.extend(reliability_section(report));
    sections.extend(report.repairs.iter().flat_map(repairs_sections));
    sections.extend(causes_section(report, top));
    sections.extend(importance_section(report, top));
    sections.extend(report.cut_sets.as_ref().map(|sets| cut_sets_section(sets, top)));
    Document {
        title: format!("{}: predicted over {}", report.name, format_duration(report.horizon_s)),
        headline: None,
        kind: "simulate",
        facts: facts(report),
        sections,
        warnings: report.warnings.clone(),
        checks: report.objectives.iter().map(check).collect(),
        conditions: "Objectives",
        metrics: Later::of(report, metrics),
        json: Later::json(report),
    }
}

fn facts(report: &Report) -> Vec<(String, String)> {
    let set = if report.set.is_empty() { String::new() } else { format!(", with {}", report.set.join(", ")) };
    let topology = format!("{} ({}){set}", report.topology, counted(report.units, "unit"));
    let start = match report.start {
        "new" => "everything new and up",
        _ => "stationary, as after long use",
    };
    let run = report.simulation.as_ref();
    let level = run.map(|_| format!("{}% confidence", significant(report.confidence * 100.0, 4)));
    let facts = [
        ("topology", Some(topology)),
        ("exact", Some(exact_text(&report.exact))),
        ("simulated", run.map(run_text)),
        ("ended by", run.map(stop_text)),
        ("start", Some(start.to_owned())),
        ("intervals", level),
        ("seed", run.map(|_| report.seed.to_string())),
        ("made by", Some(format!("steadfast {}", report.version))),
    ];
    facts.into_iter().filter_map(|(label, text)| Some((label.to_owned(), text?))).collect()
}

/// Describes the size of the simulation.
fn run_text(run: &SimulationRun) -> String {
    format!(
        "{}, {} with an outage, {}",
        counted(run.replications, "replication"),
        grouped(run.failing_replications),
        counted(run.events, "component event"),
    )
}

/// Returns the seed and its meaning for several runs, if anything was simulated.
pub(super) fn seed_fact(report: &Report, meaning: &str) -> Option<(String, String)> {
    let drawn = report.simulation.as_ref();
    drawn.map(|_| ("seed".into(), format!("{} {meaning}", report.seed)))
}

/// Describes what ended the simulation, and the precision reached.
fn stop_text(run: &SimulationRun) -> String {
    let reached = run.precision_reached.filter(|reached| reached.is_finite());
    let reached = reached.map_or(String::new(), |reached| {
        format!(": the downtime is known to ± {}%", significant(reached * 100.0, 2))
    });
    format!("{}{reached}", run.stopped_by.description())
}

fn exact_text(exact: &ExactMethods) -> String {
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

fn figures_section(report: &Report) -> Section {
    let figures = table(
        "figures",
        &report.figures,
        &[
            (Column::new("figure", "Figure", 0), |of: &MeasureReport| Cell::text(&of.label)),
            (Column::new("exact", "Exact", 0).sparse(), |of| {
                Cell::or_missing(of.exact, |exact| of.unit.cell(exact.value))
            }),
            (Column::new("simulated", "Simulated", 0).sparse(), |of| {
                Cell::or_missing(of.simulated, |simulated| of.unit.estimate(&simulated))
            }),
            (Column::new("z", "z", 2).sparse(), |of| {
                Cell::or_missing(of.z, |z| Cell::Number((z * 100.0).round() / 100.0))
            }),
            (Column::new("method", "Exact by", 3).sparse(), |of| {
                Cell::or_missing(of.exact, |exact| Cell::text(exact.method))
            }),
        ],
    );
    section("", Block::Table(figures))
}

fn check(objective: &Objective) -> Check {
    Check {
        condition: objective.promise.clone(),
        subject: "system".into(),
        outcome: objective.outcome,
        detail: objective.detail.clone(),
    }
}

/// Builds the metrics: exact and simulated values, each labelled with its method.
fn metrics(report: &Report) -> Vec<MetricFamily> {
    let families = MEASURES.iter().filter(|measure| !measure.family.is_empty());
    let family = families.filter_map(|measure| {
        let figure = report.figure(measure.name)?;
        let sample = |method: &str, value: f64| {
            (vec![("system", report.name.clone()), ("method", method.to_owned())], value)
        };
        let exact = figure.exact.map(|exact| sample("exact", exact.value));
        let simulated = figure.simulated.map(|simulated| sample("simulated", simulated.value));
        Some(MetricFamily {
            name: measure.family,
            help: measure.meaning,
            unit: measure.unit.of_family(),
            samples: exact.into_iter().chain(simulated).collect(),
        })
    });
    family.collect()
}
