//! Instatus: the incidents of a status page.

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;

/// The list of incidents.
pub(super) static JSON: Preset = Preset {
    name: "instatus",
    summary: "Instatus incidents (JSON, API)",
    example: "[{\"name\": \"…\", \"started\": \"…\", \"status\": \"RESOLVED\", \"resolved\": \"…\", \"components\": [{\"name\": \"api\"}], \"updates\": []}]",
    signature: &["started", "resolved", "components", "updates"],
    each: Some("components"),
    fields: &[
        (Field::Id, &["id"]),
        (Field::Service, &["@.name"]),
        (Field::Start, &["started"]),
        (Field::End, &["resolved"]),
        (Field::State, &["status"]),
        (Field::Kind, &["impact"]),
    ],
    kinds: KindWords { notices: &["operational"], planned: &["undermaintenance"], ..KindWords::NONE },
    note: "an incident of several components is an outage of each; one of the impact OPERATIONAL is none, and one of \
           UNDERMAINTENANCE is planned",
    state_hints: false,
    ..Preset::LIST
};
