//! Computes measures from evidence: first each service, on all cores, then the total and the breakdowns.

mod beginning;
mod by_label;
mod by_period;
mod calendars;
mod group;
mod impacts;
mod incidents;
mod job;
pub(crate) mod measures;
mod outages;
pub(crate) mod report;
mod samples;
pub mod settings;
mod share;
mod standing;
mod strips;
mod warnings;

pub use standing::{WHOLE, label};

use self::by_label::label_dimensions;
use self::job::Job;
use self::report::{Breakdown, Doubt, LedgerTotal, NamedMeasures, Report, SCHEMA};
use self::settings::{By, Combine, Settings, Weights, Window};
use self::share::{WorkerShare, run_workers};
use self::warnings::{Oddities, warnings};
use super::evidence::{Evidence, ServiceEvidence, Shape};
use super::ledger::{Ledger, Reason, Total};
use super::quorum::join_probes;
use crate::base::problem::Problem;
use crate::base::quantity::significant;
use crate::base::suggest::did_you_mean;
use crate::base::text::counted;
use crate::base::time::{DAY_MICROS, Timestamp, days_from_civil, seconds};
use crate::timeline::Span;
use crate::timeline::combine::Rule;
use std::collections::BTreeSet;

/// The report, and the ledger with all entries from reading and from analysis.
pub struct Analysed {
    /// The typed result.
    pub report: Report,
    /// The ledger.
    pub ledger: Ledger,
}

/// Computes the report that the settings ask for.
///
/// # Errors
///
/// Fails when the window is empty or unknown, when a breakdown has too many parts, and when a log of
/// states or samples is to be grouped or weighted by an attribute that only incidents have.
pub fn analyse(mut evidence: Evidence, settings: &Settings) -> Result<Analysed, Problem> {
    refuse_without_incidents(evidence.shape, settings)?;
    let window = settings.window(evidence.coverage).map_err(Problem::new)?;
    if let Some(quorum) = settings.quorum {
        join_probes(&mut evidence, quorum)?;
    }
    let mut services = std::mem::take(&mut evidence.services);
    refuse_what_matches_nothing(&services, &evidence, settings)?;
    let mut oddities = Oddities::of(&services, &evidence, window, settings.now);
    if let Some(Weights::BySeverity(weights)) = &settings.weights {
        let idle = weights.iter().map(|(name, _)| name).filter(|name| !is_label(name, &evidence));
        oddities.idle_weights = idle.cloned().collect();
    }
    if settings.from_first_seen {
        oddities.first_seen = enter_when_first_seen(&mut services, window.from);
    }
    let job = Job::new(&evidence, settings, Span::new(window.from, window.to)).map_err(Problem::new)?;
    let share = run_workers(&job, services);
    let (mut report, found) = assemble(&job, share, window, &oddities).map_err(Problem::new)?;
    let mut ledger = evidence.ledger;
    ledger.absorb(found);
    report.ledger = ledger.totals().map(ledger_total).collect();
    report.warnings = warnings(&report, &ledger, &oddities, settings);
    Ok(Analysed { report, ledger })
}

/// Rejects `--by severity`, `--by cause`, `--by COLUMN` and `--weight` unless the log holds incidents.
/// Otherwise all time would fall into one group without a label.
fn refuse_without_incidents(shape: Shape, settings: &Settings) -> Result<(), Problem> {
    if shape == Shape::Incidents {
        return Ok(());
    }
    let flag = match (label_dimensions(settings).next(), &settings.weights) {
        (Some(by), _) => format!("--by {}", by.name()),
        (None, Some(_)) => "--weight".to_owned(),
        (None, None) => return Ok(()),
    };
    let problem =
        Problem::new(format!("{flag}: a log of {} has no incidents to group or weight", shape.name()));
    Err(problem.help("group by service or by a calendar unit, such as --by month"))
}

/// Rejects a condition of `--where`, a rule of `--combine` and weights of `--weight` that match nothing in the
/// log: the figures would be those of a system that never fails.
fn refuse_what_matches_nothing(
    services: &[ServiceEvidence],
    evidence: &Evidence,
    settings: &Settings,
) -> Result<(), Problem> {
    let is_idle = |service: &ServiceEvidence| {
        service.rows.is_empty()
            && service.runs.is_empty()
            && service.planned.is_empty()
            && service.probes.is_empty()
    };
    if evidence.ledger.total(Reason::Reversed).rows > 0 && services.iter().all(is_idle) {
        return Err(Problem::new("every row that could be read ends before it starts").help(
            "name the column of the ends with --columns end=COLUMN, or that of the lengths with duration_min=COLUMN",
        ));
    }
    if evidence.ledger.total(Reason::Filtered).rows > 0 && services.iter().all(is_idle) {
        return Err(Problem::new("--where: no row of the log meets all conditions")
            .help("check the values: letter case is ignored, but the whole cell must be equal"));
    }
    if let Combine::System(Rule::AtLeast(count)) = settings.combine
        && count > services.len()
    {
        let services = counted(services.len() as u64, "service");
        return Err(Problem::new(format!(
            "--combine: k:{count} needs {count} services, but the log has {services}"
        )));
    }
    if settings.weights == Some(Weights::Column)
        && let Some(weight) = evidence
            .extras
            .iter()
            .filter_map(|extra| extra.weight)
            .find(|weight| !(0.0..=1.0).contains(weight))
    {
        let weight = significant(weight, 6);
        return Err(Problem::new(format!("--weight: `{weight}` is not a share from 0 to 1"))
            .help("write per cent with the sign: 50%"));
    }
    let Some(Weights::BySeverity(weights)) = &settings.weights else { return Ok(()) };
    let mut names = weights.iter().map(|(name, _)| name);
    match names.clone().next() {
        Some(first) if !names.any(|name| is_label(name, evidence)) => {
            let guess = did_you_mean(first, evidence.labels.iter().map(String::as_str));
            Err(Problem::new(format!("--weight: no incident has the severity `{first}`{guess}")))
        }
        _ => Ok(()),
    }
}

