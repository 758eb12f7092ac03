//! How the rows of one input are to be read: decided once, before the rows are.

use super::field::{Cells, FILTERS, Field};
use super::preset::ServiceRule;
use super::timestamp::TimeFormat;
use crate::availability::evidence::Shape;
use crate::base::time::Zone;

/// How one input's rows are read.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What a row is.
    pub shape: Shape,
    /// The format of each time column: of [`super::field::TIMES`], in their order. `None` where there is no such column.
    pub times: [Option<TimeFormat>; 4],
    /// The zone of local times.
    pub zone: Zone,
    /// How the service's name is found.
    pub service: ServiceRule,
    /// The name of rows without a service.
    pub default_service: String,
    /// Whether any field is mapped that only an extra holds.
    pub has_extras: bool,
    /// Whether the acknowledgement is given in seconds after the start.
    pub has_ack_after: bool,
    /// Whether a state column says that an incident is still open.
    pub has_state: bool,
    /// The filters of the command line, the i-th over the field `FILTERS[i]`, and what each is about.
    pub filters: Vec<(Filter, About)>,
    /// States that are neither up nor down, beyond the usual words.
    pub unknown_states: &'static [&'static str],
    /// The longest gap between samples that still counts as known, in microseconds.
    pub max_gap_micros: i64,
}

/// A condition on one column: `--where severity=SEV1,SEV2` or `--where impact!=maintenance`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The column's name, or the field's.
    pub column: String,
    /// The values named.
    pub values: Vec<String>,
    /// Whether rows with these values stay; else they go.
    pub keep: bool,
}

impl Filter {
    /// Reads `column=a,b` or `column!=a,b`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (column, values, keep) = match (text.split_once("!="), text.split_once('=')) {
            (Some((column, values)), _) => (column, values, false),
            (None, Some((column, values))) => (column, values, true),
            (None, None) => {
                return Err(format!("`{text}` is not of the form COLUMN=VALUE,… or COLUMN!=VALUE,…"));
            }
        };
        let values = values.split(',').map(|value| value.trim().to_owned()).collect();
        Ok(Self { column: column.trim().to_owned(), values, keep })
    }

    /// Whether a row with this cell stays. Letter case does not count.
    pub fn admits(&self, cell: &[u8]) -> bool {
        let named = self.values.iter().any(|value| value.as_bytes().eq_ignore_ascii_case(cell.trim_ascii()));
        named == self.keep
    }
}

/// What a filter is about, and so what a row that it leaves out still says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// Incidents: the service is in the log all the same, and belongs to its group.
    Incidents,
    /// The column that `--by` names: the service is in the log, its group is not asked for.
    Groups,
    /// The service's name: the service itself is not asked for.
    Services,
}

impl About {
    /// What a filter is about whose column is one of those of a field, as `shares` tells.
    pub fn of(shares: impl Fn(Field) -> bool) -> Self {
        if shares(Field::Service) {
            Self::Services
        } else if shares(Field::Group) {
            Self::Groups
        } else {
            Self::Incidents
        }
    }
}

impl Plan {
    /// What the filters that leave a row out are about, the most that any of them is; `None` when all let it in.
    #[inline]
    pub fn left_out(&self, cells: &impl Cells) -> Option<About> {
        let filters = FILTERS.into_iter().zip(&self.filters);
        filters
            .filter(|(field, (filter, _))| !filter.admits(cells.cell(*field)))
            .map(|(_, (_, about))| *about)
            .max()
    }
}

#[cfg(test)]
mod tests {
    use super::Filter;

    #[test]
    fn a_filter_keeps_or_drops_the_values_it_names() {
        let keep = Filter::parse("severity=SEV1, sev2").unwrap();
        assert!(keep.admits(b"SEV2 ") && !keep.admits(b"SEV3"));
        let drop = Filter::parse("impact!=maintenance").unwrap();
        assert!(drop.admits(b"minor") && !drop.admits(b"Maintenance"));
        assert!(Filter::parse("impact").is_err());
    }
}
