//! How often and for how long a leaf is down, by its own law. Other parts of the model may keep it down for longer;
//! what is computed here tells how much a simulation must at least have seen.

use crate::simulate::model::{Dynamics, Leaf, Life, Model, RepairEffect, ShockKind, Standby, Start};
use crate::stats::distribution::Distribution;

/// The times that a leaf is down in a replication.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Downs {
    /// The number expected; of a fixed event its probability.
    pub expected: f64,
    /// Mean and mean square of the length, in seconds.
    pub down_s: f64,
    pub down_s2: f64,
    /// The number expected of the kind that makes up most of the mean square.
    pub rare: f64,
    /// The variance of the number over its mean, at least.
    pub dispersion: f64,
    /// Whether it is down for the whole replication, or not at all.
    pub is_fixed: bool,
}

impl Downs {
    /// Returns those of a leaf; `None` where nothing is known of it.
    pub(super) fn of(model: &Model, leaf: u32) -> Option<Self> {
        let horizon_s = model.horizon_s;
        let found = match model.leaf(leaf) {
            Leaf::Unit(number) => match &model.units.get(number as usize)?.life {
                Life::Fixed { unavailability } => Self::fixed(*unavailability, horizon_s),
                Life::Dynamic(unit) => of_unit(model, unit),
            },
            Leaf::Shock(number) => match &model.shocks.get(number as usize)?.kind {
                ShockKind::Fixed { unavailability } => Self::fixed(*unavailability, horizon_s),
                ShockKind::Outage { arrival, repair } => of_failures(
                    number_of_failures(model, arrival, None, repair.mean()),
                    &[Kind::of(1.0, repair)],
                    horizon_s,
                ),
                ShockKind::Failure { .. } => return None,
            },
            Leaf::Standby(number) => of_standby(model, model.standbys.get(number as usize)?)?,
        };
        let numbers = [found.expected, found.down_s, found.down_s2, found.dispersion];
        numbers.iter().all(|number| number.is_finite()).then_some(found)
    }

    fn fixed(probability: f64, horizon_s: f64) -> Self {
        Self {
            expected: probability,
            down_s: horizon_s,
            down_s2: horizon_s * horizon_s,
            rare: probability,
            dispersion: 1.0 - probability,
            is_fixed: true,
        }
    }

    /// Returns the share of the time that it is down.
    pub(super) fn unavailability(&self, horizon_s: f64) -> f64 {
        (self.expected * self.down_s / horizon_s).min(1.0)
    }
}

/// One way in which a failure ends.
#[derive(Debug, Clone, Copy)]
struct Kind {
    /// The share of the failures.
    share: f64,
    down_s: f64,
    down_s2: f64,
}

impl Kind {
    fn of(share: f64, time: &Distribution) -> Self {
        Self::lasting(share, time.mean(), time.variance())
    }

    fn lasting(share: f64, mean_s: f64, variance: f64) -> Self {
        Self { share, down_s: mean_s, down_s2: mean_s * mean_s + variance }
    }

    /// Adds a time before it.
    fn after(self, mean_s: f64, variance: f64) -> Self {
        let spread = self.down_s2 - self.down_s * self.down_s;
        Self::lasting(self.share, self.down_s + mean_s, spread + variance)
    }

    /// Cuts it at the end of the replication.
    fn within(self, horizon_s: f64) -> Self {
        let (down_s, down_s2) = (self.down_s.min(horizon_s), self.down_s2.min(horizon_s * horizon_s));
        Self { down_s, down_s2, ..self }
    }
}

/// The number of failures expected, and the least ratio of its variance to it.
type Number = (f64, f64);

fn of_failures((expected, dispersion): Number, kinds: &[Kind], horizon_s: f64) -> Downs {
    let kinds: Vec<Kind> = kinds.iter().map(|kind| kind.within(horizon_s)).collect();
    let mean = |of: fn(&Kind) -> f64| kinds.iter().map(|kind| kind.share * of(kind)).sum::<f64>();
    let most = kinds.iter().max_by(|a, b| (a.share * a.down_s2).total_cmp(&(b.share * b.down_s2)));
    Downs {
        expected,
        down_s: mean(|kind| kind.down_s),
        down_s2: mean(|kind| kind.down_s2),
        rare: expected * most.map_or(1.0, |kind| kind.share),
        dispersion,
        is_fixed: false,
    }
}

