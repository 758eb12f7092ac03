//! Generates all states that can be reached, and the rates between them.

use super::events::events;
use super::state::ChainState;
use super::steps::{Step, outcomes};
use super::system::System;
use crate::base::patience::Patience;
use crate::simulate::analytic::markov::MarkovError;
use crate::simulate::analytic::unsolved::Unsolved;
use std::collections::HashMap;
use std::rc::Rc;

/// The state space, by number of the state.
#[derive(Debug)]
pub(super) struct Space {
    /// By state, whether each watched node is down.
    pub(super) down: Vec<Vec<bool>>,
    /// By state, its probability at the start.
    pub(super) initial: Vec<f64>,
    /// Transitions: from, to, rate per second.
    pub(super) rates: Vec<(usize, usize, f64)>,
}

struct Explorer<'s> {
    system: &'s System<'s>,
    states_max: usize,
    numbers: HashMap<Rc<ChainState>, usize>,
    states: Vec<Rc<ChainState>>,
}

/// Limit on units times states: some 150 megabytes, some seconds.
const PLACES_MAX: usize = 4_000_000;

/// Generates all states, breadth first.
pub(super) fn explore(system: &System<'_>, states_max: usize, patience: Patience) -> Result<Space, Unsolved> {
    let parts = system.units.len().max(1);
    let mut explorer = Explorer {
        system,
        states_max: states_max.min(PLACES_MAX / parts),
        numbers: HashMap::new(),
        states: Vec::new(),
    };
    let start = explorer.start()?;
    let mut rates = Vec::new();
    let mut down = Vec::new();
    let mut from = 0;
    while let Some(state) = explorer.states.get(from).map(Rc::clone) {
        if patience.is_over() {
            return Err(MarkovError::OutOfTime.into());
        }
        let nodes = state.down(system);
        down.push(system.watched.iter().map(|node| nodes[*node]).collect());
        for (rate, steps) in events(system, &state) {
            for (rate, next) in explorer.outcomes(rate, ChainState::clone(&state), steps)? {
                let to = explorer.number(next)?;
                // An event that changes nothing is no transition.
                if to != from && rate > 0.0 {
                    rates.push((from, to, rate));
                }
            }
        }
        from += 1;
    }
    let mut initial = vec![0.0; down.len()];
    for (state, probability) in start {
        initial[state] += probability;
    }
    Ok(Space { down, initial, rates })
}

impl Explorer<'_> {
    fn outcomes(
        &self,
        rate: f64,
        state: ChainState,
        steps: Vec<Step>,
    ) -> Result<Vec<(f64, ChainState)>, Unsolved> {
        outcomes(self.system, rate, state, steps).ok_or_else(|| self.too_many())
    }

    fn too_many(&self) -> Unsolved {
        Unsolved::TooManyStates(self.states_max)
    }

    fn number(&mut self, state: ChainState) -> Result<usize, Unsolved> {
        if let Some(number) = self.numbers.get(&state) {
            return Ok(*number);
        }
        if self.states.len() >= self.states_max {
            return Err(self.too_many());
        }
        let number = self.states.len();
        let state = Rc::new(state);
        self.states.push(Rc::clone(&state));
        self.numbers.insert(state, number);
        Ok(number)
    }

    /// Returns the states at the start: everything is new, except what has failed for good from the
    /// beginning.
    fn start(&mut self) -> Result<Vec<(usize, f64)>, Unsolved> {
        let classes = (0..self.system.classes.len()).map(Step::Fix);
        let shocks = (0..self.system.shocks.len()).map(Step::Appear);
        let steps = classes.chain(shocks).chain([Step::Settle(0)]).collect();
        let starts = self.outcomes(1.0, ChainState::new(self.system), steps)?;
        starts.into_iter().map(|(probability, state)| Ok((self.number(state)?, probability))).collect()
    }
}
