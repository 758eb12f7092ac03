//! Google Cloud: the public `incidents.json`.

use super::Preset;
use crate::availability::input::field::Field;

/// The public list of incidents.
pub(super) static JSON: Preset = Preset {
    name: "gcp",
    summary: "Google Cloud incidents.json",
    example: "[{\"number\": \"101\", \"begin\": \"…\", \"created\": \"…\", \"end\": \"…\", \"external_desc\": \"…\", \"affected_products\": [{\"title\": \"api\"}]}]",
    signature: &["begin", "external_desc", "affected_products"],
    each: Some("affected_products"),
    fields: &[
        (Field::Id, &["id", "number"]),
        (Field::Service, &["@.title", "service_name"]),
        (Field::Severity, &["severity"]),
        (Field::Cause, &["status_impact"]),
        (Field::Start, &["begin"]),
        (Field::Detected, &["created"]),
        (Field::End, &["end"]),
    ],
    note: "`created`, the time of publication, is read as the time of detection",
    ..Preset::LIST
};
