//! The metric families, each with one sample per service and one for the total.

use crate::availability::analysis::measures::Measures;
use crate::availability::analysis::report::{Report, SloReport};
use crate::availability::analysis::{WHOLE, label};
use crate::availability::measure::{Line, MEASURES, Unit};
use crate::report::MetricFamily;

/// A family of ratios: its name, its help and the value of a sample.
type Ratio<T> = (&'static str, &'static str, fn(&T) -> Option<f64>);

/// The families of the availability and its bounds.
#[rustfmt::skip]
const AVAILABILITY: [Ratio<Measures>; 4] = [
    ("steadfast_availability_ratio", "uptime over observed time", |m| m.availability),
    ("steadfast_unavailability_ratio", "downtime over observed time", |m| m.unavailability.value),
    ("steadfast_unavailability_lower_ratio", "lower confidence bound", |m| m.unavailability.lower),
    ("steadfast_unavailability_upper_ratio", "upper confidence bound", |m| m.unavailability.upper),
];

/// The families of the objectives.
#[rustfmt::skip]
const OBJECTIVES: [Ratio<SloReport>; 3] = [
    ("steadfast_slo_target_ratio", "The objective.", |slo| Some(slo.target)),
    ("steadfast_slo_budget_left_ratio",
        "Share of the error budget that is left; negative when overspent.", |slo| slo.budget.left_share),
    ("steadfast_slo_burn_rate_ratio",
        "Share of the budget spent over share of the window elapsed; 1 spends it exactly.",
        |slo| slo.budget.burn_rate),
];

/// Returns the families that have a sample.
pub(super) fn families(report: &Report) -> Vec<MetricFamily> {
    let services = report.services.iter();
    let mut subjects: Vec<(Labels, &Measures)> =
        services.map(|line| (labels(&label("service", &line.name)), &line.measures)).collect();
    subjects.push((labels(WHOLE), &report.total));
    let mut families = measure_families(&subjects);
    families.extend(OBJECTIVES.map(|ratio| slo_family(report, ratio)));
    families.retain(|family| !family.samples.is_empty());
    families
}

type Labels = Vec<(&'static str, String)>;

/// The labels of a subject. Those of the whole have a scope of their own, so that a sum over the services need not
/// count it too.
fn labels(subject: &str) -> Labels {
    if subject == WHOLE {
        vec![("scope", WHOLE.to_owned())]
    } else {
        vec![("scope", "service".to_owned()), ("service", subject.to_owned())]
    }
}

/// One family for each measure that has one, and those of the availability with its bounds.
fn measure_families(subjects: &[(Labels, &Measures)]) -> Vec<MetricFamily> {
    let family = |name, help, unit, pick: &dyn Fn(&Measures) -> Option<f64>| MetricFamily {
        name,
        help,
        unit,
        samples: subjects.iter().filter_map(|(labels, line)| Some((labels.clone(), pick(line)?))).collect(),
    };
    let ratios = AVAILABILITY.map(|(name, help, pick)| family(name, help, "ratio", &pick));
    let measures = MEASURES.iter().filter(|measure| !measure.family.is_empty()).map(|measure| {
        let unit = if measure.unit == Unit::Seconds { "seconds" } else { "" };
        let value = |line: &Measures| {
            let line = Line { measures: line, standing: None };
            (measure.value)(&line).bounds().value
        };
        family(measure.family, measure.meaning, unit, &value)
    });
    ratios.into_iter().chain(measures).collect()
}

fn slo_family(report: &Report, (name, help, pick): Ratio<SloReport>) -> MetricFamily {
    let samples = report.slo.iter().filter_map(|slo| {
        let mut labels = labels(&slo.subject);
        labels.push(("window", slo.slo_window.clone()));
        Some((labels, pick(slo)?))
    });
    MetricFamily { name, help, unit: "ratio", samples: samples.collect() }
}
