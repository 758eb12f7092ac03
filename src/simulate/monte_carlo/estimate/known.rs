//! What is known of a model before it is simulated. The replications need not find out what fixed unavailabilities
//! do alone, and they must not miss what happens seldom and lasts long.

use super::contributions::{Contribution, contributions};
use crate::base::random::{fast_stream, key};
use crate::simulate::analytic::bdd::{Budget, Exact, Tails};
use crate::simulate::model::{Dynamics, Leaf, Life, Model, ShockKind, Start};
use crate::simulate::structure::Structure;
use crate::stats::distribution::Distribution;
use rand::RngExt as _;
use std::collections::BTreeMap;

/// What is known of a model.
///
/// The probability that fixed unavailabilities alone keep the system down is computed exactly. The replications are
/// drawn under the condition that they do not, and the figures put both together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// The probability that fixed unavailabilities alone keep the system down.
    pub(super) down: f64,
    /// The same by the leaf that brings it down, with its number.
    pub(super) down_by: Vec<(u32, f64)>,
    fixed: Vec<FixedEvent>,
    structure: Option<Structure>,
    /// Whether the second half of the horizon shows the long run.
    pub(super) settles: bool,
    /// The greatest skewness of the lives of units, counted to the horizon at most; of a single unit without its sign.
    skewness: f64,
    /// Whether the system is a single unit, of whose first failure the law is known.
    pub(super) is_single: bool,
    contributions: Vec<Contribution>,
}

/// A leaf that is down for a whole replication, or not at all.
#[derive(Debug, Clone, PartialEq)]
struct FixedEvent {
    leaf: u32,
    key: u64,
    probability: f64,
}

/// The most nodes of the diagram of the fixed events: a fraction of a second.
const NODES_MAX: usize = 1 << 16;

/// A system that fixed events keep down more often than this is drawn as it is.
const DOWN_MAX: f64 = 0.9;

/// A contribution that is expected in fewer replications than this may not have been drawn at all.
const UNSEEN: f64 = 3.0;

/// The share of the known variance that counts, as the formulas are approximate.
const CERTAIN_SHARE: f64 = 0.8;

impl Known {
    /// Derives what is known of a model.
    pub fn of(model: &Model) -> Self {
        let leaves = leaves_in_order(model);
        let fixed: Vec<FixedEvent> = leaves.iter().filter_map(|leaf| fixed_event(model, *leaf)).collect();
        let mut known = Self::of_lives(model);
        let budget = Budget::of_nodes(NODES_MAX);
        let diagram = (!fixed.is_empty()).then(|| Exact::new(&model.structure, budget).ok()).flatten();
        if let Some(diagram) = diagram {
            let down_by = down_by(&diagram, &fixed);
            let down = down_by.iter().map(|(_, probability)| probability).sum();
            if down > 0.0 && down <= DOWN_MAX {
                (known.down, known.down_by, known.fixed) = (down, down_by, fixed);
                known.structure = Some(model.structure.clone());
            }
        }
        // Fixed events that are drawn like the others count like them.
        known.contributions = contributions(model, known.fixed.is_empty());
        known
    }

    /// Derives what is known of the difference of two systems whose replications are drawn together. What both have
    /// in common adds nothing to it.
    pub fn of_difference(first: &Model, second: &Model) -> Self {
        let mut apart: BTreeMap<u64, Contribution> = BTreeMap::new();
        for contribution in [first, second].into_iter().flat_map(|model| contributions(model, true)) {
            let compare = |other: &mut Contribution| {
                other.variance = (other.variance.sqrt() - contribution.variance.sqrt()).powi(2);
                other.probability = other.probability.max(contribution.probability);
            };
            apart.entry(contribution.key).and_modify(compare).or_insert(contribution);
        }
        Self { contributions: apart.into_values().collect(), ..Self::default() }
    }

    /// Derives what is known of a model whose replications are drawn as they are, for a comparison.
    pub fn without_conditions(model: &Model) -> Self {
        Self { contributions: contributions(model, true), ..Self::of_lives(model) }
    }

