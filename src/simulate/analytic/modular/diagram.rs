//! The decision diagram over independent leaves and Markov chains.
//!
//! A chain that the rest of the system sees through one node is a leaf of the diagram, with the
//! probability of that node. A chain that is seen through several nodes is in one of several classes,
//! according to which of them are down. The diagram is evaluated for each class, and the results are
//! weighted with the probabilities of the classes (law of total probability).

use super::cut::{Cut, cut, islands};
use crate::base::patience::Patience;
use crate::simulate::analytic::bdd::{Budget, Exact, LeafImportance, Tails, difference};
use crate::simulate::analytic::chain::{ChainSolution, Occupation, Surroundings};
use crate::simulate::analytic::law::{LeafProcess, independent_laws};
use crate::simulate::analytic::quadrature::{Effort, cuts, integrate, mean_life};
use crate::simulate::analytic::solver::{Measures, Solver};
use crate::simulate::analytic::unsolved::Unsolved;
use crate::simulate::model::{Model, Start};
use crate::simulate::structure::Node;
use crate::stats::distribution::Distribution;
use std::collections::HashMap;

/// A system of independent leaves, and of parts with a Markov chain each if there are any. Times in
/// seconds, rates per second.
#[derive(Debug)]
pub struct DiagramSolution<'m> {
    exact: Exact,
    /// By leaf of the model; `None` for leaves in chains and leaves that the system does not depend on.
    laws: Vec<Option<LeafProcess<'m>>>,
    /// The diagram over the classes of equal leaves.
    folded: Exact,
    classes: Classes<'m>,
    chains: Vec<Joined>,
    start: Start,
    /// Whether some transition of a chain brings one of its nodes down and another one up.
    crossing: bool,
    /// How long each answer may take.
    patience: Patience,
}

/// A chain, and the leaves of the diagram that stand for its nodes.
#[derive(Debug)]
struct Joined {
    chain: ChainSolution,
    leaves: Vec<u32>,
    /// By such a leaf, its place among the classes of equal leaves.
    places: Vec<u32>,
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
    /// Its importance: P(top | part is down) and P(top | part is up) with all other parts unchanged, in
    /// the mean over all classes of the chains.
    pub importance: LeafImportance,
    /// Fussell–Vesely importance; `None` where chains are seen through several nodes, or where it
    /// exceeds the budget.
    pub fussell_vesely: Option<f64>,
}

/// The importance of all parts at one moment or in the long run.
#[derive(Debug)]
pub struct PartsImportance {
    /// The parts.
    pub parts: Vec<PartImportance>,
    /// By number in the diagram, the probabilities of being down and up; `None` where some parts depend
    /// on each other, so that the probabilities of cut sets are not products of these.
    pub probabilities: Option<Vec<Tails>>,
}

/// The classes of the leaves of the diagram: those with the same law are one, each leaf of a chain is its own.
#[derive(Debug)]
struct Classes<'m> {
    /// By leaf of the diagram.
    of: Vec<u32>,
    /// By class; `None` for leaves of chains, and for leaves that the system does not depend on.
    laws: Vec<Option<LeafProcess<'m>>>,
}

/// All parts at one moment, by class.
#[derive(Clone)]
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

/// Relative error to which integrals over independent leaves are refined, unless rounding prevents it.
const RELATIVE: f64 = 1e-13;

impl<'m> DiagramSolution<'m> {
    /// Solves a model whose components are independent of each other.
    ///
    /// # Errors
    /// A component that depends on others or has no closed form, or a system whose diagram exceeds the
    /// budget.
    pub fn independent(model: &'m Model, budget: Budget) -> Result<Self, Unsolved> {
        let laws = independent_laws(model)?;
        let exact = Exact::new(&model.structure, budget)?;
        Ok(Self::of_parts(exact, laws, Vec::new(), model.start, budget.patience))
    }

    /// Solves a model whose interdependent parts are small: at most `states_max` states each.
    ///
    /// # Errors
    /// The reason why the model cannot be composed.
    pub fn composed(model: &'m Model, budget: Budget, states_max: usize) -> Result<Self, Unsolved> {
        if model.suspend {
            return Err(Unsolved::Suspended);
        }
        Self::of_sorted(model, Sorted::of(model, states_max, budget.patience), budget, states_max)
    }

