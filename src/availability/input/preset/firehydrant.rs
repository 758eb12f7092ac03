//! `FireHydrant`: the incidents of its API.

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;

/// The list of incidents.
pub(super) static JSON: Preset = Preset {
    name: "firehydrant",
    summary: "FireHydrant incidents (JSON, API)",
    example: "{\"data\": [{\"current_milestone\": \"resolved\", \"milestones\": [{\"type\": \"started\", \"occurred_at\": \"…\"}, {\"type\": \"resolved\", \"occurred_at\": \"…\"}], \"services\": [{\"name\": \"api\"}]}]}",
    signature: &["milestones", "current_milestone"],
    each: Some("services"),
    fields: &[
        (Field::Id, &["number", "id"]),
        (Field::Service, &["@.name"]),
        (Field::Severity, &["severity"]),
        (Field::Start, &["milestones[type=started].occurred_at", "started_at", "created_at"]),
        (Field::Detected, &["milestones[type=detected].occurred_at"]),
        (Field::Acknowledged, &["milestones[type=acknowledged].occurred_at"]),
        (Field::End, &["milestones[type=resolved].occurred_at", "resolved_at"]),
        (Field::State, &["current_milestone"]),
        (Field::Kind, &["discarded_at"]),
    ],
    kinds: KindWords { notices: &["*"], ..KindWords::NONE },
    note: "an incident ends when it is resolved; the milestone `mitigated` is not used",
    ..Preset::LIST
};
