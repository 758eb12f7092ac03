//! The events that can happen next in a state, and their rates.

use super::state::{ChainState, Phase, Position};
use super::steps::{Step, grouped};
use super::system::{System, Work, is_shared, rate, stages};
use crate::simulate::model::{Clock, Dynamics, ShockKind};

/// A rate per second, and the steps that the event consists of.
pub(super) type Event = (f64, Vec<Step>);

/// Returns all events that can happen next.
pub(super) fn events(system: &System<'_>, state: &ChainState) -> Vec<Event> {
    let mut events = Vec::new();
    let suspended = system.model.suspend && state.down(system)[system.watched[0]];
    unit_events(system, state, suspended, &mut events);
    position_events(system, state, &mut events);
    shock_events(system, state, suspended, &mut events);
    occasion_events(system, state, &mut events);
    for (_, steps) in &mut events {
        steps.push(Step::Settle(0));
    }
    events
}

/// One event stands for all units of a class that are in the same state: its rate is multiplied by their
/// number.
fn unit_events(system: &System<'_>, state: &ChainState, suspended: bool, events: &mut Vec<Event>) {
    for class in &system.classes {
        let in_line = |unit: usize| matches!(state.units[unit].phase, Phase::Under(Work::Repair, _));
        // Nothing happens to a unit that waits for repair.
        let waits = |unit: usize| in_line(unit) && !state.is_worked_on(system, unit);
        let groups = grouped(class.iter().filter(|unit| !waits(**unit)), |unit| {
            let place = state.place_that_counts(system, unit).filter(|_| in_line(unit));
            (state.units[unit], place)
        });
        for ((local, _), alike) in groups {
            let (unit, count) = (alike[0], alike.len() as f64);
            let Some(dynamics) = system.dynamics(unit) else {
                continue;
            };
            let own = match local.phase {
                Phase::Up => {
                    let speed = if suspended { 0.0 } else { state.speed(system, unit) };
                    up_events(system, dynamics, unit, speed)
                }
                Phase::Hidden => {
                    let found = rate_of_own_clock(system, dynamics.inspection, 0.0);
                    found.map(|rate| (rate, Step::Begin(unit, Work::Found))).into_iter().collect()
                }
                Phase::Under(work, passed) => {
                    let time = system.time(unit, work);
                    let next = |passed| Step::Phase(unit, Phase::Under(work, passed));
                    let step = following(passed, time.count).map_or(Step::End(unit, work), next);
                    vec![(time.rate, step)]
                }
                Phase::Dead => Vec::new(),
            };
            let own = own.into_iter().filter(|(rate, _)| *rate > 0.0);
            events.extend(own.map(|(rate, step)| (count * rate, vec![step])));
        }
    }
}

/// Returns the number of complete stages after one more of `count`; `None` if that was the last.
fn following(passed: u16, count: u32) -> Option<u16> {
    Some(passed + 1).filter(|next| u32::from(*next) < count)
}

fn up_events(system: &System<'_>, dynamics: &Dynamics, unit: usize, speed: f64) -> Vec<(f64, Step)> {
    let failure = (rate(&dynamics.failure) * speed, Step::Fail(unit));
    let plans = [(dynamics.inspection, Work::Inspection), (dynamics.maintenance, Work::Maintenance)];
    let plans = plans.into_iter().filter_map(|(number, work)| {
        Some((rate_of_own_clock(system, number, speed)?, Step::Begin(unit, work)))
    });
    std::iter::once(failure).chain(plans).collect()
}

/// Returns the rate of planned work by a clock of the unit's own, which runs while the unit is up or its
/// failure hidden, or as fast as the unit ages.
fn rate_of_own_clock(system: &System<'_>, number: Option<u32>, speed: f64) -> Option<f64> {
    let schedule = system.model.schedule(number).filter(|schedule| !is_shared(schedule))?;
    let speed = if schedule.clock == Clock::Operating { speed } else { 1.0 };
    Some(rate(&schedule.every) * speed)
}

fn position_events(system: &System<'_>, state: &ChainState, events: &mut Vec<Event>) {
    for (number, (positions, block)) in state.positions.iter().zip(&system.blocks).enumerate() {
        for (place, position) in positions.iter().enumerate() {
            if let Position::Under(part, passed) = *position {
                let time = block.time(part);
                let next = |passed| Step::Position(number, place, Position::Under(part, passed));
                let step = following(passed, time.count).map_or(Step::Switched(number, place, part), next);
                events.push((time.rate, vec![step]));
            }
        }
    }
}

fn shock_events(system: &System<'_>, state: &ChainState, suspended: bool, events: &mut Vec<Event>) {
    for (number, shock) in system.shocks.iter().enumerate() {
        match (shock.kind, state.outages[number]) {
            (ShockKind::Fixed { .. }, _) => {}
            (ShockKind::Outage { repair, .. }, Some(passed)) => {
                let time = stages(Some(repair));
                events.push((time.rate, vec![Step::Outage(number, following(passed, time.count))]));
            }
            _ if suspended => {}
            (ShockKind::Outage { arrival, repair }, None) => {
                if stages(Some(repair)).count > 0 {
                    events.push((rate(arrival), vec![Step::Outage(number, Some(0))]));
                }
            }
            (ShockKind::Failure { arrival, .. }, _) => {
                events.push((rate(arrival), vec![Step::Strike(number, 0)]));
            }
        }
    }
}

/// Clocks shared by several units keep running, independently of the states of the units.
fn occasion_events(system: &System<'_>, state: &ChainState, events: &mut Vec<Event>) {
    for (number, occasion) in system.occasions.iter().enumerate() {
        let phase = |unit: &usize| state.units[*unit].phase;
        let steps = if occasion.is_rolling() {
            // A rolling schedule takes a unit out only while all of them are up.
            let all_up = occasion.units.iter().all(|unit| phase(unit) == Phase::Up);
            let turn = occasion.units.get(state.turns[number]).filter(|_| all_up);
            let Some(&unit) = turn else { continue };
            vec![Step::Begin(unit, occasion.work), Step::Turn(number)]
        } else {
            let work = |unit: &usize| match (phase(unit), occasion.work) {
                (Phase::Hidden, Work::Inspection) => Some(Step::Begin(*unit, Work::Found)),
                (Phase::Up, work) => Some(Step::Begin(*unit, work)),
                _ => None,
            };
            occasion.units.iter().filter_map(work).collect()
        };
        events.push((rate(&occasion.schedule.every), steps));
    }
}
