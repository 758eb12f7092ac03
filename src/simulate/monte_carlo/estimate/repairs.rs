//! Times from the failure of a unit to its restoration: detection, restarts, waiting for a crew, repair.
//!
//! The main simulation does not record the phases of units, which makes it faster. Here its first
//! replications are repeated with recording, and the times are summed by component and by crew.

use super::figures::{Figure, SHARE, mean_figure, ratio_figure};
use crate::base::patience::Patience;
use crate::simulate::model::{Crew, Dynamics, Model};
use crate::simulate::monte_carlo::engine::coupled::{Phase, Recorder};
use crate::simulate::monte_carlo::engine::replication::{Bench, Engine};
use crate::stats::pairs::PairMoments;
use crate::stats::summary::Moments;
use serde::Serialize;

/// Limits on the component events and replications spent on this. Units fail far more often than
/// systems, so their mean times are known well by then.
const EVENTS_MAX: u64 = 2_000_000;
const REPLICATIONS_MAX: u64 = 1_000;

/// Mean times from failure to restoration, and the load of crews.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Repairs {
    /// Number of replications that were recorded: the first ones, not all.
    pub replications: u64,
    /// The components that are repaired, in the order of the file.
    pub components: Vec<RepairTimes>,
    /// The crews.
    pub crews: Vec<CrewLoad>,
}

/// Mean times of the repair stages of a component, over all its failures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RepairTimes {
    /// Name of the component.
    pub name: String,
    /// Number of failures that ended within the replications.
    pub failures: u64,
    /// Time to detection; `None` if detection is always immediate.
    pub detection_s: Option<Figure>,
    /// Time in automatic restarts; `None` if there are none.
    pub restart_s: Option<Figure>,
    /// Time waiting for a crew; `None` if no crew is assigned.
    pub wait_s: Option<Figure>,
    /// Time in repair.
    pub repair_s: Option<Figure>,
    /// Total time from failure to restoration.
    pub restore_s: Option<Figure>,
}

/// The load of a crew.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CrewLoad {
    /// Name of the crew.
    pub name: String,
    /// Maximum number of simultaneous repairs.
    pub size: u32,
    /// Share of the crew's capacity that is spent on repairs.
    pub utilisation: Option<Figure>,
    /// Mean time waiting for the crew, over all failures of its units.
    pub wait_s: Option<Figure>,
}

/// Returns the number of replications to record, given the cost of one in component events; zero if a
/// single one exceeds the limit.
pub fn replications_heard(replications: u64, events: u64) -> u64 {
    let each = (events / replications.max(1)).max(1);
    replications.min(EVENTS_MAX / each).min(REPLICATIONS_MAX)
}

/// Records replications 0 to `replications` (exclusive), or fewer where `patience` ends earlier. Returns `None` for
/// fewer than two replications, or if no unit has a stage other than repair.
pub fn measure_repairs(
    model: &Model,
    seed: u64,
    replications: u64,
    confidence: f64,
    patience: Patience,
) -> Option<Repairs> {
    let has_stages =
        |unit: &Dynamics| is_detected_late(unit) || unit.restart.is_some() || unit.crew.is_some();
    if replications < 2 || !model.units.iter().filter_map(|unit| unit.life.dynamics()).any(has_stages) {
        return None;
    }
    let engine = Engine::whole(model);
    let mut bench = Bench::default();
    let mut recorded = RepairTally::new(model);
    let mut done = 0;
    while done < replications && !patience.is_over() {
        let mut recorder = RepairRecorder::new(model);
        engine.replicate_with(&mut bench, seed, done, &mut recorder);
        recorded.take(model, recorder);
        done += 1;
    }
    (done >= 2).then(|| recorded.figures(model, done, confidence))
}

fn is_detected_late(unit: &Dynamics) -> bool {
    unit.detection.is_some() || unit.inspection.is_some()
}

