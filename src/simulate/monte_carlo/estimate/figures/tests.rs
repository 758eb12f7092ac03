//! The figures are those of the textbook, computed plainly from the outages of the replications.

use super::{CauseShare, FALL, FALL_RELATIVE, Figure, Figures, Spread, exceedance};
use crate::base::quantity::YEAR_S;
use crate::base::random::fast_stream;
use crate::simulate::monte_carlo::engine::outage::{Cause, CauseKind, Outage};
use crate::simulate::monte_carlo::estimate::tally::{Sums as _, Tally};
use crate::simulate::monte_carlo::estimate::{CURVE_POINTS, Known, Scope};
use crate::simulate::topology_file::tests::model;
use crate::stats::histogram::Histogram;
use crate::stats::interval::{self, Interval};
use crate::stats::summary::{Estimate, MeanVariance};
use rand::RngExt as _;

const HORIZON_S: f64 = 1_000.0;
const WINDOW_S: f64 = 250.0;
const BUDGET_S: f64 = 25.0;
const MISSION_S: f64 = 400.0;
const CONFIDENCE: f64 = 0.9;

type Replication = Vec<Outage>;

fn scope(known: Known) -> Scope {
    Scope::new(HORIZON_S, Some(WINDOW_S), Some(BUDGET_S / WINDOW_S), Some(MISSION_S)).knowing(known)
}

/// What is known where fixed events keep the system down for this share.
fn down_for(share: f64) -> Known {
    let mut known = Known::default();
    known.down = share;
    known
}

/// Sixty replications with up to four outages each: some from the start, some to the horizon, some planned.
fn replications() -> Vec<Replication> {
    let replication = |index| {
        let mut random = fast_stream(11, 0, index);
        let mut at_s = if random.random::<f64>() < 0.1 { 0.0 } else { 900.0 * random.random::<f64>() };
        let mut outages = Vec::new();
        for _ in 0..random.random_range(0..=4) {
            let end_s = (at_s + 60.0 * random.random::<f64>()).min(HORIZON_S);
            let kinds = [CauseKind::Failure, CauseKind::Switchover, CauseKind::Planned];
            let cause = Cause { leaf: random.random_range(0..2), kind: kinds[random.random_range(0..3)] };
            outages.push(Outage { start_s: at_s, end_s, cause });
            at_s = end_s + 1.0 + 200.0 * random.random::<f64>();
            if at_s >= HORIZON_S - 1.0 {
                break;
            }
        }
        outages
    };
    (0..60).map(replication).collect()
}

fn tally(replications: &[Replication], scope: &Scope) -> Tally {
    let (mut first, mut second) = (Tally::new(), Tally::new());
    for (index, outages) in replications.iter().enumerate() {
        let part = if index < 20 { &mut first } else { &mut second };
        part.observe(scope, outages, 7);
    }
    first.merge(&second);
    first
}

fn figures(replications: &[Replication], known: Known) -> Figures {
    let scope = scope(known);
    tally(replications, &scope).figures(&scope, CONFIDENCE).unwrap()
}

/// Returns the seconds that the outages take between two times.
fn down_s(outages: &Replication, from_s: f64, to_s: f64) -> f64 {
    outages.iter().map(|outage| (outage.end_s.min(to_s) - outage.start_s.max(from_s)).max(0.0)).sum()
}

fn failures(outages: &Replication) -> f64 {
    outages.iter().filter(|outage| outage.start_s > 0.0).count() as f64
}

fn first_s(outages: &Replication) -> f64 {
    outages.first().map_or(HORIZON_S, |outage| outage.start_s)
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(1e-9)
}

#[track_caller]
fn assert_figure(found: Figure, value: f64, expected: Option<Interval>) {
    assert!(near(found.value, value), "{found:?}, not {value}");
    assert_interval(found, expected);
}

#[track_caller]
fn assert_interval(found: Figure, expected: Option<Interval>) {
    let bounds = |interval: Option<Interval>| interval.map(|interval| (interval.lower, interval.upper));
    let same = |found: Option<f64>, expected: Option<f64>| match (found, expected) {
        (Some(found), Some(expected)) => near(found, expected),
        (found, expected) => found == expected,
    };
    match (bounds(found.interval), bounds(expected)) {
        (Some(found), Some(expected)) => {
            assert!(same(found.0, expected.0) && same(found.1, expected.1), "{found:?}, not {expected:?}");
        }
        (found, expected) => assert_eq!(found, expected),
    }
}

