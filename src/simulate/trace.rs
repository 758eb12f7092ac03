//! Writes one replication of the simulation as an incident log that `availability` can read.

use super::model::Model;
use crate::base::time::Timestamp;
use crate::simulate::monte_carlo::engine::coupled::{Phase, Recorder};
use crate::simulate::monte_carlo::engine::outage::{CauseKind, Outage};
use crate::simulate::monte_carlo::engine::replication::{Bench, Engine};

/// The timestamp of second 0 of a replication: 2026-01-01T00:00:00Z, in microseconds since 1970.
pub const EPOCH: Timestamp = Timestamp(1_767_225_600_000_000);

/// One outage of the system or of a unit. A timestamp is `None` where the event did not happen before
/// the horizon or does not apply.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// Name of the system or of the unit.
    pub service: String,
    /// The cause: the name of the leaf that failed, for an outage of the system; empty for a unit.
    pub cause: String,
    /// `failure`, `switchover` or `planned`.
    pub severity: &'static str,
    /// Start of the outage.
    pub started_at: Timestamp,
    /// Detection of the failure.
    pub detected_at: Option<Timestamp>,
    /// Start of the repair.
    pub acknowledged_at: Option<Timestamp>,
    /// End of the outage.
    pub resolved_at: Option<Timestamp>,
}

/// Converts a time of a replication, in seconds from its start, to a timestamp.
pub fn instant(at_s: f64) -> Timestamp {
    EPOCH.plus_seconds(at_s)
}

/// Returns the system's outages in replication `index`. They are the same outages that the report's
/// figures are computed from.
pub fn of_system(model: &Model, engine: &Engine<'_>, seed: u64, index: u64) -> Vec<Incident> {
    let mut bench = Bench::default();
    let (outages, _) = engine.replicate(&mut bench, seed, index);
    outages.iter().map(|outage| of_outage(model, outage)).collect()
}

fn of_outage(model: &Model, outage: &Outage) -> Incident {
    Incident {
        service: model.name.clone(),
        cause: model.leaf_name(outage.cause.leaf).to_owned(),
        severity: match outage.cause.kind {
            CauseKind::Failure => "failure",
            CauseKind::Switchover => "switchover",
            CauseKind::Planned => "planned",
        },
        started_at: instant(outage.start_s),
        detected_at: None,
        acknowledged_at: None,
        resolved_at: (outage.end_s < model.horizon_s).then(|| instant(outage.end_s)),
    }
}

/// Returns the outages of every unit in replication `index`, in order of their start, with detection and
/// repair times.
pub fn of_units(model: &Model, seed: u64, index: u64) -> Vec<Incident> {
    let mut recorder = IncidentRecorder { model, open: vec![None; model.units.len()], incidents: Vec::new() };
    Engine::whole(model).replicate_with(&mut Bench::default(), seed, index, &mut recorder);
    recorder.finish()
}

/// Collects the outages of units while a replication runs.
struct IncidentRecorder<'m> {
    model: &'m Model,
    open: Vec<Option<Incident>>,
    incidents: Vec<Incident>,
}

impl Recorder for IncidentRecorder<'_> {
    fn phase(&mut self, at_s: f64, unit: u32, phase: Phase) {
        let Some(open) = self.open.get_mut(unit as usize) else {
            return;
        };
        let at = instant(at_s.max(0.0));
        if phase == Phase::Up {
            // Drop outages that ended before the start (the warm-up of a stationary start) or that have
            // no length.
            if let Some(incident) = open.take().filter(|incident| at_s > 0.0 && incident.started_at < at) {
                self.incidents.push(Incident { resolved_at: Some(at), ..incident });
            }
            return;
        }
        let name = self.model.units.get(unit as usize).map_or("", |unit| unit.name.as_str());
        let incident = open.get_or_insert_with(|| Incident {
            service: name.to_owned(),
            cause: String::new(),
            severity: if matches!(phase, Phase::Planned | Phase::Replacing) { "planned" } else { "failure" },
            started_at: at,
            detected_at: None,
            acknowledged_at: None,
            resolved_at: None,
        });
        match phase {
            Phase::Restarting | Phase::Waiting => {
                incident.detected_at.get_or_insert(at);
            }
            Phase::InRepair => {
                incident.detected_at.get_or_insert(at);
                incident.acknowledged_at.get_or_insert(at);
            }
            _ => {}
        }
    }
}

impl IncidentRecorder<'_> {
    fn finish(mut self) -> Vec<Incident> {
        self.incidents.extend(self.open.into_iter().flatten());
        let order = |incident: &Incident| (incident.started_at, incident.service.clone());
        self.incidents.sort_by_key(order);
        self.incidents
    }
}