/// The stages between failure and restoration.
const STAGES: usize = 4;
const DETECTION: usize = 0;
const RESTART: usize = 1;
const WAIT: usize = 2;
const REPAIR: usize = 3;

fn stage(phase: Phase) -> Option<usize> {
    match phase {
        Phase::Hidden | Phase::Undetected => Some(DETECTION),
        Phase::Restarting | Phase::BackingOff => Some(RESTART),
        Phase::Waiting => Some(WAIT),
        Phase::InRepair => Some(REPAIR),
        Phase::Up | Phase::Planned | Phase::Replacing | Phase::Dead => None,
    }
}

/// Seconds spent in each stage.
type Stages = [f64; STAGES];

/// Records the stages of all units in one replication.
struct RepairRecorder<'m> {
    model: &'m Model,
    units: Vec<UnitStage>,
    /// For each component, the number of ended failures and the seconds of each stage.
    ended: Vec<(f64, Stages)>,
    /// For each crew, seconds of repair within the horizon.
    busy_s: Vec<f64>,
}

/// The last known state of a unit.
#[derive(Clone, Copy, Default)]
struct UnitStage {
    stage: Option<usize>,
    since_s: f64,
    /// Seconds of each stage of the current failure so far.
    stages: Stages,
}

impl<'m> RepairRecorder<'m> {
    fn new(model: &'m Model) -> Self {
        Self {
            model,
            units: vec![UnitStage::default(); model.units.len()],
            ended: vec![(0.0, Stages::default()); model.components.len()],
            busy_s: vec![0.0; model.crews.len()],
        }
    }

    /// Ends the current stage of a unit at `at_s`.
    fn close(&mut self, at_s: f64, unit: u32) {
        let current = &mut self.units[unit as usize];
        let Some(stage) = current.stage.take() else { return };
        current.stages[stage] += at_s - current.since_s;
        // Crews are measured from time zero on, so the warm-up (negative times) does not count.
        if let (REPAIR, Some(slot)) = (stage, self.model.units[unit as usize].life.crew()) {
            self.busy_s[slot.crew as usize] += at_s.max(0.0) - current.since_s.max(0.0);
        }
    }

    /// Adds a failure that is over. Planned work is not counted, since it has no stages.
    fn end(&mut self, at_s: f64, unit: u32) {
        let stages = std::mem::take(&mut self.units[unit as usize].stages);
        // Planned work has passed through no stage. Failures that ended during the warm-up are ignored.
        if at_s > 0.0 && stages.iter().any(|seconds| *seconds > 0.0) {
            let component = self.model.units[unit as usize].component;
            let (failures, sums) = &mut self.ended[component as usize];
            *failures += 1.0;
            sums.iter_mut().zip(stages).for_each(|(sum, seconds)| *sum += seconds);
        }
    }
}

impl Recorder for RepairRecorder<'_> {
    fn phase(&mut self, at_s: f64, unit: u32, phase: Phase) {
        self.close(at_s, unit);
        if phase == Phase::Up {
            self.end(at_s, unit);
        }
        let current = &mut self.units[unit as usize];
        (current.stage, current.since_s) = (stage(phase), at_s);
    }
}

/// The recorded times of all replications.
struct RepairTally {
    /// For each component, its failures (x) with the seconds of each stage and in total (y).
    components: Vec<[PairMoments; STAGES + 1]>,
    /// For each crew, seconds of repair, and its units' failures (x) with the seconds of waiting (y).
    crews: Vec<(Moments, PairMoments)>,
}

impl RepairTally {
    fn new(model: &Model) -> Self {
        Self {
            components: vec![Default::default(); model.components.len()],
            crews: vec![Default::default(); model.crews.len()],
        }
    }

