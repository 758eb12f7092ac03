//! The first failure of independent parts in series: the system survives as long as all of them do.

use super::cut::{Rewritten, islands};
use super::integral::integrals;
use crate::simulate::analytic::chain::{ChainBudget, ChainSolution};
use crate::simulate::model::Model;
use crate::simulate::structure::Node;
use std::collections::BTreeMap;

/// Independent parts in series, each with a Markov chain of its own. Times in seconds.
#[derive(Debug)]
pub struct Series {
    parts: Vec<ChainSolution>,
}

/// Limit on the states of all parts together, in multiples of the limit for one part.
const PARTS_FULL: usize = 8;

impl Series {
    /// Splits a model into independent parts in series; `None` if it has only one, or if one of them has
    /// no chain within the budget.
    pub fn new(model: &Model, budget: ChainBudget) -> Option<Self> {
        if model.suspend {
            return None;
        }
        let mut rewritten = Rewritten::of(model);
        let inputs = rewritten.gate(rewritten.top).filter(|gate| gate.k == 1)?.inputs.clone();
        let structure = rewritten.structure()?;
        let below: Vec<Vec<u32>> = inputs.iter().map(|input| structure.leaves_below(*input)).collect();
        // Inputs of the top that share leaves or islands are not independent: they go into one part.
        let mut islands = islands(model);
        for leaves in &below {
            islands.join(leaves.iter().copied());
        }
        let mut together: BTreeMap<u32, Vec<Node>> = BTreeMap::new();
        for (input, leaves) in inputs.into_iter().zip(&below) {
            let island = islands.representative(*leaves.first()?);
            together.entry(island).or_default().push(input);
        }
        let nodes: Vec<Node> = together.into_values().map(|nodes| rewritten.add(1, nodes)).collect();
        let model = rewritten.model(model)?;
        let mut parts = Vec::with_capacity(nodes.len());
        let mut states_left = PARTS_FULL * budget.states_max;
        for node in nodes {
            let part = ChainSolution::of_node(&model, node, budget).ok()?;
            states_left = states_left.checked_sub(part.states())?;
            parts.push(part);
        }
        (parts.len() > 1).then_some(Self { parts })
    }

    /// Returns, for each of some times, the probability of having been down at some moment up to then.
    pub fn unreliability_at_each(&self, at_s: &[f64]) -> Option<Vec<f64>> {
        // 1 − Π(1 − q), from one part to the next as q + (1 − q) · r: a sum of positive terms, without
        // cancellation.
        let mut all = vec![0.0; at_s.len()];
        for part in &self.parts {
            for (unreliability, own) in all.iter_mut().zip(part.survival_at_each(at_s).ok()?) {
                *unreliability = own.unreliability + own.reliability * *unreliability;
            }
        }
        Some(all)
    }

    fn reliability_at_each(&self, at_s: &[f64]) -> Option<Vec<[f64; 1]>> {
        let mut all = vec![[1.0]; at_s.len()];
        for part in &self.parts {
            for ([reliability], own) in all.iter_mut().zip(part.survival_at_each(at_s).ok()?) {
                *reliability *= own.reliability;
            }
        }
        Some(all)
    }

    /// Returns the mean time to the first failure, the integral of the reliability. `None` also where a
    /// failure may never come.
    pub fn mttf_s(&self) -> Option<f64> {
        let each: Result<Vec<f64>, _> = self.parts.iter().map(ChainSolution::mttf_s).collect();
        let shortest_s = each.ok()?.into_iter().fold(f64::INFINITY, f64::min);
        let pace_s = self.parts.iter().map(ChainSolution::pace_s).fold(f64::INFINITY, f64::min);
        // After 40 means an exponential reliability is exp(−40), about 4·10⁻¹⁸.
        let mut until_s = Some(40.0 * shortest_s).filter(|until_s| until_s.is_finite())?;
        // Some systems outlive a multiple of their mean with a small probability: extend the range until
        // the reliability is negligible.
        for _ in 0..DOUBLINGS {
            if self.reliability_at_each(&[until_s])?[0][0] < RELIABILITY_NEGLIGIBLE {
                let [mttf_s] = integrals(until_s, pace_s, Vec::new(), |at_s| self.reliability_at_each(at_s))?;
                return Some(mttf_s);
            }
            until_s *= 2.0;
        }
        None
    }
}

/// Reliability below which the mean time to failure neglects the rest.
const RELIABILITY_NEGLIGIBLE: f64 = 1e-15;
/// Maximum number of times that the range is doubled.
const DOUBLINGS: usize = 20;
