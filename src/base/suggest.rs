//! "Did you mean" suggestions: the valid name nearest to the one that was typed.

/// Returns the candidate nearest to `typed`, or `None` when none is near enough to be a likely typo.
///
/// Case, spaces, dashes and underscores are ignored. The distance is the optimal string alignment
/// distance. It may be at most a third of the longer name and never more than three edits. A candidate
/// that contains the typed word, or is contained in it, counts as near too.
pub(crate) fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = fold(typed);
    if typed.is_empty() {
        return None;
    }
    candidates
        .into_iter()
        .filter_map(|candidate| distance(&typed, &fold(candidate)).map(|d| (d, candidate)))
        .min_by_key(|(d, _)| *d)
        .map(|(_, candidate)| candidate)
}

/// Returns `; did you mean `x`?` when a candidate is near, else a full stop. It completes "there is no
/// `typed`".
pub(crate) fn did_you_mean<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(typed, candidates).map_or_else(|| ".".to_owned(), |name| format!("; did you mean `{name}`?"))
}

/// Folds a name for comparison: lower case, and only letters and digits.
pub(crate) fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Longer names are not compared, because the time grows with the product of the lengths.
const NAME_BYTES_MAX: usize = 200;

/// Returns the rank of a candidate, smaller is nearer, or `None` when it is not near.
fn distance(typed: &str, candidate: &str) -> Option<usize> {
    if typed.len() > NAME_BYTES_MAX || candidate.len() > NAME_BYTES_MAX {
        return None;
    }
    let edits = strsim::osa_distance(typed, candidate);
    let longer = typed.chars().count().max(candidate.chars().count());
    if edits <= (longer / 3).min(3) {
        return Some(edits);
    }
    // Ranks after every typo, which is at most three edits away.
    let contained = typed.len() >= 3 && candidate.contains(typed);
    let contains = candidate.len() >= 3 && typed.contains(candidate);
    (contained || contains).then_some(4 + edits)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typo_finds_the_intended_name() {
        assert_eq!(nearest("sevrity", ["service", "severity"]), Some("severity"));
        assert_eq!(nearest("Start-Time", ["start_time", "end_time"]), Some("start_time"));
    }

    #[test]
    fn a_name_far_from_all_candidates_finds_none() {
        assert_eq!(nearest("zebra", ["service", "severity"]), None);
    }
}
