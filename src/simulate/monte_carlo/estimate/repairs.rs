//! What becomes of failed units: until somebody knows, until somebody comes, until it works again.
//!
//! The figures of the system are drawn without a word about its units, which is faster. Here the first replications are
//! run once more, with every unit heard, and what units go through is summed up by component and by crew.

use super::Figure;
use super::figures::{mean_figure, ratio_figure};
use crate::simulate::model::{Dynamics, Life, Model};
use crate::simulate::monte_carlo::engine::coupled::{Phase, Recorder};
use crate::simulate::monte_carlo::engine::replication::{Bench, Engine};
use crate::stats::pairs::PairMoments;
use crate::stats::summary::Moments;

/// Component events that are spent on this at most, and replications: mean times of units, which fail far more often than systems,
/// are known well by then.
const EVENTS_MAX: u64 = 2_000_000;
const REPLICATIONS_MAX: u64 = 1_000;

/// The mean times between a failure and its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Repairs {
    /// Replications that were heard.
    pub replications: u64,
    /// By component that is ever repaired, in the order of the file.
    pub components: Vec<RepairTimes>,
    /// By crew.
    pub crews: Vec<CrewLoad>,
}

/// What the failures of a component go through, as means over all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct RepairTimes {
    /// The component's number.
    pub component: usize,
    /// Failures that were heard to their end.
    pub failures: f64,
    /// Until somebody, or a restart, can act; `None` where that is always at once.
    pub detection_s: Option<Figure>,
    /// In automatic restarts; `None` where there are none.
    pub restart_s: Option<Figure>,
    /// Until a crew begins; `None` where none has to be waited for.
    pub wait_s: Option<Figure>,
    /// In repair.
    pub repair_s: Option<Figure>,
    /// All of it.
    pub restore_s: Option<Figure>,
}

/// How busy a crew is.
#[derive(Debug, Clone, PartialEq)]
pub struct CrewLoad {
    /// The crew's number.
    pub crew: usize,
    /// The share of its time that it repairs.
    pub utilisation: Option<Figure>,
    /// The mean wait for it, over all of its repairs.
    pub wait_s: Option<Figure>,
}

/// How many replications are heard when one has so many component events; none where that would take longer than the run.
pub fn replications_heard(replications: u64, events: u64) -> u64 {
    let each = (events / replications.max(1)).max(1);
    replications.min(EVENTS_MAX / each).min(REPLICATIONS_MAX)
}

/// Hears replications 0 to `replications`; `None` where fewer than two are heard, or where there is nothing to tell apart.
pub fn measure_repairs(model: &Model, seed: u64, replications: u64, confidence: f64) -> Option<Repairs> {
    if replications < 2 || !model.units.iter().any(|unit| has_stages(&unit.life)) {
        return None;
    }
    let engine = Engine::whole(model);
    let mut bench = Bench::default();
    let mut heard = Heard::new(model);
    for index in 0..replications {
        let mut ear = Ear::new(model);
        engine.replicate_with(&mut bench, seed, index, &mut ear);
        heard.take(model, ear);
    }
    Some(heard.figures(model, replications, confidence))
}

fn dynamics(life: &Life) -> Option<&Dynamics> {
    match life {
        Life::Dynamic(dynamics) => Some(dynamics),
        Life::Fixed { .. } => None,
    }
}

/// Whether more than a repair lies between a failure and its end.
fn has_stages(life: &Life) -> bool {
    dynamics(life).is_some_and(|unit| is_detected_late(unit) || unit.restart.is_some() || unit.crew.is_some())
}

fn is_detected_late(unit: &Dynamics) -> bool {
    unit.detection.is_some() || unit.inspection.is_some()
}

/// The stages that are told apart.
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

/// Seconds in each stage.
type Stages = [f64; STAGES];

/// Hears one replication.
struct Ear<'m> {
    model: &'m Model,
    units: Vec<Hearing>,
    /// By component: failures that ended, and what they went through.
    ended: Vec<(f64, Stages)>,
    /// By crew: seconds of repair within the horizon.
    busy_s: Vec<f64>,
}

