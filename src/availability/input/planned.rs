//! Rows of a log of incidents that seem to be planned work, though nothing says that they are to be taken as such.

use crate::base::suggest::fold;
use crate::base::text::shell_argument;

/// Words of cells that say so.
const WORDS: [&str; 12] = [
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

/// Columns in which they mean that.
const COLUMNS: [&str; 16] = [
    "type",
    "class",
    "classification",
    "category",
    "kind",
    "cause",
    "rootcause",
    "reason",
    "status",
    "state",
    "outagetype",
    "incidenttype",
    "eventtype",
    "changetype",
    "typ",
    "art",
];

/// Columns that say so by yes or no.
const FLAGS: [&str; 8] = [
    "isplanned",
    "plannedoutage",
    "plannedwork",
    "isscheduled",
    "maintenance",
    "ismaintenance",
    "scheduledmaintenance",
    "geplant",
];

const YES: [&str; 8] = ["true", "yes", "y", "1", "x", "ja", "j", "oui"];

/// Whether a column may say that rows are planned work.
pub(super) fn may_tell(column: &str) -> bool {
    let column = fold(column);
    COLUMNS.contains(&column.as_str()) || FLAGS.contains(&column.as_str())
}

/// Returns the warning about a row whose cell in such a column says that it is planned work.
pub(super) fn warning(column: &str, cell: &str) -> Option<String> {
    let (name, value) = (fold(column), fold(cell));
    let says = (COLUMNS.contains(&name.as_str()) && WORDS.contains(&value.as_str()))
        || (FLAGS.contains(&name.as_str()) && YES.contains(&value.as_str()));
    let flag = || shell_argument(&format!("{column}={}", cell.trim()));
    says.then(|| {
        format!(
            "rows with `{}` in `{column}` count as outages; for planned work, add --planned {}",
            cell.trim(),
            flag()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::warning;

    #[test]
    fn rows_that_seem_planned_are_pointed_out() {
        for (column, cell) in
            [("Type", "Maintenance"), ("outage_type", "planned maintenance"), ("Planned Outage", "yes")]
        {
            assert!(warning(column, cell).is_some(), "{column}: {cell}");
        }
        for (column, cell) in [("Type", "Network"), ("title", "maintenance"), ("Maintenance", "no")] {
            assert_eq!(warning(column, cell), None, "{column}: {cell}");
        }
    }
}
