//! Independent units that fail and are repaired, alone or a few under one gate: the fast loop of the
//! engine.

use super::outage::{Cause, CauseKind, Outage, Track};
use super::slice::Slice;
use crate::base::random::{FastRng, fast_stream, key};
use crate::simulate::model::{Leaf, Life, Model, ShockKind, Start};
use crate::stats::distribution::{Distribution, Lifetime as _};
use rand::RngExt as _;
use rand_distr::{Distribution as _, Exp1};

/// A unit that alternates between up and down independently of others.
#[derive(Debug)]
pub(super) struct Renewal<'m> {
    leaf: u32,
    key: u64,
    cycle: Cycle<'m>,
    stationary: bool,
}

/// The behaviour of a unit.
#[derive(Debug, Clone, Copy)]
enum Cycle<'m> {
    /// Down for the whole replication with this probability.
    Fixed(f64),
    /// Up, then down for the sum of a detection and a repair time; `None` if it is never repaired.
    Alternating {
        up: &'m Distribution,
        detection: Option<&'m Distribution>,
        repair: Option<&'m Distribution>,
    },
}

impl<'m> Cycle<'m> {
    fn of_unit(life: &'m Life) -> Option<Self> {
        match life {
            Life::Fixed { unavailability } => Some(Self::Fixed(*unavailability)),
            Life::Dynamic(dynamics) if dynamics.is_renewal() => Some(Self::Alternating {
                up: &dynamics.failure,
                detection: dynamics.detection.as_ref(),
                repair: dynamics.repair.as_ref(),
            }),
            Life::Dynamic(_) => None,
        }
    }

    fn of_shock(kind: &'m ShockKind) -> Option<Self> {
        match kind {
            ShockKind::Fixed { unavailability } => Some(Self::Fixed(*unavailability)),
            ShockKind::Outage { arrival, repair } => {
                Some(Self::Alternating { up: arrival, detection: None, repair: Some(repair) })
            }
            ShockKind::Failure { .. } => None,
        }
    }
}

impl<'m> Renewal<'m> {
    /// Returns a unit or a common cause with its own repair, by its leaf; `None` if its life consists of
    /// more than failure, detection and repair.
    pub(super) fn of_leaf(model: &'m Model, leaf: u32) -> Option<Self> {
        let (name, cycle) = match model.leaf(leaf) {
            Leaf::Unit(number) => {
                let unit = model.units.get(number as usize)?;
                (&unit.name, Cycle::of_unit(&unit.life)?)
            }
            Leaf::Shock(number) => {
                let shock = model.shocks.get(number as usize)?;
                (&shock.name, Cycle::of_shock(&shock.kind)?)
            }
            Leaf::Standby(_) => return None,
        };
        Some(Self { leaf, key: key(name), cycle, stationary: model.start == Start::Stationary })
    }

    /// Returns the means of failure and repair times if both are exponential and nothing else is drawn.
    fn exponential_means(&self) -> Option<(f64, f64)> {
        match self.cycle {
            Cycle::Alternating {
                up: Distribution::Exponential(up),
                detection: None,
                repair: Some(Distribution::Exponential(repair)),
            } if !self.stationary => Some((up.mean(), repair.mean())),
            _ => None,
        }
    }

    /// Draws the initial state: whether the unit is down, and the time of its first change.
    fn start(&self, rng: &mut FastRng) -> (bool, f64) {
        match self.cycle {
            Cycle::Fixed(unavailability) => (rng.random::<f64>() < unavailability, f64::INFINITY),
            Cycle::Alternating { up, detection, repair } => match repair {
                Some(repair) if self.stationary => start_stationary(rng, up, detection, repair),
                _ => (false, up.sample(rng)),
            },
        }
    }

    /// Draws how long the unit stays up, or down: where detections take time, until it is detected and from then on until
    /// it is repaired. Where only one time is drawn, the second one is zero.
    #[inline]
    fn stay(&self, rng: &mut FastRng, down: bool) -> Stay {
        match self.cycle {
            Cycle::Fixed(_) => [f64::INFINITY, 0.0],
            Cycle::Alternating { up, .. } if !down => [up.sample(rng), 0.0],
            Cycle::Alternating { detection, repair, .. } => {
                let detection_s = detection.map(|d| d.sample(rng));
                let repair_s = repair.map_or(f64::INFINITY, |d| d.sample(rng));
                detection_s.map_or([repair_s, 0.0], |detection_s| [detection_s, repair_s])
            }
        }
    }
}

/// Draws the state of a unit after a long time in use, with the same draws as the general engine.
fn start_stationary(
    rng: &mut FastRng,
    up: &Distribution,
    detection: Option<&Distribution>,
    repair: &Distribution,
) -> (bool, f64) {
    let (up_s, detection_s) = (up.mean(), detection.map_or(0.0, Distribution::mean));
    // In the long run each phase is found with a probability proportional to its mean; the rest of it
    // then has the equilibrium distribution (renewal theory).
    let at = rng.random::<f64>() * (up_s + detection_s + repair.mean());
    if at < up_s {
        return (false, up.sample_equilibrium(rng));
    }
    match detection {
        Some(detection) if at < up_s + detection_s => {
            let detected_s = detection.sample_equilibrium(rng);
            (true, detected_s + repair.sample(rng))
        }
        _ => (true, repair.sample_equilibrium(rng)),
    }
}

