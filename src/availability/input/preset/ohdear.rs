//! Oh Dear: the downtime of a site.

use super::Preset;
use crate::availability::input::field::Field;

/// The downtime periods of one monitor.
pub(super) static JSON: Preset = Preset {
    name: "ohdear",
    summary: "Oh Dear downtime of a monitor (JSON, API)",
    example: "{\"data\": [{\"id\": 1, \"started_at\": \"2026-01-05 10:00:00\", \"ended_at\": \"2026-01-05 11:00:00\", \"notes_html\": null, \"notes_markdown\": null}]}",
    signature: &["started_at", "ended_at", "notes_html", "notes_markdown"],
    fields: &[(Field::Id, &["id"]), (Field::Start, &["started_at"]), (Field::End, &["ended_at"])],
    times_in_utc: true,
    note: "times are in UTC, as Oh Dear documents",
    ..Preset::LIST
};