    /// Adds a replication.
    fn take(&mut self, model: &Model, mut recorder: RepairRecorder<'_>) {
        for unit in 0..model.units.len() {
            recorder.close(model.horizon_s, unit as u32);
        }
        let mut waits = vec![(0.0, 0.0); model.crews.len()];
        for (component, (failures, sums)) in recorder.ended.iter().enumerate() {
            let total: f64 = sums.iter().sum();
            let pairs = self.components[component].iter_mut().zip(sums.iter().chain([&total]));
            pairs.for_each(|(pair, sum)| pair.add(*failures, *sum));
            if let Some(wait) = crew_of(model, component).and_then(|crew| waits.get_mut(crew)) {
                wait.0 += failures;
                wait.1 += sums[WAIT];
            }
        }
        for ((crew, (failures, wait_s)), busy_s) in self.crews.iter_mut().zip(waits).zip(recorder.busy_s) {
            crew.0.add(busy_s);
            crew.1.add(failures, wait_s);
        }
    }

    fn figures(&self, model: &Model, replications: u64, confidence: f64) -> Repairs {
        let mean = |pair: &PairMoments| ratio_figure(pair.ratio(), confidence);
        let component = |component: usize| {
            let unit = first_unit(model, component)?;
            unit.repair.as_ref()?;
            let [detection, restart, wait, repair, restore] = &self.components[component];
            Some(RepairTimes {
                name: model.components[component].name.clone(),
                failures: restore.x().sum() as u64,
                detection_s: mean(detection).filter(|_| is_detected_late(unit)),
                restart_s: mean(restart).filter(|_| unit.restart.is_some()),
                wait_s: mean(wait).filter(|_| crew_of(model, component).is_some()),
                repair_s: mean(repair),
                restore_s: mean(restore),
            })
        };
        let crew = |(crew, (busy_s, wait)): (&Crew, &(Moments, PairMoments))| {
            let capacity_s = f64::from(crew.size) * model.horizon_s;
            let utilisation = mean_figure(busy_s, capacity_s, SHARE, confidence);
            CrewLoad { name: crew.name.clone(), size: crew.size, utilisation, wait_s: mean(wait) }
        };
        Repairs {
            replications,
            components: (0..model.components.len()).filter_map(component).collect(),
            crews: model.crews.iter().zip(&self.crews).map(crew).collect(),
        }
    }
}

/// Returns the dynamics of a component's first unit. All units of a component have the same stages.
fn first_unit(model: &Model, component: usize) -> Option<&Dynamics> {
    let first = model.components.get(component)?.units.start;
    model.units.get(first as usize)?.life.dynamics()
}

/// Returns the crew of the first unit of a component that has one.
fn crew_of(model: &Model, component: usize) -> Option<usize> {
    let mut units = model.components.get(component)?.units.clone();
    let slot = units.find_map(|unit| model.units.get(unit as usize)?.life.crew())?;
    Some(slot.crew as usize)
}

#[cfg(test)]
mod tests {
    use super::{measure_repairs, replications_heard};
    use crate::base::patience::Patience;
    use crate::simulate::topology_file::tests::model;

    fn recorded(text: &str) -> super::Repairs {
        measure_repairs(&model(text), 1, 400, 0.95, Patience::ENDLESS).unwrap()
    }

    #[test]
    fn each_stage_has_its_mean_from_the_file() {
        let recorded = recorded(
            "horizon: 10y\ncomponents:\n  web: { mtbf: 100h, repair: 30m, detection: 5m }\nsystem: web\n",
        );
        let [web] = recorded.components.as_slice() else { panic!() };
        // The times are fixed, so only rounding errors of sums of some thousand terms remain.
        let near =
            |figure: &Option<super::Figure>, seconds: f64| (figure.unwrap().value - seconds).abs() < 1e-3;
        assert!(
            near(&web.detection_s, 300.0) && near(&web.repair_s, 1_800.0) && near(&web.restore_s, 2_100.0)
        );
        assert!(web.wait_s.is_none() && web.restart_s.is_none());
    }

