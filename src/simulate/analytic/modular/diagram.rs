//! The decision diagram over independent leaves and Markov chains.
//!
//! A chain that the rest of the system sees through one node is a leaf of the diagram, with the
//! probability of that node. A chain that is seen through several nodes is in one of several classes,
//! according to which of them are down. The diagram is evaluated for each class, and the results are
//! weighted with the probabilities of the classes (law of total probability).

use super::cut::{Cut, cut, islands};
use super::integral::integrals;
use crate::simulate::analytic::bdd::{Budget, Exact, LeafImportance, Tails, difference};
use crate::simulate::analytic::chain::{ChainBudget, JointSolution, Occupation};
use crate::simulate::analytic::law::LeafProcess;
use crate::simulate::model::{Model, Start};
use crate::simulate::structure::Node;

/// A system of independent leaves and of parts with a Markov chain each. Times in seconds, rates per
/// second.
#[derive(Debug)]
pub struct Composition<'m> {
    exact: Exact,
    /// By leaf of the model; `None` for leaves in chains and leaves that the system does not depend on.
    laws: Vec<Option<LeafProcess<'m>>>,
    chains: Vec<Joined>,
    start: Start,
    /// Whether some transition of a chain brings one of its nodes down and another one up.
    crossing: bool,
}

/// A chain, and the leaves of the diagram that stand for its nodes.
#[derive(Debug)]
struct Joined {
    chain: JointSolution,
    leaves: Vec<u32>,
    /// By leaf of the diagram, the leaves of the model below its node.
    below: Vec<Vec<u32>>,
}

/// The importance of one part: an independent leaf of the model, or a node of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct PartImportance {
    /// Its number in the diagram.
    pub number: u32,
    /// The leaves of the model that the part consists of.
    pub leaves: Vec<u32>,
    /// Probability of being down.
    pub failed: f64,
    /// Birnbaum importance: P(top | part is down) − P(top | part is up), with all other parts unchanged.
    pub birnbaum: f64,
    /// Criticality: P(part is down and critical) / P(top).
    pub criticality: f64,
    /// Risk achievement worth.
    pub raw: f64,
    /// Risk reduction worth; infinite where the system cannot fail without the part.
    pub rrw: f64,
    /// Fussell–Vesely importance; `None` where chains are seen through several nodes, or where it
    /// exceeds the budget.
    pub fussell_vesely: Option<f64>,
}

/// The importance of all parts at one moment or in the long run.
#[derive(Debug)]
pub struct Meaning {
    /// The parts.
    pub parts: Vec<PartImportance>,
    /// By number in the diagram, the probabilities of being down and up; `None` where some parts depend
    /// on each other, so that the probabilities of cut sets are not products of these.
    pub probabilities: Option<Vec<Tails>>,
}

/// The system in the long run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settled {
    /// Probability of being down.
    pub unavailability: f64,
    /// Probability of being up.
    pub availability: f64,
    /// Failures per second; `None` where they cannot be derived from the chains.
    pub frequency_per_s: Option<f64>,
}

/// The system from the start to some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Mean unavailability.
    pub unavailability: f64,
    /// Expected failures; `None` where they cannot be derived from the chains.
    pub failures: Option<f64>,
}

/// All parts at one moment.
struct Moment {
    tails: Vec<Tails>,
    intensities: Vec<f64>,
    /// By chain.
    chains: Vec<Occupation>,
}

/// Maximum number of chains.
const CHAINS_MAX: usize = 200;

/// Maximum number of combinations of classes of the chains that are seen through several nodes.
const CASES_MAX: usize = 512;

impl<'m> Composition<'m> {
    /// Solves a model whose interdependent parts are small.
    ///
    /// # Errors
    /// A message that says why the model cannot be composed.
    pub fn new(model: &'m Model, budget: Budget, chain_budget: ChainBudget) -> Result<Self, String> {
        if model.suspend {
            return Err("`suspend` stops ageing while the system is down: no component is independent".into());
        }
        Self::of_sorted(model, Sorted::of(model, chain_budget), budget, chain_budget)
    }