/// The mean of a value of each replication, divided by `scale`, with Student's interval.
#[track_caller]
fn assert_mean(found: Figure, values: &[f64], scale: f64) {
    let scaled: Vec<f64> = values.iter().map(|value| value / scale).collect();
    let moments = MeanVariance::of(&scaled).unwrap();
    let interval = interval::mean_student_t(&moments, CONFIDENCE).unwrap();
    let clamped = Interval { lower: interval.lower.map(|lower| lower.max(0.0)), ..interval };
    assert_figure(found, moments.mean, Some(clamped));
}

/// The ratio of two sums over the replications, with the interval of the delta method.
#[track_caller]
fn assert_ratio(found: Option<Figure>, above: &[f64], below: &[f64]) {
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let value = sum(above) / sum(below);
    let residual: f64 = above.iter().zip(below).map(|(y, x)| (y - value * x).powi(2)).sum();
    let n = above.len() as f64;
    let standard_error = (n * residual / (n - 1.0)).sqrt() / sum(below);
    let interval = interval::ratio_delta(&Estimate { value, standard_error }, CONFIDENCE);
    assert_figure(found.unwrap(), value, interval);
}

/// The share of the replications for which `is` holds, with Wilson's interval.
#[track_caller]
fn assert_share(found: Figure, replications: &[Replication], is: impl Fn(&Replication) -> bool) {
    let (count, all) = (replications.iter().filter(|outages| is(outages)).count(), replications.len());
    let interval = interval::wilson(count as u64, all as u64, CONFIDENCE);
    assert_figure(found, count as f64 / all as f64, interval);
}

/// The percentiles and shares of a list of durations. Percentiles are within the error of a histogram's bin.
#[track_caller]
fn assert_spread(found: &Spread, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    for (p, figure) in [(0.5, found.p50), (0.95, found.p95), (0.99, found.p99)] {
        let rank = (p * values.len() as f64).ceil() as usize;
        let (figure, expected) = (figure.unwrap(), values[rank - 1]);
        assert!((figure.value - expected).abs() <= 0.005 * expected, "p = {p}: {figure:?}, not {expected}");
        let Interval { lower, upper, .. } = figure.interval.unwrap();
        assert!(lower.is_none_or(|lower| lower <= expected) && upper.is_none_or(|upper| expected <= upper));
    }
    for point in &found.exceedance {
        let longer = values.iter().filter(|value| **value > point.longer_than_s).count();
        assert!(near(point.share, longer as f64 / values.len() as f64), "{point:?}");
    }
    let steps = found.exceedance.windows(2);
    assert!(steps.clone().all(|pair| pair[0].share > pair[1].share), "{:?}", found.exceedance);
    assert!(steps.clone().all(|pair| pair[0].longer_than_s < pair[1].longer_than_s));
    // Between two points the share falls by hardly more than one bin's worth.
    assert!(found.exceedance.len() > 10, "{:?}", found.exceedance);
    assert_eq!(found.exceedance.last().map(|point| point.share), Some(0.0));
}

