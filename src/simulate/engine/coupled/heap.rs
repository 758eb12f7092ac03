//! Which element has its next event first: a four-ary heap in which every element has one place.

/// The next event of each element. Ties go to the element with the lower number, so that runs agree.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    due_s: Vec<f64>,
    /// Elements as a heap.
    heap: Vec<u32>,
    /// Where in the heap each element stands.
    place: Vec<u32>,
}

/// Children of a node: four lie in one cache line, and the heap is half as deep as a binary one.
const ARITY: usize = 4;

impl Agenda {
    /// Starts anew with so many elements, none of which has an event.
    pub(super) fn reset(&mut self, elements: usize) {
        self.due_s.clear();
        self.due_s.resize(elements, f64::INFINITY);
        self.heap.clear();
        self.heap.extend(0..elements as u32);
        self.place.clear();
        self.place.extend(0..elements as u32);
    }

    /// The next event: when, and whose.
    pub(super) fn next(&self) -> (f64, u32) {
        match self.heap.first() {
            Some(element) => (self.due_s[*element as usize], *element),
            None => (f64::INFINITY, 0),
        }
    }

    /// When the element has its event.
    pub(super) fn due_s(&self, element: u32) -> f64 {
        self.due_s[element as usize]
    }

    /// Gives the element its next event in place of the one it had; infinity for none.
    #[inline]
    pub(super) fn set(&mut self, element: u32, due_s: f64) {
        let before = std::mem::replace(&mut self.due_s[element as usize], due_s);
        let place = self.place[element as usize] as usize;
        if due_s > before {
            self.sift_down(place, element);
        } else if due_s < before {
            self.sift_up(place, element);
        }
    }

    fn sift_up(&mut self, mut place: usize, element: u32) {
        while place > 0 {
            let parent_place = (place - 1) / ARITY;
            let parent = self.heap[parent_place];
            if !self.earlier(element, parent) {
                break;
            }
            self.put(place, parent);
            place = parent_place;
        }
        self.put(place, element);
    }

    fn sift_down(&mut self, mut place: usize, element: u32) {
        loop {
            let first = place * ARITY + 1;
            let children = first..(first + ARITY).min(self.heap.len());
            let Some(least) = children.reduce(|a, b| {
                if self.earlier(self.heap[b], self.heap[a]) {
                    b
                } else {
                    a
                }
            }) else {
                break;
            };
            let child = self.heap[least];
            if !self.earlier(child, element) {
                break;
            }
            self.put(place, child);
            place = least;
        }
        self.put(place, element);
    }

    fn earlier(&self, a: u32, b: u32) -> bool {
        let (due_a, due_b) = (self.due_s[a as usize], self.due_s[b as usize]);
        due_a < due_b || (due_a == due_b && a < b)
    }

    fn put(&mut self, place: usize, element: u32) {
        self.heap[place] = element;
        self.place[element as usize] = place as u32;
    }
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