/// A unit as it was last heard of.
#[derive(Clone, Copy, Default)]
struct Hearing {
    stage: Option<usize>,
    since_s: f64,
    /// What its present failure went through so far.
    stages: Stages,
}

impl<'m> Ear<'m> {
    fn new(model: &'m Model) -> Self {
        Self {
            model,
            units: vec![Hearing::default(); model.units.len()],
            ended: vec![(0.0, Stages::default()); model.components.len()],
            busy_s: vec![0.0; model.crews.len()],
        }
    }

    /// Ends the stage that a unit is in, at `at_s`.
    fn close(&mut self, at_s: f64, unit: u32) {
        let Some(hearing) = self.units.get_mut(unit as usize) else {
            return;
        };
        let Some(stage) = hearing.stage.take() else { return };
        hearing.stages[stage] += at_s - hearing.since_s;
        let slot = self.model.units.get(unit as usize).and_then(|unit| unit.life.crew());
        let busy_s = slot.and_then(|slot| self.busy_s.get_mut(slot.crew as usize));
        if let (REPAIR, Some(busy_s)) = (stage, busy_s) {
            *busy_s += at_s - hearing.since_s.max(0.0);
        }
    }

    /// Takes a failure in that is over: all but planned work, which goes through no stage.
    fn end(&mut self, at_s: f64, unit: u32) {
        let number = unit as usize;
        let (Some(hearing), Some(unit)) = (self.units.get_mut(number), self.model.units.get(number)) else {
            return;
        };
        let stages = std::mem::take(&mut hearing.stages);
        let failed = stages.iter().any(|seconds| *seconds > 0.0);
        if let Some((failures, sums)) = self.ended.get_mut(unit.component as usize)
            && failed
            && at_s > 0.0
        {
            *failures += 1.0;
            sums.iter_mut().zip(stages).for_each(|(sum, seconds)| *sum += seconds);
        }
    }
}

impl Recorder for Ear<'_> {
    fn phase(&mut self, at_s: f64, unit: u32, phase: Phase) {
        self.close(at_s, unit);
        if phase == Phase::Up {
            self.end(at_s, unit);
        }
        if let Some(hearing) = self.units.get_mut(unit as usize) {
            hearing.stage = stage(phase);
            hearing.since_s = at_s;
        }
    }
}

/// What was heard in all replications.
struct Heard {
    /// By component: its failures (x) with the seconds of each stage, and of all together (y).
    stages: Vec<[PairMoments; STAGES]>,
    whole: Vec<PairMoments>,
    /// By crew: seconds of repair, and its units' failures (x) with the seconds of waiting (y).
    busy_s: Vec<Moments>,
    wait: Vec<PairMoments>,
}

impl Heard {
    fn new(model: &Model) -> Self {
        let (components, crews) = (model.components.len(), model.crews.len());
        Self {
            stages: vec![<[PairMoments; STAGES]>::default(); components],
            whole: vec![PairMoments::default(); components],
            busy_s: vec![Moments::new(); crews],
            wait: vec![PairMoments::default(); crews],
        }
    }

    /// Takes a replication in.
    fn take(&mut self, model: &Model, mut ear: Ear<'_>) {
        for unit in 0..model.units.len() {
            ear.close(model.horizon_s, unit as u32);
        }
        let mut waits = vec![(0.0, 0.0); model.crews.len()];
        for (component, (failures, sums)) in ear.ended.iter().enumerate() {
            let pairs = self.stages[component].iter_mut().zip(sums);
            pairs.for_each(|(pair, sum)| pair.add(*failures, *sum));
            self.whole[component].add(*failures, sums.iter().sum());
            if let Some(wait) = crew_of(model, component).and_then(|crew| waits.get_mut(crew)) {
                wait.0 += failures;
                wait.1 += sums[WAIT];
            }
        }
        let crews = self.wait.iter_mut().zip(waits);
        crews.for_each(|(pair, (failures, wait_s))| pair.add(failures, wait_s));
        let crews = self.busy_s.iter_mut().zip(ear.busy_s);
        crews.for_each(|(moments, busy_s)| moments.add(busy_s));
    }