    /// As [`composed`](Self::composed), but only where every independent leaf is known at every moment.
    /// For models whose long run is known already.
    pub fn composed_of_every_moment(model: &'m Model, budget: Budget, states_max: usize) -> Option<Self> {
        let sorted = Sorted::of(model, states_max, budget.patience);
        let known = !model.suspend && sorted.laws.iter().flatten().all(|law| law.at(0.0).is_some());
        known.then(|| Self::of_sorted(model, sorted, budget, states_max).ok())?
    }

    fn of_sorted(
        model: &Model,
        sorted: Sorted<'m>,
        budget: Budget,
        states_max: usize,
    ) -> Result<Self, Unsolved> {
        let cut = cut(model, &sorted.owner).ok_or(Unsolved::TooManyGates)?;
        let chains = chains(&cut, model.structure.leaf_count(), states_max, budget.patience)?;
        let exact = Exact::new(&cut.outer, budget)?;
        let solution = Self::of_parts(exact, sorted.laws, chains, model.start, budget.patience);
        let classes = solution.joint().map(|(_, joined)| joined.chain.classes.len());
        let cases = classes.fold(1, usize::saturating_mul);
        if cases > CASES_MAX {
            return Err(Unsolved::TooManyCases(cases, CASES_MAX));
        }
        Ok(solution)
    }

    fn of_parts(
        exact: Exact,
        laws: Vec<Option<LeafProcess<'m>>>,
        mut chains: Vec<Joined>,
        start: Start,
        patience: Patience,
    ) -> Self {
        let classes = Classes::of(&laws, &mut chains);
        Self {
            folded: exact.folded(&classes.of),
            exact,
            laws,
            classes,
            start,
            crossing: chains.iter().any(Joined::crosses),
            chains,
            patience,
        }
    }

    /// Returns the number of states of each chain.
    pub fn states(&self) -> Vec<usize> {
        self.chains.iter().map(|joined| joined.chain.states()).collect()
    }

    /// Returns the diagram over leaves and chains.
    pub fn exact(&self) -> &Exact {
        &self.exact
    }

    /// Returns whether the probability of being down is known at every moment.
    pub fn knows_every_moment(&self) -> bool {
        self.at_each(&[0.0], |_| ()).is_some()
    }

    /// Returns the importance of all parts in the long run; at `horizon_s` for a `mission`, in which
    /// something is never repaired.
    pub fn importance(&self, horizon_s: f64, mission: bool, budget: Budget) -> Option<PartsImportance> {
        let moment = self.typical(horizon_s, mission)?;
        let alone = (0..).zip(&self.laws).filter(|(_, law)| law.is_some());
        let alone = alone.map(|(leaf, _)| (leaf, vec![leaf]));
        let joined = self.chains.iter();
        let joined = joined.flat_map(|own| own.leaves.iter().copied().zip(own.below.iter().cloned()));
        let independent = self.joint().next().is_none();
        let by_leaf = |tails: &[Tails]| -> Vec<Tails> {
            self.classes.of.iter().map(|class| tails[*class as usize]).collect()
        };
        let of_leaves = by_leaf(&moment.tails);
        let shares = if independent { self.exact.fussell_vesely(&of_leaves, budget).ok() } else { None };
        let part = |(number, leaves): (u32, Vec<u32>)| PartImportance {
            number,
            leaves,
            importance: LeafImportance::default(),
            fussell_vesely: shares.as_ref().and_then(|shares| shares.get(number as usize).copied()),
        };
        let mut parts: Vec<PartImportance> = alone.chain(joined).map(part).collect();
        self.each_case(&moment, None, &mut |weight, tails| {
            let importance = self.exact.importance(&by_leaf(tails));
            for part in &mut parts {
                part.importance.add(weight, &importance.leaves[part.number as usize]);
            }
        });
        if self.patience.is_over() {
            return None;
        }
        Some(PartsImportance { parts, probabilities: independent.then_some(of_leaves) })
    }

    /// Returns the moment that importance refers to.
    fn typical(&self, horizon_s: f64, mission: bool) -> Option<Moment> {
        if self.chains.is_empty() {
            // In the long run a component that is never repaired has certainly failed, so the horizon is
            // used instead.
            let settled = self.settled().filter(|_| self.mortal_lives().next().is_none());
            return settled.or_else(|| self.moment(|law| law.at(horizon_s), Vec::new()));
        }
        if !mission {
            return self.settled();
        }
        self.at_each(&[horizon_s], Moment::clone)?.pop()
    }

    /// Returns all parts in the long run.
    fn settled(&self) -> Option<Moment> {
        let chains = self.chains.iter().map(|joined| joined.chain.settled());
        self.moment(LeafProcess::long_run, chains.collect::<Option<_>>()?)
    }

