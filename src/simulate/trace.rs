//! Writes one replication of the simulation as an incident log that `availability` can read.

use super::model::Model;
use crate::base::time::Timestamp;
use crate::report::format::csv::csv_safe;
use crate::simulate::monte_carlo::engine::coupled::{Phase, Recorder};
use crate::simulate::monte_carlo::engine::outage::{CauseKind, Outage};
use crate::simulate::monte_carlo::engine::replication::{Bench, Engine};
use serde::{Serialize, Serializer};

/// The timestamp of second 0 of a replication: 2026-01-01T00:00:00Z, in microseconds since 1970.
pub(crate) const EPOCH: Timestamp = Timestamp(1_767_225_600_000_000);

/// One outage of the system or of a unit, with its fields in the order of the log. A timestamp is `None`
/// where the event did not happen before the horizon or does not apply.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Incident {
    /// Name of the system or of the unit.
    #[serde(serialize_with = "serialize_safe")]
    pub service: String,
    /// The name of the kind of event that began it: `failure`, `switchover` or `planned`.
    pub severity: &'static str,
    /// Start of the outage.
    pub started_at: Timestamp,
    /// Detection of the failure.
    pub detected_at: Option<Timestamp>,
    /// Start of the repair.
    pub acknowledged_at: Option<Timestamp>,
    /// End of the outage.
    pub resolved_at: Option<Timestamp>,
    /// The cause: the name of the leaf that failed, for an outage of the system; empty for a unit.
    #[serde(serialize_with = "serialize_safe")]
    pub cause: String,
}

impl Incident {
    fn new(service: &str, kind: CauseKind, started_at: Timestamp) -> Self {
        Self {
            service: service.to_owned(),
            severity: kind.name(),
            started_at,
            detected_at: None,
            acknowledged_at: None,
            resolved_at: None,
            cause: String::new(),
        }
    }
}

/// Writes text so that a spreadsheet does not evaluate it.
fn serialize_safe<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&csv_safe(text))
}

/// Converts a time of a replication, in seconds from its start, to a timestamp.
pub(crate) fn instant(at_s: f64) -> Timestamp {
    EPOCH.plus_seconds(at_s)
}

/// Returns the system's outages in replication `index`. They are the same outages that the report's
/// figures are computed from.
pub(crate) fn of_system(model: &Model, engine: &Engine<'_>, seed: u64, index: u64) -> Vec<Incident> {
    let mut bench = Bench::default();
    let (outages, _) = engine.replicate(&mut bench, seed, index);
    let incident = |outage: &Outage| Incident {
        resolved_at: (outage.end_s < model.horizon_s).then(|| instant(outage.end_s)),
        cause: model.leaf_name(outage.cause.leaf).to_owned(),
        ..Incident::new(&model.name, outage.cause.kind, instant(outage.start_s))
    };
    outages.iter().map(incident).collect()
}

/// Returns the outages of every unit in replication `index`, in order of their start, with detection and
/// repair times.
pub(crate) fn of_units(model: &Model, seed: u64, index: u64) -> Vec<Incident> {
    let mut recorder = IncidentRecorder { model, open: vec![None; model.units.len()], incidents: Vec::new() };
    Engine::whole(model).replicate_with(&mut Bench::default(), seed, index, &mut recorder);
    let mut incidents = recorder.incidents;
    incidents.extend(recorder.open.into_iter().flatten());
    incidents.sort_by(|a, b| (a.started_at, &a.service).cmp(&(b.started_at, &b.service)));
    incidents
}

/// Collects the outages of units while a replication runs.
struct IncidentRecorder<'m> {
    model: &'m Model,
    open: Vec<Option<Incident>>,
    incidents: Vec<Incident>,
}

impl Recorder for IncidentRecorder<'_> {
    fn phase(&mut self, at_s: f64, unit: u32, phase: Phase) {
        let open = &mut self.open[unit as usize];
        let at = instant(at_s.max(0.0));
        if phase == Phase::Up {
            // Drop outages that ended before the start (the warm-up of a stationary start) or that have
            // no length.
            if let Some(incident) = open.take().filter(|incident| at_s > 0.0 && incident.started_at < at) {
                self.incidents.push(Incident { resolved_at: Some(at), ..incident });
            }
            return;
        }
        let name = &self.model.units[unit as usize].name;
        let is_planned = matches!(phase, Phase::Planned | Phase::Replacing);
        let kind = if is_planned { CauseKind::Planned } else { CauseKind::Failure };
        let incident = open.get_or_insert_with(|| Incident::new(name, kind, at));
        if matches!(phase, Phase::Restarting | Phase::Waiting | Phase::InRepair) {
            incident.detected_at.get_or_insert(at);
        }
        if phase == Phase::InRepair {
            incident.acknowledged_at.get_or_insert(at);
        }
    }
}
