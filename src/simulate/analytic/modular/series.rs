//! The first failure of independent parts in series: the system survives as long as all of them do.

use super::cut::{cut, islands};
use crate::base::patience::Patience;
use crate::simulate::analytic::chain::{ChainSolution, Surroundings};
use crate::simulate::analytic::law::LeafProcess;
use crate::simulate::analytic::markov::Survival;
use crate::simulate::analytic::quadrature::{Effort, mean_life};
use crate::simulate::analytic::solver::Solver;
use crate::simulate::model::Model;
use crate::simulate::monte_carlo::engine::islands::Islands;
use crate::simulate::structure::{Gate, Node, Structure};
use std::collections::{HashMap, HashSet};

/// Independent parts in series, each with a Markov chain of its own. Times in seconds.
#[derive(Debug)]
pub struct Series {
    parts: Vec<Part>,
}

/// Equal parts, which are solved once.
#[derive(Debug)]
struct Part {
    chain: ChainSolution,
    /// The number of such parts.
    count: u32,
}

/// Limit on the states of all different parts together, in multiples of the limit for one part.
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
        let mut islands = islands(model);
        let alike = Alike::of(model, &islands);
        // Each of them has two states at least.
        let mut states_left = PARTS_FULL * states_max;
        let different: HashSet<_> =
            top.inputs.iter().filter_map(|input| alike.plan(&structure, &[*input])).collect();
        if 2 * different.len() > states_left {
            return None;
        }
        // Inputs of the top that share leaves or islands are not independent: they go into one part.
        for input in &top.inputs {
            islands.join(structure.leaves_below(*input));
        }
        let part_of = (0..model.leaf_count()).map(|leaf| Some(islands.representative(leaf)));
        let cut = cut(model, &part_of.collect::<Vec<_>>())?;
        let surroundings = Surroundings::of(&cut.model);
        let mut parts: Vec<Part> = Vec::new();
        let mut known: HashMap<Vec<Step>, usize> = HashMap::new();
        for port in &cut.ports {
            let plan = alike.plan(&cut.model.structure, port);
            if let Some(equal) = plan.as_ref().and_then(|plan| known.get(plan)) {
                parts[*equal].count += 1;
                continue;
            }
            let chain = ChainSolution::of_nodes(&surroundings, port, states_max, patience).ok()?;
            states_left = states_left.checked_sub(chain.states())?;
            known.extend(plan.map(|plan| (plan, parts.len())));
            parts.push(Part { chain, count: 1 });
        }
        (cut.ports.len() > 1).then_some(Self { parts })
    }
}

impl Part {
    /// Returns the probabilities that one of the parts has failed, and that none has, at each of some moments.
    fn survival_at_each(&self, at_s: &[f64]) -> Option<Vec<Survival>> {
        let mut each = self.chain.survival_at_each(at_s)?;
        for survival in each.iter_mut().filter(|_| self.count > 1) {
            let Survival { unreliability, reliability } = *survival;
            // The logarithm of the number with the more digits.
            let log = if unreliability < 0.5 { (-unreliability).ln_1p() } else { reliability.ln() };
            let log_of_all = f64::from(self.count) * log;
            *survival = Survival { unreliability: -log_of_all.exp_m1(), reliability: log_of_all.exp() };
        }
        Some(each)
    }
}

/// Which leaves are alike: independent of all others, with the same law that a chain follows.
struct Alike {
    /// By leaf, its class.
    classes: Vec<Option<u32>>,
}

/// One step through the nodes of a part.
#[derive(PartialEq, Eq, Hash)]
enum Step {
    Gate {
        k: u32,
        inputs: usize,
    },
    /// A leaf of a class, met for the first time.
    Leaf {
        class: u32,
    },
    /// The leaf with this place among those that were met.
    Again {
        place: usize,
    },
}

impl Alike {
    fn of(model: &Model, islands: &Islands) -> Self {
        let shared = islands.members();
        let mut known = HashMap::new();
        let mut class = |leaf: u32| {
            let law = LeafProcess::of(model, leaf).ok().filter(LeafProcess::is_whole)?;
            let next = known.len() as u32;
            let is_alone = !shared.contains_key(&islands.representative(leaf));
            is_alone.then(|| *known.entry(law.key()).or_insert(next))
        };
        Self { classes: (0..model.leaf_count()).map(&mut class).collect() }
    }