    /// Evaluates all parts at each of some moments. The chains are followed once, for all moments
    /// together.
    fn at_each<T>(&self, at_s: &[f64], of: impl Fn(&Moment) -> T) -> Option<Vec<T>> {
        let chains = self.chains.iter().map(|joined| joined.chain.at_each(at_s).map(Vec::into_iter));
        let mut chains = chains.collect::<Option<Vec<_>>>()?;
        let moments = at_s.iter().map(|at_s| {
            let chains = chains.iter_mut().map(Iterator::next).collect::<Option<_>>()?;
            let moment = match self.start {
                Start::New => self.moment(|law| law.at(*at_s), chains),
                Start::Stationary => {
                    self.moment(|law| law.long_run().filter(|_| law.mortal_life().is_none()), chains)
                }
            };
            let answer = moment.as_ref().map(&of);
            answer.filter(|_| !self.patience.is_over())
        });
        moments.collect()
    }

    /// Returns the parts with the probabilities and failure intensities of the leaves by `of`; leaves
    /// that do not matter count as working.
    fn moment(
        &self,
        of: impl Fn(&LeafProcess<'m>) -> Option<(Tails, f64)>,
        chains: Vec<Occupation>,
    ) -> Option<Moment> {
        let each = self.classes.laws.iter().map(|law| match law {
            Some(law) => of(law),
            None => Some((Tails::WORKING, 0.0)),
        });
        let (mut tails, mut intensities): (Vec<Tails>, Vec<f64>) =
            each.collect::<Option<Vec<_>>>()?.into_iter().unzip();
        for (joined, occupation) in self.chains.iter().zip(&chains) {
            let own = joined.chain.measures(occupation);
            // For a chain with several leaves these are placeholders: `each_case` replaces the
            // probabilities class by class, and `measures` adds the failures.
            let intensity = own.failures.filter(|_| joined.leaves.len() == 1).unwrap_or(0.0);
            for place in &joined.places {
                tails[*place as usize] = own.tails;
                intensities[*place as usize] = intensity;
            }
        }
        Some(Moment { tails, intensities, chains })
    }

    /// Returns the distributions of the leaves that are never repaired.
    fn mortal_lives(&self) -> impl Iterator<Item = &'m Distribution> {
        self.classes.laws.iter().flatten().filter_map(LeafProcess::mortal_life)
    }

    /// Returns whether all leaves start new and none is ever repaired. The system is then down at a time
    /// exactly if it has failed by then.
    fn stays_down(&self) -> bool {
        let lasting = |law: &LeafProcess<'_>| matches!(law, LeafProcess::Mortal(_) | LeafProcess::Fixed(_));
        self.start == Start::New && self.chains.is_empty() && self.classes.laws.iter().flatten().all(lasting)
    }

    fn pace_s(&self) -> f64 {
        let laws = self.classes.laws.iter().flatten().map(LeafProcess::pace_s);
        let chains = self.chains.iter().map(|joined| joined.chain.pace_s());
        laws.chain(chains).fold(f64::INFINITY, f64::min)
    }

    /// Without chains, refinement ends above the rounding error of the integrand, one rounding for each
    /// level of the widest diagram.
    fn effort(&self) -> Effort {
        if !self.chains.is_empty() {
            return Effort::CHAINS;
        }
        let relative = RELATIVE.max(f64::EPSILON * self.exact.levels() as f64);
        Effort { relative, rounds: 64, points_max: 2_000_000 }
    }

    /// Returns the chains with several leaves, and their numbers.
    fn joint(&self) -> impl Iterator<Item = (usize, &Joined)> {
        self.chains.iter().enumerate().filter(|(_, joined)| joined.leaves.len() > 1)
    }

    /// Returns the probabilities of the top: the mean over all cases, weighted with their probabilities.
    fn top(&self, moment: &Moment) -> Tails {
        let mut top = Tails::default();
        self.each_case(moment, None, &mut |weight, tails| top.add(weight, self.folded.top(tails)));
        top
    }

