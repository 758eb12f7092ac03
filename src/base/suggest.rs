//! "Did you mean": the nearest of the names that would have been valid.

/// The candidate nearest to `typed`, or `None` when nothing is near enough to be a likely slip.
///
/// Case, spaces, dashes and underscores do not count. Nearness is the optimal-string-alignment distance, at most a
/// third of the longer name and never more than three edits; a candidate that contains the typed
/// word (or the reverse) counts as near too.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
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

/// `; did you mean `x`?` where a candidate is near, else a full stop: what stands behind "there is no `typed`".
pub fn did_you_mean<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(typed, candidates).map_or_else(|| ".".to_owned(), |name| format!("; did you mean `{name}`?"))
}

/// Lower case, without what people leave out or swap: spaces, dashes, underscores.
pub fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Names longer than this are not compared: the time grows with the product of the lengths.
const NAME_BYTES_MAX: usize = 200;

fn distance(typed: &str, candidate: &str) -> Option<usize> {
    if typed.len() > NAME_BYTES_MAX || candidate.len() > NAME_BYTES_MAX {
        return None;
    }
    let edits = strsim::osa_distance(typed, candidate);
    let longer = typed.chars().count().max(candidate.chars().count());
    if edits <= (longer / 3).min(3) {
        return Some(edits);
    }
    let contained = typed.len() >= 3 && candidate.contains(typed);
    let contains = candidate.len() >= 3 && typed.contains(candidate);
    (contained || contains).then_some(4 + edits)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_keyboard_finds_its_name() {
        assert_eq!(nearest("sevrity", ["service", "severity"]), Some("severity"));
        assert_eq!(nearest("Start-Time", ["start_time", "end_time"]), Some("start_time"));
    }

    #[test]
    fn a_name_far_from_all_others_finds_none() {
        assert_eq!(nearest("zebra", ["service", "severity"]), None);
    }
}
