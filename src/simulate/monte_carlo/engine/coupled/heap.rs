//! The event queue: an indexed four-ary heap in which every element has exactly one entry.

/// The next event of each element. Ties go to the element with the lower index, so that runs are
/// reproducible.
///
/// Times are stored in heap order in a separate array, so that the search for the least of four children
/// reads one cache line and needs no unpredictable branch.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// Time of the event at each position of the heap.
    due_s: Vec<f64>,
    /// Element at each position of the heap.
    heap: Vec<u32>,
    /// Position of each element in the heap.
    place: Vec<u32>,
}

/// Children per node: the times of four fit into one cache line, and the heap is half as deep as a
/// binary one.
const ARITY: usize = 4;

impl Agenda {
    /// Clears the queue and adds this number of elements, none of which has an event.
    pub(super) fn reset(&mut self, elements: usize) {
        self.due_s.clear();
        self.due_s.resize(elements, f64::INFINITY);
        self.heap.clear();
        self.heap.extend(0..elements as u32);
        self.place.clear();
        self.place.extend(0..elements as u32);
    }

    /// Returns the time and the element of the next event.
    #[inline]
    pub(super) fn next(&self) -> (f64, u32) {
        match (self.due_s.first(), self.heap.first()) {
            (Some(due_s), Some(element)) => (*due_s, *element),
            _ => (f64::INFINITY, 0),
        }
    }

    /// Returns the time of the element's event; infinity for none.
    pub(super) fn due_s(&self, element: u32) -> f64 {
        self.due_s[self.place[element as usize] as usize]
    }

    /// Replaces the element's event. A time of infinity means none.
    #[inline]
    pub(super) fn set(&mut self, element: u32, due_s: f64) {
        let place = self.place[element as usize] as usize;
        let before = self.due_s[place];
        if due_s > before {
            self.sift_down(place, element, due_s);
        } else if due_s < before {
            self.sift_up(place, element, due_s);
        }
    }

    fn sift_up(&mut self, mut place: usize, element: u32, due_s: f64) {
        // Move later parents down, and write the element once at its final place.
        while place > 0 {
            let parent = (place - 1) / ARITY;
            if !earlier((due_s, element), (self.due_s[parent], self.heap[parent])) {
                break;
            }
            self.put(place, self.heap[parent], self.due_s[parent]);
            place = parent;
        }
        self.put(place, element, due_s);
    }

    fn sift_down(&mut self, mut place: usize, element: u32, due_s: f64) {
        while let Some((child, least_s)) = self.least_child(place) {
            if !earlier((least_s, self.heap[child]), (due_s, element)) {
                break;
            }
            self.put(place, self.heap[child], least_s);
            place = child;
        }
        self.put(place, element, due_s);
    }

    /// Returns the child with the earliest event, and its time.
    #[inline]
    fn least_child(&self, place: usize) -> Option<(usize, f64)> {
        let first = place * ARITY + 1;
        let end = (first + ARITY).min(self.due_s.len());
        let due_s = self.due_s.get(first..end)?;
        let mut least = (0, *due_s.first()?);
        let mut tied = false;
        for (child, due_s) in due_s.iter().enumerate().skip(1) {
            tied |= *due_s == least.1;
            least = if *due_s < least.1 { (child, *due_s) } else { least };
        }
        // Elements without an event may be in any order.
        if tied && least.1 < f64::INFINITY {
            let tied = (first..end).filter(|child| self.due_s[*child] == least.1);
            let lowest = tied.min_by_key(|child| self.heap[*child])?;
            return Some((lowest, least.1));
        }
        Some((first + least.0, least.1))
    }

    fn put(&mut self, place: usize, element: u32, due_s: f64) {
        self.due_s[place] = due_s;
        self.heap[place] = element;
        self.place[element as usize] = place as u32;
    }
}

/// The order of events: by time, then by element. The order of elements without an event does not
/// matter.
#[inline]
fn earlier(a: (f64, u32), b: (f64, u32)) -> bool {
    a.0 < b.0 || (a.0 == b.0 && a.1 < b.1)
}

#[cfg(test)]
mod tests {
    use super::Agenda;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_next_event_is_the_earliest_of_all(
            moves in prop::collection::vec((0_u32..13, prop::option::of(0_u32..50)), 0..200),
        ) {
            let mut agenda = Agenda::default();
            agenda.reset(13);
            let mut due = [f64::INFINITY; 13];
            for (element, at) in moves {
                let at = at.map_or(f64::INFINITY, f64::from);
                due[element as usize] = at;
                agenda.set(element, at);
                let expected = due.iter().copied().fold(f64::INFINITY, f64::min);
                let (time, whose) = agenda.next();
                prop_assert_eq!(time, expected);
                if expected.is_finite() {
                    let first = due.iter().position(|d| *d == expected);
                    prop_assert_eq!(Some(whose as usize), first);
                }
                prop_assert_eq!(agenda.due_s(element), at);
            }
        }
    }
}