    /// Returns the probabilities of the top and the failures per second: those of leaves that fail while
    /// all chains with several leaves keep their class, and those of the transitions of each such chain
    /// while everything else keeps its state. The failures are not known if a transition brings one node
    /// down and another one up: then the difference of two probabilities is not the probability of a
    /// failure.
    fn measures(&self, moment: &Moment) -> Measures {
        if self.crossing {
            return Measures { tails: self.top(moment), failures: None };
        }
        let (mut top, mut frequency) = (Tails::default(), 0.0);
        self.each_case(moment, None, &mut |weight, tails| {
            let (tails, failures) = self.folded.failing(tails, &moment.intensities);
            top.add(weight, tails);
            frequency += weight * failures;
        });
        for (number, joined) in self.joint() {
            self.each_case(moment, Some(number), &mut |weight, tails| {
                let mut tails = tails.to_vec();
                // The structure is monotone: with more leaves down, the probability of being down rises
                // by exactly the probability that this transition makes the system fail.
                for (before, after, flow) in joined.failures(&moment.chains[number]) {
                    joined.set(before, &mut tails);
                    let less = self.folded.top(&tails);
                    joined.set(after, &mut tails);
                    frequency += weight * flow * difference(self.folded.top(&tails), less);
                }
            });
        }
        Measures { tails: top, failures: Some(frequency) }
    }

    /// Calls `call` for every combination of classes of the chains with several leaves, except the chain
    /// `left_out`. Passes the probability of the combination and the leaves' probabilities given the
    /// classes.
    fn each_case(&self, moment: &Moment, left_out: Option<usize>, call: &mut dyn FnMut(f64, &[Tails])) {
        let joint = self.joint().filter(|(number, _)| Some(*number) != left_out);
        let chains: Vec<(&Joined, &Occupation)> =
            joint.map(|(number, joined)| (joined, &moment.chains[number])).collect();
        let cases: usize = chains.iter().map(|(joined, _)| joined.chain.classes.len()).product();
        let mut tails = moment.tails.clone();
        for case in 0..cases {
            // What is left out is not used: every answer looks at the time again.
            if self.patience.is_over() {
                return;
            }
            let (mut weight, mut rest) = (1.0, case);
            for (joined, occupation) in chains.iter().rev() {
                let classes = &joined.chain.classes;
                joined.set(&classes[rest % classes.len()], &mut tails);
                weight *= occupation.shares[rest % classes.len()];
                rest /= classes.len();
            }
            call(weight, &tails);
        }
    }
}

impl Solver for DiagramSolution<'_> {
    fn work(&self, until_s: f64) -> f64 {
        self.chains.iter().map(|joined| joined.chain.work(until_s)).sum()
    }

    fn long_run(&self) -> Option<Measures> {
        let measures = self.settled().map(|moment| self.measures(&moment));
        measures.filter(|_| !self.patience.is_over())
    }

    fn over(&self, until_s: f64) -> Option<Measures> {
        if self.start == Start::Stationary {
            // The same probabilities at all times.
            let now = self.at_each(&[0.0], |moment| self.measures(moment))?.pop()?;
            return Some(Measures { failures: now.failures.map(|per_s| per_s * until_s), ..now });
        }
        let mut breaks = Vec::new();
        self.classes.laws.iter().flatten().for_each(|law| law.breaks(until_s, &mut breaks));
        let effort = self.effort();
        let integrals = integrate(&cuts(until_s, self.pace_s(), breaks), effort, |at_s| {
            self.at_each(at_s, |moment| {
                let Measures { tails, failures } = self.measures(moment);
                [tails.failed, failures.unwrap_or(0.0)]
            })
        })?;
        if !self.chains.is_empty() && !integrals.are_within(effort.relative) {
            return None;
        }
        let [down_s, failures] = integrals.values;
        let failures = (!self.crossing).then_some(failures);
        Some(Measures { tails: Tails::of_failed(down_s / until_s), failures })
    }

    fn unavailability_at_each(&self, at_s: &[f64]) -> Option<Vec<f64>> {
        self.at_each(at_s, |moment| self.top(moment).failed)
    }

    fn unreliability_at_each(&self, at_s: &[f64]) -> Option<Vec<f64>> {
        self.stays_down().then(|| self.unavailability_at_each(at_s))?
    }

    fn mttf_s(&self) -> Option<f64> {
        let lives_s: Vec<f64> = self.mortal_lives().map(Distribution::mean).collect();
        if lives_s.is_empty() || !self.stays_down() {
            return None;
        }
        let longest_s = lives_s.into_iter().fold(0.0, f64::max);
        mean_life(longest_s, self.pace_s(), self.effort(), |at_s| {
            self.at_each(at_s, |moment| [self.top(moment).working])
        })
    }
}