    fn figures(&self, model: &Model, replications: u64, confidence: f64) -> Repairs {
        let mean = |pair: &PairMoments| ratio_figure(pair.ratio(), confidence);
        let component = |component: usize| {
            let unit = first_unit(model, component)?;
            unit.repair.as_ref()?;
            let [detection, restart, wait, repair] = &self.stages[component];
            Some(RepairTimes {
                component,
                failures: self.whole[component].x().sum(),
                detection_s: mean(detection).filter(|_| is_detected_late(unit)),
                restart_s: mean(restart).filter(|_| unit.restart.is_some()),
                wait_s: mean(wait).filter(|_| crew_of(model, component).is_some()),
                repair_s: mean(repair),
                restore_s: mean(&self.whole[component]),
            })
        };
        let crew = |crew: usize| {
            let capacity_s = f64::from(model.crews[crew].size) * model.horizon_s;
            CrewLoad {
                crew,
                utilisation: mean_figure(&self.busy_s[crew], capacity_s, 1.0, confidence),
                wait_s: mean(&self.wait[crew]),
            }
        };
        Repairs {
            replications,
            components: (0..model.components.len()).filter_map(component).collect(),
            crews: (0..model.crews.len()).map(crew).collect(),
        }
    }
}

/// The units of a component live alike.
fn first_unit(model: &Model, component: usize) -> Option<&Dynamics> {
    let first = model.components.get(component)?.units.start;
    dynamics(&model.units.get(first as usize)?.life)
}

/// The crew of a component's first unit that has one.
fn crew_of(model: &Model, component: usize) -> Option<usize> {
    let mut units = model.components.get(component)?.units.clone();
    let slot = units.find_map(|unit| model.units.get(unit as usize)?.life.crew())?;
    Some(slot.crew as usize)
}

#[cfg(test)]
mod tests {
    use super::measure_repairs;

    fn heard(text: &str) -> super::Repairs {
        let (model, _) =
            crate::simulate::topology_file::read("system.yaml", text, &[], &|path| Err(path.to_owned()))
                .unwrap();
        measure_repairs(&model, 1, 400, 0.95).unwrap()
    }

    #[test]
    fn each_stage_has_the_mean_that_the_file_gives_it() {
        let heard = heard(
            "horizon: 10y\ncomponents:\n  web: { mtbf: 100h, repair: 30m, detection: 5m }\nsystem: web\n",
        );
        let [web] = heard.components.as_slice() else { panic!() };
        // Fixed times leave only rounding of sums of some thousand terms.
        let near =
            |figure: &Option<super::Figure>, seconds: f64| (figure.unwrap().value - seconds).abs() < 1e-3;
        assert!(
            near(&web.detection_s, 300.0) && near(&web.repair_s, 1_800.0) && near(&web.restore_s, 2_100.0)
        );
        assert!(web.wait_s.is_none() && web.restart_s.is_none());
    }

    /// Two units, one responder, all exponential: with r = λ/μ the chain of 0, 1, 2 failed units has weights 1, 2r, 2r². The crew is
    /// busy in the last two, and by Little's law the mean wait is P(2)/(μ(1 − P(0))) · …: E[waiting] over the rate of repairs.
    #[test]
    fn a_crew_is_as_busy_and_as_long_awaited_as_the_chain_says() {
        let heard = heard(
            "horizon: 10y\ncomponents:\n  web: { count: 2, mtbf: 10h, mttr: 5h }\nsystem: { parallel: [web] }\n\
             crews: { oncall: { serves: [web] } }\n",
        );
        let r = 0.5;
        let all = 1.0 + 2.0 * r + 2.0 * r * r;
        let busy = (2.0 * r + 2.0 * r * r) / all;
        let wait_s = (2.0 * r * r / all) / busy * 5.0 * 3_600.0;
        let crew = &heard.crews[0];
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
}
