//! The canonical formats: any table or JSON list with recognisable column names or keys.

use super::Preset;
use crate::availability::evidence::Shape;
use crate::availability::input::plan::KindWords;

/// Incidents as a table. Columns are found by their usual names (see [`super::super::field::NAMED`]).
pub(super) static TABLE: Preset = Preset {
    name: "canonical",
    summary: "any table with recognisable column names: started_at, resolved_at, service, severity, …",
    example: "service,severity,started_at,detected_at,acknowledged_at,resolved_at\n\
              api,SEV1,2026-01-05T10:00:00Z,2026-01-05T10:03:00Z,2026-01-05T10:05:00Z,2026-01-05T11:00:00Z",
    kinds: KINDS,
    ..Preset::TABLE
};

/// The names of a column that tells planned work from outages.
pub(in super::super) const PLANNED_COLUMNS: [&str; 4] =
    ["planned", "is_planned", "scheduled", "is_scheduled"];

/// The values of that column.
const KINDS: KindWords = KindWords {
    planned: &["yes", "y", "true", "1", "x", "ja", "j", "oui", "planned", "scheduled", "geplant"],
    ..KindWords::NONE
};

/// State changes or probe samples as a table.
pub(super) static STATES: Preset = Preset {
    name: "canonical-states",
    summary: "a table of times and states: `up`/`ok` columns are probe samples, `state`/`status` columns are state changes",
    example: "time,service,state\n2026-01-05T10:00:00Z,api,down\n2026-01-05T11:00:00Z,api,up",
    shape: Shape::States,
    ..Preset::TABLE
};

/// Incidents as JSON. Keys are found by the same names.
pub(super) static JSON: Preset = Preset {
    name: "canonical-json",
    summary: "JSON objects with the canonical keys: an array, one object per line, or in an envelope",
    example: "{\"service\": \"api\", \"started_at\": \"2026-01-05T10:00:00Z\", \"resolved_at\": \"2026-01-05T11:00:00Z\"}",
    kinds: KINDS,
    ..Preset::LIST
};
