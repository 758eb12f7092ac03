//! The law of one independent leaf: its unavailability and failure intensity, in the long run and over
//! time.

use super::bdd::Tails;
use super::unsolved::Unsolved;
use crate::simulate::model::{
    Clock, Dynamics, Leaf, Life, Model, RepairEffect, Replacement, Restart, Schedule, ShockKind,
};
use crate::stats::distribution::Distribution;
use std::collections::HashSet;

/// The law of a leaf that is independent of all others.
#[derive(Debug, Clone, Copy)]
pub(super) enum LeafProcess<'m> {
    /// Down with this probability at all times.
    Fixed(f64),
    /// Alternating up and down times with these means; nothing more is known in closed form.
    Alternating(Means),
    /// Exponential up and down times with these means.
    Exponential(Means),
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

/// Mean times of a leaf that alternates between up and down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Means {
    up_s: f64,
    down_s: f64,
}

impl<'m> LeafProcess<'m> {
    /// Returns the law of a leaf, or the reason why it depends on others or has no closed form.
    pub(super) fn of(model: &'m Model, leaf: u32) -> Result<Self, Unsolved> {
        let law = match model.leaf(leaf) {
            Leaf::Standby(_) => Err("is a standby block"),
            Leaf::Shock(number) => match &model.shocks[number as usize].kind {
                ShockKind::Fixed { unavailability } => Ok(Self::Fixed(*unavailability)),
                ShockKind::Outage { arrival, repair } => Ok(alternating(arrival, repair)),
                ShockKind::Failure { .. } => Err("makes units fail together"),
            },
            Leaf::Unit(number) => match &model.units[number as usize].life {
                Life::Fixed { unavailability } => Ok(Self::Fixed(*unavailability)),
                Life::Dynamic(dynamics) => of_dynamics(model, number, dynamics),
            },
        };
        law.map_err(|why| Unsolved::unsupported(model.leaf_name(leaf), why))
    }

    /// Whether the law tells all about the leaf, and not only its means.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self, Self::Fixed(_) | Self::Exponential(_) | Self::Mortal(_))
    }

    /// Returns a key that is the same for equal laws only.
    pub(super) fn key(&self) -> impl Eq + std::hash::Hash + use<'m> {
        let (numbers, life) = match *self {
            Self::Fixed(q) => ([q, 0.0, 0.0], None),
            Self::Alternating(Means { up_s, down_s }) | Self::Exponential(Means { up_s, down_s }) => {
                ([up_s, down_s, 0.0], None)
            }
            Self::Mortal(life) => ([0.0; 3], Some(format!("{life:?}"))),
            Self::Inspected { up_s, every_s, first_s } => ([up_s, every_s, first_s], None),
        };
        (std::mem::discriminant(self), numbers.map(f64::to_bits), life)
    }

    /// Returns the long-run probabilities and the failures per second; `None` for a law without a limit.
    pub(super) fn long_run(&self) -> Option<(Tails, f64)> {
        match *self {
            Self::Fixed(q) => Some((Tails::of_failed(q), 0.0)),
            Self::Alternating(Means { up_s, down_s }) | Self::Exponential(Means { up_s, down_s }) => {
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
            Self::Alternating(_) => None,
            Self::Exponential(Means { up_s, down_s }) => {
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

    /// Returns the distribution of a life whose end is permanent, so that being down at a time means
    /// having failed by then.
    pub(super) fn mortal_life(&self) -> Option<&'m Distribution> {
        match *self {
            Self::Mortal(life) => Some(life),
            _ => None,
        }
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
            Self::Fixed(_) | Self::Alternating(_) => f64::INFINITY,
            Self::Exponential(Means { up_s, down_s }) => up_s.min(down_s),
            Self::Mortal(life) => life.mean(),
            Self::Inspected { every_s, .. } => every_s,
        }
    }
}

/// Maximum number of inspections whose times are listed.
const BREAKS_MAX: f64 = 100_000.0;

/// Returns the laws of the leaves below the top, by leaf number, if all of them are independent.
pub(super) fn independent_laws(model: &Model) -> Result<Vec<Option<LeafProcess<'_>>>, Unsolved> {
    if model.suspend {
        return Err(Unsolved::Suspended);
    }
    let mut laws = vec![None; model.leaf_count() as usize];
    let failing = model.shocks.iter().filter(|shock| matches!(shock.kind, ShockKind::Failure { .. }));
    let failing_together: HashSet<u32> = failing.flat_map(|shock| shock.units.iter().copied()).collect();
    let crowded = model.crowded_crews();
    let mut leaves = model.structure.leaves_below(model.structure.top());
    leaves.sort_unstable();
    for leaf in leaves {
        let law = LeafProcess::of(model, leaf)?;
        let name = model.leaf_name(leaf);
        if failing_together.contains(&leaf) {
            return Err(Unsolved::unsupported(name, "can fail with others by a common cause"));
        }
        if let Some(slot) = model.units.get(leaf as usize).and_then(|unit| unit.life.crew())
            && crowded.get(slot.crew as usize) == Some(&true)
        {
            let crew = model.crews[slot.crew as usize].name.clone();
            return Err(Unsolved::Waits { name: name.to_owned(), crew });
        }
        laws[leaf as usize] = Some(law);
    }
    Ok(laws)
}