    /// As [`new`](Self::new), but only where every independent leaf is known at every moment. For models
    /// whose long run is known already.
    pub fn of_every_moment(model: &'m Model, budget: Budget, chain_budget: ChainBudget) -> Option<Self> {
        let sorted = Sorted::of(model, chain_budget);
        let known = !model.suspend && sorted.laws.iter().flatten().all(|law| law.at(0.0).is_some());
        known.then(|| Self::of_sorted(model, sorted, budget, chain_budget).ok())?
    }

    fn of_sorted(
        model: &Model,
        sorted: Sorted<'m>,
        budget: Budget,
        chain_budget: ChainBudget,
    ) -> Result<Self, String> {
        let Some(cut) = cut(model, &sorted.owner) else {
            return Err("the system has too many gates".into());
        };
        let chains = chains(&cut, model.structure.leaf_count(), chain_budget)?;
        let exact = Exact::new(&cut.outer, budget).map_err(|error| error.to_string())?;
        let composition = Self {
            exact,
            laws: sorted.laws,
            start: model.start,
            crossing: chains.iter().any(Joined::crosses),
            chains,
        };
        let classes = composition.joint().map(|(_, joined)| joined.chain.classes().len());
        let cases = classes.fold(1, usize::saturating_mul);
        if cases > CASES_MAX {
            return Err(format!(
                "the interdependent parts have {cases} combinations of interface states, above {CASES_MAX}"
            ));
        }
        Ok(composition)
    }

    /// Returns the number of nodes of all diagrams.
    pub fn nodes(&self) -> usize {
        self.exact.nodes()
    }

    /// Returns the number of states of each chain.
    pub fn states(&self) -> Vec<usize> {
        self.chains.iter().map(|joined| joined.chain.states()).collect()
    }

    /// Returns about how many multiplications it takes to follow the chains from the start to `until_s`.
    pub fn work(&self, until_s: f64) -> f64 {
        self.chains.iter().map(|joined| joined.chain.work(until_s)).sum()
    }

    /// Returns the diagram over leaves and chains, for cut sets.
    pub fn exact(&self) -> &Exact {
        &self.exact
    }

    /// Returns the importance of all parts: at `at_s` seconds after the start, or in the long run.
    pub fn meaning(&self, at_s: Option<f64>, budget: Budget) -> Option<Meaning> {
        let moment = match at_s {
            None => self.settled()?,
            Some(at_s) => self.moments(&[at_s])?.pop()?,
        };
        let alone = (0..).zip(&self.laws).filter(|(_, law)| law.is_some());
        let alone = alone.map(|(leaf, _)| (leaf, vec![leaf]));
        let joined = self
            .chains
            .iter()
            .flat_map(|joined| joined.leaves.iter().copied().zip(joined.below.iter().cloned()));
        let mut weighed: Vec<PartSums> = alone.chain(joined).map(PartSums::new).collect();
        self.each_case(&moment, None, &mut |weight, tails| {
            let importance = self.exact.importance(tails);
            for part in &mut weighed {
                part.add(weight, importance.leaves.get(part.number as usize));
            }
        });
        let top = self.top(&moment).failed;
        let independent = self.joint().next().is_none();
        let shares = if independent { self.exact.fussell_vesely(&moment.tails, budget).ok() } else { None };
        let share = |number: u32| shares.as_ref()?.get(number as usize).copied();
        Some(Meaning {
            parts: weighed.into_iter().map(|part| part.of(top, share)).collect(),
            probabilities: independent.then_some(moment.tails),
        })
    }

    /// Returns all parts in the long run.
    fn settled(&self) -> Option<Moment> {
        let chains: Result<Vec<Occupation>, _> =
            self.chains.iter().map(|joined| joined.chain.long_run()).collect();
        self.moment(LeafProcess::long_run, chains.ok()?)
    }

    /// Returns the long-run measures; `None` where a part has no limit.
    pub fn long_run(&self) -> Option<Settled> {
        let moment = self.settled()?;
        let top = self.top(&moment);
        Some(Settled {
            unavailability: top.failed,
            availability: top.working,
            frequency_per_s: self.frequency(&moment),
        })
    }

