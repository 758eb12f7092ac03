//! GitHub: issues that stand for incidents, as Upptime writes them.

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;

/// The list of issues of a repository.
pub(super) static ISSUES: Preset = Preset {
    name: "github-issues",
    summary: "GitHub issues as incidents (JSON, API)",
    example: "[{\"node_id\": \"…\", \"number\": 14, \"state\": \"closed\", \"labels\": [], \"created_at\": \"…\", \"closed_at\": \"…\"}]",
    signature: &["node_id", "number", "state", "labels", "created_at", "closed_at"],
    fields: &[
        (Field::Id, &["number"]),
        (Field::Start, &["created_at"]),
        (Field::End, &["closed_at"]),
        (Field::State, &["state_reason", "state"]),
        (Field::Kind, &["pull_request.url"]),
    ],
    kinds: KindWords { notices: &["*"], ..KindWords::NONE },
    note: "every issue that is no pull request counts; the service is one of its labels: \
           --columns service=labels.0.name",
    ..Preset::LIST
};