fn of_unit(model: &Model, unit: &Dynamics) -> Downs {
    let horizon_s = model.horizon_s;
    let Some(repair) = &unit.repair else {
        // It is down from its failure to the end.
        let failing = unit.failure.cdf(horizon_s);
        let lost_s = horizon_s - unit.failure.integrated_survival(horizon_s);
        let kind = Kind::lasting(1.0, if failing > 0.0 { lost_s / failing } else { 0.0 }, 0.0);
        return of_failures((failing, 1.0 - failing), &[kind], horizon_s);
    };
    let (detected_s, detected_s2) = until_detected(model, unit);
    let mut kinds = vec![Kind::of(1.0, repair)];
    if let Some(restart) = &unit.restart {
        let failed = (1.0 - restart.success).powi(restart.limit.min(1_000) as i32);
        let waits_s: f64 = (1..restart.limit.min(1_000)).map(|attempt| restart.wait_s(attempt)).sum();
        let attempts_s = f64::from(restart.limit) * restart.attempt.mean() + waits_s;
        let repaired = Kind::of(failed, repair).after(attempts_s, 0.0);
        kinds = vec![Kind::of(1.0 - failed, &restart.attempt), repaired];
    }
    let kinds: Vec<Kind> = kinds.into_iter().map(|kind| kind.after(detected_s, detected_s2)).collect();
    let down_s = kinds.iter().map(|kind| kind.share * kind.down_s).sum::<f64>();
    of_failures(number_of_failures(model, &unit.failure, Some(unit), down_s), &kinds, horizon_s)
}

/// Returns mean and variance of the time from a failure to its detection.
fn until_detected(model: &Model, unit: &Dynamics) -> (f64, f64) {
    match model.schedule(unit.inspection) {
        // A failure lies anywhere between two inspections.
        Some(schedule) => {
            let every_s = schedule.every.mean().min(model.horizon_s);
            (0.5 * every_s, every_s * every_s / 12.0)
        }
        None => {
            unit.detection.as_ref().map_or((0.0, 0.0), |detection| (detection.mean(), detection.variance()))
        }
    }
}

/// Returns the number of failures of a life that is renewed after `down_s`.
fn number_of_failures(model: &Model, life: &Distribution, unit: Option<&Dynamics>, down_s: f64) -> Number {
    let horizon_s = model.horizon_s;
    if unit.is_some_and(|unit| unit.repair_effect == RepairEffect::AsOld) {
        return (life.cumulative_hazard(horizon_s), 1.0);
    }
    let replaced_s = unit.and_then(|unit| unit.replacement.as_ref()).map(|replacement| replacement.age_s);
    let in_long_run = match replaced_s {
        // Renewal reward: a cycle ends with a failure or at the age of replacement.
        Some(age_s) => horizon_s * life.cdf(age_s) / (life.integrated_survival(age_s) + down_s),
        None => horizon_s / (life.mean() + down_s.min(horizon_s)),
    };
    // Seldom failures are those that a new unit has; of many the number settles.
    let failing = if model.start == Start::New { life.cdf(horizon_s) } else { 1.0 };
    let expected = if failing < 0.9 { failing.min(in_long_run) } else { in_long_run };
    let cv = life.cv();
    (expected, if expected < 0.1 { 1.0 - expected } else { (cv * cv).min(1.0) })
}

/// Returns the times that a standby block is down whose units fail one by one: until a spare has taken over, because
/// the switch does not work, or because too few units are left.
fn of_standby(model: &Model, block: &Standby) -> Option<Downs> {
    let unit = model.units.get(*block.units.first()? as usize)?.life.dynamics()?;
    let horizon_s = model.horizon_s;
    let repair_s = unit.repair.as_ref().map_or(horizon_s, Distribution::mean).min(horizon_s);
    let (one, _) = number_of_failures(model, &unit.failure, Some(unit), repair_s);
    let positions = f64::from(block.active);
    let demands = one * positions;
    if block.needed < block.active || demands == 0.0 {
        // The loss of one position does not matter.
        return None;
    }
    let spares = block.units.len() as i32 - block.active as i32;
    let mean_s = |time: &Option<Distribution>| time.as_ref().map_or(0.0, Distribution::mean);
    let takeover_s = mean_s(&block.detection) + mean_s(&block.switchover);
    // Of the spares each must fail while those before it are still being repaired.
    let failing_meanwhile = (one / horizon_s * positions * repair_s).min(1.0);
    let exhausted = failing_meanwhile.powi(spares);
    let kind = Kind::lasting;
    let kinds = [
        kind(block.switch_success, takeover_s, 0.0),
        match &block.manual {
            Some(manual) => Kind::of(1.0 - block.switch_success, manual).after(mean_s(&block.detection), 0.0),
            None => kind(1.0 - block.switch_success, repair_s, 0.0),
        },
        kind(exhausted, repair_s / f64::from(spares + 1), 0.0),
    ];
    Some(of_failures((demands, 1.0), &kinds, horizon_s))
}

#[cfg(test)]
mod tests {
    use super::Downs;
    use crate::simulate::topology_file::tests::model;

    const HOUR_S: f64 = 3_600.0;
    const HORIZON_S: f64 = 1_000.0 * HOUR_S;