    /// Returns the probability of being down at each of some moments.
    pub fn unavailability_at_each(&self, at_s: &[f64]) -> Option<Vec<f64>> {
        let moments = self.moments(at_s)?;
        Some(moments.iter().map(|moment| self.top(moment).failed).collect())
    }

    /// Returns the measures from the start to `until_s`; `None` where a law is not known at every
    /// moment.
    pub fn span(&self, until_s: f64) -> Option<Span> {
        let [down_s, failures] = integrals(until_s, self.pace_s(), self.breaks(until_s), |at_s| {
            let moments = self.moments(at_s)?;
            let both = |moment: &Moment| [self.top(moment).failed, self.frequency(moment).unwrap_or(0.0)];
            Some(moments.iter().map(both).collect())
        })?;
        Some(Span { unavailability: down_s / until_s, failures: (!self.crossing).then_some(failures) })
    }

    fn pace_s(&self) -> f64 {
        let laws = self.laws.iter().flatten().map(LeafProcess::pace_s);
        let chains = self.chains.iter().map(|joined| joined.chain.pace_s());
        laws.chain(chains).fold(f64::INFINITY, f64::min)
    }

    fn breaks(&self, until_s: f64) -> Vec<f64> {
        let mut breaks = Vec::new();
        for law in self.laws.iter().flatten() {
            law.breaks(until_s, &mut breaks);
        }
        breaks
    }

    /// Returns all parts at each of some moments. The chains are followed once, for all moments
    /// together.
    fn moments(&self, at_s: &[f64]) -> Option<Vec<Moment>> {
        let chains: Result<Vec<Vec<Occupation>>, _> =
            self.chains.iter().map(|joined| joined.chain.at_each(at_s)).collect();
        let mut chains: Vec<_> = chains.ok()?.into_iter().map(Vec::into_iter).collect();
        let moments = at_s.iter().map(|at_s| {
            let chains = chains.iter_mut().map(Iterator::next).collect::<Option<_>>()?;
            match self.start {
                Start::New => self.moment(|law| law.at(*at_s), chains),
                Start::Stationary => self.moment(|law| law.long_run().filter(|_| !law.is_mortal()), chains),
            }
        });
        moments.collect()
    }

