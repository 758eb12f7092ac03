//! Durations of which some are known only within bounds: the nonparametric maximum-likelihood estimate of
//! their distribution (Turnbull 1976). With lower bounds only it is the estimate of Kaplan and Meier (1958).

/// Bounds of a duration: above `least`, and at most `most`, which may be infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The lower bound.
    pub least: f64,
    /// The upper bound; infinite without one.
    pub most: f64,
}

impl Bounds {
    /// A value that is known.
    pub fn exact(value: f64) -> Self {
        Self { least: value, most: value }
    }

    /// The value, where both bounds agree.
    pub fn value(&self) -> Option<f64> {
        (self.least == self.most).then_some(self.least)
    }

    /// The upper bound, where there is one.
    pub fn upper(&self) -> Option<f64> {
        self.most.is_finite().then_some(self.most)
    }
}

/// The estimated distribution: shares of probability, in ascending order of place. A share lies on known
/// durations, or somewhere within an interval about which the data say no more.
#[derive(Debug)]
pub struct Censored<'d> {
    exact: &'d [f64],
    bounded: &'d [Bounds],
    cells: Vec<Cell>,
    shares: Vec<f64>,
}

/// A group of known durations, or an innermost interval, which has none.
#[derive(Debug, Clone, Copy)]
struct Cell {
    bounds: Bounds,
    /// The first and the last index (exclusive) of its known durations.
    known: (usize, usize),
}

impl Cell {
    fn count(&self) -> usize {
        self.known.1 - self.known.0
    }
}

/// One end of bounds, in the order of the axis: at one place an upper end comes before a lower one, so that
/// (a, b] and (b, c] have nothing in common.
#[derive(Debug, Clone, Copy, PartialEq)]
struct End {
    at: f64,
    is_lower: bool,
    /// The bounds to which it belongs.
    of: usize,
}

/// The iteration ends when no share changes by more than this part of one observation.
const TOLERANCE: f64 = 1e-7;

/// The largest number of steps of the iteration, over all cells.
const WORK_MAX: usize = 200_000_000;

impl<'d> Censored<'d> {
    /// Estimates the distribution from known durations in ascending order and from bounds of others, each with
    /// `least < most`. `None` without any.
    pub fn of(exact: &'d [f64], bounded: &'d [Bounds]) -> Option<Self> {
        if exact.is_empty() && bounded.is_empty() {
            return None;
        }
        let (cells, ranges) = cells(exact, bounded);
        let shares = maximum_likelihood(&cells, &ranges, exact.len() + bounded.len());
        Some(Self { exact, bounded, cells, shares })
    }

    /// Returns the bounds of the least duration that a share `p` of all does not exceed.
    pub fn quantile(&self, p: f64) -> Bounds {
        let mut below = 0.0;
        for (cell, share) in self.cells.iter().zip(&self.shares) {
            // Rounding of the sums must not lead to the next cell.
            if below + share >= p - 1e-12 {
                return self.quantile_in(cell, (p - below) / share);
            }
            below += share;
        }
        self.cells.last().map_or(Bounds::exact(f64::NAN), |cell| cell.bounds)
    }

    fn quantile_in(&self, cell: &Cell, part: f64) -> Bounds {
        let (first, end) = cell.known;
        if first == end {
            return cell.bounds;
        }
        let rank = (part * cell.count() as f64 - 1e-9).ceil().max(1.0) as usize;
        let at = (first + rank - 1).min(end - 1);
        self.exact.get(at).map_or(cell.bounds, |value| Bounds::exact(*value))
    }

    /// Returns the bounds of the longest of all durations.
    pub fn greatest(&self) -> Bounds {
        let greatest = |of: fn(&Bounds) -> f64| {
            let bounded = self.bounded.iter().map(of);
            bounded.chain(self.exact.last().copied()).fold(f64::NEG_INFINITY, f64::max)
        };
        Bounds { least: greatest(|bounds| bounds.least), most: greatest(|bounds| bounds.most) }
    }

    /// Returns the bounds of the mean: equal when every share lies on known durations.
    pub fn mean(&self) -> Bounds {
        let mut mean = Bounds::exact(0.0);
        for (cell, share) in self.cells.iter().zip(&self.shares).filter(|(_, share)| **share > 0.0) {
            let known = self.exact.get(cell.known.0..cell.known.1).unwrap_or_default();
            let within = if known.is_empty() {
                cell.bounds
            } else {
                Bounds::exact(known.iter().sum::<f64>() / known.len() as f64)
            };
            mean.least += share * within.least;
            mean.most += share * within.most;
        }
        mean
    }
}

