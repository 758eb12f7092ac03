//! Cells that name several services: their rows count for each of them.

use crate::availability::evidence::{Extra, NO_LABEL, ServiceEvidence};
use crate::availability::rows::{NO_EXTRA, Row, Rows};
use std::collections::BTreeMap;

/// Stands between the services of a cell where the log itself holds a list.
pub(super) const LIST: char = '\u{1f}';

/// Between names that people write into one cell.
const WRITTEN: [&str; 4] = [";", "|", ",", "\n"];

/// Gives what was read of several services at once to each of them. Names that are written in one cell are a list
/// where each of them is a service with rows of its own. Returns the names that were split.
pub(super) fn split_services(
    services: &mut BTreeMap<String, ServiceEvidence>,
    extras: &mut Vec<Extra>,
) -> Vec<String> {
    let lists: Vec<(String, Vec<String>)> =
        services.keys().filter_map(|name| Some((name.clone(), parts_of(name, services)?))).collect();
    for (name, parts) in &lists {
        let Some(whole) = services.remove(name) else { continue };
        for (place, part) in parts.iter().enumerate() {
            let service = services.entry(part.clone()).or_default();
            service.name.clone_from(part);
            let mut share = whole.clone();
            if place > 0 {
                share.rows = repeated(&whole.rows, extras);
            }
            service.absorb(share, 0, |label| label);
        }
    }
    lists.into_iter().map(|(name, _)| name.replace(LIST, ", ")).collect()
}

/// Returns the services that a name lists, each once; `None` if it is that of one service.
fn parts_of(name: &str, services: &BTreeMap<String, ServiceEvidence>) -> Option<Vec<String>> {
    let parts = |separator: &str| {
        let mut parts: Vec<String> = Vec::new();
        for part in name.split(separator).map(str::trim).filter(|part| !part.is_empty()) {
            if !parts.iter().any(|known| known == part) {
                parts.push(part.to_owned());
            }
        }
        Some(parts).filter(|parts| !parts.is_empty())
    };
    if name.contains(LIST) {
        return parts(LIST.encode_utf8(&mut [0; 4]));
    }
    let is_list =
        |parts: &Vec<String>| parts.len() > 1 && parts.iter().all(|part| services.contains_key(part));
    let written = WRITTEN.into_iter().filter(|separator| name.contains(separator));
    written.filter_map(parts).find(is_list)
}

/// Returns rows of an incident that another service has already.
fn repeated(rows: &Rows, extras: &mut Vec<Extra>) -> Rows {
    const NONE: Extra = Extra {
        detected: None,
        acknowledged: None,
        severity: NO_LABEL,
        cause: NO_LABEL,
        group: NO_LABEL,
        weight: None,
        repeated: true,
    };
    let mut again = Rows::default();
    for row in rows.iter() {
        let extra = extras.get(row.extra as usize).map_or(NONE, |extra| Extra { repeated: true, ..*extra });
        let index = u32::try_from(extras.len()).unwrap_or(NO_EXTRA);
        extras.push(extra);
        again.push(Row { extra: index, ..row });
    }
    again
}
