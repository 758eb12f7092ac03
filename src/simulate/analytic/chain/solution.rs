//! A model as a Markov chain, seen through some of its nodes, and what follows from it.

use super::compile::compile;
use super::explore::explore;
use super::relevant::Surroundings;
use crate::base::patience::Patience;
use crate::simulate::analytic::bdd::Tails;
use crate::simulate::analytic::markov::{Chain, Survival};
use crate::simulate::analytic::solver::{Measures, Solver};
use crate::simulate::analytic::unsolved::Unsolved;
use crate::simulate::model::{Model, Start};
use crate::simulate::structure::Node;
use crate::stats::summary::CompensatedSum;
use std::collections::{BTreeMap, HashMap};

/// A part of a model as a chain, seen through some of its nodes. States with the same nodes down form a
/// class. As a [`Solver`], it answers for the first node. Times in seconds from the start, rates per
/// second.
#[derive(Debug)]
pub struct ChainSolution {
    chain: Chain,
    /// Distribution over the states at time 0.
    initial: Vec<f64>,
    start: Start,
    /// By state, its class.
    class_of: Vec<usize>,
    /// By class, which of the nodes are down.
    pub(in crate::simulate::analytic) classes: Vec<Vec<bool>>,
    /// All pairs of classes between which there are transitions.
    pub(in crate::simulate::analytic) changes: Vec<Change>,
}

/// The transitions from one class to another.
#[derive(Debug)]
pub(crate) struct Change {
    /// The class before.
    pub from: usize,
    /// The class after.
    pub to: usize,
    /// The states that they start from, with the rate from each.
    rates_per_s: Vec<(usize, f64)>,
}

/// The distribution over the classes at a moment.
#[derive(Debug, Clone)]
pub struct Occupation {
    /// By class, its probability.
    pub shares: Vec<f64>,
    /// By change, how often it happens per second.
    pub flows_per_s: Vec<f64>,
}

impl ChainSolution {
    /// Generates the chain of a model's top, with at most `states_max` states, however long it takes.
    ///
    /// # Errors
    /// A time that is not exponential, behaviour that needs a memory, or too many states.
    pub fn new(model: &Model, states_max: usize) -> Result<Self, Unsolved> {
        let top = [model.structure.top()];
        Self::of_nodes(&Surroundings::of(model), &top, states_max, Patience::ENDLESS)
    }