#[test]
fn figures_are_those_of_the_outages() {
    let all = replications();
    let found = figures(&all, Known::default());
    let of_each = |of: &dyn Fn(&Replication) -> f64| all.iter().map(of).collect::<Vec<f64>>();
    let downtime_s = of_each(&|outages| down_s(outages, 0.0, HORIZON_S));
    let failures = of_each(&failures);
    assert_eq!((found.replications, found.events), (60, 420));
    assert_eq!(found.failing_replications as usize, all.iter().filter(|outages| !outages.is_empty()).count());
    assert_eq!(found.failures, failures.iter().sum::<f64>());
    assert_mean(found.unavailability, &downtime_s, HORIZON_S);
    assert_mean(
        found.late_unavailability,
        &of_each(&|outages| down_s(outages, 500.0, HORIZON_S)),
        0.5 * HORIZON_S,
    );
    let planned = |outages: &Replication| {
        let planned = outages.iter().filter(|outage| outage.cause.kind == CauseKind::Planned);
        down_s(&planned.copied().collect(), 0.0, HORIZON_S)
    };
    assert_mean(found.planned_unavailability, &of_each(&planned), HORIZON_S);
    assert_mean(found.failure_frequency_per_year, &failures, HORIZON_S / YEAR_S);
    assert_ratio(found.mtbf_s, &of_each(&|outages| HORIZON_S - down_s(outages, 0.0, HORIZON_S)), &failures);
    assert_ratio(found.mdt_s, &downtime_s, &failures);
    assert_eq!(found.mttf_s, None, "some have not failed");
    let missing = found.failures_missing;
    assert_eq!(missing, Some(100), "the fewest of which an interval is shown");
    let moments = MeanVariance::of(&of_each(&first_s)).unwrap();
    assert_figure(found.restricted_mttf_s.unwrap(), moments.mean, None);
    assert_share(found.unreliability, &all, |outages| outages.iter().any(|o| o.start_s <= MISSION_S));
    assert!(!found.is_widened && !found.counts_survivors && !found.late_is_long_run);
}

#[test]
fn distributions_are_those_of_the_outages() {
    let all = replications();
    let found = figures(&all, Known::default());
    let windows = |outages: &Replication| {
        (0..4)
            .map(|i| WINDOW_S * f64::from(i))
            .map(|from_s| down_s(outages, from_s, from_s + WINDOW_S))
            .collect::<Vec<f64>>()
    };
    let of_windows: Vec<f64> = all.iter().flat_map(windows).collect();
    assert_mean(found.window_downtime_s.mean.unwrap(), &of_windows, 1.0);
    assert_eq!(found.window_downtime_s.allowed_s, Some(BUDGET_S));
    assert_spread(&found.window_downtime_s, of_windows);
    let met = |outages: &Replication| windows(outages).iter().filter(|s| **s <= BUDGET_S).count() as f64;
    assert_mean(found.windows_met.unwrap(), &all.iter().map(met).collect::<Vec<f64>>(), 4.0);
    let downtime_s: Vec<f64> = all.iter().map(|outages| down_s(outages, 0.0, HORIZON_S)).collect();
    assert_ratio(found.outage_s.mean, &downtime_s, &all.iter().map(failures).collect::<Vec<f64>>());
    assert_spread(&found.outage_s, all.iter().flatten().map(Outage::length_s).collect());
    let longest: Vec<f64> =
        all.iter().map(|outages| outages.iter().map(Outage::length_s).fold(0.0, f64::max)).collect();
    assert_mean(found.longest_s.mean.unwrap(), &longest, 1.0);
    assert_spread(&found.longest_s, longest);
}

#[test]
fn curves_and_causes_are_those_of_the_outages() {
    let all = replications();
    let found = figures(&all, Known::default());
    assert_eq!(found.curve.len(), CURVE_POINTS + 1);
    for (index, point) in found.curve.iter().enumerate() {
        let at_s = HORIZON_S * index as f64 / CURVE_POINTS as f64;
        assert!(near(point.at_s, at_s));
        let is_down =
            |o: &Outage| o.start_s <= at_s && (at_s < o.end_s || (at_s, o.end_s) == (HORIZON_S, HORIZON_S));
        assert_share(point.unavailability, &all, |outages| outages.iter().any(is_down));
        assert_share(point.unreliability, &all, |outages| outages.iter().any(|o| o.start_s <= at_s));
    }
    let total_s: f64 = all.iter().flatten().map(Outage::length_s).sum();
    assert_eq!(found.downtime_by_cause.len(), 6);
    assert!(found.downtime_by_cause.is_sorted_by(|a, b| a.downtime_s >= b.downtime_s));
    for CauseShare { cause, outages, downtime_s, share } in &found.downtime_by_cause {
        let own = || all.iter().flatten().filter(|outage| outage.cause == *cause);
        let own_s: f64 = own().map(Outage::length_s).sum();
        assert!(near(*outages, own().count() as f64 / 60.0) && near(*downtime_s, own_s / 60.0));
        assert!(near(*share, own_s / total_s));
    }
}

