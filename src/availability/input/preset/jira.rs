//! Jira Service Management: CSV export of a search.

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;

/// CSV export of a search, with all or with the current fields.
pub(super) static CSV: Preset = Preset {
    name: "jira-csv",
    summary: "Jira Service Management search results (CSV)",
    example: "Summary,Issue key,…,Priority,…,Created,Updated,Resolved,…,Custom field (Affected services),Custom field (Severity)",
    signature: &["Issue key", "Created", "Resolved"],
    fields: &[
        (Field::Id, &["Issue key"]),
        (
            Field::Service,
            &[
                "Custom field (Affected services)",
                "Affected services",
                "Custom field (Service)",
                "Component/s",
                "Components",
                "Project key",
            ],
        ),
        (Field::Severity, &["Custom field (Severity)", "Priority"]),
        (Field::Cause, &["Custom field (Root cause)"]),
        (Field::Start, &["Custom field (Start date)", "Created"]),
        (Field::End, &["Resolved"]),
        (Field::State, &["Status"]),
        (Field::Kind, &["Resolution"]),
    ],
    kinds: KindWords {
        notices: &[
            "duplicate",
            "won't do",
            "won't fix",
            "cannot reproduce",
            "declined",
            "invalid",
            "not a bug",
            "rejected",
        ],
        ..KindWords::NONE
    },
    note: "Jira writes times in the time zone of the exporting user without naming it",
    ..Preset::TABLE
};
