//! Rows of a log of incidents that seem to be planned work or no outages, though nothing says how they are to count.

use super::states::is_withdrawn;
use super::{ReadOptions, Services};
use crate::availability::evidence::Shape;
use crate::base::suggest::fold;
use crate::base::text::shell_argument;

/// Words for planned work.
const PLANNED: [&str; 12] = [
    "maintenance",
    "planned",
    "scheduled",
    "plannedmaintenance",
    "scheduledmaintenance",
    "plannedoutage",
    "plannedwork",
    "plannedoutagewindow",
    "wartung",
    "geplant",
    "geplantewartung",
    "maintenancewindow",
];

/// Words for what is no outage.
#[rustfmt::skip]
const NO_OUTAGE: [&str; 16] = [
    "servicerequest", "request", "accessrequest", "change", "changerequest", "task", "subtask", "story", "epic",
    "question", "drill", "exercise", "gameday", "falsealarm", "falsepositive", "test",
];

/// Columns that tell of what kind a row is.
#[rustfmt::skip]
const KINDS: [&str; 16] = [
    "type", "class", "classification", "kind", "outagetype", "incidenttype", "eventtype", "changetype", "issuetype",
    "tickettype", "recordtype", "typ", "art", "vorgangstyp", "status", "state",
];

/// Further columns that may tell of planned work.
const PLANNED_BESIDES: [&str; 9] =
    ["category", "cause", "rootcause", "reason", "severity", "priority", "impact", "urgency", "level"];

/// Columns that tell how an incident was closed.
#[rustfmt::skip]
const CLOSURES: [&str; 8] = [
    "resolution", "resolutioncode", "closecode", "closurecode", "disposition", "outcome", "verdict", "lösung",
];

/// Columns that tell how much of a service an incident took, and the words for nothing.
const IMPACTS: [&str; 3] = ["impact", "severity", "businessimpact"];
const NO_IMPACT: [&str; 4] = ["none", "noimpact", "operational", "nobusinessimpact"];

/// Columns that tell by yes or no of planned work.
#[rustfmt::skip]
const PLANNED_FLAGS: [&str; 8] = [
    "isplanned", "plannedoutage", "plannedwork", "isscheduled", "maintenance", "ismaintenance",
    "scheduledmaintenance", "geplant",
];

/// Columns that tell by yes or no that a row is no outage.
#[rustfmt::skip]
const NO_OUTAGE_FLAGS: [&str; 10] = [
    "istest", "test", "falsealarm", "isfalsealarm", "falsepositive", "isfalsepositive", "isdrill", "drill",
    "isduplicate", "exercise",
];

/// Columns that tell by no of planned work.
const UNPLANNED_FLAGS: [&str; 2] = ["unplanned", "isunplanned"];

/// Words for yes.
pub(super) const YES: [&str; 10] = ["yes", "y", "true", "1", "x", "ja", "j", "oui", "sí", "si"];

const NO: [&str; 7] = ["no", "n", "false", "0", "nein", "non", "nej"];

/// What a cell says of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    Planned,
    NoOutage,
}

/// Returns the columns or keys that may say what rows are, and of which the user says nothing. `is_known` tells
/// whether a preset gives a column a meaning.
pub(super) fn telling<'n>(
    names: impl Iterator<Item = &'n String>,
    shape: Shape,
    options: &ReadOptions,
    is_known: impl Fn(&str) -> bool,
) -> Vec<&'n String> {
    let wishes = &options.wishes;
    if shape != Shape::Incidents || options.services != Services::Optional {
        return Vec::new();
    }
    let asked: Vec<String> =
        wishes.filters.iter().chain(&wishes.planned).map(|filter| fold(&filter.column)).collect();
    names.filter(|name| may_tell(name) && !asked.contains(&fold(name)) && !is_known(name)).collect()
}

/// Whether a column may say what its rows are.
fn may_tell(column: &str) -> bool {
    let column = fold(column);
    let is_in = |columns: &[&str]| columns.contains(&column.as_str());
    is_in(&KINDS)
        || is_in(&PLANNED_BESIDES)
        || is_in(&CLOSURES)
        || is_in(&IMPACTS)
        || is_in(&PLANNED_FLAGS)
        || is_in(&NO_OUTAGE_FLAGS)
        || is_in(&UNPLANNED_FLAGS)
}

fn hint(column: &str, cell: &str) -> Option<Hint> {
    let (column, value) = (fold(column), fold(cell));
    let says = |columns: &[&str], values: &[&str]| {
        columns.contains(&column.as_str()) && values.contains(&value.as_str())
    };
    let is_planned = says(&KINDS, &PLANNED)
        || says(&PLANNED_BESIDES, &PLANNED)
        || says(&PLANNED_FLAGS, &YES)
        || says(&UNPLANNED_FLAGS, &NO);
    let is_closed_as_none = CLOSURES.contains(&column.as_str()) && is_withdrawn(cell.as_bytes());
    let is_none = says(&KINDS, &NO_OUTAGE)
        || says(&NO_OUTAGE_FLAGS, &YES)
        || says(&IMPACTS, &NO_IMPACT)
        || is_closed_as_none;
    match () {
        () if is_planned => Some(Hint::Planned),
        () if is_none => Some(Hint::NoOutage),
        () => None,
    }
}

/// Returns the warning about a row whose cell in such a column says that it is planned work or no outage.
pub(super) fn warning(column: &str, cell: &str) -> Option<String> {
    let cell = cell.trim();
    let keep = shell_argument(&format!("{column}!=-"));
    let advice = match hint(column, cell)? {
        Hint::Planned => {
            format!("for planned work, add --planned {}", shell_argument(&format!("{column}={cell}")))
        }
        Hint::NoOutage => {
            format!("if they are none, add --where {}", shell_argument(&format!("{column}!={cell}")))
        }
    };
    Some(format!(
        "rows with `{cell}` in `{column}` count as outages: {advice}; if they are outages, add --where {keep}; until \
         then gates are inconclusive"
    ))
}

#[cfg(test)]
mod tests {
    use super::{Hint, hint};

    #[test]
    fn rows_that_seem_to_be_something_else_are_noticed() {
        for (column, cell, expected) in [
            ("Type", "Maintenance", Hint::Planned),
            ("outage_type", "planned maintenance", Hint::Planned),
            ("Planned Outage", "yes", Hint::Planned),
            ("unplanned", "no", Hint::Planned),
            ("severity", "Planned", Hint::Planned),
            ("Issue Type", "Service Request", Hint::NoOutage),
            ("is_test", "true", Hint::NoOutage),
            ("resolution", "False alarm", Hint::NoOutage),
            ("impact", "none", Hint::NoOutage),
        ] {
            assert_eq!(hint(column, cell), Some(expected), "{column}: {cell}");
        }
        for (column, cell) in [
            ("Type", "Network"),
            ("title", "maintenance"),
            ("Maintenance", "no"),
            ("cause", "test"),
            ("resolution", "Fixed"),
            ("unplanned", "yes"),
        ] {
            assert_eq!(hint(column, cell), None, "{column}: {cell}");
        }
    }
}