impl Joined {
    /// Returns the transitions that only bring leaves down: the classes before and after, and the
    /// frequency per second.
    fn failures<'a>(
        &'a self,
        occupation: &'a Occupation,
    ) -> impl Iterator<Item = (&'a [bool], &'a [bool], f64)> {
        let classes = &self.chain.classes;
        let changes = self.chain.changes.iter().zip(&occupation.flows_per_s);
        let each =
            changes.map(move |(change, flow)| (&classes[change.from][..], &classes[change.to][..], *flow));
        each.filter(|(before, after, _)| within(before, after))
    }

    /// Returns whether some transition brings one leaf down and another one up.
    fn crosses(&self) -> bool {
        let classes = &self.chain.classes;
        self.chain.changes.iter().any(|change| {
            let (before, after) = (&classes[change.from], &classes[change.to]);
            !within(before, after) && !within(after, before)
        })
    }

    /// Sets the leaves to the states that they have in a class of the chain.
    fn set(&self, class: &[bool], tails: &mut [Tails]) {
        for (place, down) in self.places.iter().zip(class) {
            tails[*place as usize] = if *down { Tails::FAILED } else { Tails::WORKING };
        }
    }
}

/// Returns whether everything that is down in `less` is down in `more` too.
fn within(less: &[bool], more: &[bool]) -> bool {
    less.iter().zip(more).all(|(less, more)| less <= more)
}

impl<'m> Classes<'m> {
    /// Sorts the leaves into classes. The leaves of chains come after those with laws; sets the places of each chain.
    fn of(laws: &[Option<LeafProcess<'m>>], chains: &mut [Joined]) -> Self {
        let mut known = HashMap::new();
        let mut classes = Self { of: Vec::with_capacity(laws.len()), laws: Vec::new() };
        for law in laws {
            let key = law.as_ref().map(LeafProcess::key);
            let class = *known.entry(key).or_insert_with(|| classes.add(*law));
            classes.of.push(class);
        }
        for joined in chains {
            joined.places = joined.leaves.iter().map(|_| classes.add(None)).collect();
            classes.of.extend(&joined.places);
        }
        classes
    }

    fn add(&mut self, law: Option<LeafProcess<'m>>) -> u32 {
        self.laws.push(law);
        self.laws.len() as u32 - 1
    }
}

/// The leaves, sorted into independent ones and those that belong to chains.
struct Sorted<'m> {
    /// The laws of the independent leaves.
    laws: Vec<Option<LeafProcess<'m>>>,
    /// By leaf, the island whose chain it belongs to; `None` for the others.
    owner: Vec<Option<u32>>,
}

impl<'m> Sorted<'m> {
    fn of(model: &'m Model, states_max: usize, patience: Patience) -> Self {
        let islands = islands(model);
        let (shared, surroundings) = (islands.members(), Surroundings::of(model));
        let mut laws = vec![None; model.leaf_count() as usize];
        let mut owner = vec![None; model.leaf_count() as usize];
        let mut alone = 0;
        for leaf in model.structure.leaves_below(model.structure.top()) {
            let island = islands.representative(leaf);
            let independent = !shared.contains_key(&island);
            // Where only the means of a law are known, a chain of the leaf alone gives its probabilities
            // over time.
            let has_chain =
                || ChainSolution::of_nodes(&surroundings, &[Node::Leaf(leaf)], states_max, patience).is_ok();
            let enough = |law: &LeafProcess<'_>| law.at(0.0).is_some() || alone == CHAINS_MAX || !has_chain();
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

/// Builds the chains; the leaves that stand for their ports are numbered from `leaf_count`.
fn chains(
    cut: &Cut,
    leaf_count: u32,
    states_max: usize,
    patience: Patience,
) -> Result<Vec<Joined>, Unsolved> {
    if cut.ports.len() > CHAINS_MAX {
        return Err(Unsolved::TooManyChains(CHAINS_MAX));
    }
    let (mut next, surroundings) = (leaf_count, Surroundings::of(&cut.model));
    let each = cut.ports.iter().map(|ports| {
        let leaves = (next..).take(ports.len()).collect();
        next += ports.len() as u32;
        let chain = ChainSolution::of_nodes(&surroundings, ports, states_max, patience)?;
        let below = |port: &Node| {
            let mut leaves = cut.model.structure.leaves_below(*port);
            leaves.sort_unstable();
            leaves
        };
        let below = ports.iter().map(below).collect();
        Ok(Joined { chain, leaves, places: Vec::new(), below })
    });
    each.collect()
}
