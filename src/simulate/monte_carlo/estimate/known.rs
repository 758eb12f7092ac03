//! What is known of a model before it is simulated. The replications need not find out what fixed unavailabilities
//! do alone, and they must not miss what happens seldom and lasts long.

use crate::base::random::{fast_stream, key};
use crate::simulate::analytic::bdd::{Budget, Exact, Tails};
use crate::simulate::model::{Dynamics, Leaf, Life, Model, ShockKind, Start};
use crate::simulate::structure::Structure;
use crate::stats::distribution::Distribution;
use rand::RngExt as _;

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
    is_single: bool,
    contributions: Vec<Contribution>,
}

/// A leaf that is down for a whole replication, or not at all.
#[derive(Debug, Clone, PartialEq)]
struct FixedEvent {
    leaf: u32,
    key: u64,
    probability: f64,
}

/// What one or two leaves alone add to the downtime of a replication.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Contribution {
    /// The probability that a replication has any of it.
    probability: f64,
    /// What it adds at least to the variance of the downtime, in seconds squared.
    variance: f64,
}

/// Failures of a leaf that fails and is repaired.
#[derive(Debug, Clone, Copy)]
struct Failures {
    /// Number expected in a replication.
    expected: f64,
    /// Mean and mean square of the time down.
    down_s: f64,
    down_s2: f64,
    /// The variance of the number over its mean, at least.
    dispersion: f64,
}

/// The most nodes of the diagram of the fixed events: a fraction of a second.
const NODES_MAX: usize = 1 << 16;

