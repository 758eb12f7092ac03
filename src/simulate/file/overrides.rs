//! `--set web.count=4`: values put into the file before it is read, so that every check applies to them.

use super::topology::TOPOLOGY;
use crate::base::problem::{Place, Problem};
use crate::base::tree::{Node, Tree};
use crate::simulate::reading::Reading;

/// The sections whose names need no section before them.
const SECTIONS: [&str; 4] = ["components", "blocks", "crews", "common_causes"];

/// Names that an error lists.
const NAMES_SHOWN_MAX: usize = 8;

/// Puts the values in; what is wrong with a path is entered.
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

/// The path from the root: `web.count` is `components.web.count`.
fn resolve(tree: &Tree, path: &str, origin: &str, reading: &mut Reading<'_>) -> Option<String> {
    if let Some(known) = TOPOLOGY.keys.iter().find(|key| begins(path, key.name)) {
        let rest = path.get(known.name.len() + 1..);
        return match rest.filter(|_| SECTIONS.contains(&known.name)) {
            Some(rest) if !has_name(tree, known.name, rest) => {
                refuse(tree, &[known.name], rest, origin, reading);
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

/// Whether a section has a name with which the path begins.
fn has_name(tree: &Tree, section: &str, path: &str) -> bool {
    names(tree, section).any(|name| begins(path, name))
}

fn begins(path: &str, name: &str) -> bool {
    let rest = path.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn names<'t>(tree: &'t Tree, section: &str) -> impl Iterator<Item = &'t str> {
    let mut sections = tree.root().entries().into_iter().flatten();
    let found: Option<Node<'t>> = sections
        .find(|(key, _)| key.text() == Some(section))
        .map(|(_, value)| value);
    let entries = found.and_then(|found| found.entries()).into_iter().flatten();
    entries.filter_map(|(key, _)| key.text())
}

/// There is nothing of this name.
fn refuse(tree: &Tree, sections: &[&str], path: &str, origin: &str, reading: &mut Reading<'_>) {
    let typed = path.split('.').next().unwrap_or_default();
    let mut candidates: Vec<&str> = sections.iter().flat_map(|section| names(tree, section)).collect();
    let message = if let [only] = sections {
        format!("`{only}` has nothing called `{typed}`")
    } else {
        candidates.extend(TOPOLOGY.keys.iter().map(|key| key.name));
        format!("there is nothing called `{typed}` to set")
    };
    let problem = Problem::new(message).at(Place {
        file: origin.to_owned(),
        line: 0,
        text: None,
        span: 0..0,
    });
    let help = match reading.nearest(typed, candidates.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("a path begins with one of these: {}", shown(&candidates)),
    };
    reading.refuse(problem.help(help));
}

/// The first names of a list.
fn shown(names: &[&str]) -> String {
    let first: Vec<&str> = names.iter().take(NAMES_SHOWN_MAX).copied().collect();
    let more = if names.len() > NAMES_SHOWN_MAX {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", first.join(", "))
}
