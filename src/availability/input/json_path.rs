//! Dotted paths into JSON values.

use serde_json::Value;

/// Returns the value at a dotted path such as `attributes.started_at` or `acknowledgements.0.at`. The
/// empty path is the value itself.
pub(super) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut steps = path.split('.').filter(|step| !step.is_empty());
    steps.try_fold(value, |here, step| match here {
        Value::Object(object) => object.get(step),
        Value::Array(list) => list.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Whether two paths are the same or one contains the other, as `service` contains `service.name`.
pub(super) fn is_same_or_nested(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::at;
    use serde_json::json;

    #[test]
    fn a_dotted_path_descends_into_objects_and_lists() {
        let value = json!({"a": {"b": [{"c": 1}]}});
        assert_eq!(at(&value, "a.b.0.c"), Some(&json!(1)));
        assert_eq!(at(&value, "a.x.0"), None);
    }
}
