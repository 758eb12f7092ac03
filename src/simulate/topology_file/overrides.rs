//! `--set web.count=4`: sets values in the parsed file before it is validated, so that every check
//! applies to them.

use super::topology::TOPOLOGY;
use crate::base::problem::{Location, Problem};
use crate::config::document::Reading;
use crate::config::document::{Node, Tree};

/// Sections whose names may be given without the section.
const SECTIONS: [&str; 4] = ["components", "blocks", "crews", "common_causes"];

/// Maximum number of names that an error lists.
const NAMES_SHOWN_MAX: usize = 8;

/// Sets the values; adds a problem for each invalid path.
pub(super) fn apply(tree: &mut Tree, overrides: &[(String, String)], reading: &mut Reading<'_>) {
    for (path, value) in overrides {
        let origin = format!("--set {path}={value}");
        let Some(full) = resolve(tree, path, &origin, reading) else {
            continue;
        };
        let set = tree.set(&full, value, &origin);
        reading.take(set);
    }
}

/// Returns the path from the root: `web.count` is `components.web.count`.
fn resolve(tree: &Tree, path: &str, origin: &str, reading: &mut Reading<'_>) -> Option<String> {
    if let Some(known) = TOPOLOGY.keys.iter().find(|key| begins(path, key.name())) {
        let rest = path.get(known.name().len() + 1..);
        return match rest.filter(|_| SECTIONS.contains(&known.name())) {
            Some(rest) if !has_name(tree, known.name(), rest) => {
                refuse(tree, &[known.name()], rest, origin, reading);
                None
            }
            _ => Some(path.to_owned()),
        };
    }
    let section = SECTIONS.iter().find(|section| has_name(tree, section, path));
    if section.is_none() {
        refuse(tree, &SECTIONS, path, origin, reading);
    }
    section.map(|section| format!("{section}.{path}"))
}

/// Returns whether a path begins with a name of the section.
fn has_name(tree: &Tree, section: &str, path: &str) -> bool {
    names(tree, section).any(|name| begins(path, name))
}

fn begins(path: &str, name: &str) -> bool {
    // Names may contain dots themselves, so compare prefixes instead of splitting the path.
    let rest = path.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn names<'t>(tree: &'t Tree, section: &str) -> impl Iterator<Item = &'t str> {
    let mut sections = tree.root().entries().into_iter().flatten();
    let found: Option<Node<'t>> =
        sections.find(|(key, _)| key.text() == Some(section)).map(|(_, value)| value);
    let entries = found.and_then(|found| found.entries()).into_iter().flatten();
    entries.filter_map(|(key, _)| key.text())
}

/// Adds the problem that a path begins with an unknown name.
fn refuse(tree: &Tree, sections: &[&str], path: &str, origin: &str, reading: &mut Reading<'_>) {
    let typed = path.split('.').next().unwrap_or_default();
    let mut candidates: Vec<&str> = sections.iter().flat_map(|section| names(tree, section)).collect();
    let message = if let [only] = sections {
        format!("`{only}` has no entry `{typed}`")
    } else {
        candidates.extend(TOPOLOGY.keys.iter().map(|key| key.name()));
        format!("there is no component, block, crew, common cause or key `{typed}`")
    };
    let problem =
        Problem::new(message).at(Location { file: origin.to_owned(), line: 0, text: None, span: 0..0 });
    let help = match reading.nearest(typed, candidates.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("a path begins with one of: {}", shown(&candidates)),
    };
    reading.refuse(problem.help(help));
}

/// Joins the first names of a list.
fn shown(names: &[&str]) -> String {
    let first: Vec<&str> = names.iter().take(NAMES_SHOWN_MAX).copied().collect();
    let more = if names.len() > NAMES_SHOWN_MAX { ", …" } else { "" };
    format!("{}{more}", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::super::tests::{SHOP, is_down, no_files};
    use crate::base::quantity::YEAR_S;
    use crate::simulate::model::Model;

    fn with(sets: &[(&str, &str)]) -> Result<Model, String> {
        let sets: Vec<(String, String)> =
            sets.iter().map(|(path, value)| ((*path).into(), (*value).into())).collect();
        let read = read("shop.yaml", SHOP, &sets, &no_files);
        read.map(|(model, _)| model).map_err(|problems| problems.to_string())
    }

    #[test]
    fn a_value_is_set_by_its_path_with_or_without_the_section() {
        let model = with(&[
            ("web.count", "5"),
            ("components.lb.count", "3"),
            ("web.failure.weibull.shape", "2"),
            ("oncall.size", "2"),
            ("crews.oncall.discipline", "priority"),
            ("objectives.availability", "99.9%"),
            ("objectives.reliability", "99%"),
            ("objectives.mission", "30d"),
            ("horizon", "2y"),
            ("db", "{ mtbf: 1000h, mttr: 1h, count: 3 }"),
            ("blocks.app.k_of_n.k", "4"),
        ])
        .unwrap();
        assert_eq!(model.components[1].units.len(), 5);
        assert_eq!(model.components[0].units.len(), 3);
        assert_eq!(model.crews[0].size, 2);
        assert_eq!(model.objectives.unavailability, Some(0.001));
        assert_eq!(model.horizon_s, 2.0 * YEAR_S);
        assert_eq!(model.standbys[0].units.len(), 3);
        assert!(is_down(&model, &["web-4", "web-5"]));
    }

    #[test]
    fn every_check_applies_to_overrides() {
        for (path, value, wrong) in [
            ("web.cuont", "4", "unknown key `cuont`"),
            ("web.count", "0", "a whole number from 1"),
            ("web.count", "2", "k is 3, but there are 2 parts"),
            ("web.mtbf", "3h", "`failure` and `mtbf` have the same meaning"),
            ("wbe.count", "4", "did you mean `web`?"),
            ("components.wbe.count", "4", "`components` has no entry `wbe`"),
            ("horizn", "4y", "did you mean `horizon`?"),
            ("zebra.count", "4", "a path begins with one of: lb, web"),
            ("web.failure.wiebull.shape", "2", "one distribution is expected, not 2"),
            ("horizon", "4", "has no unit"),
            ("db.mtbf.x", "4", "is a text, not a map"),
            ("", "4", "or key ``"),
        ] {
            let text = with(&[(path, value)]).unwrap_err();
            assert!(text.contains(wrong), "{text}");
            if !path.contains("count") || value != "2" {
                assert!(
                    text.contains(&format!("--set {path}={value}")) || path.contains("wiebull"),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn all_invalid_overrides_are_reported_together() {
        let text = with(&[("wbe.count", "4"), ("horizon", "-1y"), ("db.mttr", "0s")]).unwrap_err();
        assert_eq!(text.matches("error:").count(), 3, "{text}");
    }
}
