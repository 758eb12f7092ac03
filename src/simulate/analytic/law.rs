//! The law of one independent leaf: its unavailability and failure intensity, in the long run and over
//! time.

use crate::simulate::analytic::bdd::Tails;
use crate::simulate::model::{
    Clock, Dynamics, Leaf, Life, Model, RepairEffect, Restart, Schedule, ShockKind,
};
use crate::stats::distribution::{Distribution, Lifetime as _};

/// The law of a leaf that is independent of all others.
#[derive(Debug, Clone, Copy)]
pub(super) enum LeafProcess<'m> {
    /// Down with this probability at all times.
    Fixed(f64),
    /// Alternating up and down times with these means; nothing more is known in closed form.
    Alternating {
        /// Mean time up.
        up_s: f64,
        /// Mean time down.
        down_s: f64,
    },
    /// Exponential up and down times with these means.
    Exponential {
        /// Mean time up.
        up_s: f64,
        /// Mean time down.
        down_s: f64,
    },
    /// Never repaired, with this distribution of the life.
    Mortal(&'m Distribution),
    /// Exponential failures that stay hidden until an inspection, which restores the unit instantly.
    Inspected {
        /// Mean time to failure.
        up_s: f64,
        /// Time from one inspection to the next.
        every_s: f64,
        /// Time of the first inspection.
        first_s: f64,
    },
}

impl<'m> LeafProcess<'m> {
    /// Returns the law of a leaf, or the reason why it depends on others or has no closed form.
    pub(super) fn of(model: &'m Model, leaf: u32) -> Result<Self, String> {
        match model.leaf(leaf) {
            Leaf::Standby(_) => Err(format!("`{}` is a standby block", model.leaf_name(leaf))),
            Leaf::Shock(number) => match model.shocks.get(number as usize).map(|shock| &shock.kind) {
                Some(ShockKind::Fixed { unavailability }) => Ok(Self::Fixed(*unavailability)),
                Some(ShockKind::Outage { arrival, repair }) => Ok(alternating(arrival, repair, false)),
                _ => Err(format!("`{}` makes units fail together", model.leaf_name(leaf))),
            },
            Leaf::Unit(number) => match model.units.get(number as usize).map(|unit| &unit.life) {
                Some(Life::Fixed { unavailability }) => Ok(Self::Fixed(*unavailability)),
                Some(Life::Dynamic(dynamics)) => of_dynamics(model, number, dynamics),
                None => Err("a leaf refers to a unit that does not exist".into()),
            },
        }
    }

    /// Returns the long-run probabilities and the failures per second; `None` for a law without a limit.
    pub(super) fn long_run(&self) -> Option<(Tails, f64)> {
        match *self {
            Self::Fixed(q) => Some((Tails::of_failed(q), 0.0)),
            Self::Alternating { up_s, down_s } | Self::Exponential { up_s, down_s } => {
                let cycle_s = up_s + down_s;
                let tails = Tails { failed: down_s / cycle_s, working: up_s / cycle_s };
                Some((tails, 1.0 / cycle_s))
            }
            Self::Mortal(_) => Some((Tails::FAILED, 0.0)),
            Self::Inspected { .. } => None,
        }
    }

    /// Returns the probabilities at a time after a new start, and the unconditional failure intensity
    /// then, in failures per second.
    pub(super) fn at(&self, at_s: f64) -> Option<(Tails, f64)> {
        match *self {
            Self::Fixed(q) => Some((Tails::of_failed(q), 0.0)),
            Self::Alternating { .. } => None,
            Self::Exponential { up_s, down_s } => {
                // With rates λ (`fails`) and μ (`returns`), P(down) = λ / (λ + μ) · (1 − exp(−(λ + μ)
                // t)). `exp_m1` keeps the digits for small t, and each tail is computed without a
                // difference of nearly equal numbers.
                let (fails, returns) = (1.0 / up_s, 1.0 / down_s);
                let settled = -(-(fails + returns) * at_s).exp_m1();
                let failed = fails / (fails + returns) * settled;
                let working = (returns + fails * (-(fails + returns) * at_s).exp()) / (fails + returns);
                Some((Tails { failed, working }, fails * working))
            }
            Self::Mortal(life) => {
                let tails = Tails { failed: life.cdf(at_s), working: life.survival(at_s) };
                Some((tails, life.density(at_s)))
            }
            Self::Inspected { up_s, every_s, first_s } => {
                let since_s = if at_s < first_s { at_s } else { (at_s - first_s) % every_s };
                let working = (-since_s / up_s).exp();
                let failed = -(-since_s / up_s).exp_m1();
                Some((Tails { failed, working }, working / up_s))
            }
        }
    }

    /// Returns whether a failure is permanent, so that being down at a time means having failed by then.
    pub(super) fn is_mortal(&self) -> bool {
        matches!(self, Self::Mortal(_))
    }

    /// Appends the times up to `until_s` at which the law is not smooth: the inspections.
    pub(super) fn breaks(&self, until_s: f64, breaks: &mut Vec<f64>) {
        if let Self::Inspected { every_s, first_s, .. } = *self {
            // −1 makes the range empty where the first inspection comes after `until_s`.
            let count = ((until_s - first_s) / every_s).floor().clamp(-1.0, BREAKS_MAX);
            breaks.extend((0..=count as i64).map(|i| first_s + i as f64 * every_s));
        }
    }