/// Fifteen replications that fixed events keep down from the start to the horizon give with the sixty drawn ones what a
/// known share of a fifth gives without drawing them.
#[test]
fn a_known_share_gives_what_drawing_it_would_give() {
    let cause = Cause { leaf: 5, kind: CauseKind::Failure };
    let all_down = vec![Outage { start_s: 0.0, end_s: HORIZON_S, cause }];
    let (drawn, mut all) = (replications(), replications());
    all.extend(std::iter::repeat_n(all_down, 15));
    let known = || {
        let mut known = down_for(0.2);
        known.down_by = vec![(4, 0.0), (5, 0.2)];
        known
    };
    let (mixed, plain, alone) =
        (figures(&drawn, known()), figures(&all, Known::default()), figures(&drawn, Known::default()));
    let of = |figures: &Figures| {
        [
            Some(figures.unavailability),
            Some(figures.late_unavailability),
            Some(figures.planned_unavailability),
            Some(figures.failure_frequency_per_year),
            Some(figures.unreliability),
            figures.restricted_mttf_s,
            figures.window_downtime_s.mean,
            figures.windows_met,
            figures.longest_s.mean,
        ]
    };
    for ((mixed, plain), alone) in of(&mixed).into_iter().zip(of(&plain)).zip(of(&alone)) {
        let (mixed, plain, alone) = (mixed.unwrap(), plain.unwrap(), alone.unwrap());
        assert!(near(mixed.value, plain.value), "{mixed:?} {plain:?}");
        // What is known adds nothing to the width.
        assert_eq!(mixed.half_width().is_some(), alone.half_width().is_some());
        if let (Some(mixed), Some(alone)) = (mixed.half_width(), alone.half_width()) {
            assert!(near(mixed, 0.8 * alone), "{mixed} {alone}");
        }
    }
    for (mixed, plain) in [(mixed.mtbf_s, plain.mtbf_s), (mixed.mdt_s, plain.mdt_s)] {
        assert!(near(mixed.unwrap().value, plain.unwrap().value), "{mixed:?} {plain:?}");
    }
    assert!(mixed.curve.iter().zip(&plain.curve).all(|(mixed, plain)| {
        near(mixed.unavailability.value, plain.unavailability.value)
            && near(mixed.unreliability.value, plain.unreliability.value)
    }));
    assert_eq!(mixed.downtime_by_cause.len(), plain.downtime_by_cause.len());
    for (mixed, plain) in mixed.downtime_by_cause.iter().zip(&plain.downtime_by_cause) {
        assert_eq!(mixed.cause, plain.cause);
        assert!(near(mixed.downtime_s, plain.downtime_s) && near(mixed.share, plain.share));
        assert!(near(mixed.outages, plain.outages));
    }
    let longest = |outages: &Replication| outages.iter().map(Outage::length_s).fold(0.0, f64::max);
    assert_mixed(&mixed.longest_s, all.iter().map(longest).collect(), HORIZON_S);
    assert_mixed(&mixed.outage_s, all.iter().flatten().map(Outage::length_s).collect(), HORIZON_S);
    let windows = |outages: &Replication| {
        [0.0, 250.0, 500.0, 750.0].map(|from_s| down_s(outages, from_s, from_s + WINDOW_S))
    };
    assert_mixed(&mixed.window_downtime_s, all.iter().flat_map(windows).collect(), WINDOW_S);
}

/// As [`assert_spread`] for a distribution whose greatest value is known: it has no interval there.
#[track_caller]
fn assert_mixed(found: &Spread, mut values: Vec<f64>, greatest: f64) {
    values.sort_by(f64::total_cmp);
    for (p, figure) in [(0.5, found.p50), (0.95, found.p95), (0.99, found.p99)] {
        let expected = values[(p * values.len() as f64).ceil() as usize - 1];
        let figure = figure.unwrap();
        assert!((figure.value - expected).abs() <= 0.005 * expected, "p = {p}: {figure:?}, not {expected}");
        assert_eq!(figure.interval.is_none(), expected == greatest);
    }
    for point in &found.exceedance {
        let longer = values.iter().filter(|value| **value > point.longer_than_s).count();
        assert!(near(point.share, longer as f64 / values.len() as f64), "{point:?}");
    }
    let last = found.exceedance.last().unwrap();
    assert_eq!((last.longer_than_s, last.share), (greatest, 0.0));
}