/// How long a unit stays as it is, in two parts that follow each other, in seconds.
type Stay = [f64; 2];

/// A stay that has not been drawn.
const NOT_DRAWN: Stay = [f64::NAN, 0.0];

/// A gate over a few units, or a single unit.
#[derive(Debug)]
pub(super) struct Group<'m> {
    k: u32,
    units: Vec<Renewal<'m>>,
    exponential: Option<Vec<(f64, f64)>>,
}

/// The working state of a group, reused across replications.
#[derive(Debug, Default)]
pub(super) struct GroupState {
    down_count: u32,
    track: Track,
    due_s: Vec<f64>,
    down: Vec<bool>,
    /// By unit, the stay after its next change, if that is in the slice. Drawn before it is needed, it does not keep
    /// the loop waiting.
    ahead: Vec<Stay>,
    streams: Vec<FastRng>,
}

impl<'m> Group<'m> {
    /// Builds a group that is down while at least `k` of the units are.
    pub(super) fn new(k: u32, units: Vec<Renewal<'m>>) -> Self {
        let exponential = units.iter().map(Renewal::exponential_means).collect();
        Self { k, units, exponential }
    }

    /// Simulates a slice of time and appends its outages. Returns the number of events.
    pub(super) fn run(&self, state: &mut GroupState, slice: &Slice, outages: &mut Vec<Outage>) -> u64 {
        if slice.is_first {
            self.start(state, slice.seed, slice.index);
        }
        self.draw_ahead(state, slice.until_s);
        if let Some(means) = &self.exponential {
            let after = |now_s, [stay_s, _]: Stay| now_s + stay_s;
            self.follow(state, slice, outages, after, |unit, rng, down| {
                let (up_s, repair_s) = means[unit];
                // The same draws as in `Renewal::stay`, without dispatch on the distribution.
                let draw: f64 = Exp1.sample(rng);
                [draw * if down { repair_s } else { up_s }, 0.0]
            })
        } else {
            let after = |now_s, [first_s, second_s]: Stay| now_s + first_s + second_s;
            self.follow(state, slice, outages, after, |unit, rng, down| self.units[unit].stay(rng, down))
        }
    }

    /// Draws the initial state.
    fn start(&self, state: &mut GroupState, seed: u64, index: u64) {
        state.due_s.clear();
        state.down.clear();
        state.streams.clear();
        state.ahead.clear();
        state.ahead.resize(self.units.len(), NOT_DRAWN);
        let (mut down_count, mut track) = (0, Track::default());
        for unit in &self.units {
            let mut rng = fast_stream(seed, unit.key, index);
            let (down, due_s) = unit.start(&mut rng);
            state.due_s.push(due_s);
            state.down.push(down);
            state.streams.push(rng);
            down_count += u32::from(down);
            if down && down_count == self.k {
                track.down(0.0, failure_of(unit));
            }
        }
        (state.down_count, state.track) = (down_count, track);
    }

    /// Draws the stays after the first changes of the units that change before `until_s`.
    fn draw_ahead(&self, state: &mut GroupState, until_s: f64) {
        let GroupState { due_s, down, ahead, streams, .. } = state;
        for (i, unit) in self.units.iter().enumerate() {
            if due_s[i] < until_s && ahead[i][0].is_nan() {
                ahead[i] = unit.stay(&mut streams[i], !down[i]);
            }
        }
    }

    /// Processes events in order of time. For a few units a linear search for the next event is faster
    /// than a heap.
    #[inline]
    fn follow(
        &self,
        state: &mut GroupState,
        slice: &Slice,
        outages: &mut Vec<Outage>,
        after: impl Fn(f64, Stay) -> f64,
        stay: impl Fn(usize, &mut FastRng, bool) -> Stay,
    ) -> u64 {
        let first = outages.len();
        let GroupState { down_count, track, due_s, down, ahead, streams } = state;
        let mut events = 0;
        loop {
            let (unit, now_s) = earliest(due_s);
            // No further event in the slice; the time is infinite if no unit changes any more.
            if !(now_s < slice.until_s) || events == slice.events_max {
                track.cut(slice.until_s, outages, first);
                return events;
            }
            events += 1;
            let fails = !down[unit];
            down[unit] = fails;
            due_s[unit] = after(now_s, ahead[unit]);
            ahead[unit] = stay(unit, &mut streams[unit], !fails);
            if fails {
                *down_count += 1;
                if *down_count == self.k {
                    track.down(now_s, failure_of(&self.units[unit]));
                }
            } else {
                if *down_count == self.k {
                    track.up(now_s, outages, first);
                }
                *down_count -= 1;
            }
        }
    }
}

fn failure_of(unit: &Renewal<'_>) -> Cause {
    Cause { leaf: unit.leaf, kind: CauseKind::Failure }
}

#[inline]
fn earliest(due_s: &[f64]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (index, due) in due_s.iter().enumerate() {
        if *due < best.1 {
            best = (index, *due);
        }
    }
    best
}
