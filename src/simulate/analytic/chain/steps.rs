//! The immediate consequences of an event: step by step, with branches where the outcome is random.

use super::state::{ChainState, Phase, Position, dynamics};
use super::system::{Shock, System, Time};
use crate::simulate::model::Discipline;

/// A change that takes no time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// A unit that is up fails.
    Fail(usize),
    /// Its failure is found by an inspection, which begins.
    Inspect(usize),
    /// Its detection begins.
    Detect(usize),
    /// It is known to have failed.
    Known(usize),
    /// A restart begins, by its number from 1.
    Restart(usize, u16),
    /// A restart ends.
    Restarted(usize, u16),
    /// It is handed over for repair.
    Repair(usize),
    /// Its repair is complete.
    Repaired(usize),
    /// It is up.
    Up(usize),
    /// Only its phase changes.
    Phase(usize, Phase),
    /// Planned work of this duration begins on a unit that is up.
    Plan(usize, Time, fn(u16) -> Phase),
    /// A common cause strikes its units, starting with this place in its list.
    Strike(usize, usize),
    /// A common cause is at this stage of its repair, or over.
    Outage(usize, Option<u16>),
    /// A rolling schedule moves on to the next unit.
    Turn(usize),
    /// Only the state of a position changes.
    Position(usize, usize, Position),
    /// A switchover into a position begins, after its detection.
    Switch(usize, usize, bool),
    /// A spare takes a position.
    Fill(usize, usize),
    /// The blocks, from this one in their order on, react to units that have become unavailable or
    /// available.
    Settle(usize),
    /// The switch of a block is to bring a spare into a position.
    Demand(usize, usize),
    /// Units of a block that are back take their positions.
    Return(usize),
}

/// A state in transition, with its probability and the steps still to be taken, the next one last.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    pub(super) probability: f64,
    pub(super) state: ChainState,
    pub(super) steps: Vec<Step>,
}

/// An event has more outcomes than are worth following.
#[derive(Debug)]
pub(super) struct TooMany;

/// Maximum number of branches and outcomes of one event.
const BRANCHES_MAX: usize = 20_000;

/// Returns all outcomes of the steps, which are in the order in which they happen, with their
/// probabilities.
pub(super) fn outcomes(
    system: &System,
    probability: f64,
    state: ChainState,
    mut steps: Vec<Step>,
) -> Result<Vec<(f64, ChainState)>, TooMany> {
    steps.reverse();
    let mut open = vec![Branch { probability, state, steps }];
    let mut found = Vec::new();
    while let Some(mut branch) = open.pop() {
        match branch.steps.pop() {
            Some(step) => branch.take(system, step, &mut open),
            None => found.push((branch.probability, branch.state.canonical(system))),
        }
        if open.len() + found.len() > BRANCHES_MAX {
            return Err(TooMany);
        }
    }
    Ok(found)
}

impl Branch {
    /// Takes a step and puts the resulting branches back.
    fn take(mut self, system: &System, step: Step, open: &mut Vec<Self>) {
        match step {
            Step::Restarted(unit, attempt) => return self.restarted(system, unit, attempt, open),
            Step::Strike(shock, from) => return self.strike(system, shock, from, open),
            Step::Demand(block, position) => return self.demand(system, block, position, open),
            Step::Settle(rank) => self.settle(system, rank),
            Step::Return(block) => self.units_return(system, block),
            Step::Switch(block, position, works) => self.switch(system, block, position, works),
            Step::Fill(block, position) => self.fill(system, block, position),
            Step::Position(block, position, to) => self.state.positions[block][position] = to,
            Step::Outage(shock, stage) => self.state.outages[shock] = stage,
            Step::Turn(number) => {
                let rolling = &system.rollings[number];
                let turn = &mut self.state.turns[number];
                *turn = if rolling.alike { 0 } else { (*turn + 1) % rolling.units.len() };
            }
            Step::Repair(unit) => self.repair(system, unit),
            Step::Repaired(unit) => self.repaired(system, unit),
            Step::Up(unit) => self.state.units[unit].phase = Phase::Up,
            Step::Phase(unit, phase) => self.state.units[unit].phase = phase,
            Step::Plan(unit, duration, phase) => {
                if !duration.is_none() {
                    self.state.units[unit].phase = phase(0);
                }
            }
            Step::Fail(unit) => self.fail(system, unit),
            Step::Inspect(unit) => {
                let duration = dynamics(system, unit)
                    .and_then(|d| d.inspection)
                    .map_or(Time::NONE, |plan| plan.duration);
                self.wait(unit, duration, Phase::Found, Step::Detect(unit));
            }
            Step::Detect(unit) => {
                let detection = dynamics(system, unit).map_or(Time::NONE, |d| d.detection);
                self.wait(unit, detection, Phase::Undetected, Step::Known(unit));
            }
            Step::Known(unit) => {
                let restarts = dynamics(system, unit).is_some_and(|d| d.restart.is_some());
                self.steps.push(if restarts { Step::Restart(unit, 1) } else { Step::Repair(unit) });
            }
            Step::Restart(unit, attempt) => {
                let restart = dynamics(system, unit).and_then(|d| d.restart.as_ref());
                let time = restart.map_or(Time::NONE, |restart| restart.attempt);
                let phase = |stage| Phase::Restarting { attempt, stage };
                self.wait(unit, time, phase, Step::Restarted(unit, attempt));
            }
        }
        open.push(self);
    }

