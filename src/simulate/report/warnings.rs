//! Warnings about the figures of a report.

use super::findings::Simulation;
use super::measure::is_mission;
use crate::base::quantity::significant;
use crate::base::text::{counted, grouped};
use crate::simulate::model::Model;
use crate::simulate::monte_carlo::estimate::{FAILING_MIN, Figures, Scope, Stop};

/// Returns the warnings about the simulation, given with its estimates, and about the objectives.
pub(super) fn warnings(model: &Model, scope: &Scope, run: Option<(&Figures, &Simulation)>) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some((figures, Simulation { rule, stop, .. })) = run {
        if figures.failing_replications < FAILING_MIN {
            warnings.push(format!(
                "fewer than {FAILING_MIN} replications had an outage ({} of {}): the intervals are unreliable; run more replications \
                 with --replications, --precision or --max-events",
                grouped(figures.failing_replications),
                grouped(figures.replications)
            ));
        }
        if let Some(needed) = figures.failures_missing.filter(|needed| *needed > FAILING_MIN) {
            warnings.push(format!(
                "the interval of the mean time to the first failure is not yet shown: lives so uneven need {}{}, not {}",
                counted(needed, "replication"),
                if figures.counts_survivors { "" } else { " with a failure" },
                grouped(if figures.counts_survivors { figures.replications } else { figures.failing_replications })
            ));
        }
        if figures.is_widened {
            warnings.push(
                "some failures are known to be possible that were hardly drawn: the interval of the availability takes \
                 them into account"
                    .into(),
            );
        }
        if *stop == Stop::Interrupted {
            warnings.push(format!(
                "interrupted: the figures rest on the {} completed by then",
                counted(figures.replications, "replication")
            ));
        } else if let (Some(asked), false) = (rule.precision, *stop == Stop::Precision) {
            warnings.push(format!(
                "the precision of {}% was not reached: {} ended the simulation first",
                significant(asked * 100.0, 3),
                stop.description()
            ));
        }
        if figures.late_is_long_run && drifts(figures) && !is_mission(model) {
            warnings.push(
                "the unavailability differs between the two halves of the horizon: the steady state may not be reached within it; lengthen the \
                 horizon, or set `start: stationary`"
                    .into(),
            );
        }
    }
    if model.objectives.window_s.is_some_and(|window_s| window_s > scope.horizon_s) {
        warnings
            .push("the objective's window is longer than the horizon: the horizon is used instead".into());
    }
    warnings
}

/// Returns whether the unavailabilities of both halves of the horizon differ by more than three standard
/// errors of the difference. The standard errors of the halves are taken as equal, so that of the
/// difference is √2 times one of them. At 95 % confidence a half-width is 1.96 standard errors, and 3 ·
/// √2 / 1.96 is about 2.2 half-widths. Relative differences below 1 % are ignored.
fn drifts(figures: &Figures) -> bool {
    const HALF_WIDTHS: f64 = 2.2;
    const RELATIVE_MIN: f64 = 0.01;
    let late = &figures.late_unavailability;
    // The mean over the horizon is the average of its two halves.
    let early = 2.0 * figures.unavailability.value - late.value;
    let differs =
        |half: f64| (early - late.value).abs() > (HALF_WIDTHS * half).max(RELATIVE_MIN * late.value);
    late.half_width().is_some_and(differs)
}
