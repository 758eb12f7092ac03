//! Shortens lists of units for people: units of one component are grouped, and runs of names are
//! abbreviated. The report itself lists every unit.

use super::{CauseShare, Important};
use std::collections::HashMap;

/// Groups causes: all units of a component that caused outages of the same kind form one row, with their
/// times added up.
pub(super) fn grouped_causes(all: &[CauseShare]) -> Vec<CauseShare> {
    let alike = |a: &CauseShare, b: &CauseShare| a.kind == b.kind;
    let groups = groups(all, |of| of.component.as_deref(), alike);
    let mut rows: Vec<CauseShare> = groups.iter().map(|group| added_up(group)).collect();
    rows.sort_by(|a, b| b.share.total_cmp(&a.share));
    rows
}

fn added_up(group: &[&CauseShare]) -> CauseShare {
    let sum = |of: fn(&CauseShare) -> f64| group.iter().map(|cause| of(cause)).sum();
    let first = group[0];
    CauseShare {
        name: match (&first.component, group.len()) {
            (Some(component), 2..) => format!("{component} (all units)"),
            _ => first.name.clone(),
        },
        outages_per_year: sum(|of| of.outages_per_year),
        downtime_s_per_year: sum(|of| of.downtime_s_per_year),
        share: sum(|of| of.share),
        ..first.clone()
    }
}

/// Groups importance measures: units of a component with the same measures share one row. The measures
/// are those of a single unit.
pub(super) fn grouped_importance(all: &[Important]) -> Vec<Important> {
    let mut units_of: HashMap<&str, usize> = HashMap::new();
    for component in all.iter().filter_map(|of| of.component.as_deref()) {
        *units_of.entry(component).or_default() += 1;
    }
    let row = |group: &Vec<&Important>| {
        let first = group[0];
        let component = first.component.as_deref().unwrap_or_default();
        let name = match group.len() {
            1 => first.name.clone(),
            units if units_of.get(component) == Some(&units) => {
                format!("{component} (each of {units} units)")
            }
            _ => {
                let names: Vec<&str> = group.iter().map(|of| of.name.as_str()).collect();
                format!("each of {}", short(&names))
            }
        };
        Important { name, ..first.clone() }
    };
    groups(all, |of| of.component.as_deref(), are_equivalent).iter().map(row).collect()
}

/// Relative tolerance: sums taken in a different order differ by rounding errors.
const ROUNDING: f64 = 1e-9;

fn are_equivalent(a: &Important, b: &Important) -> bool {
    let same = |of: fn(&Important) -> f64| (of(a) - of(b)).abs() <= ROUNDING * of(a).abs();
    same(|of| of.unavailability)
        && same(|of| of.birnbaum)
        && same(|of| of.criticality)
        && same(|of| of.fussell_vesely.unwrap_or_default())
        && same(|of| of.raw)
        && same(|of| of.rrw.unwrap_or_default())
}

/// Groups items of one component that are alike, in the order of the first item of each group. Items without a
/// component stay alone.
fn groups<T>(
    all: &[T],
    component: impl Fn(&T) -> Option<&str>,
    alike: impl Fn(&T, &T) -> bool,
) -> Vec<Vec<&T>> {
    let mut groups: Vec<Vec<&T>> = Vec::new();
    // Compare within a component only: comparing all pairs would be quadratic in the number of units.
    let mut by_component: HashMap<&str, Vec<usize>> = HashMap::new();
    for item in all {
        let Some(name) = component(item) else {
            groups.push(vec![item]);
            continue;
        };
        let known = by_component.entry(name).or_default();
        if let Some(group) = known.iter().find(|group| alike(groups[**group][0], item)) {
            groups[*group].push(item);
        } else {
            known.push(groups.len());
            groups.push(vec![item]);
        }
    }
    groups
}

/// Component and number of a unit; the whole name and no number for other names.
type Numbered<'n> = (&'n str, Option<u64>);

