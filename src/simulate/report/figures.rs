//! Evaluates the measures: exact and simulated values side by side, and their distance in standard errors.

use super::measure::{MEASURES, UNRELIABILITY, has_planned_work};
use super::{Exactly, MeasureReport};
use crate::report::{Cell, Point};
use crate::simulate::analytic::Answers;
use crate::simulate::model::Model;
use crate::simulate::monte_carlo::estimate::{FAILING_MIN, Figure, Figures, Scope};
use crate::stats::quantile::normal_upper_quantile;

/// Evaluates the measures that are meaningful for the model and have a value.
pub(super) fn evaluate(
    model: &Model,
    scope: &Scope,
    answers: &Answers,
    figures: Option<&Figures>,
    confidence: f64,
) -> Vec<MeasureReport> {
    let planned = has_planned_work(model);
    let meaningful = MEASURES.iter().filter(|measure| (measure.is_meaningful)(model));
    let evaluated = meaningful.filter_map(|measure| {
        let exact = (measure.exact)(answers, scope);
        let simulated = figures.and_then(measure.simulated);
        if exact.is_none() && simulated.is_none() {
            return None;
        }
        let z = z_score(exact.map(|(value, _)| value), simulated.as_ref(), confidence);
        Some(MeasureReport {
            key: measure.name,
            label: measure.full_label(scope, planned),
            unit: measure.unit,
            exact: exact.map(|(value, method)| Exactly { value, method: method.name() }),
            simulated,
            z: z.filter(|_| figures.is_some_and(|figures| is_z_meaningful(measure.name, figures))),
        })
    });
    evaluated.collect()
}

/// Returns the distance of a simulated figure from the exact one, in standard errors.
fn z_score(exact: Option<f64>, figure: Option<&Figure>, confidence: f64) -> Option<f64> {
    let figure = figure?;
    // The interval is the estimate ± (normal quantile) · (standard error), for large samples.
    let error = figure.half_width()? / normal_upper_quantile(0.5 * (1.0 - confidence))?;
    Some((figure.value - exact?) / error).filter(|z| z.is_finite())
}

/// Returns whether the sample is large enough for the errors of a figure to be approximately normal, so
/// that a z-score is meaningful. An unreliability needs both outcomes often enough.
fn is_z_meaningful(measure: &str, figures: &Figures) -> bool {
    let survived = (1.0 - figures.unreliability.value) * figures.replications as f64;
    figures.failing_replications >= FAILING_MIN
        && (measure != UNRELIABILITY || survived >= FAILING_MIN as f64)
}

impl MeasureReport {
    /// Returns the exact value if there is one, otherwise the simulated value with its interval.
    pub(super) fn best(&self) -> Cell {
        match (self.exact, &self.simulated) {
            (Some(exact), _) => self.unit.cell(exact.value),
            (None, Some(simulated)) => self.unit.estimate(simulated),
            (None, None) => Cell::Missing,
        }
    }

    /// Returns the method of the value that [`MeasureReport::best`] shows.
    pub(super) fn method(&self) -> &'static str {
        self.exact.map_or("simulated", |exact| exact.method)
    }
}

/// Returns the point of a chart at the exact value, or else at the simulated one with its interval.
pub(super) fn point(x: f64, exact: Option<f64>, simulated: Option<&Figure>) -> Option<Point> {
    let Some(y) = exact else {
        let figure = simulated?;
        let band = figure.interval.and_then(|interval| Some((interval.lower?, interval.upper?)));
        return Some(Point { x, y: figure.value, band });
    };
    Some(Point::new(x, y))
}