    /// Returns the way through all nodes of a part, which is the same for equal parts; `None` if a leaf of it is like no
    /// other.
    fn plan(&self, structure: &Structure, port: &[Node]) -> Option<Vec<Step>> {
        let mut met: HashMap<u32, usize> = HashMap::new();
        let mut open: Vec<Node> = port.to_vec();
        let mut steps = Vec::new();
        while let Some(node) = open.pop() {
            steps.push(match node {
                Node::Gate(gate) => {
                    let Gate { k, inputs } = &structure.gates()[gate as usize];
                    open.extend(inputs);
                    Step::Gate { k: *k, inputs: inputs.len() }
                }
                Node::Leaf(leaf) => {
                    let next = met.len();
                    let place = *met.entry(leaf).or_insert(next);
                    if place < next {
                        Step::Again { place }
                    } else {
                        Step::Leaf { class: self.classes[leaf as usize]? }
                    }
                }
            });
            // A node that several gates share would be met again and again.
            if steps.len() > STEPS_MAX {
                return None;
            }
        }
        Some(steps)
    }
}

/// The most steps through a part that is compared with others.
const STEPS_MAX: usize = 1_000;

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
        let each: Option<Vec<f64>> = self.parts.iter().map(|part| part.chain.mttf_s()).collect();
        let shortest_s = each?.into_iter().fold(f64::INFINITY, f64::min);
        let pace_s = self.parts.iter().map(|part| part.chain.pace_s()).fold(f64::INFINITY, f64::min);
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

#[cfg(test)]
mod tests {
    use super::Series;
    use crate::base::patience::Patience;
    use crate::simulate::analytic::chain::ChainSolution;
    use crate::simulate::analytic::solver::Solver;
    use crate::simulate::topology_file::tests::model;

    /// Pairs in series of which each is down when both of its units are.
    fn pairs(mttr_of_each: &[&str]) -> Series {
        let component = |(i, mttr)| format!("  c{i}: {{ count: 2, mtbf: 100h, mttr: {mttr} }}\n");
        let components: Vec<String> = (0..).zip(mttr_of_each).map(component).collect();
        let components = components.concat();
        let pairs: Vec<String> = (0..mttr_of_each.len()).map(|i| format!("{{ parallel: [c{i}] }}")).collect();
        let text = format!("components:\n{components}system: {{ series: [{}] }}\n", pairs.join(", "));
        Series::new(&model(&text), 250, Patience::ENDLESS).unwrap()
    }

    #[test]
    fn equal_parts_are_solved_once() {
        let equal = pairs(&["10h", "10h", "20h", "10h"]);
        assert_eq!(equal.parts.iter().map(|part| part.count).collect::<Vec<_>>(), [3, 1]);
        // One of each that differs too little to matter.
        let unlike = pairs(&["10h", "10.0000000001h", "20h", "10.0000000002h"]);
        assert_eq!(unlike.parts.len(), 4);
        let at_s = [1e3, 3.6e4, 1e6, 1e8];
        let each = [&equal, &unlike].map(|series| series.unreliability_at_each(&at_s).unwrap());
        for (found, expected) in each[0].iter().zip(&each[1]) {
            assert!((found / expected - 1.0).abs() < 1e-10, "{found} {expected}");
        }
        let [found, expected] = [&equal, &unlike].map(|series| series.mttf_s().unwrap());
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
    }

    #[test]
    fn many_equal_parts_fail_as_the_power_of_one() {
        let one =
            model("components: { c0: { count: 2, mtbf: 100h, mttr: 10h } }\nsystem: { parallel: [c0] }\n");
        let one = ChainSolution::new(&one, 250).unwrap().survival_at_each(&[3.6e3]).unwrap();
        let many = pairs(&["10h"; 500]);
        let expected = -(500.0 * (-one[0].unreliability).ln_1p()).exp_m1();
        assert_eq!(many.unreliability_at_each(&[3.6e3]).unwrap(), [expected]);
    }

    #[test]
    fn units_that_share_a_crew_are_like_no_others() {
        let text = "components:
  a: { count: 2, mtbf: 100h, mttr: 10h }
  b: { count: 2, mtbf: 100h, mttr: 10h }
system: { series: [{ parallel: [a] }, { parallel: [b] }] }
crews: { one: { size: 1, serves: [a] }, other: { size: 1, serves: [b] } }
";
        let series = Series::new(&model(text), 250, Patience::ENDLESS).unwrap();
        assert_eq!(series.parts.iter().map(|part| part.count).collect::<Vec<_>>(), [1, 1]);
    }
}
