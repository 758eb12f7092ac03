use super::{Chunk, Item, Line};
use bytes::Bytes;
use std::time::Duration;

pub(in crate::chaos) const MS: Duration = Duration::from_millis(1);

/// A line with a simulated clock: it is served exactly at the times at which it is due.
pub(in crate::chaos) struct Run {
    pub line: Line,
    pub out: Vec<(Duration, Item)>,
}

impl Run {
    pub(crate) fn new(line: Line) -> Self {
        Self { line, out: Vec::new() }
    }

    /// Serves the line up to a time.
    pub(crate) fn wait(&mut self, until: Duration) {
        while let Some(due) = self.line.due().filter(|due| *due <= until) {
            let before = self.out.len();
            self.take(due);
            assert!(
                self.out.len() > before || self.line.due() != Some(due),
                "due at {due:?}, but nothing came out"
            );
        }
        self.take(until);
    }

    fn take(&mut self, now: Duration) {
        while let Some(item) = self.line.pop(now) {
            self.out.push((now, item));
        }
    }

    pub(crate) fn push(&mut self, at: Duration, bytes: &[u8]) {
        self.wait(at);
        self.line.push(at, Bytes::copy_from_slice(bytes));
        self.take(at);
    }

    /// Ends the input, and returns everything that comes out.
    pub(crate) fn finish(mut self, at: Duration) -> Vec<(Duration, Item)> {
        self.wait(at);
        self.line.end(at);
        self.take(at);
        self.wait(at + Duration::from_secs(1000));
        self.out
    }

    pub(crate) fn bytes(out: &[(Duration, Item)]) -> Vec<u8> {
        let chunks = out.iter().filter_map(|(_, item)| match item {
            Item::Data(chunk) => Some(chunk.bytes.to_vec()),
            _ => None,
        });
        chunks.flatten().collect()
    }

    pub(crate) fn data(bytes: &'static [u8], arrived: Duration) -> Item {
        Item::Data(Chunk { bytes: Bytes::from_static(bytes), arrived, asked: Duration::ZERO })
    }
}

#[test]
fn a_line_without_faults_forwards_bytes_at_once() {
    let mut run = Run::new(Line::default());
    run.push(3 * MS, b"abc");
    run.push(4 * MS, b"");
    assert!(run.line.is_clear());
    let out = run.finish(5 * MS);
    assert_eq!(out, [(3 * MS, Run::data(b"abc", 3 * MS)), (5 * MS, Item::End)]);
}

#[test]
fn only_a_reset_may_follow_an_end_and_nothing_follows_a_reset() {
    let mut run = Run::new(Line::default());
    run.line.end(MS);
    run.push(2 * MS, b"late");
    run.line.reset(3 * MS);
    run.line.reset(4 * MS);
    run.line.end(5 * MS);
    run.wait(6 * MS);
    let items: Vec<Item> = run.out.into_iter().map(|(_, item)| item).collect();
    assert_eq!(items, [Item::End, Item::Reset]);
}

#[test]
fn a_reset_overtakes_bytes_that_the_receiver_has_not_taken() {
    let mut line = Line::default();
    line.push(MS, Bytes::from_static(b"x"));
    assert!(!line.is_torn(MS));
    line.reset(2 * MS);
    assert!(line.is_torn(2 * MS));
    assert_eq!(line.pop(2 * MS), Some(Item::Reset));
}

#[test]
fn a_receiver_that_takes_nothing_fills_the_line() {
    let mut line = Line::default();
    assert!(!line.is_full());
    line.push(MS, Bytes::from(vec![0; 300 << 10]));
    assert!(line.is_full());
    line.pop(MS);
    assert!(!line.is_full());
}