fn is_exponential(time: &Distribution) -> bool {
    time.stages().is_some_and(|stages| stages.count == 1)
}

/// Returns the law of alternating times, with a closed form over time if both are exponential.
fn alternating<'m>(up: &Distribution, down: &Distribution) -> LeafProcess<'m> {
    let means = Means { up_s: up.mean(), down_s: down.mean() };
    let exponential = is_exponential(up) && is_exponential(down);
    if exponential { LeafProcess::Exponential(means) } else { LeafProcess::Alternating(means) }
}

/// Returns the law of a unit that fails and comes back, or the reason why it has none.
fn of_dynamics<'m>(
    model: &'m Model,
    unit: u32,
    dynamics: &'m Dynamics,
) -> Result<LeafProcess<'m>, &'static str> {
    if dynamics.maintenance.is_some() {
        return Err("has planned maintenance");
    }
    if let Some(schedule) = model.schedule(dynamics.inspection) {
        return inspected(dynamics, schedule, model.first_share(schedule, unit));
    }
    let Some(repair) = &dynamics.repair else {
        return match (&dynamics.replacement, &dynamics.restart) {
            (None, None) => Ok(LeafProcess::Mortal(&dynamics.failure)),
            _ => Err("is replaced or restarted, but never repaired"),
        };
    };
    // An exponential life does not depend on age, so it makes no difference whether the age is kept.
    let memoryless = is_exponential(&dynamics.failure);
    if dynamics.repair_effect != RepairEffect::AsNew && !memoryless {
        return Err("is not as good as new after a repair");
    }
    if dynamics.restart.is_some() && !memoryless {
        return Err("keeps its age when it is restarted");
    }
    let detection_s = dynamics.detection.as_ref().map_or(0.0, Distribution::mean);
    let restoring_s =
        dynamics.restart.as_ref().map_or(repair.mean(), |restart| mean_with_restarts(restart, repair.mean()));
    let down_s = detection_s + restoring_s;
    if let Some(replacement) = &dynamics.replacement {
        return Ok(replaced(&dynamics.failure, replacement, down_s));
    }
    if dynamics.detection.is_none() && dynamics.restart.is_none() {
        return Ok(alternating(&dynamics.failure, repair));
    }
    Ok(LeafProcess::Alternating(Means { up_s: dynamics.failure.mean(), down_s }))
}

/// Returns the law of a unit that is replaced at an age, or down for `corrective_s` if it fails before
/// (Barlow and Proschan 1965): a cycle ends at the failure or at that age, whichever comes first. Its mean
/// up time is the integral of the survival function up to that age.
fn replaced<'m>(failure: &Distribution, replacement: &Replacement, corrective_s: f64) -> LeafProcess<'m> {
    let up_s = failure.integrated_survival(replacement.age_s);
    let failing = failure.cdf(replacement.age_s);
    let planned_s = replacement.duration.mean();
    if planned_s > 0.0 {
        let down_s = corrective_s * failing + planned_s * failure.survival(replacement.age_s);
        return LeafProcess::Alternating(Means { up_s, down_s });
    }
    // An instant replacement is no outage: the unit is up through all replacements until it fails. The
    // number of lives until then is geometric.
    let lives = 1.0 / failing;
    if lives.is_finite() {
        LeafProcess::Alternating(Means { up_s: up_s * lives, down_s: corrective_s })
    } else {
        LeafProcess::Fixed(0.0)
    }
}

/// Returns the mean time from detection to service: that of the restarts, then the repair if none succeeded.
fn mean_with_restarts(restart: &Restart, repair_s: f64) -> f64 {
    let (restart_s, still_down) = restart.mean_s();
    restart_s + still_down * repair_s
}

/// Returns the law of a unit with hidden failures, which has a closed form if inspection and repair take
/// no time. The first inspection comes after `first_share` of an interval.
fn inspected<'m>(
    dynamics: &Dynamics,
    schedule: &Schedule,
    first_share: f64,
) -> Result<LeafProcess<'m>, &'static str> {
    let takes_no_time = |time: &Distribution| time.mean() == 0.0;
    let (every_s, longest_s) = schedule.every.support();
    let closed = is_exponential(&dynamics.failure)
        && every_s == longest_s
        && schedule.clock == Clock::Calendar
        && takes_no_time(&schedule.duration)
        && dynamics.repair.as_ref().is_some_and(takes_no_time)
        && dynamics.detection.as_ref().is_none_or(takes_no_time)
        && dynamics.restart.is_none()
        && dynamics.replacement.is_none();
    if !closed {
        return Err(
            "has hidden failures, and they are not exponential, or its inspections are not instant and \
                    at fixed calendar intervals, or its repair takes time",
        );
    }
    Ok(LeafProcess::Inspected { up_s: dynamics.failure.mean(), every_s, first_s: every_s * first_share })
}