    #[test]
    fn so_many_replications_are_recorded_as_are_asked_for() {
        let text = |stage: &str| {
            format!(
                "horizon: 950h\ncomponents:\n  web: {{ failure: 99h, repair: 30m{stage} }}\nsystem: web\n"
            )
        };
        let of = |stage: &str, replications: u64| {
            measure_repairs(&model(&text(stage)), 1, replications, 0.95, Patience::ENDLESS)
        };
        // A failure each 100 hours, of which nine end within the horizon.
        assert_eq!(of(", detection: 30m", 2).unwrap().components[0].failures, 18);
        assert_eq!(of(", detection: 30m", 1), None);
        assert_eq!(of("", 2), None, "there is no stage other than repair");
    }

    #[test]
    fn the_events_of_the_recorded_replications_are_limited() {
        assert_eq!(replications_heard(100, 1_000), 100);
        assert_eq!(replications_heard(10_000, 40_000_000), 500);
        assert_eq!(replications_heard(5_000, 5_000), 1_000);
        assert_eq!(replications_heard(1, 4_000_000), 0);
        assert_eq!(replications_heard(0, 0), 0);
    }

    #[test]
    fn the_use_of_a_crew_is_a_share_of_all_its_members() {
        let recorded = recorded(
            "horizon: 950h\ncomponents:\n  web: { failure: 99h, repair: 1h }\nsystem: web\n\
             crews: { oncall: { serves: [web], size: 2 } }\n",
        );
        // Nine of 950 hours, of one member of two.
        assert_eq!(recorded.crews[0].utilisation.unwrap().value, 9.0 / 1_900.0);
    }

    #[test]
    fn planned_work_is_no_failure() {
        let recorded = recorded(
            "horizon: 1000h\ncomponents:\n  web: { failure: 10000h, repair: 1h, detection: 1m, \
             maintenance: { every: 100h, duration: 1h } }\nsystem: web\n",
        );
        assert_eq!(recorded.components[0].failures, 0);
    }

    /// Two units and one responder, with exponential times: for r = λ/μ the Markov chain of 0, 1 and 2
    /// failed units has the weights 1, 2r and 2r². The crew is busy in the last two states. By Little's
    /// law the mean wait is the mean number of waiting units, P(2), over the rate of repairs, μ (1 −
    /// P(0)).
    fn agrees_with_the_markov_chain(settings: &str) {
        let recorded = recorded(&format!(
            "{settings}\ncomponents:\n  web: {{ count: 2, mtbf: 10h, mttr: 5h }}\nsystem: {{ parallel: [web] }}\n\
             crews: {{ oncall: {{ serves: [web] }} }}\n",
        ));
        let r = 0.5;
        let all = 1.0 + 2.0 * r + 2.0 * r * r;
        let busy = (2.0 * r + 2.0 * r * r) / all;
        let wait_s = (2.0 * r * r / all) / busy * 5.0 * 3_600.0;
        let crew = &recorded.crews[0];
        let within = |figure: Option<super::Figure>, expected: f64| {
            let figure = figure.unwrap();
            let interval = figure.interval.unwrap();
            // Four standard errors: a half-width is 1.96 of them. False alarms: 6e-5 each.
            let error = (interval.upper.unwrap() - interval.lower.unwrap()) / 3.92;
            (figure.value - expected).abs() < 4.0 * error && error < 0.01 * expected
        };
        assert!(within(crew.utilisation, busy), "{crew:?} {busy}");
        assert!(within(crew.wait_s, wait_s), "{crew:?} {wait_s}");
    }

    #[test]
    fn utilisation_and_wait_of_a_crew_agree_with_the_markov_chain() {
        agrees_with_the_markov_chain("horizon: 10y");
    }

    #[test]
    fn the_warm_up_of_a_stationary_start_is_not_counted() {
        agrees_with_the_markov_chain("horizon: 1y\nstart: stationary");
    }
}