    /// Begins a phase that takes some time; where it takes none, continues with `then`.
    fn wait(&mut self, unit: usize, time: Time, phase: impl Fn(u16) -> Phase, then: Step) {
        self.state.units[unit].phase = phase(0);
        if time.is_none() {
            self.steps.push(then);
        }
    }

    /// Adds a branch that continues with `step`, with this probability.
    pub(super) fn fork(&self, probability: f64, step: Option<Step>, open: &mut Vec<Self>) {
        if probability > 0.0 {
            let mut branch = self.clone();
            branch.probability *= probability;
            branch.steps.extend(step);
            open.push(branch);
        }
    }

    fn fail(&mut self, system: &System, unit: usize) {
        if dynamics(system, unit).is_some_and(|d| d.inspection.is_some()) {
            self.state.units[unit].phase = Phase::Hidden;
        } else {
            self.steps.push(Step::Detect(unit));
        }
    }

    fn restarted(self, system: &System, unit: usize, attempt: u16, open: &mut Vec<Self>) {
        let Some(restart) = dynamics(system, unit).and_then(|d| d.restart.as_ref()) else {
            return;
        };
        self.fork(restart.success, Some(Step::Up(unit)), open);
        let next =
            if attempt < restart.limit { Step::Restart(unit, attempt + 1) } else { Step::Repair(unit) };
        self.fork(1.0 - restart.success, Some(next), open);
    }

    /// Puts the unit into its crew's queue, behind the units that it does not precede.
    fn repair(&mut self, system: &System, unit: usize) {
        let Some(repair) = dynamics(system, unit).and_then(|d| d.repair) else {
            self.state.units[unit].phase = Phase::Dead;
            return;
        };
        self.state.units[unit].phase = Phase::Repair(0);
        if let Some((number, rank)) = system.units[unit].crew {
            let crew = &system.crews[number];
            let line = &mut self.state.lines[number];
            // The units at the head of the queue that cannot be overtaken: all of them by first come,
            // first served, and those under repair unless repairs are interrupted.
            let protected = match crew.discipline {
                Discipline::Fifo => line.len(),
                Discipline::Priority => crew.size.min(line.len()),
                Discipline::PreemptivePriority => 0,
            };
            let rank_of = |other: &usize| system.units[*other].crew.map_or(0, |(_, rank)| rank);
            let behind = line.iter().skip(protected).take_while(|other| rank_of(other) <= rank);
            let place = protected + behind.count();
            line.insert(place, unit);
        }
        if repair.is_none() && self.state.is_worked_on(system, unit) {
            self.steps.push(Step::Repaired(unit));
        }
    }

    /// Ends a repair. The next unit in the queue follows, and its repair may take no time.
    fn repaired(&mut self, system: &System, unit: usize) {
        if let Some((number, _)) = system.units[unit].crew {
            let line = &mut self.state.lines[number];
            line.retain(|other| *other != unit);
            let next = system.crews[number].size.checked_sub(1).and_then(|last| line.get(last));
            if let Some(next) = next.copied()
                && dynamics(system, next).and_then(|d| d.repair).is_some_and(Time::is_none)
            {
                self.steps.push(Step::Repaired(next));
            }
        }
        self.state.units[unit].phase = Phase::Up;
    }

    /// Units that are alike and adjacent in the list are struck together: only the number of those that
    /// fail matters.
    fn strike(self, system: &System, shock: usize, from: usize, open: &mut Vec<Self>) {
        let Shock::Failure { probability, units, .. } = &system.shocks[shock] else {
            return;
        };
        let Some(first) = units.get(from) else {
            return open.push(self);
        };
        let class = system.class_of[*first];
        let run = units[from..].iter().take_while(|unit| system.class_of[**unit] == class);
        let run: Vec<usize> = run.copied().collect();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for unit in run.iter().filter(|unit| self.state.units[**unit].phase == Phase::Up) {
            let local = self.state.units[*unit];
            match groups.iter_mut().find(|group| self.state.units[group[0]] == local) {
                Some(group) => group.push(*unit),
                None => groups.push(vec![*unit]),
            }
        }
        let mut branches = vec![self];
        for group in groups {
            let mut next = Vec::new();
            for branch in branches {
                for (struck, share) in binomial(group.len(), *probability) {
                    let mut one = branch.clone();
                    one.probability *= share;
                    one.steps.extend(group[..struck].iter().rev().map(|unit| Step::Fail(*unit)));
                    next.push(one);
                }
            }
            branches = next;
        }
        for mut branch in branches {
            // The failures that have just been pushed happen first, so the rest of the strike goes below
            // them.
            let struck = branch.steps.iter().rev().take_while(|step| matches!(step, Step::Fail(_)));
            let place = branch.steps.len() - struck.count();
            branch.steps.insert(place, Step::Strike(shock, from + run.len()));
            open.push(branch);
        }
    }
}

/// Returns the probabilities of 0, 1, … `count` successes, without those that are 0.
pub(super) fn binomial(count: usize, probability: f64) -> Vec<(usize, f64)> {
    let mut shares = vec![1.0];
    for _ in 0..count {
        let mut next = vec![0.0; shares.len() + 1];
        for (successes, share) in shares.iter().enumerate() {
            next[successes] += share * (1.0 - probability);
            next[successes + 1] += share * probability;
        }
        shares = next;
    }
    shares.into_iter().enumerate().filter(|(_, share)| *share > 0.0).collect()
}
