//! The events that can happen next in a state, and their rates.

use super::state::{ChainState, Local, Phase, Position, dynamics};
use super::steps::Step;
use super::system::{Dynamics, PlanClock, Shock, System, Time};

/// A rate per second, and the steps that the event consists of.
pub(super) type Event = (f64, Vec<Step>);

/// Returns all events that can happen next.
pub(super) fn events(system: &System, state: &ChainState) -> Vec<Event> {
    let mut events = Vec::new();
    let suspended = system.suspend && state.down(system)[system.watched[0]];
    unit_events(system, state, suspended, &mut events);
    position_events(system, state, &mut events);
    shock_events(system, state, suspended, &mut events);
    calendar_events(system, state, &mut events);
    for (_, steps) in &mut events {
        steps.push(Step::Settle(0));
    }
    events
}

/// One event stands for all units of a class that are in the same state: its rate is multiplied by their
/// number.
fn unit_events(system: &System, state: &ChainState, suspended: bool, events: &mut Vec<Event>) {
    for class in &system.classes {
        let mut groups: Vec<((Local, Option<usize>), usize, f64)> = Vec::new();
        for &unit in class {
            let local = state.units[unit];
            let in_line = matches!(local.phase, Phase::Repair(_));
            // Nothing happens to a unit that waits for repair.
            if in_line && !state.is_worked_on(system, unit) {
                continue;
            }
            let place = state.place_that_counts(system, unit).filter(|_| in_line);
            match groups.iter_mut().find(|(key, ..)| *key == (local, place)) {
                Some((.., count)) => *count += 1.0,
                None => groups.push(((local, place), unit, 1.0)),
            }
        }
        for ((local, _), unit, count) in groups {
            let Some(dynamics) = dynamics(system, unit) else {
                continue;
            };
            let speed = if suspended { 0.0 } else { state.speed(system, unit) };
            let own = unit_event(dynamics, unit, local.phase, speed);
            let own = own.into_iter().filter(|(rate, _)| *rate > 0.0);
            events.extend(own.map(|(rate, step)| (count * rate, vec![step])));
        }
    }
}

fn unit_event(dynamics: &Dynamics, unit: usize, phase: Phase, speed: f64) -> Vec<(f64, Step)> {
    let stage = |time: Time, stage: u16, phase: &dyn Fn(u16) -> Phase, end: Step| {
        let step = if stage + 1 < time.stages { Step::Phase(unit, phase(stage + 1)) } else { end };
        vec![(time.rate_per_s, step)]
    };
    let duration = |plan: Option<super::system::Plan>| plan.map_or(Time::NONE, |plan| plan.duration);
    match phase {
        Phase::Up => up_events(dynamics, unit, speed),
        Phase::Hidden => match dynamics.inspection.map(|plan| plan.clock) {
            Some(PlanClock::Own { per_s }) => vec![(per_s, Step::Inspect(unit))],
            _ => Vec::new(),
        },
        Phase::Found(passed) => {
            stage(duration(dynamics.inspection), passed, &Phase::Found, Step::Detect(unit))
        }
        Phase::Undetected(passed) => stage(dynamics.detection, passed, &Phase::Undetected, Step::Known(unit)),
        Phase::Restarting { attempt, stage: passed } => {
            let time = dynamics.restart.as_ref().map_or(Time::NONE, |restart| restart.attempt);
            let phase = |stage| Phase::Restarting { attempt, stage };
            stage(time, passed, &phase, Step::Restarted(unit, attempt))
        }
        Phase::Repair(passed) => {
            stage(dynamics.repair.unwrap_or(Time::NONE), passed, &Phase::Repair, Step::Repaired(unit))
        }
        Phase::Inspected(passed) => {
            stage(duration(dynamics.inspection), passed, &Phase::Inspected, Step::Up(unit))
        }
        Phase::Maintained(passed) => {
            stage(duration(dynamics.maintenance), passed, &Phase::Maintained, Step::Up(unit))
        }
        Phase::Dead => Vec::new(),
    }
}

