//! Dotted paths into JSON values, such as `attributes.started_at`, `acknowledgements.0.at` or
//! `transitions[name=RESOLVED].at`.

use serde_json::Value;

/// Returns the first value at a path; see [`all_at`].
pub(super) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    all_at(value, path).into_iter().next()
}

/// Returns the values at a path. The empty path is the value itself; a number selects an element of a list;
/// `[key=value]` selects all elements of a list whose `key` has the value. A key that contains a dot, such
/// as `entity.name`, is found as well.
pub(super) fn all_at<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    if path.is_empty() {
        return vec![value];
    }
    match value {
        Value::Object(object) => match object.get(path) {
            Some(found) => vec![found],
            // The shortest key goes first: `a.b` is rather `b` in `a` than a key `a.b` with something below.
            None => step_ends(path)
                .filter_map(|end| Some((object.get(&path[..end])?, &path[end..])))
                .map(|(inner, rest)| all_at(inner, rest.strip_prefix('.').unwrap_or(rest)))
                .find(|found| !found.is_empty())
                .unwrap_or_default(),
        },
        Value::Array(list) => in_list(list, path),
        _ => Vec::new(),
    }
}

/// The positions at which the first key of a path can end.
fn step_ends(path: &str) -> impl Iterator<Item = usize> {
    path.match_indices(['.', '[']).map(|(at, _)| at)
}

fn in_list<'v>(list: &'v [Value], path: &str) -> Vec<&'v Value> {
    if let Some((condition, rest)) = path.strip_prefix('[').and_then(|path| path.split_once(']')) {
        let Some((key, wanted)) = condition.split_once('=') else { return Vec::new() };
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        let selected = list.iter().filter(|element| at(element, key).is_some_and(|v| is_text(v, wanted)));
        return selected.flat_map(|element| all_at(element, rest)).collect();
    }
    let (index, rest) = path.split_once('.').unwrap_or((path, ""));
    let element = index.parse::<usize>().ok().and_then(|index| list.get(index));
    element.map(|element| all_at(element, rest)).unwrap_or_default()
}

/// Whether a scalar reads as this text.
fn is_text(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text == wanted,
        Value::Number(number) => number.to_string() == wanted,
        Value::Bool(flag) => wanted.parse() == Ok(*flag),
        _ => false,
    }
}

/// Whether two paths are the same or one contains the other, as `service` contains `service.name`.
pub(super) fn is_same_or_nested(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::{all_at, at};
    use serde_json::json;

    #[test]
    fn a_dotted_path_descends_into_objects_and_lists() {
        let value = json!({"a": {"b": [{"c": 1}]}});
        assert_eq!(at(&value, "a.b.0.c"), Some(&json!(1)));
        assert_eq!(at(&value, "a.x.0"), None);
        assert_eq!(at(&value, ""), Some(&value));
    }

    #[test]
    fn a_key_with_a_dot_is_found() {
        let value = json!({"entity.name": "api", "a": {"b.c": {"d": 1}}});
        assert_eq!(at(&value, "entity.name"), Some(&json!("api")));
        assert_eq!(at(&value, "a.b.c.d"), Some(&json!(1)));
    }

    #[test]
    fn elements_of_a_list_are_selected_by_a_value() {
        let value = json!({"steps": [{"to": "ok", "at": 1}, {"to": 4, "at": 2}, {"to": "ok", "at": 3}]});
        assert_eq!(all_at(&value, "steps[to=ok].at"), [&json!(1), &json!(3)]);
        assert_eq!(at(&value, "steps[to=4].at"), Some(&json!(2)));
        assert_eq!(at(&value, "steps[to=bad].at"), None);
        assert_eq!(at(&value, "steps[to.at"), None);
    }
}
