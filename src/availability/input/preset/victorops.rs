//! Splunk On-Call (`VictorOps`): the incidents of its reporting API.

use super::Preset;
use crate::availability::input::field::Field;

/// The list of incidents.
pub(super) static JSON: Preset = Preset {
    name: "victorops",
    summary: "Splunk On-Call (VictorOps) incidents (JSON, reporting API v2)",
    example: "{\"incidents\": [{\"incidentNumber\": \"101\", \"currentPhase\": \"RESOLVED\", \"service\": \"api\", \"startTime\": \"…\", \"transitions\": [{\"name\": \"RESOLVED\", \"at\": \"…\"}]}]}",
    signature: &["incidentNumber", "currentPhase", "startTime", "transitions"],
    fields: &[
        (Field::Id, &["incidentNumber"]),
        (Field::Service, &["service", "entityId"]),
        (Field::Start, &["startTime"]),
        (Field::Acknowledged, &["transitions[name=ACKED].at"]),
        (Field::End, &["transitions[name=RESOLVED].at"]),
        (Field::State, &["currentPhase"]),
    ],
    state_hints: false,
    ..Preset::LIST
};