/// Returns the cells that can have a share, and for each of `bounded` the range of cells inside its bounds.
fn cells(exact: &[f64], bounded: &[Bounds]) -> (Vec<Cell>, Vec<(usize, usize)>) {
    let mut ends: Vec<End> = Vec::with_capacity(2 * bounded.len());
    for (of, bounds) in bounded.iter().enumerate() {
        ends.push(End { at: bounds.least, is_lower: true, of });
        ends.push(End { at: bounds.most, is_lower: false, of });
    }
    ends.sort_unstable_by(|a, b| a.at.total_cmp(&b.at).then(a.is_lower.cmp(&b.is_lower)));
    let (mut cells, mut ranges) = (Vec::new(), vec![(0, 0); bounded.len()]);
    let (mut taken, mut lower) = (0, None);
    for end in ends {
        let until = taken + exact.get(taken..).unwrap_or_default().partition_point(|value| *value <= end.at);
        if let Some(group) = group(exact, taken, until) {
            cells.push(group);
            lower = None;
        }
        taken = until;
        let Some(range) = ranges.get_mut(end.of) else { continue };
        if end.is_lower {
            range.0 = cells.len();
            lower = Some(end.at);
        } else {
            if let Some(least) = lower.take() {
                cells.push(Cell { bounds: Bounds { least, most: end.at }, known: (taken, taken) });
            }
            range.1 = cells.len();
        }
    }
    cells.extend(group(exact, taken, exact.len()));
    (cells, ranges)
}

fn group(exact: &[f64], first: usize, end: usize) -> Option<Cell> {
    let (least, most) = (exact.get(first)?, exact.get(end.checked_sub(1)?)?);
    (first < end).then_some(Cell { bounds: Bounds { least: *least, most: *most }, known: (first, end) })
}

/// Iterates to the shares of greatest likelihood: each bounded duration is spread over the cells inside its
/// bounds in proportion to their shares, until the shares no longer change (expectation and maximization).
fn maximum_likelihood(cells: &[Cell], ranges: &[(usize, usize)], count: usize) -> Vec<f64> {
    let count = count as f64;
    let mut shares = vec![1.0 / cells.len() as f64; cells.len()];
    let steps_max = (WORK_MAX / (cells.len() + ranges.len())).max(100);
    for _ in 0..steps_max {
        let spread = spread(&shares, ranges);
        let mut change: f64 = 0.0;
        for ((share, cell), weight) in shares.iter_mut().zip(cells).zip(spread) {
            let next = (cell.count() as f64 + *share * weight) / count;
            change = change.max((next - *share).abs());
            *share = next;
        }
        if change * count <= TOLERANCE {
            break;
        }
    }
    shares
}

