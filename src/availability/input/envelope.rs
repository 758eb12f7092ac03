//! Finds the long list of a JSON document in its beginning, so that the list can be read without holding it in
//! memory.

/// A list of objects that is still open where the beginning of a document breaks off, with objects around it only.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OpenList {
    /// The position of its opening bracket.
    pub start: usize,
    /// The position after its last whole element.
    pub end: usize,
    /// The keys that lead to it.
    pub keys: Vec<String>,
}

impl OpenList {
    /// Finds the list; `None` if the beginning holds no element of it, or is no such document.
    pub(super) fn find(head: &[u8]) -> Option<Self> {
        let open = open_containers(head)?;
        let depth = open.iter().position(|container| container.bracket == b'[').filter(|depth| *depth > 0)?;
        let list = open.get(depth)?;
        let keys = open.get(1..=depth)?.iter().map(|container| {
            let (start, end) = container.key?;
            serde_json::from_slice(head.get(start..end)?).ok()
        });
        Some(Self { start: list.start, end: list.end?, keys: keys.collect::<Option<_>>()? })
    }

    /// Its path, as in [`List::path`](super::lists::List::path).
    pub(super) fn path(&self) -> String {
        self.keys.join(".")
    }

    /// Returns the document with the list cut off after its last whole element, and with `after` as what follows
    /// the list.
    pub(super) fn document(&self, head: &[u8], after: Option<&[u8]>) -> Vec<u8> {
        let mut text = head.get(..self.end).unwrap_or_default().to_vec();
        text.push(b']');
        match after {
            Some(after) => text.extend_from_slice(after),
            None => text.extend(std::iter::repeat_n(b'}', self.keys.len())),
        }
        text
    }
}

/// An object or a list.
struct Container {
    bracket: u8,
    start: usize,
    /// The bounds of its key, with the quotes, in an object.
    key: Option<(usize, usize)>,
    /// The position after the last object or list in it that is whole.
    end: Option<usize>,
}

/// Returns the containers that are open at the end of a text; `None` if the first one ends before.
fn open_containers(text: &[u8]) -> Option<Vec<Container>> {
    let mut open: Vec<Container> = Vec::new();
    let mut last_text = None;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                let Some(end) = end_of_text(text, at) else { return Some(open) };
                last_text = Some((at, end));
                at = end;
                continue;
            }
            b'[' | b'{' => {
                let key = last_text.filter(|_| open.last().is_some_and(|outer| outer.bracket == b'{'));
                open.push(Container { bracket: *byte, start: at, key, end: None });
            }
            b']' | b'}' => {
                open.pop();
                open.last_mut()?.end = Some(at + 1);
            }
            _ => {}
        }
        at += 1;
    }
    Some(open)
}

/// Returns the position after the text that begins with the quote at `start`; `None` if it does not end.
fn end_of_text(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        match text.get(at) {
            Some(b'"') => return Some(at + 1),
            _ => at += 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::OpenList;

    #[test]
    fn the_outermost_open_list_in_objects_is_found() {
        let head = br#"{"a": [1], "d": {"x\"]": [{"a": "]", "b": [1]}, {"c": [{"#;
        let found = OpenList::find(head).unwrap();
        assert_eq!(found.keys, ["d", "x\"]"]);
        assert_eq!(head[found.start], b'[');
        assert_eq!(found.document(head, None), br#"{"a": [1], "d": {"x\"]": [{"a": "]", "b": [1]}]}}"#);
        let after = br#", "e": 1}}"#;
        assert!(found.document(head, Some(after)).ends_with(br#"[1]}], "e": 1}}"#));
    }

    #[test]
    fn other_documents_have_none() {
        for head in [r#"[{"a": 1}, {"#, r#"{"a": [{"b": 1}]} {"#, r#"{"a": [{"b": 1"#, r#"{"a": "[{}, "#, "{"]
        {
            assert_eq!(OpenList::find(head.as_bytes()), None, "{head}");
        }
    }
}