    /// Derives what the lives of the units tell.
    fn of_lives(model: &Model) -> Self {
        let is_single = matches!(leaves_in_order(model)[..], [leaf] if is_unit(model, leaf));
        // The units of a component have the same lives.
        let first_units = model
            .components
            .iter()
            .filter_map(|component| model.units.get(component.units.start as usize)?.life.dynamics());
        let (mut settles, mut greatest) = (true, 0.0_f64);
        for unit in first_units {
            settles &= settling_s(unit) <= 0.5 * model.horizon_s;
            let skewness = skewness(|t| unit.failure.survival(t), model.horizon_s);
            greatest = greatest.max(if is_single { skewness.abs() } else { skewness });
        }
        let settles = settles || model.start == Start::Stationary;
        if !is_single {
            greatest = greatest.max(skewness_without_repair(model).unwrap_or(0.0));
        }
        Self { settles, skewness: greatest, is_single, ..Self::default() }
    }

    /// Returns the replication to draw in the place of replication `index`: itself, unless fixed events alone keep
    /// the system down in it.
    pub(super) fn drawn(&self, seed: u64, index: u64) -> u64 {
        let Some(structure) = &self.structure else { return index };
        let mut attempts = (0..=u64::from(u16::MAX)).map(|attempt| index + (attempt << 48));
        let is_up = |index: &u64| {
            let falls = |event: &&FixedEvent| {
                fast_stream(seed, event.key, *index).random::<f64>() < event.probability
            };
            let fallen: Vec<u32> = self.fixed.iter().filter(falls).map(|event| event.leaf).collect();
            fallen.is_empty() || !is_down(structure, &fallen)
        };
        attempts.find(is_up).unwrap_or(index)
    }

    /// Returns the number of replications with a failure that an interval for a mean time to failure needs, if it is more than the
    /// replications show: 20 times the squared skewness of the times (a rule like Cochran's 25, 1977, §2.15), and at
    /// least `least`. Of a single unit the replications without a failure count too: a condition on what was drawn would
    /// choose the runs whose mean is low.
    pub(super) fn failures_missing(&self, failing: u64, replications: u64, least: u64) -> Option<u64> {
        let needed = least.max((20.0 * self.skewness * self.skewness).ceil() as u64);
        let counted = if self.is_single { replications } else { failing };
        (counted < needed).then_some(needed)
    }

    /// Returns the variance of the downtime of a replication, of which `seen` was seen in this many, but at least
    /// what is known.
    pub(super) fn variance(&self, seen: f64, replications: u64) -> f64 {
        let n = replications as f64;
        let sum = |of: &dyn Fn(&&Contribution) -> bool| -> f64 {
            self.contributions.iter().filter(of).map(|contribution| contribution.variance).sum()
        };
        let unseen = sum(&|contribution| n * contribution.probability < UNSEEN);
        (seen + unseen).max(CERTAIN_SHARE * sum(&|_| true))
    }
}

/// Whether a leaf is a unit that only fails and is repaired.
fn is_unit(model: &Model, leaf: u32) -> bool {
    let Leaf::Unit(number) = model.leaf(leaf) else { return false };
    let life = model.units.get(number as usize).and_then(|unit| unit.life.dynamics());
    life.is_some_and(Dynamics::is_renewal)
}

/// Returns the leaves of the system, by their numbers.
fn leaves_in_order(model: &Model) -> Vec<u32> {
    let mut leaves = model.structure.leaves_below(model.structure.top());
    leaves.sort_unstable();
    leaves
}

fn fixed_event(model: &Model, leaf: u32) -> Option<FixedEvent> {
    let (name, probability) = match model.leaf(leaf) {
        Leaf::Unit(number) => {
            let unit = model.units.get(number as usize)?;
            let Life::Fixed { unavailability } = unit.life else { return None };
            (&unit.name, unavailability)
        }
        Leaf::Shock(number) => {
            let shock = model.shocks.get(number as usize)?;
            let ShockKind::Fixed { unavailability } = shock.kind else { return None };
            (&shock.name, unavailability)
        }
        Leaf::Standby(_) => return None,
    };
    Some(FixedEvent { leaf, key: key(name), probability })
}

/// The most evaluations of a node for the shares of fixed events.
const EVALUATIONS_MAX: usize = 20_000_000;

/// Returns for each fixed event the probability that it brings the system down, after those before it. Of many events,
/// those of a group share theirs in proportion to their own.
fn down_by(diagram: &Exact, fixed: &[FixedEvent]) -> Vec<(u32, f64)> {
    let count = fixed.iter().map(|event| event.leaf as usize + 1).max().unwrap_or(0);
    let mut tails = vec![Tails::WORKING; count];
    let mut before = 0.0;
    let size = (fixed.len() * diagram.nodes().max(count)).div_ceil(EVALUATIONS_MAX).max(1);
    let mut shares = Vec::with_capacity(fixed.len());
    for group in fixed.chunks(size) {
        for event in group {
            tails[event.leaf as usize] = Tails::of_failed(event.probability);
        }
        let down = diagram.top(&tails).failed;
        let more = (down - std::mem::replace(&mut before, down)).max(0.0);
        let all: f64 = group.iter().map(|event| event.probability).sum();
        shares.extend(group.iter().map(|event| (event.leaf, more * event.probability / all)));
    }
    shares
}

