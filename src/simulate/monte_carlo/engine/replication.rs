//! One replication: draws the system's outages from time zero to the horizon.

use super::coupled::{self, CellState, Recorder};
use super::merge::{Scratch, merge};
use super::outage::Outage;
use super::plan::{Plan, Step};
use super::renewal::GroupState;
use super::slice::Slice;
use crate::simulate::model::{Dynamics, Model};
use crate::simulate::structure::StructureError;

/// A system prepared for simulation.
#[derive(Debug)]
pub struct Engine<'m> {
    model: &'m Model,
    plan: Plan<'m>,
    /// The longest warm-up of a stationary start: a replication begins this long before time zero.
    warm_up_s: f64,
    /// The number of component events that are expected in a replication.
    events: f64,
}

/// The working memory of one thread, reused across replications to avoid allocations.
#[derive(Debug, Default)]
pub struct Bench {
    outages: Vec<Outage>,
    starts: Vec<usize>,
    /// The state of each group; of all groups in turn, where a replication is one slice.
    groups: Vec<GroupState>,
    cells: Vec<CellState>,
    scratch: Scratch,
}

/// What can end a replication before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt<E> {
    /// The caller wanted it to end.
    Asked(E),
    /// A part had more events than can be played: its lives or repairs are almost all of no length.
    TooManyEvents,
}

/// Receives the outages of a slice, and the number of events of the replication so far.
pub(super) type Take<'a, E> = dyn FnMut(&[Outage], u64) -> Result<(), E> + 'a;

/// The number of events that are expected in a slice: enough that slicing costs nothing, few enough that a limit
/// or an interrupt is noticed within a fraction of a second, and that the outages of a slice take some tens of MB.
const SLICE_EVENTS: f64 = 500_000.0;

/// The most slices of a replication.
const SLICES_MAX: f64 = 1e9;

/// The most events that a part may have in a slice.
const SLICE_EVENTS_MAX: u64 = 20_000_000;

impl<'m> Engine<'m> {
    /// Partitions the system into independent parts.
    pub fn new(model: &'m Model) -> Result<Self, StructureError> {
        Ok(Self::of(model, Plan::new(model)?))
    }

    /// Simulates the system as a single part. This is slower, with the same outages, except that a
    /// stationary start may have a longer warm-up and therefore other draws.
    pub fn whole(model: &'m Model) -> Self {
        Self::of(model, Plan::whole(model))
    }

    fn of(model: &'m Model, plan: Plan<'m>) -> Self {
        let warm_ups = plan.steps.iter().map(|step| match step {
            Step::Cell(cell) => cell.warm_up_s,
            Step::Group(_) | Step::Merge { .. } => 0.0,
        });
        let warm_up_s = warm_ups.fold(0.0, f64::max);
        let dynamics = model.units.iter().filter_map(|unit| unit.life.dynamics());
        let per_second: f64 = dynamics.map(|dynamics| changes_per_second(model, dynamics)).sum();
        let events = 2.0 * model.units.len() as f64 + per_second * (model.horizon_s + warm_up_s);
        Self { model, plan, warm_up_s, events }
    }

