//! Finds the lists of objects in a JSON document.

use serde_json::Value;
use std::collections::HashMap;

/// An object of a list.
#[derive(Debug, Clone, Copy)]
pub struct Item<'v> {
    /// Its number in its list, from 1; in JSON Lines that of its line.
    pub number: u32,
    /// The object.
    pub value: &'v Value,
    /// The object that the list belongs to, or the one that a preset paired it with. Paths in it start with
    /// `^`.
    pub other: Option<&'v Value>,
}

/// All lists at one path.
pub(super) struct List<'v> {
    /// The path: keys separated by dots, with `*` for any element of a list; empty for the document itself.
    pub path: String,
    /// The elements of the lists, which may include some that are not objects.
    pub items: Vec<Item<'v>>,
}

impl List<'_> {
    /// The number of objects.
    pub(super) fn objects(&self) -> usize {
        self.items.iter().filter(|item| item.value.is_object()).count()
    }

    /// Whether these lists lie inside the elements of another.
    pub(super) fn is_inside(&self, other: &List<'_>) -> bool {
        let below = self.path.strip_prefix(&other.path);
        below.is_some_and(|below| below.trim_start_matches('.').starts_with('*'))
    }

    /// Describes them for a message: `incidents` (12 objects).
    pub(super) fn described(&self) -> String {
        let name = if self.path.is_empty() { "." } else { &self.path };
        format!("`{name}` ({} objects)", self.objects())
    }
}

/// Returns all lists with at least one object, the outer ones before those in their elements.
pub(super) fn lists(document: &Value) -> Vec<List<'_>> {
    let mut search = Search::default();
    search.visit(document, &mut String::new(), None);
    search.found.retain(|list| list.objects() > 0);
    search.found
}

#[derive(Default)]
struct Search<'v> {
    found: Vec<List<'v>>,
    index: HashMap<String, usize>,
}

impl<'v> Search<'v> {
    fn visit(&mut self, value: &'v Value, path: &mut String, parent: Option<&'v Value>) {
        let length = path.len();
        match value {
            Value::Object(object) => {
                for (key, inner) in object.iter().filter(|(_, inner)| inner.is_object() || inner.is_array()) {
                    append(path, key);
                    self.visit(inner, path, Some(value));
                    path.truncate(length);
                }
            }
            Value::Array(elements) => {
                if elements.iter().any(Value::is_object) {
                    self.add(elements, path, parent);
                }
                append(path, "*");
                for element in elements.iter().filter(|element| element.is_object() || element.is_array()) {
                    self.visit(element, path, Some(element).filter(|element| element.is_object()).or(parent));
                }
                path.truncate(length);
            }
            _ => {}
        }
    }

    fn add(&mut self, elements: &'v [Value], path: &str, parent: Option<&'v Value>) {
        let place = *self.index.entry(path.to_owned()).or_insert_with(|| {
            self.found.push(List { path: path.to_owned(), items: Vec::new() });
            self.found.len() - 1
        });
        let Some(list) = self.found.get_mut(place) else { return };
        let before = list.items.len();
        list.items.extend(elements.iter().enumerate().map(|(i, value)| Item {
            number: u32::try_from(before + i + 1).unwrap_or(u32::MAX),
            value,
            other: parent,
        }));
    }
}

fn append(path: &mut String, step: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(step);
}

#[cfg(test)]
mod tests {
    use super::lists;
    use serde_json::json;

    fn paths(document: &serde_json::Value) -> Vec<(String, usize)> {
        lists(document).iter().map(|list| (list.path.clone(), list.objects())).collect()
    }

    #[test]
    fn every_list_of_objects_is_found_at_any_depth() {
        let document = json!({"meta": {"page": 1, "tags": [1]}, "a": {"b": {"c": [{"x": 1}, {"x": 2}]}}});
        assert_eq!(paths(&document), [("a.b.c".to_owned(), 2)]);
        assert_eq!(paths(&json!({"a": 1})), []);
        assert_eq!(paths(&json!([{"a": 1}])), [(String::new(), 1)]);
    }

    #[test]
    fn lists_in_the_elements_of_a_list_are_one_list() {
        let document =
            json!([{"name": "a", "days": [{"d": 1}]}, {"name": "b", "days": [{"d": 2}, {"d": 3}]}]);
        assert_eq!(paths(&document), [(String::new(), 2), ("*.days".to_owned(), 3)]);
        let found = lists(&document);
        assert!(found[1].is_inside(&found[0]) && !found[0].is_inside(&found[1]));
        assert_eq!(found[1].items[2].other.unwrap()["name"], "b");
        assert_eq!(found[1].items[2].number, 3);
    }
}