    fn moment(
        &self,
        of: impl Fn(&LeafProcess<'m>) -> Option<(Tails, f64)>,
        chains: Vec<Occupation>,
    ) -> Option<Moment> {
        let each = self.laws.iter().map(|law| match law {
            Some(law) => of(law),
            None => Some((Tails::WORKING, 0.0)),
        });
        let (mut tails, mut intensities): (Vec<Tails>, Vec<f64>) =
            each.collect::<Option<Vec<_>>>()?.into_iter().unzip();
        for (joined, occupation) in self.chains.iter().zip(&chains) {
            // For a chain with several leaves these are placeholders, replaced class by class in
            // `each_case`.
            tails.extend(joined.leaves.iter().map(|_| joined.tails(occupation)));
            intensities.extend(joined.leaves.iter().map(|_| joined.intensity(occupation)));
        }
        Some(Moment { tails, intensities, chains })
    }

    /// Returns the chains with several leaves, and their numbers.
    fn joint(&self) -> impl Iterator<Item = (usize, &Joined)> {
        self.chains.iter().enumerate().filter(|(_, joined)| joined.leaves.len() > 1)
    }

    /// Returns the probabilities of the top: the mean over all cases, weighted with their probabilities.
    fn top(&self, moment: &Moment) -> Tails {
        let (mut failed, mut working) = (0.0, 0.0);
        self.each_case(moment, None, &mut |weight, tails| {
            let top = self.exact.top(tails);
            failed += weight * top.failed;
            working += weight * top.working;
        });
        Tails { failed, working }
    }

    /// Returns the failures per second: those of leaves that fail while all chains with several leaves
    /// keep their class, and those of the transitions of each such chain while everything else keeps its
    /// state. `None` if a transition brings one node down and another one up: then the difference of two
    /// probabilities is not the probability of a failure.
    fn frequency(&self, moment: &Moment) -> Option<f64> {
        if self.crossing {
            return None;
        }
        let mut frequency = 0.0;
        self.each_case(moment, None, &mut |weight, tails| {
            frequency += weight * self.exact.frequency(tails, &moment.intensities);
        });
        for (number, joined) in self.joint() {
            self.each_case(moment, Some(number), &mut |weight, tails| {
                let mut tails = tails.to_vec();
                // The structure is monotone: with more leaves down, the probability of being down rises
                // by exactly the probability that this transition makes the system fail.
                for (before, after, flow) in joined.failures(&moment.chains[number]) {
                    joined.set(before, &mut tails);
                    let less = self.exact.top(&tails);
                    joined.set(after, &mut tails);
                    frequency += weight * flow * difference(self.exact.top(&tails), less);
                }
            });
        }
        Some(frequency)
    }

    /// Calls `call` for every combination of classes of the chains with several leaves, except the chain
    /// `left_out`. Passes the probability of the combination and the leaves' probabilities given the
    /// classes.
    fn each_case(&self, moment: &Moment, left_out: Option<usize>, call: &mut dyn FnMut(f64, &[Tails])) {
        let chains: Vec<(&Joined, &Occupation)> = self
            .joint()
            .filter(|(number, _)| Some(*number) != left_out)
            .map(|(number, joined)| (joined, &moment.chains[number]))
            .collect();
        each_case(&chains, 1.0, &mut moment.tails.clone(), call);
    }
}

/// Weighted sums over all cases, for one part.
struct PartSums {
    number: u32,
    leaves: Vec<u32>,
    failed: f64,
    birnbaum: f64,
    decides: f64,
    top_if_failed: f64,
    top_if_working: f64,
}

impl PartSums {
    fn new((number, leaves): (u32, Vec<u32>)) -> Self {
        Self {
            number,
            leaves,
            failed: 0.0,
            birnbaum: 0.0,
            decides: 0.0,
            top_if_failed: 0.0,
            top_if_working: 0.0,
        }
    }

    fn add(&mut self, weight: f64, case: Option<&LeafImportance>) {
        let Some(case) = case else { return };
        self.failed += weight * case.failed;
        self.birnbaum += weight * case.birnbaum;
        self.decides += weight * case.birnbaum * case.failed;
        self.top_if_failed += weight * case.top_if_failed;
        self.top_if_working += weight * case.top_if_working;
    }

    fn of(self, top: f64, fussell_vesely: impl Fn(u32) -> Option<f64>) -> PartImportance {
        let ratio = |a: f64, b: f64, empty: f64| if a == 0.0 && b == 0.0 { empty } else { a / b };
        PartImportance {
            fussell_vesely: fussell_vesely(self.number),
            number: self.number,
            leaves: self.leaves,
            failed: self.failed,
            birnbaum: self.birnbaum,
            criticality: ratio(self.decides, top, 0.0),
            raw: ratio(self.top_if_failed, top, 1.0),
            rrw: ratio(top, self.top_if_working, 1.0),
        }
    }
}

/// Recurses over the chains; `tails` is overwritten for every class.
fn each_case(
    chains: &[(&Joined, &Occupation)],
    weight: f64,
    tails: &mut Vec<Tails>,
    call: &mut dyn FnMut(f64, &[Tails]),
) {
    let Some(((joined, occupation), others)) = chains.split_first() else {
        return call(weight, tails);
    };
    for (class, share) in joined.chain.classes().iter().zip(&occupation.shares) {
        joined.set(class, tails);
        each_case(others, weight * share, tails, call);
    }
}

impl Joined {
    /// Returns the probabilities of the only leaf.
    fn tails(&self, occupation: &Occupation) -> Tails {
        let of = |wanted: bool| {
            let classes = self.chain.classes().iter().zip(&occupation.shares);
            classes.filter(|(down, _)| down[0] == wanted).map(|(_, share)| share).sum()
        };
        Tails { failed: of(true), working: of(false) }
    }