    /// Draws replication `index` under `seed`. Returns the system's outages in order, clipped to the
    /// horizon, and the number of component events (failures, repairs and the like) that were simulated.
    pub fn replicate<'b>(&self, bench: &'b mut Bench, seed: u64, index: u64) -> (&'b [Outage], u64) {
        let events = self.replicate_with(bench, seed, index, &mut ());
        (&bench.outages, events)
    }

    /// As [`Engine::replicate`], but also reports every change of a unit's phase to `recorder`. Only an
    /// engine made by [`Engine::whole`] reports all units.
    pub fn replicate_with<R: Recorder>(
        &self,
        bench: &mut Bench,
        seed: u64,
        index: u64,
        recorder: &mut R,
    ) -> u64 {
        let until_s = self.model.horizon_s;
        let whole = Slice { seed, index, is_first: true, until_s, events_max: u64::MAX };
        self.draw(bench, &whole, recorder, true)
    }

    /// Draws replication `index` under `seed` slice by slice, so that its outages need not be in memory all at once.
    /// `take` receives the outages of each slice in order, of which the first may continue the last one of the slice
    /// before, and the number of events so far. Returns the number of events.
    pub fn replicate_in_slices<E>(
        &self,
        bench: &mut Bench,
        (seed, index): (u64, u64),
        take: &mut Take<'_, E>,
    ) -> Result<u64, Halt<E>> {
        let slices = (self.events / SLICE_EVENTS).ceil().clamp(1.0, SLICES_MAX);
        self.replicate_in(slices, bench, (seed, index), take)
    }

    /// As [`Engine::replicate_in_slices`], in this number of slices.
    pub(super) fn replicate_in<E>(
        &self,
        slices: f64,
        bench: &mut Bench,
        (seed, index): (u64, u64),
        take: &mut Take<'_, E>,
    ) -> Result<u64, Halt<E>> {
        let length_s = (self.model.horizon_s + self.warm_up_s) / slices;
        let mut events = 0;
        let mut number = 0.0;
        while number < slices {
            number += 1.0;
            let is_last = number >= slices;
            let until_s = if is_last { self.model.horizon_s } else { length_s * number - self.warm_up_s };
            let slice = Slice { seed, index, is_first: number == 1.0, until_s, events_max: SLICE_EVENTS_MAX };
            let drawn = self.draw(bench, &slice, &mut (), slices == 1.0);
            events += drawn;
            if drawn >= SLICE_EVENTS_MAX {
                return Err(Halt::TooManyEvents);
            }
            take(&bench.outages, events).map_err(Halt::Asked)?;
        }
        Ok(events)
    }

    /// Draws a slice; its outages are in the bench. Returns the number of events. Where the slice is the only one, all
    /// groups use the same state, which stays in the cache.
    fn draw<R: Recorder>(&self, bench: &mut Bench, slice: &Slice, recorder: &mut R, is_only: bool) -> u64 {
        bench.outages.clear();
        bench.starts.clear();
        let (mut events, mut cell_index, mut group_index) = (0, 0, 0);
        // `outages` is a stack of lists: `starts` holds where each begins. A draw pushes a list, a merge
        // replaces the last `parts` lists by one.
        for step in &self.plan.steps {
            match step {
                Step::Group(group) => {
                    bench.starts.push(bench.outages.len());
                    let state = nth(&mut bench.groups, if is_only { 0 } else { group_index });
                    events += group.run(state, slice, &mut bench.outages);
                    group_index += 1;
                }
                Step::Cell(cell) => {
                    bench.starts.push(bench.outages.len());
                    let state = nth(&mut bench.cells, cell_index);
                    events += coupled::run(cell, state, slice, recorder, &mut bench.outages);
                    cell_index += 1;
                }
                Step::Merge { k, parts } => {
                    let first = bench.starts.len().saturating_sub(*parts);
                    let start = bench.starts.get(first).copied().unwrap_or(0);
                    bench.starts.truncate(first + 1);
                    merge(&mut bench.outages, start, *parts, *k, &mut bench.scratch);
                }
            }
        }
        events
    }

    /// Returns the number of replications that are summed together before they are merged with others. It
    /// depends on the model alone.
    ///
    /// A block takes some milliseconds where the events expected of its units allow it: long enough that
    /// merging costs nothing, short enough that time limits and interrupts are noticed soon.
    pub fn replications_in_block(&self) -> u64 {
        const EVENTS: f64 = 200_000.0;
        const REPLICATIONS_MAX: f64 = 4_096.0;
        (EVENTS / self.events).clamp(1.0, REPLICATIONS_MAX) as u64
    }
}

/// Returns the state of a part, which is made if it is the first time.
fn nth<T: Default>(states: &mut Vec<T>, index: usize) -> &mut T {
    if states.len() <= index {
        states.resize_with(index + 1, T::default);
    }
    &mut states[index]
}

/// Returns the number of changes of state that are expected of a unit each second.
fn changes_per_second(model: &Model, dynamics: &Dynamics) -> f64 {
    let cycles = dynamics.repair.as_ref().map_or(0.0, |repair| {
        let length_s = dynamics.failure.mean() + repair.mean();
        if length_s > 0.0 { length_s.recip() } else { f64::INFINITY }
    });
    let planned = [dynamics.inspection, dynamics.maintenance].into_iter().flatten();
    let occasions = planned.filter_map(|number| model.schedules.get(number as usize));
    let occasions: f64 = occasions.map(|schedule| schedule.every.mean().recip()).sum();
    2.0 * (cycles + occasions)
}