    /// As [`new`](Self::new), for the parts of the model that determine the states of some nodes, of which
    /// there is at least one. Neither this nor an answer may take longer than `patience` allows.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn of_nodes(
        surroundings: &Surroundings<'_>,
        nodes: &[Node],
        states_max: usize,
        patience: Patience,
    ) -> Result<Self, Unsolved> {
        let start = surroundings.model.start;
        let space = explore(&compile(surroundings, nodes)?, states_max, patience)?;
        let mut numbers: HashMap<&[bool], usize> = HashMap::new();
        let mut class_of = Vec::with_capacity(space.down.len());
        let mut classes = Vec::new();
        for down in &space.down {
            let class = *numbers.entry(down).or_insert(classes.len());
            if class == classes.len() {
                classes.push(down.clone());
            }
            class_of.push(class);
        }
        let mut rates: BTreeMap<(usize, usize), Vec<(usize, f64)>> = BTreeMap::new();
        for &(from, to, rate) in &space.rates {
            let classes = (class_of[from], class_of[to]);
            if classes.0 != classes.1 {
                rates.entry(classes).or_default().push((from, rate));
            }
        }
        let changes = rates.into_iter().map(|((from, to), rates_per_s)| Change { from, to, rates_per_s });
        let changes = changes.collect();
        let chain = Chain::new(space.down.len(), space.rates)?.with_patience(patience);
        let initial = match start {
            Start::New => space.initial,
            Start::Stationary => chain.stationary_from(&space.initial)?,
        };
        Ok(Self { chain, initial, start, class_of, classes, changes })
    }

    /// Returns the number of states.
    pub fn states(&self) -> usize {
        self.chain.states()
    }

    /// Returns the shortest mean sojourn time of a state, in seconds.
    pub fn pace_s(&self) -> f64 {
        self.chain.pace_s()
    }

    /// Returns the distribution in the long run; `None` if the elimination exceeds its budget.
    pub fn settled(&self) -> Option<Occupation> {
        let states = self.chain.stationary_from(&self.initial).ok()?;
        Some(self.occupation(&states))
    }

    /// Returns the distribution at each of some moments, in any order; `None` for a chain that is too
    /// large and too stiff. All moments cost little more than the last one alone.
    pub fn at_each(&self, at_s: &[f64]) -> Option<Vec<Occupation>> {
        // A chain that starts in its long run stays in it.
        if self.start == Start::Stationary {
            return Some(vec![self.occupation(&self.initial); at_s.len()]);
        }
        let moments = self.chain.transient(&self.initial, at_s).ok()?;
        Some(moments.iter().map(|states| self.occupation(states)).collect())
    }

    /// Returns the measures of the first node at a moment, with its failures per second.
    pub fn measures(&self, occupation: &Occupation) -> Measures {
        let share = |down: bool| {
            let classes = self.classes.iter().zip(&occupation.shares);
            sum(classes.filter(|(class, _)| class[0] == down).map(|(_, share)| *share))
        };
        let flows = self.changes.iter().zip(&occupation.flows_per_s);
        let failures = flows.filter(|(change, _)| self.is_failure(change)).map(|(_, flow)| *flow);
        Measures {
            tails: Tails { failed: share(true), working: share(false) },
            failures: Some(sum(failures)),
        }
    }

    /// Returns the probabilities that the first node has been up all the time up to each of some moments,
    /// and that it has not; each has digits of its own.
    pub fn survival_at_each(&self, at_s: &[f64]) -> Option<Vec<Survival>> {
        let up: Vec<bool> = self.down().map(|down| !down).collect();
        self.chain.survival(&up, &self.initial, at_s).ok()
    }

    /// Returns, by state, whether the first node is down.
    fn down(&self) -> impl Iterator<Item = bool> {
        self.class_of.iter().map(move |class| self.classes[*class][0])
    }

    fn is_failure(&self, change: &Change) -> bool {
        !self.classes[change.from][0] && self.classes[change.to][0]
    }

    fn occupation(&self, states: &[f64]) -> Occupation {
        let mut shares = vec![CompensatedSum::default(); self.classes.len()];
        for (class, share) in self.class_of.iter().zip(states) {
            shares[*class].add(*share);
        }
        let flow =
            |change: &Change| sum(change.rates_per_s.iter().map(|(state, rate)| states[*state] * rate));
        Occupation {
            shares: shares.iter().map(CompensatedSum::value).collect(),
            flows_per_s: self.changes.iter().map(flow).collect(),
        }
    }

    /// Returns the expected reward up to `until_s`, for a reward per second by state.
    fn gathered(&self, reward_per_s: &[f64], until_s: f64) -> Option<f64> {
        self.chain.gathered(reward_per_s, &self.initial, &[until_s]).ok()?.first().copied()
    }
}

impl Solver for ChainSolution {
    fn work(&self, until_s: f64) -> f64 {
        self.chain.work(until_s)
    }

    fn long_run(&self) -> Option<Measures> {
        self.settled().map(|occupation| self.measures(&occupation))
    }

    fn over(&self, until_s: f64) -> Option<Measures> {
        let down: Vec<f64> = self.down().map(|down| if down { 1.0 } else { 0.0 }).collect();
        let mut failing = vec![0.0; self.states()];
        for change in self.changes.iter().filter(|change| self.is_failure(change)) {
            change.rates_per_s.iter().for_each(|(state, rate)| failing[*state] += rate);
        }
        let tails = Tails::of_failed(self.gathered(&down, until_s)? / until_s);
        Some(Measures { tails, failures: Some(self.gathered(&failing, until_s)?) })
    }

    fn unavailability_at_each(&self, at_s: &[f64]) -> Option<Vec<f64>> {
        let moments = self.at_each(at_s)?;
        Some(moments.iter().map(|occupation| self.measures(occupation).tails.failed).collect())
    }

    fn unreliability_at_each(&self, at_s: &[f64]) -> Option<Vec<f64>> {
        let survival = self.survival_at_each(at_s)?;
        Some(survival.iter().map(|survival| survival.unreliability).collect())
    }

    fn mttf_s(&self) -> Option<f64> {
        let down: Vec<bool> = self.down().collect();
        self.chain.mean_time_to(&down, &self.initial).ok()
    }
}

fn sum(values: impl Iterator<Item = f64>) -> f64 {
    values.collect::<CompensatedSum>().value()
}