/// Returns whether the system is down while exactly these leaves are.
fn is_down(structure: &Structure, fallen: &[u32]) -> bool {
    let mut failed = vec![false; structure.leaf_count() as usize];
    for leaf in fallen {
        failed[*leaf as usize] = true;
    }
    structure.evaluate(&failed)
}

/// Returns the time after which a new unit is found as after long use: for exponential lives a few times in repair,
/// otherwise also until the failures are spread over time.
fn settling_s(unit: &Dynamics) -> f64 {
    let down_s = unit.mean_detection_s() + unit.repair.as_ref().map_or(0.0, Distribution::mean);
    if matches!(unit.failure, Distribution::Exponential(_)) {
        return 10.0 * down_s;
    }
    let cv2 = unit.failure.cv() * unit.failure.cv();
    10.0 * down_s + 3.0 * unit.failure.mean() * (0.5 * (1.0 + cv2)).max(0.1 / cv2)
}

/// The most nodes of a diagram that is evaluated at many times.
const SMALL: usize = 2_000;

/// Returns the skewness of the time to the first failure of a system whose units are not repaired: that of any series
/// system. `None` where the diagram is large.
fn skewness_without_repair(model: &Model) -> Option<f64> {
    let diagram = Exact::new(&model.structure, Budget::of_nodes(SMALL)).ok()?;
    let leaves = leaves_in_order(model);
    let failed_at = |leaf: u32, t: f64| match model.leaf(leaf) {
        Leaf::Unit(number) => match &model.units.get(number as usize)?.life {
            Life::Fixed { unavailability } => Some(*unavailability),
            Life::Dynamic(unit) => Some(unit.failure.cdf(t)),
        },
        Leaf::Shock(number) => match &model.shocks.get(number as usize)?.kind {
            ShockKind::Fixed { unavailability } => Some(*unavailability),
            ShockKind::Outage { arrival, .. } => Some(arrival.cdf(t)),
            ShockKind::Failure { .. } => None,
        },
        Leaf::Standby(_) => None,
    };
    let survival = |t: f64| {
        let mut tails = vec![Tails::WORKING; model.structure.leaf_count() as usize];
        for leaf in &leaves {
            if let Some(failed) = failed_at(*leaf, t) {
                tails[*leaf as usize] = Tails::of_failed(failed);
            }
        }
        1.0 - diagram.top(&tails).failed
    };
    Some(skewness(survival, model.horizon_s))
}