#[test]
fn without_an_outage_the_unavailability_has_an_upper_bound_only() {
    let found = figures(&vec![Vec::new(); 60], Known::default());
    let bound = interval::wilson(0, 60, CONFIDENCE).unwrap().upper;
    for figure in [found.unavailability, found.late_unavailability] {
        assert_eq!(figure.value, 0.0);
        let interval = figure.interval.unwrap();
        assert_eq!((interval.lower, interval.upper), (None, bound));
        assert_eq!(figure.half_width(), None);
    }
    assert_eq!(found.planned_unavailability.interval, None, "it would claim certainty");
    assert!(!found.is_widened, "nothing is known of rare failures");
    assert_eq!((found.mtbf_s, found.mdt_s, found.mttf_s), (None, None, None));
    assert_eq!(found.failures_missing, Some(100));
    assert!(found.outage_s.exceedance.is_empty() && found.outage_s.p50.is_none());
}

fn outage(start_s: f64, end_s: f64) -> Replication {
    vec![Outage { start_s, end_s, cause: Cause { leaf: 0, kind: CauseKind::Failure } }]
}

#[test]
fn where_all_fail_the_mean_time_to_failure_has_an_interval_from_a_hundred_failures_on() {
    let of = |n: u64| (0..n).map(|i| outage(100.0 + i as f64, 600.0)).collect::<Vec<_>>();
    let first: Vec<f64> = of(100).iter().map(first_s).collect();
    let enough = figures(&of(100), Known::default());
    assert_mean(enough.mttf_s.unwrap(), &first, 1.0);
    assert_eq!((enough.restricted_mttf_s, enough.failures_missing), (None, None));
    let few = figures(&of(99), Known::default());
    assert_eq!((few.mttf_s.unwrap().interval, few.failures_missing), (None, Some(100)));
}

#[test]
fn one_failure_at_most_in_each_replication_makes_their_number_a_share() {
    let of = |failing: usize| {
        let mut all = vec![outage(10.0, 20.0); failing];
        all.resize(50, Vec::new());
        all
    };
    for failing in [0, 3, 49] {
        let found = figures(&of(failing), Known::default()).failure_frequency_per_year;
        let interval = interval::wilson(failing as u64, 50, CONFIDENCE).unwrap();
        let per_year = |share: f64| share * YEAR_S / HORIZON_S;
        let interval =
            Interval { lower: interval.lower.map(per_year), upper: interval.upper.map(per_year), ..interval };
        assert_figure(found, per_year(failing as f64 / 50.0), Some(interval));
    }
}

/// One replication of a thousand with two failures makes the variance 0.2 % greater than that of a share.
#[test]
fn a_second_failure_makes_their_number_a_mean() {
    let mut all = vec![outage(10.0, 20.0); 500];
    all.resize(1_000, Vec::new());
    all[0].extend(outage(30.0, 40.0));
    let found = figures(&all, Known::default()).failure_frequency_per_year;
    assert_mean(found, &all.iter().map(failures).collect::<Vec<f64>>(), HORIZON_S / YEAR_S);
    // So does the only one that fails of a hundred thousand.
    let mut rare = vec![Vec::new(); 100_000];
    rare[0] = [outage(10.0, 20.0), outage(30.0, 40.0)].concat();
    let found = figures(&rare, Known::default()).failure_frequency_per_year;
    assert_mean(found, &rare.iter().map(failures).collect::<Vec<f64>>(), HORIZON_S / YEAR_S);
}

#[test]
fn what_is_down_more_often_than_not_has_a_median_of_all_the_time() {
    let longest = figures(&replications(), down_for(0.6)).longest_s;
    assert_figure(longest.p50.unwrap(), HORIZON_S, None);
    let half = figures(&replications(), down_for(0.4)).longest_s;
    assert!(half.p50.unwrap().value < HORIZON_S);
}

