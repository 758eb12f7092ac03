//! Builds the report from the results of the exact solvers and the simulation.

use super::parts;
use super::{
    Blamed, ComponentRepairs, CrewReport, CurvePoint, Distributed, ExactRoad, Exactly, Exceedance, Measure,
    MeasureUnit, Objective, Parts, RepairsReport, Report, SCHEMA, Simulated, SimulationRoad,
};
use crate::base::outcome::Outcome;
use crate::base::quantity::{YEAR_S, format_duration, format_share, significant};
use crate::base::text::{counted, grouped};
use crate::simulate::analytic::{Answers, Method, Solvers};
use crate::simulate::model::{Life, Model, Start, Unit as ModelUnit};
use crate::simulate::monte_carlo::estimate::{
    CURVE_POINTS, CrewLoad, FAILING_MIN, Figure, Figures, RepairTimes, Repairs, Rule, Scope, Spread, Stop,
};
use crate::stats::quantile::normal_upper_quantile;

/// The source of the model and the settings of the run.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The topology file.
    pub topology: String,
    /// Overrides, as `path=value`.
    pub set: Vec<String>,
    /// The seed.
    pub seed: u64,
    /// Maximum number of rows of lists: causes, components, cut sets.
    pub top: usize,
    /// Warnings from reading the file.
    pub warnings: Vec<String>,
}

/// The results of all solvers.
#[derive(Debug)]
pub struct Findings<'m> {
    /// The exact solvers that apply, or why they do not.
    pub exact: Solvers<'m>,
    /// Estimates of the simulation, with the stopping rule and the condition that ended it.
    pub simulated: Option<(Figures, Rule, Stop)>,
    /// Why the simulation was run but has no estimates.
    pub too_short: Option<TooShort>,
    /// Repair stages of failed units.
    pub repairs: Option<Repairs>,
}

/// A simulation that ended before two replications were complete, the minimum for estimates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooShort {
    /// The condition that ended it.
    pub stop: Stop,
}

impl TooShort {
    /// Returns the reason in words.
    pub fn description(self) -> String {
        format!(
            "{} ended the simulation before two replications were done, so there are no estimates: raise the limit, or shorten replications \
             with --horizon",
            self.stop.description()
        )
    }
}

/// Assembles the report.
pub fn report(
    model: &Model,
    scope: &Scope,
    origin: Origin,
    findings: &Findings<'_>,
    confidence: f64,
) -> Report {
    let figures = findings.simulated.as_ref().map(|(figures, ..)| figures);
    let answers = findings.exact.answers(scope);
    let mut report = Report {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        name: model.name.clone(),
        units: model.units.len() as u64,
        topology: origin.topology,
        set: origin.set,
        seed: origin.seed,
        confidence,
        horizon_s: scope.horizon_s,
        start: match model.start {
            Start::New => "new",
            Start::Stationary => "stationary",
        },
        exact: exact_solution(&findings.exact),
        simulation: findings
            .simulated
            .as_ref()
            .map(|(figures, rule, stop)| simulation_run(figures, rule, *stop)),
        figures: measures(model, scope, &answers, figures, confidence),
        distributions: figures.map_or_else(Vec::new, |figures| distributions(scope, figures)),
        repairs: findings.repairs.as_ref().map(|repairs| repaired(model, repairs)),
        objectives: Vec::new(),
        blame: figures.map_or_else(Vec::new, |figures| blame(model, scope, figures)),
        importance: Vec::new(),
        cut_sets: None,
        curve: curve(scope, &answers, figures),
        warnings: origin.warnings,
        too_short: findings.too_short,
    };
    report.objectives = objectives(model, scope, &report, figures);
    parts::describe(&mut report, model, scope, &findings.exact, origin.top);
    let more = warnings(model, scope, findings);
    report.warnings.extend(more);
    report
}

fn simulation_run(figures: &Figures, rule: &Rule, stop: Stop) -> SimulationRoad {
    SimulationRoad {
        replications: figures.replications,
        failing_replications: figures.failing_replications,
        events: figures.events,
        stopped_by: stop,
        precision_asked: rule.precision,
        precision_reached: half_width(&figures.unavailability)
            .map(|half| half / figures.unavailability.value),
    }
}

fn half_width(figure: &Figure) -> Option<f64> {
    let interval = figure.interval?;
    Some(0.5 * (interval.upper? - interval.lower?))
}

