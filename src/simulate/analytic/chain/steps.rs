//! The immediate consequences of an event: step by step, with branches where the outcome is random.

use super::state::{ChainState, Phase, Position};
use super::system::{Switchover, System, Work};
use crate::simulate::model::{Discipline, Life, ShockKind};

/// A change that takes no time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// The units of a class, if they have a fixed unavailability, have failed for good, or not.
    Fix(usize),
    /// A common cause, if it has a fixed unavailability, is present, or not.
    Appear(usize),
    /// A unit that is up fails.
    Fail(usize),
    /// Some work on a unit begins; a repair may have to wait.
    Begin(usize, Work),
    /// Some work on a unit ends.
    End(usize, Work),
    /// Only the phase of a unit changes.
    Phase(usize, Phase),
    /// A common cause strikes its units, starting with this place in its list.
    Strike(usize, usize),
    /// A common cause is at this stage of its repair, or over.
    Outage(usize, Option<u16>),
    /// A rolling schedule moves on to the next unit.
    Turn(usize),
    /// Only the state of a position changes.
    Position(usize, usize, Position),
    /// A part of a switchover into a position begins.
    Switch(usize, usize, Switchover),
    /// A part of a switchover into a position ends.
    Switched(usize, usize, Switchover),
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

/// Maximum number of branches and outcomes of one event.
const BRANCHES_MAX: usize = 20_000;

/// Returns all outcomes of the steps, which are in the order in which they happen, with their
/// probabilities; `None` for more outcomes than are worth following.
pub(super) fn outcomes(
    system: &System<'_>,
    probability: f64,
    state: ChainState,
    mut steps: Vec<Step>,
) -> Option<Vec<(f64, ChainState)>> {
    steps.reverse();
    let mut open = vec![Branch { probability, state, steps }];
    let mut found = Vec::new();
    while let Some(mut branch) = open.pop() {
        match branch.steps.pop() {
            Some(step) => branch.take(system, step, &mut open),
            None => found.push((branch.probability, branch.state.canonical(system))),
        }
        if open.len() + found.len() > BRANCHES_MAX {
            return None;
        }
    }
    Some(found)
}

