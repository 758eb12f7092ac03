//! The parts of the report that rest on the simulation: distributions, causes, and the curves beside the exact
//! ones.

use super::importance::component;
use super::{CauseShare, CurvePoint, Distributed};
use crate::base::quantity::{YEAR_S, format_duration};
use crate::simulate::analytic::{Answers, Method};
use crate::simulate::model::Model;
use crate::simulate::monte_carlo::estimate::{self, CURVE_POINTS, Figures, Scope, Spread};

pub(super) fn distributions(scope: &Scope, figures: &Figures) -> Vec<Distributed> {
    let of = |key, label: String, spread: &Spread| Distributed { key, label, spread: spread.clone() };
    let window = format!("Downtime per window of {}", format_duration(scope.window_s));
    let longest = format!("Longest outage in {}", format_duration(scope.horizon_s));
    vec![
        of("window_downtime_s", window, &figures.window_downtime_s),
        of("outage_s", "Outage duration".into(), &figures.outage_s),
        of("longest_s", longest, &figures.longest_s),
    ]
}

pub(super) fn causes(model: &Model, scope: &Scope, figures: &Figures) -> Vec<CauseShare> {
    let a_year = YEAR_S / scope.horizon_s;
    let of = |share: &estimate::CauseShare| CauseShare {
        name: model.leaf_name(share.cause.leaf).to_owned(),
        component: component(model, share.cause.leaf),
        kind: share.cause.kind.name(),
        outages_per_year: share.outages * a_year,
        downtime_s_per_year: share.downtime_s * a_year,
        share: share.share,
    };
    figures.downtime_by_cause.iter().map(of).collect()
}

pub(super) fn curve(scope: &Scope, answers: &Answers, figures: Option<&Figures>) -> Vec<CurvePoint> {
    let value = |found: Option<&Option<(f64, Method)>>| found.copied().flatten().map(|(value, _)| value);
    // The running maximum, at most 1: near 1, rounding errors could otherwise make the curve fall.
    let mut failed_so_far = 0.0_f64;
    let mut failed_by = |probability: f64| {
        failed_so_far = failed_so_far.max(probability.min(1.0));
        failed_so_far
    };
    let points = (0..=CURVE_POINTS).map(|point| {
        let drawn = figures.and_then(|figures| figures.curve.get(point));
        CurvePoint {
            at_s: scope.point_s(point),
            unavailability_exact: value(answers.curve.get(point)),
            unavailability: drawn.map(|drawn| drawn.unavailability),
            unreliability_exact: value(answers.unreliability_curve.get(point)).map(&mut failed_by),
            unreliability: drawn.map(|drawn| drawn.unreliability),
        }
    });
    points.collect()
}