    /// Returns the failure intensity of the only leaf, per second; 0 if there are several leaves, whose
    /// failures `Composition::frequency` adds by class.
    fn intensity(&self, occupation: &Occupation) -> f64 {
        if self.leaves.len() > 1 {
            return 0.0;
        }
        self.failures(occupation).map(|(_, _, flow)| flow).sum()
    }

    /// Returns the transitions that only bring leaves down: the classes before and after, and the
    /// frequency per second.
    fn failures<'a>(
        &'a self,
        occupation: &'a Occupation,
    ) -> impl Iterator<Item = (&'a [bool], &'a [bool], f64)> {
        let classes = self.chain.classes();
        let changes = self.chain.changes().iter().zip(&occupation.flows_per_s);
        let each = changes.map(|(change, flow)| (&classes[change.from][..], &classes[change.to][..], *flow));
        each.filter(|(before, after, _)| within(before, after))
    }

    /// Returns whether some transition brings one leaf down and another one up.
    fn crosses(&self) -> bool {
        let classes = self.chain.classes();
        self.chain.changes().iter().any(|change| {
            let (before, after) = (&classes[change.from], &classes[change.to]);
            !within(before, after) && !within(after, before)
        })
    }

    /// Sets the leaves to the states that they have in a class.
    fn set(&self, class: &[bool], tails: &mut [Tails]) {
        for (leaf, down) in self.leaves.iter().zip(class) {
            tails[*leaf as usize] = if *down { Tails::FAILED } else { Tails::WORKING };
        }
    }
}

/// Returns whether everything that is down in `less` is down in `more` too.
fn within(less: &[bool], more: &[bool]) -> bool {
    less.iter().zip(more).all(|(less, more)| less <= more)
}

/// The leaves, sorted into independent ones and those that belong to chains.
struct Sorted<'m> {
    /// The laws of the independent leaves.
    laws: Vec<Option<LeafProcess<'m>>>,
    /// By leaf, the island whose chain it belongs to; `None` for the others.
    owner: Vec<Option<u32>>,
}

impl<'m> Sorted<'m> {
    fn of(model: &'m Model, budget: ChainBudget) -> Self {
        let islands = islands(model);
        let shared = islands.members();
        let mut laws = vec![None; model.leaf_count() as usize];
        let mut owner = vec![None; model.leaf_count() as usize];
        let mut alone = 0;
        for leaf in model.structure.leaves_below(model.structure.top()) {
            let island = islands.representative(leaf);
            let independent = !shared.contains_key(&island);
            // Where only the means of a law are known, a chain of the leaf alone gives its probabilities
            // over time.
            let enough = |law: &LeafProcess<'_>| {
                law.at(0.0).is_some() || alone == CHAINS_MAX || !has_chain(model, leaf, budget)
            };
            match LeafProcess::of(model, leaf) {
                Ok(law) if independent && enough(&law) => laws[leaf as usize] = Some(law),
                _ => {
                    alone += usize::from(independent);
                    owner[leaf as usize] = Some(island);
                }
            }
        }
        Self { laws, owner }
    }
}

/// Returns whether an independent leaf can be followed by a Markov chain.
fn has_chain(model: &Model, leaf: u32, budget: ChainBudget) -> bool {
    JointSolution::new(model, &[Node::Leaf(leaf)], budget).is_ok()
}

/// Builds the chains; the leaves that stand for their ports are numbered from `leaf_count`.
fn chains(cut: &Cut, leaf_count: u32, budget: ChainBudget) -> Result<Vec<Joined>, String> {
    if cut.ports.len() > CHAINS_MAX {
        return Err(format!("more than {CHAINS_MAX} parts need a Markov chain of their own"));
    }
    let mut next = leaf_count;
    let each = cut.ports.iter().map(|ports| {
        let leaves = (next..).take(ports.len()).collect();
        next += ports.len() as u32;
        let chain = JointSolution::new(&cut.model, ports, budget).map_err(|why| why.to_string())?;
        let below = |port: &Node| {
            let mut leaves = cut.model.structure.leaves_below(*port);
            leaves.sort_unstable();
            leaves
        };
        Ok(Joined { chain, leaves, below: ports.iter().map(below).collect() })
    });
    each.collect()
}