fn up_events(dynamics: &Dynamics, unit: usize, speed: f64) -> Vec<(f64, Step)> {
    let mut events = vec![(dynamics.failures_per_s * speed, Step::Fail(unit))];
    let plans = [
        (dynamics.inspection, Phase::Inspected as fn(u16) -> Phase),
        (dynamics.maintenance, Phase::Maintained),
    ];
    for (plan, phase) in plans {
        let Some(plan) = plan else { continue };
        let step = Step::Plan(unit, plan.duration, phase);
        match plan.clock {
            PlanClock::Own { per_s } => events.push((per_s, step)),
            PlanClock::Operating { per_s } => events.push((per_s * speed, step)),
            PlanClock::Shared { .. } => {}
        }
    }
    events
}

fn position_events(system: &System, state: &ChainState, events: &mut Vec<Event>) {
    for (number, (positions, block)) in state.positions.iter().zip(&system.blocks).enumerate() {
        for (place, position) in positions.iter().enumerate() {
            let stage = |time: Time, passed: u16, next: &dyn Fn(u16) -> Position, end: Step| {
                let step = if passed + 1 < time.stages {
                    Step::Position(number, place, next(passed + 1))
                } else {
                    end
                };
                (time.rate_per_s, vec![step])
            };
            let fill = Step::Fill(number, place);
            match *position {
                Position::Served | Position::Idle => {}
                Position::Detecting { works, stage: passed } => {
                    let next = |stage| Position::Detecting { works, stage };
                    let end = Step::Switch(number, place, works);
                    events.push(stage(block.detection, passed, &next, end));
                }
                Position::Switching(passed) => {
                    events.push(stage(block.switchover, passed, &Position::Switching, fill));
                }
                Position::ByHand(passed) => {
                    let time = block.manual.unwrap_or(Time::NONE);
                    events.push(stage(time, passed, &Position::ByHand, fill));
                }
            }
        }
    }
}

fn shock_events(system: &System, state: &ChainState, suspended: bool, events: &mut Vec<Event>) {
    for (number, shock) in system.shocks.iter().enumerate() {
        match (shock, state.outages[number]) {
            (Shock::Fixed { .. }, _) => {}
            (Shock::Outage { repair, .. }, Some(passed)) => {
                let next = Some(passed + 1).filter(|next| *next < repair.stages);
                events.push((repair.rate_per_s, vec![Step::Outage(number, next)]));
            }
            _ if suspended => {}
            (Shock::Outage { arrivals_per_s, repair }, None) => {
                if !repair.is_none() {
                    events.push((*arrivals_per_s, vec![Step::Outage(number, Some(0))]));
                }
            }
            (Shock::Failure { arrivals_per_s, .. }, _) => {
                events.push((*arrivals_per_s, vec![Step::Strike(number, 0)]));
            }
        }
    }
}

/// Clocks that several units share run on, whatever the units do.
fn calendar_events(system: &System, state: &ChainState, events: &mut Vec<Event>) {
    for calendar in &system.calendars {
        let work = |unit: &usize| {
            let dynamics = dynamics(system, *unit)?;
            match (state.units[*unit].phase, calendar.inspects) {
                (Phase::Hidden, true) => Some(Step::Inspect(*unit)),
                (Phase::Up, true) => {
                    let duration = dynamics.inspection?.duration;
                    Some(Step::Plan(*unit, duration, Phase::Inspected))
                }
                (Phase::Up, false) => {
                    let duration = dynamics.maintenance?.duration;
                    Some(Step::Plan(*unit, duration, Phase::Maintained))
                }
                _ => None,
            }
        };
        events.push((calendar.per_s, calendar.units.iter().filter_map(work).collect()));
    }
    for (number, rolling) in system.rollings.iter().enumerate() {
        // A rolling schedule takes a unit out only while all of them are up.
        let all_up = rolling.units.iter().all(|unit| state.units[*unit].phase == Phase::Up);
        let turn = rolling.units.get(state.turns[number]);
        if let Some(&unit) = turn.filter(|_| all_up)
            && let Some(plan) = dynamics(system, unit).and_then(|d| d.maintenance)
        {
            let steps = vec![Step::Plan(unit, plan.duration, Phase::Maintained), Step::Turn(number)];
            events.push((rolling.per_s, steps));
        }
    }
}
