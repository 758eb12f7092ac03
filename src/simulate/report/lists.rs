//! Shortens lists of units for people: units of one component are grouped, and runs of names are
//! abbreviated. The report itself lists every unit.

use super::{Blamed, Important};
use std::collections::HashMap;

/// Groups causes: all units of a component that caused outages of the same kind form one row, with their
/// times added up.
pub(super) fn blamed(all: &[Blamed]) -> Vec<Blamed> {
    let alike = |a: &Blamed, b: &Blamed| a.component == b.component && a.kind == b.kind;
    let rows = groups(all, |of| of.component.as_deref(), alike);
    let mut rows: Vec<Blamed> = rows.iter().map(|group| added_up(group)).collect();
    rows.sort_by(|a, b| b.share.total_cmp(&a.share));
    rows
}

fn added_up(group: &[&Blamed]) -> Blamed {
    let sum = |of: fn(&Blamed) -> f64| group.iter().map(|blamed| of(blamed)).sum();
    let first = group[0];
    Blamed {
        name: match (&first.component, group.len()) {
            (Some(component), 2..) => format!("{component} (all units)"),
            _ => first.name.clone(),
        },
        component: first.component.clone(),
        kind: first.kind,
        outages_per_year: sum(|of| of.outages_per_year),
        downtime_s_per_year: sum(|of| of.downtime_s_per_year),
        share: sum(|of| of.share),
    }
}

/// Groups importance measures: units of a component with the same measures share one row. The measures
/// are those of a single unit.
pub(super) fn important(all: &[Important]) -> Vec<Important> {
    let rows = groups(all, |of| of.component.as_deref(), are_equivalent);
    let row = |group: &Vec<&Important>| {
        let first = group[0];
        let names: Vec<&str> = group.iter().map(|of| of.name.as_str()).collect();
        let units = all.iter().filter(|of| of.component == first.component).count();
        let name = match &first.component {
            Some(component) if names.len() > 1 && names.len() == units => {
                format!("{component} (each of {units} units)")
            }
            _ if names.len() > 1 => format!("each of {}", short(&names)),
            _ => first.name.clone(),
        };
        Important { name, ..first.clone() }
    };
    rows.iter().map(row).collect()
}

/// Relative tolerance: sums taken in a different order differ by rounding errors.
const ROUNDING: f64 = 1e-9;

fn are_equivalent(a: &Important, b: &Important) -> bool {
    let same = |of: fn(&Important) -> f64| (of(a) - of(b)).abs() <= ROUNDING * of(a).abs();
    a.component == b.component
        && same(|of| of.unavailability)
        && same(|of| of.birnbaum)
        && same(|of| of.criticality)
        && same(|of| of.fussell_vesely.unwrap_or_default())
        && same(|of| of.raw)
        && same(|of| of.rrw.unwrap_or_default())
}

/// Groups similar items of one component, in the order of the first item of each group. Items without a
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

/// Joins names, writing three or more consecutive units of one component as "first to last".
pub(super) fn short(names: &[&str]) -> String {
    let mut numbered: Vec<(&str, Option<u64>)> = names.iter().map(|name| split(name)).collect();
    // In the order in which components first appear, then by number.
    numbered.sort_by_key(|(base, number)| (names.iter().position(|name| split(name).0 == *base), *number));
    let mut words: Vec<String> = Vec::new();
    let mut rest = &numbered[..];
    while let Some((base, number)) = rest.first() {
        let follows = |place: &usize| {
            let expected = number.and_then(|number| number.checked_add(*place as u64));
            expected.is_some() && rest[*place] == (*base, expected)
        };
        let run = (1..rest.len()).take_while(follows).count() + 1;
        let name = |(base, number): &(&str, Option<u64>)| match number {
            Some(number) => format!("{base}-{number}"),
            None => (*base).to_owned(),
        };
        if run > 2 {
            words.push(format!("{} to {}", name(&rest[0]), name(&rest[run - 1])));
        } else {
            words.extend(rest[..run].iter().map(name));
        }
        rest = &rest[run..];
    }
    words.join(", ")
}

/// Splits `web-12` into component and number. Names with a leading zero or a sign are no unit names.
fn split(name: &str) -> (&str, Option<u64>) {
    let numbered = name.rsplit_once('-').and_then(|(base, digits)| {
        let plain = !digits.starts_with(['0', '+']);
        Some((base, Some(digits.parse().ok().filter(|_| plain)?)))
    });
    numbered.unwrap_or((name, None))
}

#[cfg(test)]
mod tests {
    use super::{blamed, important, short};
    use crate::simulate::report::{Blamed, Important};

    fn cause(name: &str, component: Option<&str>, kind: &'static str, share: f64) -> Blamed {
        Blamed {
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
        let rows = blamed(&[
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
        let rows = important(&[
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
