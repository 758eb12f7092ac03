//! Generates all states that can be reached, and the rates between them.

use super::Unsolved;
use super::events::events;
use super::state::{ChainState, Phase};
use super::steps::{Step, TooMany, binomial, outcomes};
use super::system::{Life, Shock, System};
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
    system: &'s System,
    states_max: usize,
    numbers: HashMap<Rc<ChainState>, usize>,
    states: Vec<Rc<ChainState>>,
}

/// Limit on units times states: some 150 megabytes, some seconds.
const PLACES_MAX: usize = 4_000_000;

/// Generates all states, breadth first.
pub(super) fn explore(system: &System, states_max: usize) -> Result<Space, Unsolved> {
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
        outcomes(self.system, rate, state, steps).map_err(|TooMany| self.too_many())
    }

    fn too_many(&self) -> Unsolved {
        Unsolved::TooManyStates { states_max: self.states_max }
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
        let system = self.system;
        let new = ChainState::new(system);
        let mut starts = vec![(1.0, new.clone())];
        for (unavailability, alike) in fixed(system, &new) {
            // Units that are alike are interchangeable, so only the number of failed ones matters.
            let shares = binomial(alike.len(), unavailability);
            starts = self.split(&starts, &shares, |state, failed| {
                for unit in alike.iter().take(failed) {
                    state.units[*unit].phase = Phase::Dead;
                }
            })?;
        }
        for (number, shock) in system.shocks.iter().enumerate() {
            if let Shock::Fixed { unavailability } = shock {
                let shares = binomial(1, *unavailability);
                starts = self.split(&starts, &shares, |state, there| {
                    state.outages[number] = (there > 0).then_some(0);
                })?;
            }
        }
        let mut numbered = Vec::new();
        for (probability, state) in starts {
            for (probability, state) in self.outcomes(probability, state, vec![Step::Settle(0)])? {
                numbered.push((self.number(state)?, probability));
            }
        }
        Ok(numbered)
    }

    /// Branches every start by how many parts are failed.
    fn split(
        &self,
        starts: &[(f64, ChainState)],
        shares: &[(usize, f64)],
        set: impl Fn(&mut ChainState, usize),
    ) -> Result<Vec<(f64, ChainState)>, Unsolved> {
        if starts.len() * shares.len() > self.states_max {
            return Err(self.too_many());
        }
        let pairs = starts.iter().flat_map(|start| shares.iter().map(move |share| (start, share)));
        let split = pairs.map(|((probability, state), (count, share))| {
            let mut state = state.clone();
            set(&mut state, *count);
            (probability * share, state)
        });
        Ok(split.collect())
    }
}

/// Returns the units with a fixed unavailability, in groups of units that are alike and start alike.
fn fixed(system: &System, new: &ChainState) -> Vec<(f64, Vec<usize>)> {
    let mut groups: Vec<(f64, Vec<usize>)> = Vec::new();
    for class in &system.classes {
        let first = groups.len();
        for &unit in class {
            let Life::Fixed { unavailability } = system.units[unit].life else {
                continue;
            };
            let mut own = groups.iter_mut().skip(first);
            match own.find(|(_, group)| new.units[group[0]] == new.units[unit]) {
                Some((_, group)) => group.push(unit),
                None => groups.push((unavailability, vec![unit])),
            }
        }
    }
    groups
}