    /// Returns the times that the only leaf of a system is down.
    fn downs(component: &str) -> Downs {
        found(component).unwrap()
    }

    fn found(component: &str) -> Option<Downs> {
        let model = model(&format!("horizon: 1000h\n{component}\n"));
        let leaves = model.structure.leaves_below(model.structure.top());
        assert_eq!(leaves.len(), 1);
        Downs::of(&model, leaves[0])
    }

    fn web(keys: &str) -> Downs {
        downs(&format!("components: {{ web: {{ {keys} }} }}\nsystem: web"))
    }

    #[track_caller]
    fn assert_near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-9, "{found}, not {expected}");
    }

    #[test]
    fn a_fixed_event_is_down_for_the_whole_horizon() {
        let fixed = web("unavailability: 0.2");
        assert_eq!((fixed.expected, fixed.down_s, fixed.down_s2), (0.2, HORIZON_S, HORIZON_S * HORIZON_S));
        assert_eq!((fixed.rare, fixed.dispersion, fixed.is_fixed), (0.2, 0.8, true));
        assert_near(fixed.unavailability(HORIZON_S), 0.2);
    }

    #[test]
    fn a_unit_that_is_not_repaired_is_down_from_its_failure_to_the_horizon() {
        let found = web("mtbf: 500h, repair: never");
        let (failing, lasting_h) = (1.0 - (-2.0_f64).exp(), 500.0 * (1.0 - (-2.0_f64).exp()));
        let down_s = (1_000.0 - lasting_h) / failing * HOUR_S;
        assert_near(found.expected, failing);
        assert_near(found.down_s, down_s);
        assert_near(found.down_s2, down_s * down_s);
        assert_near(found.dispersion, 1.0 - failing);
        assert_near(found.unavailability(HORIZON_S), (1_000.0 - lasting_h) / 1_000.0);
    }

    #[test]
    fn a_repair_follows_a_detection() {
        let found = web("mtbf: 100h, mttr: 2h, detection: 3h");
        assert_near(found.expected, 1_000.0 / 105.0);
        assert_near(found.down_s, 5.0 * HOUR_S);
        // The repair is exponential, the detection fixed.
        assert_near(found.down_s2, (25.0 + 4.0) * HOUR_S * HOUR_S);
        assert_eq!((found.dispersion, found.is_fixed), (1.0, false));
        assert_near(found.rare, found.expected);
    }

    #[test]
    fn an_inspection_finds_a_failure_after_half_its_interval() {
        let found = web("mtbf: 100h, repair: 2h, inspection: { every: 12h }");
        assert_near(found.down_s, 8.0 * HOUR_S);
        assert_near(found.down_s2, (64.0 + 12.0) * HOUR_S * HOUR_S);
    }

    #[test]
    fn restarts_that_fail_come_before_a_repair() {
        let found = web("mtbf: 100h, repair: 10h, restart: { attempt: 1h, success: 0.8, limit: 1 }");
        assert_near(found.down_s, (0.8 + 0.2 * 11.0) * HOUR_S);
        assert_near(found.down_s2, (0.8 + 0.2 * 121.0) * HOUR_S * HOUR_S);
        assert_near(found.expected, 1_000.0 / 103.0);
        assert_near(found.rare, 0.2 * found.expected);
        // Most last for 2.1 h, and a fifth for 2 h.
        let seldom = web("mtbf: 100h, repair: 0.1h, restart: { attempt: 2h, success: 0.2, limit: 1 }");
        assert_near(seldom.rare, 0.8 * seldom.expected);
    }

    #[test]
    fn what_lasts_longer_than_the_horizon_is_cut_there() {
        let found = web("mtbf: 100h, repair: 3000h");
        assert_near(found.down_s, HORIZON_S);
        assert_near(found.down_s2, HORIZON_S * HORIZON_S);
    }

    /// Exponential repairs of 800 h have a mean square of 2 · 800² h², more than the horizon allows.
    #[test]
    fn the_square_of_a_time_is_cut_at_that_of_the_horizon() {
        let found = web("mtbf: 100h, mttr: 800h");
        assert_near(found.down_s, 800.0 * HOUR_S);
        assert_near(found.down_s2, HORIZON_S * HORIZON_S);
    }

    #[test]
    fn waits_between_restarts_come_before_a_repair() {
        let keys =
            "restart: { attempt: 2h, success: 0.9, limit: 3, backoff: 1h, factor: 2, max_backoff: 5h }";
        let found = web(&format!("mtbf: 1000h, repair: 10h, {keys}"));
        let lasting_h = 3.0 * 2.0 + 1.0 + 2.0 + 10.0;
        assert_near(found.down_s, (0.999 * 2.0 + 0.001 * lasting_h) * HOUR_S);
        // The kind that matters most is not the one that lasts longest.
        assert_near(found.rare, 0.999 * found.expected);
    }

    #[test]
    fn the_number_of_many_failures_settles_to_that_of_a_renewal_process() {
        let found = web("failure: { weibull: { shape: 2, scale: 100h } }, repair: 1h");
        let mean_h = 100.0 * 0.5 * std::f64::consts::PI.sqrt();
        assert_near(found.expected, 1_000.0 / (mean_h + 1.0));
        assert_near(found.dispersion, 4.0 / std::f64::consts::PI - 1.0);
    }

    #[test]
    fn few_failures_are_those_of_a_new_unit() {
        let found = web("failure: { weibull: { shape: 2, scale: 10000h } }, repair: 1h");
        let failing = 1.0 - (-0.01_f64).exp();
        assert_near(found.expected, failing);
        assert_near(found.dispersion, 1.0 - failing);
        let old = downs(
            "start: stationary\ncomponents: { web: { failure: { weibull: { shape: 2, scale: 10000h } }, repair: 1h } }\n\
             system: web",
        );
        let mean_h = 10_000.0 * 0.5 * std::f64::consts::PI.sqrt();
        assert_near(old.expected, 1_000.0 / (mean_h + 1.0));
    }

    #[test]
    fn replacement_and_minimal_repair_have_their_own_numbers() {
        let life = "failure: { weibull: { shape: 2, scale: 100h } }";
        let old = web(&format!("{life}, repair: 1h, repair_effect: as_old"));
        assert_near(old.expected, 100.0);
        assert_eq!(old.dispersion, 1.0);
        let replaced = web(&format!("{life}, repair: 1h, replacement: {{ age: 50h, duration: 1h }}"));
        // ∫ exp(−t²) to 0.5 is 0.461281…
        let cycle_h = 100.0 * 0.461_281_006_412_792_4 + 1.0;
        assert_near(replaced.expected, 1_000.0 * (1.0 - (-0.25_f64).exp()) / cycle_h);
    }

    #[test]
    fn a_standby_block_is_down_until_a_spare_has_taken_over() {
        let found = downs(
            "components: { db: { count: 2, mtbf: 100h, repair: 10h } }\n\
             system: { standby: { units: [db], mode: hot, detection: 1h, switchover: 2h, switch_success: 0.9 } }",
        );
        let demands = 1_000.0 / 110.0;
        let meanwhile = demands / 1_000.0 * 10.0;
        assert_near(found.expected, demands);
        assert_near(found.down_s, (0.9 * 3.0 + 0.1 * 10.0 + meanwhile * 5.0) * HOUR_S);
        assert_near(found.down_s2, (0.9 * 9.0 + 0.1 * 100.0 + meanwhile * 25.0) * HOUR_S * HOUR_S);
        assert_eq!(found.dispersion, 1.0);
    }

    #[test]
    fn a_manual_switchover_follows_the_detection() {
        let found = downs(
            "components: { db: { count: 2, mtbf: 100h, repair: 10h } }\n\
             system: { standby: { units: [db], mode: hot, detection: 1h, switchover: 2h, switch_success: 0.7, manual: 4h } }",
        );
        let meanwhile = found.expected / 1_000.0 * 10.0;
        assert_near(found.down_s, (0.7 * 3.0 + 0.3 * 5.0 + meanwhile * 5.0) * HOUR_S);
    }

    #[test]
    fn nothing_is_known_where_a_block_can_do_without_a_position() {
        let text = "components: { db: { count: 3, mtbf: 100h, repair: 10h } }\n\
                    system: { standby: { units: [db], active: 2, needed: 1, mode: hot } }";
        assert_eq!(found(text), None);
        let never = text.replace("mtbf: 100h", "failure: { uniform: { low: 2000h, high: 3000h } }");
        assert_eq!(found(&never.replace(", needed: 1", "")), None, "no unit fails");
    }

    #[test]
    fn a_unit_that_cannot_fail_before_the_horizon_is_not_down() {
        let found = web("failure: { uniform: { low: 2000h, high: 3000h } }, repair: never");
        assert_eq!((found.expected, found.down_s), (0.0, 0.0));
    }

    /// Two positions make twice the demands, and the third unit must last through a repair.
    #[test]
    fn a_spare_of_two_positions_must_last_through_a_repair() {
        let found = downs(
            "components: { db: { count: 3, mtbf: 100h, repair: 10h } }\n\
             system: { standby: { units: [db], active: 2, mode: hot, detection: 1h, switchover: 2h } }",
        );
        let one = 1_000.0 / 110.0;
        let meanwhile = one / 1_000.0 * 2.0 * 10.0;
        assert_near(found.expected, 2.0 * one);
        assert_near(found.down_s, (3.0 + meanwhile * 5.0) * HOUR_S);
    }
}