/// Returns for each cell the sum, over the bounds around it, of one over the share inside these bounds.
fn spread(shares: &[f64], ranges: &[(usize, usize)]) -> Vec<f64> {
    let mut sums = Vec::with_capacity(shares.len() + 1);
    sums.push(0.0);
    let mut sum = 0.0;
    for share in shares {
        sum += share;
        sums.push(sum);
    }
    let at = |i: usize| sums.get(i).copied().unwrap_or(sum);
    let mut steps = vec![0.0; shares.len() + 1];
    for &(first, end) in ranges {
        let weight = 1.0 / (at(end) - at(first));
        for (i, step) in [(first, weight), (end, -weight)] {
            if let Some(place) = steps.get_mut(i) {
                *place += step;
            }
        }
    }
    let mut weight: f64 = 0.0;
    steps.truncate(shares.len());
    for step in &mut steps {
        weight += *step;
        *step = weight.max(0.0);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Censored};
    use proptest::prelude::*;

    fn from(least: f64) -> Bounds {
        Bounds { least, most: f64::INFINITY }
    }

    /// Six of the 21 patients with 6-mercaptopurine of Freireich et al. (1963), the usual example of Kaplan and
    /// Meier's estimate: S is 0.857, 0.807, 0.753, 0.690, 0.627, 0.538 and 0.448.
    #[test]
    fn with_lower_bounds_only_it_is_the_estimate_of_kaplan_and_meier() {
        let exact = [6.0, 6.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0];
        let bounded = [6.0, 9.0, 10.0, 11.0, 17.0, 19.0, 20.0, 25.0, 32.0, 32.0, 34.0, 35.0].map(from);
        let found = Censored::of(&exact, &bounded).unwrap();
        let survival = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448];
        let times = [6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0];
        for (time, survival) in times.into_iter().zip(survival) {
            let p: f64 = 1.0 - survival - 0.001;
            assert_eq!(found.quantile(p), Bounds::exact(time), "{p}");
        }
        assert_eq!(found.quantile(0.5), Bounds::exact(23.0));
        // The greatest lower bound has no known duration above it.
        assert_eq!(found.quantile(0.6), from(35.0));
        assert_eq!(found.mean().upper(), None);
    }

    #[test]
    fn a_single_bounded_duration_says_no_more_than_its_bounds() {
        let found = Censored::of(&[], &[Bounds { least: 1.0, most: 18.0 }]).unwrap();
        assert_eq!(found.mean(), Bounds { least: 1.0, most: 18.0 });
        assert_eq!(found.quantile(0.5), Bounds { least: 1.0, most: 18.0 });
    }

    #[test]
    fn bounds_that_agree_are_a_value_and_infinite_ones_are_none() {
        assert_eq!((Bounds::exact(3.0).value(), Bounds::exact(3.0).upper()), (Some(3.0), Some(3.0)));
        assert_eq!((from(3.0).value(), from(3.0).upper()), (None, None));
    }

    #[test]
    fn the_longest_of_many_is_found_in_spite_of_rounding() {
        let many: Vec<f64> = (0..10_000).map(f64::from).collect();
        let found = Censored::of(&many, &[]).unwrap();
        assert_eq!(found.quantile(1.0 + 5e-13), Bounds::exact(9_999.0));
        assert_eq!(found.greatest(), Bounds::exact(9_999.0));
        let bounded = [from(12_000.0)];
        assert_eq!(Censored::of(&many, &bounded).unwrap().greatest(), from(12_000.0));
    }

    #[test]
    fn without_bounds_it_is_the_distribution_of_the_data() {
        let found = Censored::of(&[1.0, 2.0, 3.0, 6.0], &[]).unwrap();
        assert_eq!(found.mean(), Bounds::exact(3.0));
        let quantiles = [0.25, 0.26, 0.5, 0.75, 1.0].map(|p| found.quantile(p).least);
        assert_eq!(quantiles, [1.0, 2.0, 2.0, 3.0, 6.0]);
        assert!(Censored::of(&[], &[]).is_none());
    }

    fn any_bounds() -> impl Strategy<Value = Bounds> {
        (0..20_i32, 1..20_i32, any::<bool>()).prop_map(|(least, length, ends)| Bounds {
            least: least.into(),
            most: if ends { f64::from(least + length) } else { f64::INFINITY },
        })
    }

    proptest! {
        /// The conditions of the maximum (Gentleman and Geyer 1994): no cell has a greater derivative of the
        /// likelihood than the number of observations, and those with a share have exactly this.
        #[test]
        fn no_other_shares_are_likelier(
            mut exact in proptest::collection::vec((0..25_i32).prop_map(f64::from), 0..12),
            bounded in proptest::collection::vec(any_bounds(), 1..12),
        ) {
            exact.sort_by(f64::total_cmp);
            let found = Censored::of(&exact, &bounded).unwrap();
            prop_assert!((found.shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let is_inside = |cell: &super::Cell, bounds: &Bounds| {
                let above = if cell.count() > 0 { cell.bounds.least > bounds.least } else { cell.bounds.least >= bounds.least };
                above && cell.bounds.most <= bounds.most
            };
            let count = (exact.len() + bounded.len()) as f64;
            for (cell, share) in found.cells.iter().zip(&found.shares) {
                let around = bounded.iter().filter(|bounds| is_inside(cell, bounds));
                let weights = around.map(|bounds| {
                    let inside = found.cells.iter().zip(&found.shares).filter(|(cell, _)| is_inside(cell, bounds));
                    1.0 / inside.map(|(_, share)| share).sum::<f64>()
                });
                let derivative = weights.sum::<f64>() + if cell.count() > 0 { cell.count() as f64 / share } else { 0.0 };
                prop_assert!(derivative <= count * 1.01, "{derivative} for {count}");
            }
        }
    }
}