/// The most leaves of which all pairs are looked at.
const LEAVES_IN_PAIRS_MAX: usize = 120;

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
        let mut known =
            Self { contributions: contributions(model, &leaves, &fixed), ..Self::without_conditions(model) };
        let budget = Budget { nodes_max: NODES_MAX };
        let diagram = (!fixed.is_empty()).then(|| Exact::new(&model.structure, budget).ok()).flatten();
        if let Some(diagram) = diagram {
            let down_by = down_by(&diagram, &fixed);
            let down = down_by.iter().map(|(_, probability)| probability).sum();
            if down > 0.0 && down <= DOWN_MAX {
                (known.down, known.down_by, known.fixed) = (down, down_by, fixed);
                known.structure = Some(model.structure.clone());
            }
        }
        known
    }

    /// Derives what holds for replications without conditions, as they are drawn for a comparison.
    pub fn without_conditions(model: &Model) -> Self {
        let is_single = matches!(leaves_in_order(model)[..], [leaf] if failures_of(model, leaf).is_some());
        // The units of a component have the same lives.
        let first_units = model
            .components
            .iter()
            .filter_map(|component| model.units.get(component.units.start as usize)?.life.dynamics());
        let (mut settles, mut greatest) = (true, 0.0_f64);
        for unit in first_units {
            settles &= settling_s(unit) <= 0.5 * model.horizon_s;
            let skewness = skewness(&unit.failure, model.horizon_s);
            greatest = greatest.max(if is_single { skewness.abs() } else { skewness });
        }
        let settles = settles || model.start == Start::Stationary;
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

    /// Returns the number of failures that an interval for a mean time to failure needs, if it is more than the
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

/// Returns for each fixed event the probability that it brings the system down, after those before it.
fn down_by(diagram: &Exact, fixed: &[FixedEvent]) -> Vec<(u32, f64)> {
    let count = fixed.iter().map(|event| event.leaf as usize + 1).max().unwrap_or(0);
    let mut tails = vec![Tails::WORKING; count];
    let mut before = 0.0;
    let each = fixed.iter().map(|event| {
        tails[event.leaf as usize] = Tails::of_failed(event.probability);
        let down = diagram.top(&tails).failed;
        let more = down - std::mem::replace(&mut before, down);
        (event.leaf, more.max(0.0))
    });
    each.collect()
}

/// Returns whether the system is down while exactly these leaves are.
fn is_down(structure: &Structure, fallen: &[u32]) -> bool {
    let mut failed = vec![false; structure.leaf_count() as usize];
    for leaf in fallen {
        failed[*leaf as usize] = true;
    }
    structure.evaluate(&failed)
}

fn contributions(model: &Model, leaves: &[u32], fixed: &[FixedEvent]) -> Vec<Contribution> {
    // While ageing is suspended, the failures are fewer than computed here.
    if model.suspend {
        return Vec::new();
    }
    let of_leaf = |leaf: &u32| Some((*leaf, failures_of(model, *leaf)?));
    let failing: Vec<(u32, Failures)> = leaves.iter().filter_map(of_leaf).collect();
    let falls = |fallen: &[u32]| is_down(&model.structure, fallen);
    let (single, others): (Vec<_>, Vec<_>) = failing.into_iter().partition(|(leaf, _)| falls(&[*leaf]));
    let mut found: Vec<Contribution> = single.iter().map(|(_, failures)| failures.alone()).collect();
    if others.len() + fixed.len() > LEAVES_IN_PAIRS_MAX {
        return found;
    }
    for (i, (leaf, failures)) in others.iter().enumerate() {
        let with_fixed = fixed.iter().filter(|event| !falls(&[event.leaf]) && falls(&[event.leaf, *leaf]));
        let with_fixed: Vec<Contribution> =
            with_fixed.map(|event| failures.given(event.probability)).collect();
        found.extend(with_fixed);
        let later = others.get(i + 1..).unwrap_or_default();
        found.extend(
            later
                .iter()
                .filter(|(other, _)| falls(&[*leaf, *other]))
                .map(|(_, other)| failures.together(other, model.horizon_s)),
        );
    }
    found
}

/// Returns the failures of a leaf that only fails and is repaired.
fn failures_of(model: &Model, leaf: u32) -> Option<Failures> {
    let (up, detection, repair) = match model.leaf(leaf) {
        Leaf::Unit(number) => {
            let unit = model.units.get(number as usize)?.life.dynamics()?;
            // A unit behind a crew is down for longer still.
            if !unit.is_renewal() {
                return None;
            }
            (&unit.failure, unit.detection.as_ref(), unit.repair.as_ref())
        }
        Leaf::Shock(number) => match &model.shocks.get(number as usize)?.kind {
            ShockKind::Outage { arrival, repair } => (arrival, None, Some(repair)),
            ShockKind::Fixed { .. } | ShockKind::Failure { .. } => return None,
        },
        Leaf::Standby(_) => return None,
    };
    let horizon_s = model.horizon_s;
    let Some(repair) = repair else {
        // It is down from its failure to the end. Where most units fail, the replications show it.
        let expected = up.cdf(horizon_s);
        let down_s2 = 0.1 * horizon_s * horizon_s;
        let failures = Failures { expected, down_s: 0.25 * horizon_s, down_s2, dispersion: 1.0 - expected };
        return (expected < 0.5).then_some(failures);
    };
    let detected_s = detection.map_or(0.0, Distribution::mean);
    let down_s = (detected_s + repair.mean()).min(horizon_s);
    let spread = repair.variance() + detection.map_or(0.0, Distribution::variance);
    // Seldom failures are those that a new unit has; of many the number settles.
    let failing = if model.start == Start::New { up.cdf(horizon_s) } else { 1.0 };
    let in_long_run = horizon_s / (up.mean() + down_s);
    let expected = if failing < 0.9 { failing.min(in_long_run) } else { in_long_run };
    let cv = up.cv();
    let dispersion = if expected < 0.1 { 1.0 - expected } else { (cv * cv).min(1.0) };
    let down_s2 = (down_s * down_s + spread).min(horizon_s * horizon_s);
    let failures = Failures { expected, down_s, down_s2, dispersion };
    [expected, down_s, down_s2, dispersion].iter().all(|number| number.is_finite()).then_some(failures)
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

/// Returns the skewness of a life, counted to the horizon at most.
fn skewness(life: &Distribution, horizon_s: f64) -> f64 {
    const POINTS: u32 = 2_000;
    const DECADES: f64 = 12.0;
    // E min(T, H)^k = k ∫ t^(k − 1) P(T > t) dt from 0 to H, here over the logarithm of t.
    let (low, high) = ((horizon_s * 10_f64.powf(-DECADES)).ln(), horizon_s.ln());
    let step = (high - low) / f64::from(POINTS);
    let mut moments = [0.0; 3];
    for point in 0..=POINTS {
        let t = (low + step * f64::from(point)).exp();
        let weight = if point == 0 || point == POINTS { 0.5 } else { 1.0 } * step * life.survival(t);
        for (k, moment) in (1..).zip(&mut moments) {
            *moment += weight * f64::from(k) * t.powi(k);
        }
    }
    let [first, second, third] = moments;
    let variance = second - first * first;
    let central = third - 3.0 * first * second + 2.0 * first.powi(3);
    // Of a life that hardly ever ends within the horizon, rounding leaves no skewness that could be computed.
    if variance > 1e-4 * second { central / variance.powf(1.5) } else { f64::NEG_INFINITY }
}

impl Failures {
    /// What the failures add where each brings the system down.
    fn alone(&self) -> Contribution {
        let mean_square = self.down_s * self.down_s;
        let variance = self.expected * ((self.down_s2 - mean_square) + self.dispersion * mean_square);
        Contribution { probability: self.expected.min(1.0), variance }
    }

    /// What the failures add where they bring the system down only together with an event of this probability.
    fn given(&self, probability: f64) -> Contribution {
        let mean_s = self.expected * self.down_s;
        let square = mean_s * mean_s + self.alone().variance;
        Contribution {
            probability: probability * self.expected.min(1.0),
            variance: probability * (square - probability * mean_s * mean_s),
        }
    }

    /// What the failures add where they bring the system down while those of another leaf last.
    fn together(&self, other: &Self, horizon_s: f64) -> Contribution {
        let both_s = self.down_s + other.down_s;
        let expected = self.expected * other.expected * both_s / horizon_s;
        let down_s = if both_s > 0.0 { self.down_s * other.down_s / both_s } else { 0.0 };
        Contribution { probability: expected.min(1.0), variance: expected.min(1.0) * down_s * down_s * 0.5 }
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, skewness};
    use crate::stats::distribution::{Distribution, Exponential, LogNormal};

    fn known(text: &str) -> Known {
        let read = crate::simulate::topology_file::read("a.yaml", text, &[], &|path| Err(path.to_owned()));
        Known::of(&read.unwrap().0)
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

    #[test]
    fn the_skewness_of_a_life_is_that_within_the_horizon() {
        let exponential: Distribution = Exponential::with_mean(1.0).unwrap().into();
        assert!((skewness(&exponential, 1e3) - 2.0).abs() < 0.01);
        // Of a hundred one fails, at any time: −(1/4) / (1/3)^(3/2) / √0.01.
        assert!((skewness(&exponential, 0.01) + 13.0).abs() < 0.3, "{}", skewness(&exponential, 0.01));
        let lognormal: Distribution = LogNormal::new(1.0, 1.0).unwrap().into();
        assert!((skewness(&lognormal, 1e6) - 6.185).abs() < 0.02);
        assert_eq!(skewness(&exponential, 1e-6), f64::NEG_INFINITY, "hardly any fails");
    }
}