    /// Returns a time in seconds within which the law changes little.
    pub(super) fn pace_s(&self) -> f64 {
        match *self {
            Self::Fixed(_) | Self::Alternating { .. } => f64::INFINITY,
            Self::Exponential { up_s, down_s } => up_s.min(down_s),
            Self::Mortal(life) => life.mean(),
            Self::Inspected { every_s, .. } => every_s,
        }
    }
}

/// Maximum number of inspections whose times are listed.
const BREAKS_MAX: f64 = 100_000.0;

/// Returns the law of alternating times, with a closed form over time if both are exponential.
fn alternating<'m>(up: &Distribution, down: &Distribution, more: bool) -> LeafProcess<'m> {
    let (up_s, down_s) = (up.mean(), down.mean());
    let exponential = |d: &Distribution| matches!(d, Distribution::Exponential(_));
    if !more && exponential(up) && exponential(down) {
        LeafProcess::Exponential { up_s, down_s }
    } else {
        LeafProcess::Alternating { up_s, down_s }
    }
}

/// Returns the law of a unit that fails and comes back, or the reason why it has none.
fn of_dynamics<'m>(model: &'m Model, unit: u32, dynamics: &'m Dynamics) -> Result<LeafProcess<'m>, String> {
    let name = || model.leaf_name(unit);
    if dynamics.maintenance.is_some() {
        return Err(format!("`{}` has planned maintenance", name()));
    }
    if let Some(schedule) = dynamics.inspection.and_then(|number| model.schedules.get(number as usize)) {
        return inspected(model, unit, dynamics, schedule);
    }
    let Some(repair) = &dynamics.repair else {
        return match (&dynamics.replacement, &dynamics.restart) {
            (None, None) => Ok(LeafProcess::Mortal(&dynamics.failure)),
            _ => Err(format!("`{}` is replaced or restarted, but never repaired", name())),
        };
    };
    // An exponential life does not depend on age, so it makes no difference whether the age is kept.
    let memoryless = matches!(dynamics.failure, Distribution::Exponential(_));
    if dynamics.repair_effect != RepairEffect::AsNew && !memoryless {
        return Err(format!("`{}` is not as good as new after a repair", name()));
    }
    if dynamics.restart.is_some() && !memoryless {
        return Err(format!("`{}` keeps its age when it is restarted", name()));
    }
    let detection_s = dynamics.detection.as_ref().map_or(0.0, Distribution::mean);
    let restoring_s =
        dynamics.restart.as_ref().map_or(repair.mean(), |restart| mean_with_restarts(restart, repair.mean()));
    let corrective_s = detection_s + restoring_s;
    if let Some(replacement) = &dynamics.replacement {
        // Barlow and Proschan (1965): a cycle ends at the failure or at the replacement age, whichever
        // comes first. Its mean up time is the integral of the survival function up to that age.
        let up_s = dynamics.failure.integrated_survival(replacement.age_s);
        let failing = dynamics.failure.cdf(replacement.age_s);
        if replacement.duration.mean() == 0.0 {
            // An instant replacement is no outage: the unit is up through all replacements until it
            // fails. The number of lives until then is geometric.
            let lives = 1.0 / failing;
            return Ok(if lives.is_finite() {
                LeafProcess::Alternating { up_s: up_s * lives, down_s: corrective_s }
            } else {
                LeafProcess::Fixed(0.0)
            });
        }
        let down_s = corrective_s * failing
            + replacement.duration.mean() * dynamics.failure.survival(replacement.age_s);
        return Ok(LeafProcess::Alternating { up_s, down_s });
    }
    if dynamics.detection.is_none() && dynamics.restart.is_none() {
        return Ok(alternating(&dynamics.failure, repair, false));
    }
    Ok(LeafProcess::Alternating { up_s: dynamics.failure.mean(), down_s: corrective_s })
}

/// Returns the mean time from detection to service: attempts and waits until one succeeds, then the
/// repair if none did.
fn mean_with_restarts(restart: &Restart, repair_s: f64) -> f64 {
    let mut still_down = 1.0;
    let mut mean_s = 0.0;
    for attempt in 1..=restart.limit {
        mean_s += still_down * restart.attempt.mean();
        still_down *= 1.0 - restart.success;
        if attempt < restart.limit {
            mean_s += still_down * restart.wait_s(attempt);
        }
        if still_down < 1e-18 {
            break;
        }
    }
    mean_s + still_down * repair_s
}

/// Returns the law of a unit with hidden failures, which has a closed form if inspection and repair take
/// no time.
fn inspected<'m>(
    model: &'m Model,
    unit: u32,
    dynamics: &'m Dynamics,
    schedule: &'m Schedule,
) -> Result<LeafProcess<'m>, String> {
    let name = model.leaf_name(unit);
    let no_time = |d: &Option<Distribution>| d.as_ref().is_none_or(|d| d.mean() == 0.0);
    let instant = schedule.duration.mean() == 0.0
        && dynamics.repair.as_ref().is_some_and(|repair| repair.mean() == 0.0)
        && no_time(&dynamics.detection)
        && dynamics.restart.is_none()
        && dynamics.replacement.is_none();
    match (&dynamics.failure, &schedule.every) {
        (Distribution::Exponential(failure), Distribution::Fixed(every))
            if instant && schedule.clock == Clock::Calendar =>
        {
            Ok(LeafProcess::Inspected {
                up_s: failure.mean(),
                every_s: every.mean(),
                first_s: every.mean() * model.first_share(schedule, unit),
            })
        }
        _ => Err(format!(
            "`{name}` has hidden failures, and they are not exponential, or its inspections are not instant \
             and at fixed calendar intervals, or its repair takes time"
        )),
    }
}
