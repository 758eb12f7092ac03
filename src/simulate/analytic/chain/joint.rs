//! The chain of several nodes at once: which of them are down together, and how often that changes.

use super::{ChainBudget, Unsolved};
use crate::simulate::analytic::markov::{Chain, MarkovError};
use crate::simulate::model::{Model, Start};
use crate::simulate::structure::Node;
use std::collections::{BTreeMap, HashMap};

/// A part of a model as a chain, seen through some of its nodes. States with the same nodes down form a
/// class.
#[derive(Debug)]
pub struct JointSolution {
    chain: Chain,
    /// Distribution over the states at time 0.
    initial: Vec<f64>,
    /// Whether the chain starts in its long run, and so stays in it.
    settled: bool,
    /// By state, its class.
    class_of: Vec<usize>,
    /// By class, which of the nodes are down.
    classes: Vec<Vec<bool>>,
    changes: Vec<Change>,
}

/// The transitions from one class to another.
#[derive(Debug)]
pub struct Change {
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

impl JointSolution {
    /// Generates the chain of the parts that determine the states of the nodes.
    ///
    /// # Errors
    /// A time that is not exponential, behaviour that needs a memory, or too many states.
    pub fn new(model: &Model, nodes: &[Node], budget: ChainBudget) -> Result<Self, Unsolved> {
        let space = super::space(model, nodes, budget)?;
        let mut numbers: HashMap<Vec<bool>, usize> = HashMap::new();
        let mut classes = Vec::new();
        let mut class_of = Vec::with_capacity(space.down.len());
        for down in &space.down {
            let class = *numbers.entry(down.clone()).or_insert(classes.len());
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
        let (chain, initial) = super::chain(model.start, space)?;
        Ok(Self { chain, initial, settled: model.start == Start::Stationary, class_of, classes, changes })
    }

    /// Returns the number of states.
    pub fn states(&self) -> usize {
        self.chain.states()
    }

    /// Returns about how many multiplications an answer over a time from the start takes.
    pub fn work(&self, until_s: f64) -> f64 {
        self.chain.work(until_s)
    }

    /// Returns the shortest mean sojourn time of a state, in seconds.
    pub fn pace_s(&self) -> f64 {
        self.chain.pace_s()
    }

    /// Returns, by class, which of the nodes are down.
    pub fn classes(&self) -> &[Vec<bool>] {
        &self.classes
    }

    /// Returns all pairs of classes between which there are transitions.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Returns the distribution in the long run.
    ///
    /// # Errors
    /// An elimination beyond its budget.
    pub fn long_run(&self) -> Result<Occupation, MarkovError> {
        let states = self.chain.stationary_from(&self.initial)?;
        Ok(self.occupation(&states))
    }

    /// Returns the distribution at each of some moments, in any order. All of them cost little more than
    /// the last one alone.
    ///
    /// # Errors
    /// A negative time, or a chain that is too large and too stiff.
    pub fn at_each(&self, at_s: &[f64]) -> Result<Vec<Occupation>, MarkovError> {
        if self.settled {
            return Ok(vec![self.occupation(&self.initial); at_s.len()]);
        }
        let moments = self.chain.transient(&self.initial, at_s)?;
        Ok(moments.iter().map(|states| self.occupation(states)).collect())
    }

    fn occupation(&self, states: &[f64]) -> Occupation {
        let mut shares = vec![0.0; self.classes.len()];
        for (class, share) in self.class_of.iter().zip(states) {
            shares[*class] += share;
        }
        let flow = |change: &Change| {
            let rates = change.rates_per_s.iter();
            rates.map(|(state, rate)| states[*state] * rate).sum()
        };
        Occupation { shares, flows_per_s: self.changes.iter().map(flow).collect() }
    }
}
