//! The decisions made for an input of any format before its first row is converted.

use super::columns::ColumnWishes;
use super::field::{ByField, EXTRAS, FILTERS, Field};
use super::plan::{About, Filter, Has, KindWords, Kinds, Plan, ServiceRule, StateSays, duration_of};
use super::preset::Preset;
use super::states::StateMap;
use super::steps::Steps;
use super::timestamp::TimeFormat;
use super::{ReadOptions, Services};
use crate::availability::evidence::Shape;
use crate::base::problem::Problem;
use crate::base::quantity::format_duration;
use crate::base::time::{Timestamp, Zone, seconds};
use crate::timeline::Span;

/// The interval assumed between samples if there are too few to measure one: a minute, in microseconds.
const STEP_WITHOUT_EVIDENCE_MICROS: i64 = 60_000_000;

/// Returns the plan for rows without anything particular; its gap between samples is that of the options.
pub(super) fn plan(
    shape: Shape,
    times: ByField<Option<TimeFormat>>,
    filters: Vec<(Filter, About)>,
    options: &ReadOptions,
) -> Plan {
    Plan {
        shape,
        times,
        zone: options.zone.clone().unwrap_or_else(Zone::utc),
        service: ServiceRule::AsWritten,
        has: Has { extras: false, ids: false, in_service: false },
        duration: None,
        kinds: Kinds::Words(KindWords::NONE),
        says: StateSays::Nothing,
        over: &[],
        no_end_yet: if options.services == Services::Optional { &NO_END_YET } else { &[] },
        skips_withdrawn: false,
        filters,
        states: options.states.clone().unwrap_or_default(),
        max_gap_micros: options.max_gap_micros.unwrap_or(0),
    }
}

/// Refuses a condition of `--where` on the states of a log of states or samples: what is left would tell nothing of
/// the time in between.
pub(super) fn refuse_filtered_states(
    shape: Shape,
    wishes: &ColumnWishes,
    shares: impl Fn(Field, Field) -> bool,
) -> Result<(), Problem> {
    let mut filters = FILTERS.into_iter().zip(&wishes.filters);
    let found = filters.find(|(of, _)| shape != Shape::Incidents && shares(*of, Field::State));
    found.map_or(Ok(()), |(_, filter)| {
        let message =
            format!("--where: `{}` holds the states, without which nothing is known", filter.column);
        Err(Problem::new(message)
            .help("give states another meaning with --states, such as --states unknown=WARN"))
    })
}

/// Days that stand for "no end yet", in whatever zone: 2099-12-31, 2999-12-31 and the year 9999.
const NO_END_YET: [Span; 3] = [
    Span::new(Timestamp::from_seconds(4_102_308_000), Timestamp::from_seconds(4_102_495_200)),
    Span::new(Timestamp::from_seconds(32_503_543_200), Timestamp::from_seconds(32_503_730_400)),
    Span::new(Timestamp::from_seconds(253_370_714_400), Timestamp::MAX),
];

/// Completes a plan by the rules of a preset and the fields that the log has.
///
/// # Errors
///
/// Fails if `--planned` is given for rows without an end: nothing says how long the work was planned for.
pub(super) fn apply(
    plan: &mut Plan,
    preset: &Preset,
    options: &ReadOptions,
    has: impl Fn(Field) -> bool,
) -> Result<(), Problem> {
    if options.wishes.planned.is_some() && matches!(plan.shape, Shape::States | Shape::Samples) {
        let message = format!("--planned: rows of {} have no end", plan.shape.name());
        return Err(
            Problem::new(message).help("give the planned work in a file of its own with --maintenance")
        );
    }
    // An incident with an empty end is open, whatever its length so far.
    plan.duration = duration_of(&has).filter(|_| !has(Field::End));
    // In periods the state is not that of an incident.
    let has_state = plan.shape == Shape::Incidents && has(Field::State);
    let is_named = options.wishes.names(Field::State);
    plan.says = match has_state {
        false => StateSays::Nothing,
        true if is_named => StateSays::WhetherOverForCertain,
        true if preset.state_hints => StateSays::Hints,
        true => StateSays::WhetherOver,
    };
    plan.over = preset.over;
    plan.has.extras = EXTRAS.into_iter().any(&has);
    plan.has.ids = has(Field::Id);
    plan.has.in_service = has(Field::InService);
    let is_plan = options.services == Services::Required;
    plan.skips_withdrawn = has(Field::State) && (is_plan || plan.says != StateSays::Nothing);
    plan.kinds = match &options.wishes.planned {
        Some(planned) => Kinds::Planned(planned.clone()),
        None => Kinds::Words(preset.kinds),
    };
    if options.states.is_none() {
        plan.states = StateMap::of_words(preset.states);
    }
    if preset.times_in_utc {
        plan.zone = Zone::utc();
    }
    Ok(())
}

/// Unless the options set it, sets the longest gap between samples to twice their median interval: this
/// bridges one late or missing sample but not an outage of the probe. `observe` passes on the samples.
pub(super) fn set_usual_gap(plan: &mut Plan, options: &ReadOptions, observe: impl FnOnce(&Plan, &mut Steps)) {
    if plan.shape == Shape::Samples && options.max_gap_micros.is_none() {
        let mut steps = Steps::default();
        observe(plan, &mut steps);
        plan.max_gap_micros = 2 * steps.median().unwrap_or(STEP_WITHOUT_EVIDENCE_MICROS);
    }
}

/// Returns the note on how long a sample holds; `None` for rows of another shape.
pub(super) fn gap_note(plan: &Plan, options: &ReadOptions) -> Option<String> {
    let gap = format_duration(seconds(plan.max_gap_micros));
    let origin = if options.max_gap_micros.is_some() {
        ""
    } else {
        " (twice the median interval; --max-gap changes it)"
    };
    (plan.shape == Shape::Samples).then(|| {
        format!("a sample holds until the next, for at most {gap}{origin}; beyond that the time is unknown")
    })
}

/// Returns the note on the zone in which local times are read.
pub(super) fn zone_note(options: &ReadOptions, plan: &Plan, saw_local: bool) -> Option<String> {
    saw_local.then(|| match &options.zone {
        None => "times without a zone are read as UTC; set the zone with --timezone".to_owned(),
        Some(_) => format!("times without a zone are read in {}", plan.zone.name()),
    })
}
