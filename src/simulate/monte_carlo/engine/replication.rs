//! One replication: the system's outages from time zero to the horizon.

use super::coupled::{self, CellState, Recorder, Silent};
use super::merge::{Scratch, merge};
use super::outage::Outage;
use super::plan::{Plan, Step};
use super::renewal::GroupState;
use crate::simulate::model::{Life, Model, Unit};
use crate::simulate::structure::StructureError;
use crate::stats::distribution::Distribution;

/// A system made ready to be simulated.
#[derive(Debug)]
pub struct Engine<'m> {
    model: &'m Model,
    plan: Plan<'m>,
}

/// The working memory of one thread; reused from one replication to the next.
#[derive(Debug, Default)]
pub struct Bench {
    outages: Vec<Outage>,
    starts: Vec<usize>,
    group: GroupState,
    cells: Vec<CellState>,
    scratch: Scratch,
}

impl<'m> Engine<'m> {
    /// Cuts the system into parts.
    pub fn new(model: &'m Model) -> Result<Self, StructureError> {
        let plan = Plan::new(model)?;
        Ok(Self { model, plan })
    }

    /// Simulates all in one piece. Slower, with the same outages.
    pub fn whole(model: &'m Model) -> Self {
        let plan = Plan::whole(model);
        Self { model, plan }
    }

    /// The system's outages in replication `index` under `seed`, in order, clipped to the horizon; and how many component events
    /// (failures, repairs and the like) it took to find them.
    pub fn replicate<'b>(&self, bench: &'b mut Bench, seed: u64, index: u64) -> (&'b [Outage], u64) {
        let events = self.replicate_with(bench, seed, index, &mut Silent);
        (&bench.outages, events)
    }

    /// As [`Engine::replicate`], with every change of a unit told to `recorder`. Only an engine made by [`Engine::whole`] tells of all
    /// units.
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

    /// Replications that are summed together before they are merged with others: a number that depends on the model alone.
    ///
    /// A block takes some milliseconds where the events expected of its units allow it: long enough that merging costs
    /// nothing, short enough that time limits and interrupts are noticed soon.
    pub fn replications_in_block(&self) -> u64 {
        const EVENTS: f64 = 200_000.0;
        const REPLICATIONS_MAX: f64 = 4_096.0;
        let cycle_s = |unit: &Unit| match &unit.life {
            Life::Dynamic(dynamics) => {
                dynamics.failure.mean() + dynamics.repair.as_ref().map_or(f64::INFINITY, Distribution::mean)
            }
            Life::Fixed { .. } => f64::INFINITY,
        };
        let cycles: f64 =
            self.model.units.iter().map(|unit| 1.0 + self.model.horizon_s / cycle_s(unit)).sum();
        (EVENTS / (2.0 * cycles)).clamp(1.0, REPLICATIONS_MAX) as u64
    }

    /// The outages that the last replication left on the bench.
    pub fn outages<'b>(&self, bench: &'b Bench) -> &'b [Outage] {
        &bench.outages
    }
}