/// Joins names, writing three or more consecutive units of one component as "first to last".
pub(super) fn short(names: &[&str]) -> String {
    let mut numbered: Vec<Numbered<'_>> = names.iter().map(|name| split(name)).collect();
    let mut first_places: HashMap<&str, usize> = HashMap::new();
    for (place, &(base, _)) in numbered.iter().enumerate() {
        first_places.entry(base).or_insert(place);
    }
    // In the order in which components first appear, then by number.
    numbered.sort_by_key(|(base, number)| (first_places.get(base).copied(), *number));
    let follows = |a: &Numbered<'_>, b: &Numbered<'_>| {
        b.1.is_some() && *b == (a.0, a.1.and_then(|number| number.checked_add(1)))
    };
    let name = |(base, number): &Numbered<'_>| match number {
        Some(number) => format!("{base}-{number}"),
        None => (*base).to_owned(),
    };
    let words = numbered.chunk_by(follows).map(|run| match run {
        [first, _, .., last] => format!("{} to {}", name(first), name(last)),
        _ => run.iter().map(name).collect::<Vec<_>>().join(", "),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Splits `web-12` into component and number. Names with a leading zero or a sign are no unit names.
fn split(name: &str) -> Numbered<'_> {
    let numbered = name.rsplit_once('-').and_then(|(base, digits)| {
        let plain = !digits.starts_with(['0', '+']);
        Some((base, Some(digits.parse().ok().filter(|_| plain)?)))
    });
    numbered.unwrap_or((name, None))
}

#[cfg(test)]
mod tests {
    use super::{grouped_causes, grouped_importance, short};
    use crate::simulate::report::{CauseShare, Important};

    fn cause(name: &str, component: Option<&str>, kind: &'static str, share: f64) -> CauseShare {
        CauseShare {
            name: name.into(),
            component: component.map(Into::into),
            kind,
            outages_per_year: 10.0 * share,
            downtime_s_per_year: 100.0 * share,
            share,
        }
    }

    #[test]
    fn units_of_a_component_share_a_row_for_each_kind_of_cause() {
        let rows = grouped_causes(&[
            cause("db", Some("db"), "failure", 0.375),
            cause("web-2", Some("web"), "failure", 0.25),
            cause("web-1", Some("web"), "failure", 0.25),
            cause("web-1", Some("web"), "planned", 0.0625),
            cause("zone", None, "failure", 0.0625),
        ]);
        let said: Vec<(&str, &str, f64)> =
            rows.iter().map(|of| (of.name.as_str(), of.kind, of.share)).collect();
        assert_eq!(
            said,
            [
                ("web (all units)", "failure", 0.5),
                ("db", "failure", 0.375),
                ("web-1", "planned", 0.0625),
                ("zone", "failure", 0.0625),
            ]
        );
        assert_eq!(rows[0].downtime_s_per_year, 50.0);
        assert_eq!(rows[0].outages_per_year, 5.0);
    }

    fn part(name: &str, component: Option<&str>, birnbaum: f64) -> Important {
        Important {
            name: name.into(),
            component: component.map(Into::into),
            unavailability: 0.01,
            birnbaum,
            criticality: birnbaum,
            fussell_vesely: None,
            raw: 2.0,
            rrw: None,
        }
    }

    #[test]
    fn units_with_equal_importance_share_a_row_and_others_do_not() {
        let rows = grouped_importance(&[
            part("zone", None, 0.5),
            part("server-5", Some("server"), 0.4),
            part("web-2", Some("web"), 0.3),
            part("web-1", Some("web"), 0.3 * (1.0 + 1e-12)),
            part("server-2", Some("server"), 0.2),
            part("server-1", Some("server"), 0.2),
            part("server-3", Some("server"), 0.2),
        ]);
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["zone", "server-5", "web (each of 2 units)", "each of server-1 to server-3"]);
    }

    #[test]
    fn consecutive_units_are_written_as_first_to_last() {
        assert_eq!(short(&["web-3", "db", "web-1", "web-2", "web-5"]), "web-1 to web-3, web-5, db");
        assert_eq!(short(&["a-1", "a-2"]), "a-1, a-2");
        assert_eq!(short(&["us-east-01", "us-east-02", "us-east-03"]), "us-east-01, us-east-02, us-east-03");
        assert_eq!(short(&["x-18446744073709551615", "x-1"]), "x-1, x-18446744073709551615");
        assert_eq!(short(&[]), "");
    }
}