#[test]
fn precision_is_the_relative_half_width_of_the_unavailability() {
    for down in [0.0, 0.2] {
        let scope = scope(down_for(down));
        let tally = tally(&replications(), &scope);
        let unavailability = tally.figures(&scope, CONFIDENCE).unwrap().unavailability;
        let (mean_s, relative) = tally.precision(&scope, CONFIDENCE).unwrap();
        assert!(near(mean_s, unavailability.value * HORIZON_S));
        assert!(near(relative, unavailability.half_width().unwrap() / unavailability.value));
    }
}

#[test]
fn failures_that_hardly_matter_beside_what_is_known_leave_no_doubt() {
    let leaves_no_doubt = |down: f64, precision: f64| {
        let scope = scope(down_for(down));
        tally(&vec![Vec::new(); 1_000], &scope).leaves_no_doubt(&scope, CONFIDENCE, precision)
    };
    let most = interval::wilson(0, 1_000, CONFIDENCE).unwrap().upper.unwrap();
    let limit = 0.8 * most / 0.2;
    assert!(leaves_no_doubt(0.2, 1.001 * limit) && !leaves_no_doubt(0.2, 0.999 * limit));
    assert!(!leaves_no_doubt(0.0, 1.0), "nothing is known");
}

#[test]
fn an_interval_is_said_to_be_wider_where_its_variance_is_half_as_great_again() {
    let rare = |mtbf: &str| {
        let text =
            format!("horizon: 1000s\ncomponents: {{ web: {{ mtbf: {mtbf}, mttr: 1s }} }}\nsystem: web\n");
        Known::of(&model(&text))
    };
    let small: Vec<Replication> =
        (0..10).map(|i| if i == 0 { outage(10.0, 10.1) } else { Vec::new() }).collect();
    assert!(figures(&small, rare("2h")).is_widened);
    assert!(!figures(&replications(), rare("2h")).is_widened, "far more was seen");
}

#[test]
fn a_figure_is_written_with_its_interval() {
    let interval = interval::wilson(5, 10, CONFIDENCE);
    let written = serde_json::to_value(Figure { value: 0.5, interval }).unwrap();
    let (lower, upper) = interval.map(|interval| (interval.lower, interval.upper)).unwrap();
    let expected = serde_json::json!({
        "value": 0.5, "lower": lower, "upper": upper, "method": interval.map(|interval| interval.method.name()),
    });
    assert_eq!(written, expected);
    let bare = serde_json::to_value(Figure { value: 2.0, interval: None }).unwrap();
    assert_eq!(bare, serde_json::json!({ "value": 2.0, "lower": null, "upper": null, "method": null }));
}

/// Between two points of a curve the share falls notably, and not so before the next one; the last is zero.
#[test]
fn a_curve_has_a_point_wherever_it_has_fallen_notably() {
    let mut histogram = Histogram::default();
    let values: Vec<f64> = (0..20_000).map(|number| (f64::from(number) / 2_000.0).exp()).collect();
    for value in &values {
        histogram.add(*value);
    }
    (0..500).for_each(|_| histogram.add(0.0));
    let points = exceedance(&histogram);
    assert_eq!((points[0].longer_than_s, points[0].share), (0.0, 20_000.0 / 20_500.0));
    let falls = |from: f64, to: f64| from - to >= FALL || to <= (1.0 - FALL_RELATIVE) * from;
    for pair in points.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        assert!(falls(from.share, to.share) || to.share == 0.0, "{from:?} {to:?}");
        let between = histogram
            .bins()
            .filter(|(_, upper_s, _)| from.longer_than_s < *upper_s && *upper_s < to.longer_than_s);
        for (_, upper_s, _) in between {
            let above = values.len() - values.partition_point(|value| *value <= upper_s);
            let share = above as f64 / histogram.n() as f64;
            assert!(!falls(from.share, share), "{from:?} {upper_s} {share}");
        }
    }
    assert_eq!(points.last().unwrap().share, 0.0);
    assert_eq!(points.last().unwrap().longer_than_s, (19_999.0_f64 / 2_000.0).exp());
}
