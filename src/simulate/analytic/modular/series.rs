//! The first failure of independent parts in series: the system survives as long as all of them do.

use super::cut::{cut, islands};
use crate::base::patience::Patience;
use crate::simulate::analytic::chain::ChainSolution;
use crate::simulate::analytic::quadrature::{Effort, mean_life};
use crate::simulate::analytic::solver::Solver;
use crate::simulate::model::Model;

/// Independent parts in series, each with a Markov chain of its own. Times in seconds.
#[derive(Debug)]
pub struct Series {
    parts: Vec<ChainSolution>,
}

/// Limit on the states of all parts together, in multiples of the limit for one part.
const PARTS_FULL: usize = 8;

impl Series {
    /// Splits a model into independent parts in series; `None` if it has only one, or if one of them has
    /// no chain of at most `states_max` states.
    pub fn new(model: &Model, states_max: usize, patience: Patience) -> Option<Self> {
        if model.suspend {
            return None;
        }
        let structure = model.structure.simplify();
        let top = &structure.gates()[structure.top().gate()? as usize];
        if top.k != 1 {
            return None;
        }
        // Inputs of the top that share leaves or islands are not independent: they go into one part.
        let mut islands = islands(model);
        for input in &top.inputs {
            islands.join(structure.leaves_below(*input));
        }
        let part_of = (0..model.leaf_count()).map(|leaf| Some(islands.representative(leaf)));
        let cut = cut(model, &part_of.collect::<Vec<_>>())?;
        let mut parts = Vec::with_capacity(cut.ports.len());
        let mut states_left = PARTS_FULL * states_max;
        for port in &cut.ports {
            let part = ChainSolution::of_nodes(&cut.model, port, states_max, patience).ok()?;
            states_left = states_left.checked_sub(part.states())?;
            parts.push(part);
        }
        (parts.len() > 1).then_some(Self { parts })
    }
}

impl Solver for Series {
    fn unreliability_at_each(&self, at_s: &[f64]) -> Option<Vec<f64>> {
        // 1 − Π(1 − q), from one part to the next as q + (1 − q) · r: a sum of positive terms, without
        // cancellation.
        let mut all = vec![0.0; at_s.len()];
        for part in &self.parts {
            for (unreliability, own) in all.iter_mut().zip(part.survival_at_each(at_s)?) {
                *unreliability = own.unreliability + own.reliability * *unreliability;
            }
        }
        Some(all)
    }

    /// Integrates the reliability.
    fn mttf_s(&self) -> Option<f64> {
        let each: Option<Vec<f64>> = self.parts.iter().map(ChainSolution::mttf_s).collect();
        let shortest_s = each?.into_iter().fold(f64::INFINITY, f64::min);
        let pace_s = self.parts.iter().map(ChainSolution::pace_s).fold(f64::INFINITY, f64::min);
        // After 40 means an exponential reliability is exp(−40), about 4·10⁻¹⁸.
        let until_s = Some(40.0 * shortest_s).filter(|until_s| until_s.is_finite())?;
        mean_life(until_s, pace_s, Effort::CHAINS, |at_s| {
            let mut all = vec![[1.0]; at_s.len()];
            for part in &self.parts {
                for ([reliability], own) in all.iter_mut().zip(part.survival_at_each(at_s)?) {
                    *reliability *= own.reliability;
                }
            }
            Some(all)
        })
    }
}