/// Converts an estimate to its form in the report.
pub fn simulated(figure: &Figure) -> Simulated {
    Simulated {
        value: figure.value,
        lower: figure.interval.and_then(|interval| interval.lower),
        upper: figure.interval.and_then(|interval| interval.upper),
        method: figure.interval.map(|interval| interval.method.name()),
    }
}

fn exact_solution(solvers: &Solvers<'_>) -> ExactRoad {
    let diagram = solvers.diagram.as_ref().ok();
    let chain = solvers.chain.as_ref().ok();
    let composition = solvers.composition.as_ref().and_then(|road| road.as_ref().ok());
    ExactRoad {
        methods: [
            diagram.map(|_| Method::Diagram.name()),
            chain.map(|_| Method::Chain.name()),
            composition.map(|_| Method::DiagramOverChains.name()),
            solvers.series.as_ref().map(|_| Method::ChainsInSeries.name()),
        ]
        .into_iter()
        .flatten()
        .collect(),
        nodes: diagram.map(|solution| solution.exact().nodes() as u64),
        states: chain.map(|chain| chain.states() as u64),
        parts: composition.map(|composition| {
            let states = composition.states();
            Parts {
                nodes: composition.nodes() as u64,
                chains: states.len() as u64,
                states: states.iter().sum::<usize>() as u64,
            }
        }),
        why_not: solvers.why_not(),
        missing: Vec::new(),
    }
}