/// Whether an incident has a label of this name.
fn is_label(name: &str, evidence: &Evidence) -> bool {
    evidence.labels.iter().any(|label| label.eq_ignore_ascii_case(name))
}

/// Sets the missing dates of entry into service to the start of the first incident. Returns the number of services for
/// which this leaves out a part of the window.
fn enter_when_first_seen(services: &mut [ServiceEvidence], from: Timestamp) -> u64 {
    let mut late = 0;
    for service in services.iter_mut().filter(|service| service.in_service.is_none()) {
        service.in_service = service.rows.iter().map(|row| row.start).min();
        late += u64::from(service.in_service.is_some_and(|start| start > from));
    }
    late
}

fn assemble(
    job: &Job<'_>,
    mut share: WorkerShare,
    window: Window,
    oddities: &Oddities,
) -> Result<(Report, Ledger), String> {
    let Job { settings, evidence, .. } = *job;
    let fleet = share.total.fleet_observation();
    let (mut total, line) = share.total.finish(settings, job.hours.as_ref());
    let assumed_mttr_s = standing::assumed_mttr_s(settings, &total);
    let of_services = share.services.iter_mut().map(|service| &mut service.named.measures);
    for measures in of_services.chain([&mut total]) {
        measures.bound_without_failures(assumed_mttr_s, settings.confidence);
    }
    let slo = standing::all(job, &share.services, line.as_ref(), &total)?;
    let services: Vec<NamedMeasures> = share.services.into_iter().map(|service| service.named).collect();
    let several = services.len() > 1;
    let mut by_label = share.by_label.into_iter();
    let mut by_period = job.calendars.iter().zip(share.by_period);
    let breakdowns = settings.by.iter().filter_map(|by| match by {
        By::Service => Some(Breakdown { by: by.name(), lines: services.clone() }),
        By::Cycle(_) => {
            by_period.next().map(|(calendar, part)| part.breakdown(job, by, calendar, line.as_ref()))
        }
        by => by_label.next().map(|part| part.breakdown(job, by, fleet)),
    });
    let open = share.ledger.total(Reason::Open).rows;
    let doubts = [
        (Doubt::OddTimes, evidence.coverage.is_some_and(is_odd)),
        (Doubt::NoEnds, open >= NO_ENDS_MIN && open == total.incidents),
        (Doubt::NoServices, services.is_empty()),
        (Doubt::Future, oddities.ends_in_future),
        (Doubt::DaysOnly, evidence.sources.0.iter().any(|source| source.some_dates)),
    ];
    let hints: BTreeSet<&String> =
        evidence.sources.0.iter().filter_map(|source| source.hint.as_ref()).collect();
    let doubts = doubts.into_iter().filter(|(_, holds)| *holds).map(|(doubt, _)| doubt);
    let report = Report {
        doubts: doubts.chain(hints.into_iter().cloned().map(Doubt::Hint)).collect(),
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        inputs: evidence.sources.0.clone(),
        shape: evidence.shape,
        window,
        timezone: settings.zone.clone(),
        zone_database: settings.zone.database(),
        is_fleet: several && settings.combine == Combine::Pool,
        combine: if several { settings.combine.description() } else { "one service".into() },
        quorum: settings.quorum,
        confidence: settings.confidence,
        seed: (settings.bootstrap > 0).then_some(settings.seed),
        max_gap_s: (evidence.shape == Shape::Samples).then(|| seconds(evidence.max_gap_micros)),
        total,
        breakdowns: breakdowns.collect(),
        slo,
        ledger: Vec::new(),
        warnings: Vec::new(),
        gates: Vec::new(),
        services,
        strips: share.worst.strips(),
    };
    Ok((report, share.ledger))
}

/// The least number of incidents of which none has an end for the ends to be missing rather than to come.
const NO_ENDS_MIN: u64 = 3;

/// Whether a log can hardly be of this time: it begins before 1990 or ends after 2100.
fn is_odd(coverage: Span) -> bool {
    let year = |year| days_from_civil(year, 1, 1).map_or(0, |days| days * DAY_MICROS);
    coverage.start.0 < year(1990) || coverage.end.0 > year(2100)
}

fn ledger_total((reason, total): (Reason, Total)) -> LedgerTotal {
    LedgerTotal { reason, rows: total.rows, effect_s: seconds(total.effect_micros), effect: reason.effect() }
}
