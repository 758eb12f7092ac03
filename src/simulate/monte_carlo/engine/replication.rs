//! One replication: draws the system's outages from time zero to the horizon.

use super::coupled::{self, CellState, Recorder};
use super::merge::{Scratch, merge};
use super::outage::Outage;
use super::plan::{Plan, Step};
use super::renewal::GroupState;
use crate::simulate::model::{Model, Unit};
use crate::simulate::structure::StructureError;

/// A system prepared for simulation.
#[derive(Debug)]
pub struct Engine<'m> {
    model: &'m Model,
    plan: Plan<'m>,
}

/// The working memory of one thread, reused across replications to avoid allocations.
#[derive(Debug, Default)]
pub struct Bench {
    outages: Vec<Outage>,
    starts: Vec<usize>,
    group: GroupState,
    cells: Vec<CellState>,
    scratch: Scratch,
}

impl<'m> Engine<'m> {
    /// Partitions the system into independent parts.
    pub fn new(model: &'m Model) -> Result<Self, StructureError> {
        let plan = Plan::new(model)?;
        Ok(Self { model, plan })
    }

    /// Simulates the system as a single part. This is slower, with the same outages, except that a
    /// stationary start may have a longer warm-up and therefore other draws.
    pub fn whole(model: &'m Model) -> Self {
        let plan = Plan::whole(model);
        Self { model, plan }
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
        let horizon_s = self.model.horizon_s;
        bench.outages.clear();
        bench.starts.clear();
        let (mut events, mut cell_index) = (0, 0);
        // `outages` is a stack of lists: `starts` holds where each begins. A draw pushes a list, a merge
        // replaces the last `parts` lists by one.
        for step in &self.plan.steps {
            let stream = (seed, index);
            match step {
                Step::Group(group) => {
                    bench.starts.push(bench.outages.len());
                    events += group.run(&mut bench.group, stream, horizon_s, &mut bench.outages);
                }
                Step::Cell(cell) => {
                    bench.starts.push(bench.outages.len());
                    if bench.cells.len() == cell_index {
                        bench.cells.push(CellState::default());
                    }
                    let state = &mut bench.cells[cell_index];
                    events += coupled::run(cell, state, stream, horizon_s, recorder, &mut bench.outages);
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
        let cycles = |unit: &Unit| {
            let dynamics = unit.life.dynamics()?;
            Some(self.model.horizon_s / (dynamics.failure.mean() + dynamics.repair.as_ref()?.mean()))
        };
        let cycles: f64 = self.model.units.iter().map(|unit| 1.0 + cycles(unit).unwrap_or(0.0)).sum();
        (EVENTS / (2.0 * cycles)).clamp(1.0, REPLICATIONS_MAX) as u64
    }
}