/// Key, label and unit of a figure.
type Named = (&'static str, String, MeasureUnit);

fn measures(
    model: &Model,
    scope: &Scope,
    answers: &Answers,
    figures: Option<&Figures>,
    confidence: f64,
) -> Vec<Measure> {
    let horizon = format_duration(scope.horizon_s);
    let mission = format_duration(scope.mission_s);
    let words = OutageWords::of(model);
    let drawn = |f: &dyn Fn(&Figures) -> Option<Figure>| figures.and_then(f);
    let measure = |(key, label, unit): Named, exact: Option<(f64, Method)>, figure: Option<Figure>| Measure {
        key,
        label,
        unit,
        z: z_score(exact.map(|(value, _)| value), figure.as_ref(), confidence)
            .filter(|_| figures.is_some_and(|figures| is_z_meaningful(key, figures))),
        exact: exact.map(|(value, road)| Exactly { value, road: road.name() }),
        simulated: figure.as_ref().map(simulated),
    };
    let share = MeasureUnit::ShareByComplement;
    let all = vec![
        measure(
            ("unavailability", format!("Availability over {horizon}"), share),
            answers.unavailability,
            drawn(&|f| Some(f.unavailability)),
        ),
        measure(
            ("failure_frequency_per_year", words.a_year.into(), MeasureUnit::PerYear),
            scaled(answers.failures, YEAR_S / scope.horizon_s),
            drawn(&|f| Some(f.failure_frequency_per_year)),
        ),
        measure(
            ("mtbf_s", words.between.into(), MeasureUnit::Seconds),
            per_failure(answers, |unavailability| (1.0 - unavailability) * scope.horizon_s),
            drawn(&|f| f.mtbf_s),
        ),
        measure(
            ("mdt_s", "Mean down time".into(), MeasureUnit::Seconds),
            per_failure(answers, |unavailability| unavailability * scope.horizon_s),
            drawn(&|f| f.mdt_s),
        ),
        measure(
            ("planned_unavailability", "Unavailability due to planned work".into(), MeasureUnit::Share),
            None,
            drawn(&|f| has_planned_work(model).then_some(f.planned_unavailability)),
        ),
        measure(("mttf_s", words.first.into(), MeasureUnit::Seconds), answers.mttf_s, drawn(&|f| f.mttf_s)),
        measure(
            ("unreliability", format!("Reliability over {mission}"), share),
            answers.unreliability,
            drawn(&|f| Some(f.unreliability)),
        ),
        measure(
            ("unavailability_long_run", "Availability in the long run".into(), share),
            answers.long_run_unavailability,
            drawn(&|f| Some(f.late_unavailability)),
        ),
        measure(
            ("mtbf_long_run_s", words.between_for_long.into(), MeasureUnit::Seconds),
            answers.long_run_mtbf_s,
            None,
        ),
        measure(
            ("mdt_long_run_s", "Mean down time in the long run".into(), MeasureUnit::Seconds),
            answers.long_run_mdt_s,
            None,
        ),
    ];
    all.into_iter()
        .filter(|m| m.exact.is_some() || m.simulated.is_some())
        .filter(|m| has_meaning(m.key, model))
        .collect()
}

/// The labels of figures about outages. An outage counts as a failure, unless planned work can cause one
/// too.
struct OutageWords {
    a_year: &'static str,
    between: &'static str,
    between_for_long: &'static str,
    first: &'static str,
}

impl OutageWords {
    fn of(model: &Model) -> Self {
        if has_planned_work(model) {
            Self {
                a_year: "Outages per year",
                between: "Mean operating time between outages",
                between_for_long: "Mean operating time between outages, long run",
                first: "Mean time to the first outage",
            }
        } else {
            Self {
                a_year: "Failures per year",
                between: "MTBF, operating",
                between_for_long: "MTBF in the long run",
                first: "Mean time to the first failure",
            }
        }
    }
}

/// Returns whether units are taken out of service by planned work.
fn has_planned_work(model: &Model) -> bool {
    let takes_time = |schedule: Option<u32>| {
        let schedule = schedule.and_then(|number| model.schedules.get(number as usize));
        schedule.is_some_and(|schedule| schedule.duration.mean() > 0.0)
    };
    model.units.iter().any(|unit| match &unit.life {
        Life::Dynamic(dynamics) => {
            takes_time(dynamics.maintenance)
                || takes_time(dynamics.inspection)
                || dynamics.replacement.is_some()
        }
        Life::Fixed { .. } => false,
    })
}

/// Returns whether a figure is meaningful for the model. A system with a unit that is never repaired has
/// no useful long-run figures, and if no unit is ever repaired, MTBF and mean down time only reflect the
/// horizon.
fn has_meaning(key: &str, model: &Model) -> bool {
    match key {
        "unavailability_long_run" | "mtbf_long_run_s" | "mdt_long_run_s" => !is_mission(model),
        "mtbf_s" | "mdt_s" => model.units.iter().any(|unit| !is_never_repaired(unit)),
        _ => true,
    }
}

/// Returns whether a unit is never repaired. The question is then how long the system survives.
pub(super) fn is_mission(model: &Model) -> bool {
    model.units.iter().any(is_never_repaired)
}

fn is_never_repaired(unit: &ModelUnit) -> bool {
    match &unit.life {
        Life::Dynamic(dynamics) => dynamics.repair.is_none(),
        Life::Fixed { .. } => false,
    }
}

fn scaled(found: Option<(f64, Method)>, factor: f64) -> Option<(f64, Method)> {
    found.map(|(value, road)| (value * factor, road))
}

/// Returns up or down time over the horizon, divided by the expected number of failures in it.
fn per_failure(answers: &Answers, time_s: impl Fn(f64) -> f64) -> Option<(f64, Method)> {
    let ((unavailability, road), (failures, _)) = (answers.unavailability?, answers.failures?);
    let mean_s = time_s(unavailability) / failures;
    mean_s.is_finite().then_some((mean_s, road))
}

/// Returns the distance of a simulated figure from the exact one, in standard errors.
fn z_score(exact: Option<f64>, figure: Option<&Figure>, confidence: f64) -> Option<f64> {
    let figure = figure?;
    // The interval is the estimate ± (normal quantile) · (standard error), for large samples.
    let error = half_width(figure)? / normal_upper_quantile(0.5 * (1.0 - confidence))?;
    Some((figure.value - exact?) / error).filter(|z| z.is_finite())
}

/// Returns whether the sample is large enough for the errors of a figure to be approximately normal, so
/// that a z-score is meaningful. An unreliability needs both outcomes often enough.
fn is_z_meaningful(key: &str, figures: &Figures) -> bool {
    let survived = (1.0 - figures.unreliability.value) * figures.replications as f64;
    figures.failing_replications >= FAILING_MIN && (key != "unreliability" || survived >= FAILING_MIN as f64)
}

fn distributions(scope: &Scope, figures: &Figures) -> Vec<Distributed> {
    let of = |key, label: String, allowed_s, spread: &Spread| Distributed {
        key,
        label,
        mean: spread.mean.as_ref().map(simulated),
        p50: spread.p50.as_ref().map(simulated),
        p95: spread.p95.as_ref().map(simulated),
        p99: spread.p99.as_ref().map(simulated),
        allowed_s,
        exceedance: spread
            .exceedance
            .iter()
            .map(|(longer_than_s, share)| Exceedance { longer_than_s: *longer_than_s, share: *share })
            .collect(),
    };
    let window = format_duration(scope.window_s);
    let horizon = format_duration(scope.horizon_s);
    vec![
        of(
            "window_downtime_s",
            format!("Downtime per window of {window}"),
            scope.budget_s(),
            &figures.window_downtime_s,
        ),
        of("outage_s", "Outage duration".into(), None, &figures.outage_s),
        of("longest_s", format!("Longest outage in {horizon}"), None, &figures.longest_s),
    ]
}

fn repaired(model: &Model, repairs: &Repairs) -> RepairsReport {
    let component = |times: &RepairTimes| ComponentRepairs {
        name: model.components[times.component].name.clone(),
        failures: times.failures as u64,
        detection_s: times.detection_s.as_ref().map(simulated),
        restart_s: times.restart_s.as_ref().map(simulated),
        wait_s: times.wait_s.as_ref().map(simulated),
        repair_s: times.repair_s.as_ref().map(simulated),
        restore_s: times.restore_s.as_ref().map(simulated),
    };
    let crew = |load: &CrewLoad| CrewReport {
        name: model.crews[load.crew].name.clone(),
        size: model.crews[load.crew].size,
        utilisation: load.utilisation.as_ref().map(simulated),
        wait_s: load.wait_s.as_ref().map(simulated),
    };
    RepairsReport {
        replications: repairs.replications,
        components: repairs.components.iter().map(component).collect(),
        crews: repairs.crews.iter().map(crew).collect(),
    }
}

fn blame(model: &Model, scope: &Scope, figures: &Figures) -> Vec<Blamed> {
    let a_year = YEAR_S / scope.horizon_s;
    let of = |share: &crate::simulate::monte_carlo::estimate::BlameShare| Blamed {
        name: model.leaf_name(share.cause.leaf).to_owned(),
        component: parts::component(model, share.cause.leaf),
        kind: share.cause.kind.name(),
        outages_per_year: share.outages * a_year,
        downtime_s_per_year: share.downtime_s * a_year,
        share: share.share,
    };
    figures.blame.iter().map(of).collect()
}

fn curve(scope: &Scope, answers: &Answers, figures: Option<&Figures>) -> Vec<CurvePoint> {
    let drawn = |point: usize| figures.and_then(|figures| figures.curve.get(point));
    let value = |found: Option<&Option<(f64, Method)>>| found.copied().flatten().map(|(value, _)| value);
    // The running maximum, at most 1: near 1, rounding errors could otherwise make the curve fall.
    let mut failed_so_far = 0.0_f64;
    let mut failed_by = |probability: f64| {
        failed_so_far = failed_so_far.max(probability.min(1.0));
        failed_so_far
    };
    let points = (0..=CURVE_POINTS).map(|point| CurvePoint {
        at_s: scope.point_s(point),
        unavailability_exact: value(answers.curve.get(point)),
        unavailability: drawn(point).map(|point| simulated(&point.unavailability)),
        unreliability_exact: value(answers.unreliability_curve.get(point)).map(&mut failed_by),
        unreliability: drawn(point).map(|point| simulated(&point.unreliability)),
    });
    points.collect()
}

fn objectives(model: &Model, scope: &Scope, report: &Report, figures: Option<&Figures>) -> Vec<Objective> {
    let mut objectives = Vec::new();
    if let Some(target) = model.objectives.unavailability {
        let measure = report.figures.iter().find(|measure| measure.key == "unavailability");
        let met = figures.and_then(|figures| figures.windows_met);
        objectives.push(Objective {
            promise: format!(
                "availability {} over {}",
                format_share(target),
                format_duration(scope.window_s)
            ),
            ..judged(measure, target, met.as_ref().map(|met| (met, scope.window_s)))
        });
    }
    if let Some(target) = model.objectives.unreliability {
        let measure = report.figures.iter().find(|measure| measure.key == "unreliability");
        objectives.push(Objective {
            promise: format!(
                "reliability {} over {}",
                format_share(target),
                format_duration(scope.mission_s)
            ),
            ..judged(measure, target, None)
        });
    }
    objectives
}

/// Describes the share of windows that meet the objective, with its lower bound. If all windows had the
/// same outcome there is no bound, and a plain 0 % or 100 % would claim too much.
fn windows_text(met: &Figure, window_s: f64) -> String {
    let windows = format!("of all windows of {}", format_duration(window_s));
    match met.interval.and_then(|interval| interval.lower) {
        Some(lower) => format!(
            "{} (at least {}) {windows} meet it",
            format_share(1.0 - met.value),
            format_share(1.0 - lower)
        ),
        None if met.value > 0.0 => format!("near 100% {windows} meet it: none was observed to miss it"),
        None => format!("near 0% {windows} meet it: all observed windows miss it"),
    }
}

/// Judges a share's complement against its target: by the exact value where it is known, otherwise
/// "held" or "missed" only if the whole confidence interval lies on one side.
fn judged(measure: Option<&Measure>, target: f64, met: Option<(&Figure, f64)>) -> Objective {
    let exact = measure.and_then(|measure| measure.exact.as_ref());
    let drawn = measure.and_then(|measure| measure.simulated.as_ref());
    let (outcome, found) = match (exact, drawn) {
        (Some(exact), _) => {
            let held = exact.value <= target;
            (
                if held { Outcome::Held } else { Outcome::Missed },
                format!("{} exactly", format_share(exact.value)),
            )
        }
        (None, Some(drawn)) => {
            let outcome = match (drawn.lower, drawn.upper) {
                (_, Some(upper)) if upper <= target => Outcome::Held,
                (Some(lower), _) if lower > target => Outcome::Missed,
                // The same in every replication.
                (None, None) if drawn.value > target => Outcome::Missed,
                (None, None) if drawn.value > 0.0 => Outcome::Held,
                _ => Outcome::Inconclusive,
            };
            (outcome, format!("{} simulated", format_share(drawn.value)))
        }
        (None, None) => {
            (Outcome::Inconclusive, "not known exactly over this time: simulate it (--method auto)".into())
        }
    };
    let share = met.map(|(met, window_s)| format!("; {}", windows_text(met, window_s)));
    let met = met.map(|(met, _)| met);
    Objective {
        promise: String::new(),
        outcome,
        detail: found + &share.unwrap_or_default(),
        probability: met.map(simulated),
    }
}

fn warnings(model: &Model, scope: &Scope, findings: &Findings<'_>) -> Vec<String> {
    let mut warnings: Vec<String> = findings.too_short.map(TooShort::description).into_iter().collect();
    if let Some((figures, rule, stop)) = &findings.simulated {
        if figures.failing_replications < FAILING_MIN {
            warnings.push(format!(
                "fewer than {FAILING_MIN} replications had an outage ({} of {}): the intervals are unreliable; run more replications \
                 with --replications, --precision or --max-events",
                grouped(figures.failing_replications),
                grouped(figures.replications)
            ));
        }
        if *stop == Stop::Interrupted {
            warnings.push(format!(
                "interrupted: the figures rest on the {} completed by then",
                counted(figures.replications, "replication")
            ));
        } else if let (Some(asked), false) = (rule.precision, *stop == Stop::Precision) {
            warnings.push(format!(
                "the precision of {}% was not reached: {} ended the simulation first",
                significant(asked * 100.0, 3),
                stop.description()
            ));
        }
        if drifts(figures) && !is_mission(model) {
            warnings.push(
                "the unavailability differs between the two halves of the horizon: the steady state may not be reached within it; lengthen the \
                 horizon, or set `start: stationary`"
                    .into(),
            );
        }
    }
    if model.objectives.window_s.is_some_and(|window_s| window_s > scope.horizon_s) {
        warnings
            .push("the objective's window is longer than the horizon: the horizon is used instead".into());
    }
    warnings
}

/// Returns whether the unavailabilities of both halves of the horizon differ by more than three standard
/// errors of the difference. The standard errors of the halves are taken as equal, so that of the
/// difference is √2 times one of them. At 95 % confidence a half-width is 1.96 standard errors, and 3 ·
/// √2 / 1.96 is about 2.2 half-widths. Relative differences below 1 % are ignored.
fn drifts(figures: &Figures) -> bool {
    const HALF_WIDTHS: f64 = 2.2;
    const RELATIVE_MIN: f64 = 0.01;
    let late = &figures.late_unavailability;
    // The mean over the horizon is the average of its two halves.
    let early = 2.0 * figures.unavailability.value - late.value;
    let differs =
        |half: f64| (early - late.value).abs() > (HALF_WIDTHS * half).max(RELATIVE_MIN * late.value);
    half_width(late).is_some_and(differs)
}