/// Returns the skewness of a life, counted to the horizon at most.
fn skewness(survival: impl Fn(f64) -> f64, horizon_s: f64) -> f64 {
    const POINTS: u32 = 2_000;
    const DECADES: f64 = 12.0;
    // E min(T, H)^k = k ∫ t^(k − 1) P(T > t) dt from 0 to H, here over the logarithm of t.
    let (low, high) = ((horizon_s * 10_f64.powf(-DECADES)).ln(), horizon_s.ln());
    let step = (high - low) / f64::from(POINTS);
    let mut moments = [0.0; 3];
    for point in 0..=POINTS {
        let t = (low + step * f64::from(point)).exp();
        let weight = if point == 0 || point == POINTS { 0.5 } else { 1.0 } * step * survival(t);
        for (k, moment) in (1..).zip(&mut moments) {
            *moment += weight * f64::from(k) * t.powi(k);
        }
    }
    let [first, second, third] = moments;
    let variance = second - first * first;
    // Where few fail, rounding leaves no skewness that could be computed: a share p that fails at any time gives
    // −(1/4) / (1/3)^(3/2) / √p. A life that hardly varies has none.
    let failing = 1.0 - survival(horizon_s);
    match () {
        () if failing < 0.02 => -1.299 / failing.sqrt(),
        () if variance < 1e-3 * second => 0.0,
        () => (third - 3.0 * first * second + 2.0 * first.powi(3)) / variance.powf(1.5),
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, settling_s, skewness};
    use crate::simulate::topology_file::tests::model;
    use crate::stats::distribution::{Distribution, Exponential, LogNormal};

    fn known(text: &str) -> Known {
        Known::of(&model(text))
    }

    /// One of the sites alone, or two of the three racks: 0.1 + 0.9 (3 · 0.2² · 0.8 + 0.2³).
    const FIXED: &str = "components: { web: { mtbf: 100h, mttr: 1h }, site: { unavailability: 0.1 },\n  \
                         rack: { count: 3, unavailability: 0.2 } }\n\
                         system: { series: [web, site, { k_of_n: { k: 2, of: [rack] } }] }\n";

    #[test]
    fn what_fixed_events_do_alone_is_known_exactly_and_not_drawn() {
        let known = known(FIXED);
        assert!((known.down - (0.1 + 0.9 * 0.104)).abs() < 1e-15, "{}", known.down);
        let shares: f64 = known.down_by.iter().map(|(_, share)| share).sum();
        assert!((shares - known.down).abs() < 1e-15);
        let replaced = (0..10_000).filter(|index| known.drawn(7, *index) != *index).count() as f64;
        // Four standard errors of a share of 0.1936 in 10,000.
        assert!((replaced / 1e4 - known.down).abs() < 4.0 * 0.004, "{replaced}");
        assert_eq!(known.drawn(7, 3), known.drawn(7, 3));
    }

    #[test]
    fn what_lasts_and_was_not_seen_counts_in_the_variance() {
        let rare =
            known("horizon: 1y\ncomponents: { rare: { mtbf: 10000000h, mttr: 1000h } }\nsystem: rare\n");
        let hours2 = |variance: f64| variance / 3_600.0 / 3_600.0;
        // 8.766e-4 failures, each with a mean square of 2 · 1,000² h².
        assert!((hours2(rare.variance(0.0, 100)) / 1_753.0 - 1.0).abs() < 0.01);
        assert!(hours2(rare.variance(0.0, 1_000_000)) > 0.75 * 1_753.0, "seen or not, it is known");
        let often = known("horizon: 1y\ncomponents: { web: { mtbf: 100h, mttr: 1h } }\nsystem: web\n");
        let seen = 1e10;
        assert_eq!(often.variance(seen, 100), seen, "what was seen is more");
    }

    /// What both systems have in common does not differ; what differs counts by the difference of its deviations.
    #[test]
    fn a_difference_knows_what_differs() {
        let of = |b: &str| {
            model(&format!(
                "horizon: 1h\ncomponents: {{ a: {{ unavailability: 0.1 }}, b: {{ unavailability: {b} }} }}\n\
                 system: {{ series: [a, b] }}\n"
            ))
        };
        let deviation_s = |p: f64| 3_600.0 * (p * (1.0 - p)).sqrt();
        let variance = |first: &str, second: &str, n: u64| {
            Known::of_difference(&of(first), &of(second)).variance(0.0, n)
        };
        assert_eq!(variance("0.02", "0.02", 1), 0.0);
        let differs = (deviation_s(0.02) - deviation_s(0.03)).powi(2);
        assert!((variance("0.02", "0.03", 1) / differs - 1.0).abs() < 1e-9);
        // By the greater probability it is expected three times in a hundred replications.
        assert!((variance("0.02", "0.03", 99) / differs - 1.0).abs() < 1e-9);
        assert!((variance("0.02", "0.03", 100) / (0.8 * differs) - 1.0).abs() < 1e-9);
        let alone = Known::without_conditions(&of("0.02")).variance(0.0, 1);
        assert!(
            (alone / (deviation_s(0.1).powi(2) + deviation_s(0.02).powi(2)) - 1.0).abs() < 0.01,
            "{alone}"
        );
    }

    #[test]
    fn the_long_run_is_shown_where_ten_repairs_fit_into_half_the_horizon() {
        let settles = |mttr: &str, more: &str| {
            known(&format!(
                "horizon: 1000h\n{more}components: {{ a: {{ mtbf: 1h, mttr: {mttr} }} }}\nsystem: a\n"
            ))
            .settles
        };
        assert!(settles("50h", "") && !settles("51h", "") && settles("51h", "start: stationary\n"));
    }

    /// Ten repairs, and three lives times half of 1 + cv², or a tenth of 1 / cv² where lives hardly vary.
    #[test]
    fn lives_that_are_not_exponential_settle_when_failures_are_spread() {
        let settling_h = |stages: u32| {
            let text = format!(
                "components: {{ a: {{ failure: {{ erlang: {{ stages: {stages}, mean: 100h }} }}, repair: 1h, detection: 1h }} }}\n\
                 system: a\n"
            );
            settling_s(model(&text).units[0].life.dynamics().unwrap()) / 3_600.0
        };
        assert!((settling_h(2) - (20.0 + 300.0 * 0.75)).abs() < 1e-9);
        assert!((settling_h(40) - (20.0 + 300.0 * 4.0)).abs() < 1e-9);
    }

    /// The least of 20 times that are uniform from 0 on is a beta variable of 1 and 20, whose skewness is 1.733; a uniform
    /// time has none.
    #[test]
    fn the_first_failure_of_many_units_is_skewer_than_theirs() {
        let of = |count: u32| {
            known(&format!(
                "horizon: 1000h\ncomponents: {{ a: {{ count: {count}, failure: {{ uniform: {{ low: 0h, high: 100h }} }}, repair: 1h }},\n  \
                 b: {{ unavailability: 0 }} }}\nsystem: {{ series: [a, b] }}\n"
            ))
        };
        assert_eq!(of(1).failures_missing(0, 0, 1), Some(1));
        assert!(
            matches!(of(20).failures_missing(0, 0, 1), Some(60..=62)),
            "{:?}",
            of(20).failures_missing(0, 0, 1)
        );
    }

    /// Exponential lives have a skewness of 2: it takes 20 · 2² failures.
    #[test]
    fn a_mean_time_to_failure_takes_failures_by_the_skewness() {
        let of = |count: u64, system: &str| {
            known(&format!(
                "horizon: 100000h\ncomponents: {{ a: {{ count: {count}, mtbf: 100h, mttr: 1h }} }}\nsystem: {system}\n"
            ))
        };
        let single = of(1, "a");
        assert!(single.is_single);
        assert!(matches!(single.failures_missing(0, 70, 25), Some(79..=81)));
        assert_eq!(single.failures_missing(0, 90, 25), None, "its replications count");
        assert_eq!(single.failures_missing(0, 90, 200), Some(200));
        let series = of(2, "{ series: [a] }");
        assert!(!series.is_single);
        assert!(matches!(series.failures_missing(70, 1_000, 25), Some(79..=81)));
        assert_eq!(series.failures_missing(90, 90, 25), None);
        let fixed = known("components: { a: { unavailability: 0.1 } }\nsystem: a\n");
        assert!(!fixed.is_single);
    }

    /// A system that fixed events keep down nearly always is drawn as it is.
    #[test]
    fn events_that_nearly_always_happen_are_drawn() {
        let of = |unavailability: &str| {
            known(&format!(
                "components: {{ a: {{ unavailability: {unavailability} }}, b: {{ mtbf: 1h, mttr: 1h }} }}\n\
                 system: {{ series: [a, b] }}\n"
            ))
        };
        assert!((of("0.9").down - 0.9).abs() < 1e-12);
        assert_eq!((of("0.91").down, of("0.91").drawn(1, 5)), (0.0, 5));
        assert_eq!(of("0").down, 0.0);
    }

    #[test]
    fn the_skewness_of_a_life_is_that_within_the_horizon() {
        let exponential: Distribution = Exponential::with_mean(1.0).unwrap().into();
        assert!((skewness(|t| exponential.survival(t), 1e3) - 2.0).abs() < 0.01);
        // Of a hundred one fails, at any time: −(1/4) / (1/3)^(3/2) / √0.01.
        let rare = skewness(|t| exponential.survival(t), 0.01);
        assert!((rare + 13.0).abs() < 0.3, "{rare}");
        let lognormal: Distribution = LogNormal::new(1.0, 1.0).unwrap().into();
        assert!((skewness(|t| lognormal.survival(t), 1e6) - 6.185).abs() < 0.02);
        let hardly_any = skewness(|t| exponential.survival(t), 1e-6);
        assert!((hardly_any + 1_299.0).abs() < 1.0, "{hardly_any}");
        for length_s in [1e-3, 1.0, 1e3] {
            let found = skewness(|t| f64::from(u8::from(t < length_s)), 2.0 * length_s);
            assert_eq!(found, 0.0, "all last as long");
        }
        // From the moments of min(T, 0.1), such as 1 − exp(−0.1).
        let short = skewness(|t| exponential.survival(t), 0.1);
        assert!((short + 3.818_3).abs() < 0.01, "{short}");
    }
}
