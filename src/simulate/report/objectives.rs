//! Judges the objectives of the file by the figures.

use super::measure::{UNAVAILABILITY, UNRELIABILITY};
use super::{MeasureReport, Objective};
use crate::base::outcome::Outcome;
use crate::base::quantity::{format_duration, format_share};
use crate::simulate::model::Model;
use crate::simulate::monte_carlo::estimate::{Figure, Figures, Scope};

/// Judges the objectives that the file states. `drawn` are the estimates of the simulation.
pub(super) fn objectives(
    model: &Model,
    scope: &Scope,
    figures: &[MeasureReport],
    drawn: Option<&Figures>,
) -> Vec<Objective> {
    let targets = &model.objectives;
    let windows_met = drawn.and_then(|drawn| drawn.windows_met);
    let stated = [
        ("availability", targets.unavailability, UNAVAILABILITY, scope.window_s, windows_met),
        ("reliability", targets.unreliability, UNRELIABILITY, scope.mission_s, None),
    ];
    let judge = |(word, target, measure, over_s, probability): Stated| {
        let target = target?;
        let (outcome, found) = judged(figures.iter().find(|figure| figure.key == measure), target);
        let windows = probability.map(|met| format!("; {}", windows_text(&met, over_s)));
        Some(Objective {
            promise: format!("{word} {} over {}", format_share(target), format_duration(over_s)),
            outcome,
            detail: found + &windows.unwrap_or_default(),
            probability,
        })
    };
    stated.into_iter().filter_map(judge).collect()
}

/// What is promised of which measure over which period, with the target's complement, and the share of
/// periods that meet it.
type Stated = (&'static str, Option<f64>, &'static str, f64, Option<Figure>);

/// Describes the share of windows that meet the objective, with its lower bound. If all windows had the
/// same outcome there is no bound, and a plain 0 % or 100 % would claim too much.
fn windows_text(met: &Figure, window_s: f64) -> String {
    let windows = format!("of all windows of {}", format_duration(window_s));
    match met.interval.and_then(|interval| interval.lower) {
        Some(lower) => format!(
            "{} (at least {}) {windows} meet it",
            format_share(1.0 - met.value),
            format_share(1.0 - lower)
        ),
        None if met.value > 0.0 => format!("near 100% {windows} meet it: none was observed to miss it"),
        None => format!("near 0% {windows} meet it: all observed windows miss it"),
    }
}

/// Judges a share's complement against its target: by the exact value where it is known, otherwise
/// "held" or "missed" only if the whole confidence interval lies on one side.
fn judged(measure: Option<&MeasureReport>, target: f64) -> (Outcome, String) {
    let exact = measure.and_then(|measure| measure.exact);
    let drawn = measure.and_then(|measure| measure.simulated);
    match (exact, drawn) {
        (Some(exact), _) => {
            let outcome = if exact.value <= target { Outcome::Held } else { Outcome::Missed };
            (outcome, format!("{} exactly", format_share(exact.value)))
        }
        (None, Some(drawn)) => {
            let bounds = drawn.interval.map_or((None, None), |interval| (interval.lower, interval.upper));
            let outcome = match bounds {
                (_, Some(upper)) if upper <= target => Outcome::Held,
                (Some(lower), _) if lower > target => Outcome::Missed,
                // The same in every replication.
                (None, None) if drawn.value > target => Outcome::Missed,
                (None, None) if drawn.value > 0.0 => Outcome::Held,
                _ => Outcome::Inconclusive,
            };
            (outcome, format!("{} simulated", format_share(drawn.value)))
        }
        (None, None) => {
            (Outcome::Inconclusive, "not known exactly over this time: simulate it (--method auto)".into())
        }
    }
}
