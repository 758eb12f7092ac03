//! Maps of HTTP headers in files.

use crate::config::document::{Node, Reading};
use hyper::header::{HeaderName, HeaderValue};

/// Reads headers by name, in lower case; `value` converts their texts. Adds a problem and returns `None` if the
/// node is not a map.
pub(crate) fn headers<'t, V>(
    node: Node<'t>,
    reading: &mut Reading<'_>,
    mut value: impl FnMut(Node<'t>, &'t str, &mut Reading<'_>) -> V,
) -> Option<Vec<(String, V)>> {
    let Some(entries) = node.entries() else {
        reading.refuse(node.expected("a map of headers"));
        return None;
    };
    let mut headers = Vec::new();
    for (key, node) in entries {
        let name = key.text().unwrap_or_default();
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            reading.refuse(key.problem(format!("`{name}` is not the name of a header")));
        }
        if let Some(text) = reading.take(node.read_text()) {
            headers.push((name.to_ascii_lowercase(), value(node, text, reading)));
        }
    }
    Some(headers)
}

/// Rejects a text that cannot be the value of a header. The message does not show it: it may be a secret.
pub(crate) fn check_value(node: Node<'_>, text: &str, reading: &mut Reading<'_>) {
    if HeaderValue::from_str(text).is_err() {
        reading.refuse(node.problem("a header's value is one line of visible characters"));
    }
}
