//! Remembers results of costly functions: a report of many services asks for the same few quantiles again and again.

use std::cell::RefCell;
use std::hash::BuildHasher;
use std::thread::LocalKey;

/// A cache of the results of a function of three numbers. The hash of the arguments selects one of [`PLACES`] entries,
/// and a new result replaces the one that is there.
pub(super) struct Memo<T> {
    places: RefCell<Vec<Option<(Key, T)>>>,
}

/// The arguments, by their bits.
type Key = [u64; 3];

/// The number of places.
const PLACES: usize = 1 << 10;

impl<T: Copy> Memo<T> {
    pub(super) const fn new() -> Self {
        Self { places: RefCell::new(Vec::new()) }
    }

    /// Returns the result for the arguments, which is computed if it is not remembered. `compute` may use the memo.
    pub(super) fn get(memo: &'static LocalKey<Self>, arguments: [f64; 3], compute: impl FnOnce() -> T) -> T {
        let key = arguments.map(f64::to_bits);
        let place = foldhash::fast::FixedState::default().hash_one(key) as usize % PLACES;
        let known = memo.with(|memo| memo.places.borrow().get(place).copied().flatten());
        if let Some((_, result)) = known.filter(|(of, _)| *of == key) {
            return result;
        }
        let result = compute();
        memo.with(|memo| {
            let mut places = memo.places.borrow_mut();
            places.resize(PLACES, None);
            places[place] = Some((key, result));
        });
        result
    }
}

#[cfg(test)]
mod tests {
    use super::{Memo, PLACES};

    thread_local! {
        static SUMS: Memo<f64> = const { Memo::new() };
    }

    fn sum(a: f64, b: f64, computed: &mut u32) -> f64 {
        Memo::get(&SUMS, [a, b, 0.0], || {
            *computed += 1;
            a + b
        })
    }

    #[test]
    fn a_result_is_computed_once_and_never_that_of_other_arguments() {
        let mut computed = 0;
        assert_eq!([sum(1.0, 2.0, &mut computed), sum(1.0, 2.0, &mut computed)], [3.0, 3.0]);
        assert_eq!(computed, 1);
        // Far more arguments than places: some push others out.
        for _ in 0..2 {
            for i in 0..4 * PLACES as u32 {
                assert_eq!(sum(f64::from(i), 0.5, &mut computed), f64::from(i) + 0.5);
            }
        }
        assert!(computed > 1 + PLACES as u32);
    }

    #[test]
    fn the_function_may_use_the_memo_itself() {
        fn factorial(n: f64) -> f64 {
            Memo::get(&SUMS, [n, -1.0, -1.0], || if n < 2.0 { 1.0 } else { n * factorial(n - 1.0) })
        }
        assert_eq!((factorial(5.0), factorial(5.0)), (120.0, 120.0));
    }
}