impl Branch {
    /// Takes a step and puts the resulting branches back.
    fn take(mut self, system: &System<'_>, step: Step, open: &mut Vec<Self>) {
        match step {
            Step::End(unit, Work::Restart(attempt)) => return self.restarted(system, unit, attempt, open),
            Step::Fix(class) => return self.fix(system, class, open),
            Step::Appear(shock) => return self.appear(system, shock, open),
            Step::Strike(shock, from) => return self.strike(system, shock, from, open),
            Step::Demand(block, position) => return self.demand(system, block, position, open),
            Step::Settle(rank) => self.settle(system, rank),
            Step::Return(block) => self.units_return(system, block),
            Step::Switch(block, position, part) => self.switch(system, block, position, part),
            Step::Switched(block, position, part) => self.switched(system, block, position, part),
            Step::Position(block, position, to) => self.state.positions[block][position] = to,
            Step::Outage(shock, stage) => self.state.outages[shock] = stage,
            Step::Turn(number) => {
                let occasion = &system.occasions[number];
                let turn = &mut self.state.turns[number];
                *turn = if occasion.alike { 0 } else { (*turn + 1) % occasion.units.len() };
            }
            Step::Phase(unit, phase) => self.state.units[unit].phase = phase,
            Step::Fail(unit) => self.fail(system, unit),
            Step::Begin(unit, Work::Repair) => self.repair(system, unit),
            Step::Begin(unit, work) => {
                self.state.units[unit].phase = Phase::Under(work, 0);
                if system.time(unit, work).count == 0 {
                    self.steps.push(Step::End(unit, work));
                }
            }
            Step::End(unit, Work::Found) => self.steps.push(Step::Begin(unit, Work::Detection)),
            Step::End(unit, Work::Detection) => {
                let restarts = system.dynamics(unit).is_some_and(|d| d.restart.is_some());
                let next = if restarts { Work::Restart(1) } else { Work::Repair };
                self.steps.push(Step::Begin(unit, next));
            }
            Step::End(unit, Work::Repair) => self.repaired(system, unit),
            Step::End(unit, Work::Inspection | Work::Maintenance) => {
                self.state.units[unit].phase = Phase::Up;
            }
        }
        open.push(self);
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

    fn fail(&mut self, system: &System<'_>, unit: usize) {
        if system.dynamics(unit).is_some_and(|d| d.inspection.is_some()) {
            self.state.units[unit].phase = Phase::Hidden;
        } else {
            self.steps.push(Step::Begin(unit, Work::Detection));
        }
    }

    fn restarted(self, system: &System<'_>, unit: usize, attempt: u16, open: &mut Vec<Self>) {
        let Some(restart) = system.dynamics(unit).and_then(|d| d.restart.as_ref()) else {
            return;
        };
        self.fork(restart.success, Some(Step::Phase(unit, Phase::Up)), open);
        let next = attempt.checked_add(1).filter(|next| u32::from(*next) <= restart.limit);
        let next = next.map_or(Work::Repair, Work::Restart);
        self.fork(1.0 - restart.success, Some(Step::Begin(unit, next)), open);
    }

    /// Puts the unit into its crew's queue, behind the units that it does not precede.
    fn repair(&mut self, system: &System<'_>, unit: usize) {
        if system.dynamics(unit).is_none_or(|d| d.repair.is_none()) {
            self.state.units[unit].phase = Phase::Dead;
            return;
        }
        self.state.units[unit].phase = Phase::Under(Work::Repair, 0);
        if let Some(slot) = system.units[unit].crew {
            let crew = system.crew(slot);
            let line = &mut self.state.lines[slot.crew as usize];
            // The units at the head of the queue that cannot be overtaken: all of them by first come,
            // first served, and those under repair unless repairs are interrupted.
            let protected = match crew.discipline {
                Discipline::Fifo => line.len(),
                Discipline::Priority => line.len().min(crew.size as usize),
                Discipline::PreemptivePriority => 0,
            };
            let rank_of = |other: &usize| system.units[*other].crew.map_or(0, |slot| slot.rank);
            let behind = line.iter().skip(protected).take_while(|other| rank_of(other) <= slot.rank);
            let place = protected + behind.count();
            line.insert(place, unit);
        }
        if system.time(unit, Work::Repair).count == 0 && self.state.is_worked_on(system, unit) {
            self.steps.push(Step::End(unit, Work::Repair));
        }
    }

    /// Ends a repair. The next unit in the queue follows, and its repair may take no time.
    fn repaired(&mut self, system: &System<'_>, unit: usize) {
        if let Some(slot) = system.units[unit].crew {
            let line = &mut self.state.lines[slot.crew as usize];
            line.retain(|other| *other != unit);
            let next = (system.crew(slot).size as usize).checked_sub(1).and_then(|last| line.get(last));
            if let Some(next) = next.copied()
                && system.time(next, Work::Repair).count == 0
            {
                self.steps.push(Step::End(next, Work::Repair));
            }
        }
        self.state.units[unit].phase = Phase::Up;
    }

    fn fix(self, system: &System<'_>, class: usize, open: &mut Vec<Self>) {
        let units = &system.classes[class];
        let Life::Fixed { unavailability } = system.units[units[0]].life else {
            return open.push(self);
        };
        open.extend(self.branches(units, *unavailability, |unit| Step::Phase(unit, Phase::Dead)));
    }

    fn appear(self, system: &System<'_>, shock: usize, open: &mut Vec<Self>) {
        let ShockKind::Fixed { unavailability } = system.shocks[shock].kind else {
            return open.push(self);
        };
        self.fork(*unavailability, Some(Step::Outage(shock, Some(0))), open);
        self.fork(1.0 - unavailability, None, open);
    }

    /// Units that are alike and adjacent in the list are struck together.
    fn strike(mut self, system: &System<'_>, shock: usize, from: usize, open: &mut Vec<Self>) {
        let units = &system.shocks[shock].units;
        let ShockKind::Failure { probability, .. } = system.shocks[shock].kind else {
            return;
        };
        let Some(first) = units.get(from) else {
            return open.push(self);
        };
        let class = system.class_of[*first];
        let run = units[from..].iter().take_while(|unit| system.class_of[**unit] == class);
        let run: Vec<usize> = run.copied().collect();
        // The failures happen before the rest of the strike.
        self.steps.push(Step::Strike(shock, from + run.len()));
        let up: Vec<usize> =
            run.into_iter().filter(|unit| self.state.units[*unit].phase == Phase::Up).collect();
        open.extend(self.branches(&up, *probability, Step::Fail));
    }

    /// Branches on which of some units that are alike are struck, each with this probability: of those in
    /// the same state only the number matters.
    fn branches(self, units: &[usize], probability: f64, struck: impl Fn(usize) -> Step) -> Vec<Self> {
        let groups = grouped(units, |unit| self.state.units[unit]);
        let mut branches = vec![self];
        for (_, group) in groups {
            let mut next = Vec::new();
            for branch in branches {
                for (count, share) in binomial(group.len(), probability) {
                    let mut one = branch.clone();
                    one.probability *= share;
                    one.steps.extend(group[..count].iter().rev().map(|unit| struck(*unit)));
                    next.push(one);
                }
            }
            branches = next;
        }
        branches
    }
}

/// Groups units by their keys, in the order of the first unit of each group.
pub(super) fn grouped<'u, K: PartialEq>(
    units: impl IntoIterator<Item = &'u usize>,
    key: impl Fn(usize) -> K,
) -> Vec<(K, Vec<usize>)> {
    let mut groups: Vec<(K, Vec<usize>)> = Vec::new();
    for unit in units {
        let own = key(*unit);
        match groups.iter_mut().find(|(key, _)| *key == own) {
            Some((_, group)) => group.push(*unit),
            None => groups.push((own, vec![*unit])),
        }
    }
    groups
}

/// Returns the probabilities of 0, 1, … `count` successes, without those that are 0.
fn binomial(count: usize, probability: f64) -> Vec<(usize, f64)> {
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
