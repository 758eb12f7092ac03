//! Computes measures from evidence: first each service, on all cores, then the total and the breakdowns.

mod group;
pub mod measures;
mod outages;
pub mod report;
pub mod settings;
mod standing;
mod warnings;

pub use standing::WHOLE;

use self::group::{Group, Observation};
use self::measures::{Measures, SampleMeasure};
use self::outages::{Facts, Incident, OutageMerger, RowStats, ServiceLine, service_line};
use self::report::{Breakdown, LedgerTotal, NamedMeasures, Report, SCHEMA, WindowReport};
use self::settings::{By, Combine, Settings, Weights, Window};
use self::warnings::{Oddities, warnings};
use super::evidence::{Evidence, Extra, NO_LABEL, ServiceEvidence, Shape};
use super::ledger::{Ledger, Reason};
use crate::base::natural::natural;
use crate::base::problem::Problem;
use crate::base::time::{Timestamp, seconds};
use crate::base::workers::{lock, on_threads};
use crate::report::STRIP_SLICES;
use crate::stats::interval::{clopper_pearson, wilson};
use crate::timeline::calendar::{Cycle, Period, periods};
use crate::timeline::samples::outage_bounds;
use crate::timeline::tally::Tally;
use crate::timeline::weighted::Impact;
use crate::timeline::{Line, Span, Spans};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

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
    let calendars = calendars(settings, window.span)?;
    let services = std::mem::take(&mut evidence.services);
    let names: Vec<String> = services.iter().map(|service| service.name.clone()).collect();
    let oddities = Oddities::of(&services, evidence.shape, window);
    let facts = Facts::of(&evidence);
    let job = Job {
        facts,
        labels: &evidence.labels,
        settings,
        window: window.span,
        hours: settings.hours.as_ref().map(|hours| hours.spans(window.span, &settings.zone)),
        calendars: &calendars,
        layered: !settings.maintenance.is_empty() || evidence.shape != Shape::Incidents,
        confidence: settings.confidence,
    };
    let part = run_workers(&job, services);
    let (report, ledger) = assemble(&job, part, &evidence, window, &names).map_err(Problem::new)?;
    let mut all = evidence.ledger;
    all.absorb(ledger);
    let mut report = report;
    report.ledger = ledger_totals(&all);
    report.warnings = warnings(&report, &all, &oddities, settings, &names);
    Ok(Analysed { report, ledger: all })
}

/// Rejects `--by severity`, `--by cause`, `--by COLUMN` and `--weight` unless the log holds incidents.
/// Otherwise all time would fall into one group without a label.
fn refuse_without_incidents(shape: Shape, settings: &Settings) -> Result<(), Problem> {
    if shape == Shape::Incidents {
        return Ok(());
    }
    let labels = label_dimensions(settings);
    let flag = match (labels.first(), &settings.weights) {
        (Some(by), _) => format!("--by {}", by.name()),
        (None, Some(_)) => "--weight".to_owned(),
        (None, None) => return Ok(()),
    };
    let problem =
        Problem::new(format!("{flag}: a log of {} has no incidents to group or weight", shape.name()));
    Err(problem.help("group by service or by a calendar unit, such as --by month"))
}

/// Returns the periods of every breakdown by calendar.
fn calendars(settings: &Settings, window: Span) -> Result<Vec<(Cycle, Vec<Period>)>, Problem> {
    let cycles = settings.by.iter().filter_map(|by| match by {
        By::Cycle(cycle) => Some(*cycle),
        _ => None,
    });
    cycles.map(|cycle| Ok((cycle, periods(cycle, window, &settings.zone).map_err(Problem::new)?))).collect()
}

/// The read-only input of all workers.
struct Job<'j> {
    facts: Facts<'j>,
    labels: &'j [String],
    settings: &'j Settings,
    window: Span,
    hours: Option<Spans>,
    calendars: &'j [(Cycle, Vec<Period>)],
    layered: bool,
    confidence: f64,
}

/// The results of one worker for the services it processed.
struct WorkerShare {
    services: Vec<(String, Measures)>,
    lines: Vec<(String, Line)>,
    total: Group,
    by_label: Vec<BTreeMap<u32, Group>>,
    by_period: Vec<Vec<PeriodPart>>,
    worst: WorstLines,
    ledger: Ledger,
}

/// The results of all services for one period of the calendar.
#[derive(Default)]
struct PeriodPart {
    rows: RowStats,
    /// For a fleet: the running sum over services. Keeping a tally per service and period would need too
    /// much memory.
    fleet: Tally,
}

/// Returns the groupings by label, in the order of [`WorkerShare::by_label`].
fn label_dimensions(settings: &Settings) -> Vec<&By> {
    settings.by.iter().filter(|by| matches!(by, By::Severity | By::Cause | By::Column(_))).collect()
}

fn label_of(by: &By, extra: Option<&Extra>) -> u32 {
    extra.map_or(NO_LABEL, |extra| match by {
        By::Severity => extra.severity,
        By::Cause => extra.cause,
        _ => extra.group,
    })
}

impl WorkerShare {
    fn new(job: &Job<'_>) -> Self {
        Self {
            services: Vec::new(),
            lines: Vec::new(),
            total: Group::new(job.settings, job.window, job.layered),
            by_label: label_dimensions(job.settings).iter().map(|_| BTreeMap::new()).collect(),
            by_period: job
                .calendars
                .iter()
                .map(|(_, periods)| periods.iter().map(|_| PeriodPart::default()).collect())
                .collect(),
            worst: WorstLines::default(),
            ledger: Ledger::new(job.settings.keep_ledger),
        }
    }

    /// Analyses one service and adds it to all results.
    fn take(&mut self, job: &Job<'_>, mut service: ServiceEvidence) {
        let ServiceLine { line, stats: rows, incidents, groups } =
            service_line(&mut service, &job.facts, job.window, job.settings, &mut self.ledger);
        let impacts = job.impacts(&incidents, &line.maintenance);
        self.total.push(&service.name, &line, job.hours.as_ref());
        self.total.rows.absorb(&rows);
        self.total.push_impacts(&service.name, &impacts);
        self.take_labels(job, &service.name, &line, &incidents, &groups);
        self.take_periods(job, &line, &incidents);
        let mut measures = group::of_one(&line, &rows, &impacts, job.settings, job.hours.as_ref());
        measures.samples = job.samples(&service);
        self.worst.offer(&service.name, measures.downtime_s, &line);
        self.services.push((service.name.clone(), measures));
        if job.settings.objectives.of(&service.name).is_some() {
            self.lines.push((service.name, line));
        }
    }

    fn take_labels(
        &mut self,
        job: &Job<'_>,
        name: &str,
        line: &Line,
        incidents: &[Incident],
        own: &BTreeSet<u32>,
    ) {
        for (by, groups) in label_dimensions(job.settings).iter().zip(&mut self.by_label) {
            let mut parts: BTreeMap<u32, Vec<Incident>> = BTreeMap::new();
            if matches!(by, By::Column(_)) {
                // A service belongs to its groups even while it has no incident there: its time counts.
                parts.extend(own.iter().map(|group| (*group, Vec::new())));
            }
            for incident in incidents {
                parts.entry(label_of(by, job.facts.extra(incident.extra))).or_default().push(*incident);
            }
            for (label, part) in parts {
                let group =
                    groups.entry(label).or_insert_with(|| Group::new(job.settings, job.window, job.layered));
                let mut outages = OutageMerger::default();
                for incident in &part {
                    group.rows.add(incident, job.facts.extra(incident.extra));
                    outages.add(incident);
                }
                group.push_impacts(name, &job.impacts(&part, &line.maintenance));
                let line = outages.into_line(job.window, line.maintenance.clone());
                group.push(name, &line, job.hours.as_ref());
            }
        }
    }

    fn take_periods(&mut self, job: &Job<'_>, line: &Line, incidents: &[Incident]) {
        for ((_, periods), parts) in job.calendars.iter().zip(&mut self.by_period) {
            let finder = PeriodFinder::of(periods);
            for incident in incidents {
                if let Some(part) = finder.find(incident.span.start).and_then(|i| parts.get_mut(i)) {
                    part.rows.add(incident, job.facts.extra(incident.extra));
                }
            }
            if job.settings.combine == Combine::Pool {
                for (part, period) in parts.iter_mut().zip(periods) {
                    part.fleet.absorb(&Tally::within(line, &period.spans));
                }
            }
        }
    }

    fn absorb(&mut self, other: Self) {
        self.services.extend(other.services);
        self.lines.extend(other.lines);
        self.worst.absorb(other.worst);
        self.total.absorb(other.total);
        self.ledger.absorb(other.ledger);
        for (ours, theirs) in self.by_label.iter_mut().zip(other.by_label) {
            for (label, group) in theirs {
                match ours.entry(label) {
                    std::collections::btree_map::Entry::Vacant(slot) => drop(slot.insert(group)),
                    std::collections::btree_map::Entry::Occupied(mut slot) => slot.get_mut().absorb(group),
                }
            }
        }
        for (ours, theirs) in self.by_period.iter_mut().flatten().zip(other.by_period.into_iter().flatten()) {
            ours.rows.absorb(&theirs.rows);
            ours.fleet.absorb(&theirs.fleet);
        }
    }
}

impl Job<'_> {
    /// Returns the parts of the incidents outside maintenance with their weights; empty without
    /// `--weight`.
    fn impacts(&self, incidents: &[Incident], maintenance: &Spans) -> Vec<Impact> {
        let Some(weights) = &self.settings.weights else {
            return Vec::new();
        };
        let parts = incidents.iter().flat_map(|incident| {
            let weight = self.weight(weights, incident);
            let outside = Spans::from(incident.span).subtract(maintenance);
            outside.iter().map(|span| Impact { span: *span, weight }).collect::<Vec<_>>()
        });
        parts.collect()
    }

    fn weight(&self, weights: &Weights, incident: &Incident) -> f64 {
        let extra = self.facts.extra(incident.extra);
        match weights {
            Weights::Column => extra.and_then(|extra| extra.weight).unwrap_or(1.0),
            Weights::BySeverity(table) => {
                let label = extra.and_then(|extra| self.labels.get(extra.severity as usize));
                let named =
                    label.and_then(|label| table.iter().find(|(name, _)| name.eq_ignore_ascii_case(label)));
                named.map_or(1.0, |(_, weight)| *weight)
            }
        }
    }

    fn samples(&self, service: &ServiceEvidence) -> Option<SampleMeasure> {
        if self.facts.shape != Shape::Samples {
            return None;
        }
        let (good, known) = (service.samples_good, service.samples_known);
        let bounds = outage_bounds(&service.runs, self.facts.max_gap_micros);
        let total = |spans: Vec<Span>| Spans::from_unsorted(spans).clip(self.window).seconds();
        let pair =
            |interval: Option<crate::stats::interval::Interval>| Some([interval?.lower?, interval?.upper?]);
        Some(SampleMeasure {
            good,
            known,
            success_ratio: (known > 0).then(|| good as f64 / known as f64),
            wilson: pair(wilson(good, known, self.confidence)),
            clopper_pearson: pair(clopper_pearson(good, known, self.confidence)),
            downtime_shortest_s: total(bounds.iter().map(|bound| bound.shortest).collect()),
            downtime_longest_s: total(bounds.iter().map(|bound| bound.longest).collect()),
        })
    }
}

/// Finds the calendar period that contains an instant.
struct PeriodFinder {
    starts: Vec<(Timestamp, usize)>,
}

impl PeriodFinder {
    fn of(periods: &[Period]) -> Self {
        let spans =
            periods.iter().enumerate().flat_map(|(i, period)| period.spans.iter().map(move |s| (s.start, i)));
        let mut starts: Vec<_> = spans.collect();
        starts.sort_unstable();
        Self { starts }
    }

    fn find(&self, instant: Timestamp) -> Option<usize> {
        // The spans of all periods tile the window, so the last one to start by `instant` contains it.
        let after = self.starts.partition_point(|(start, _)| *start <= instant);
        self.starts.get(after.checked_sub(1)?).map(|(_, i)| *i)
    }
}

/// The most timelines that are drawn; more would not be readable.
const STRIPS_MAX: usize = 30;

/// The timelines with the most downtime, which the report draws.
#[derive(Default)]
struct WorstLines(Vec<(f64, String, Line)>);

impl WorstLines {
    fn offer(&mut self, name: &str, downtime_s: f64, line: &Line) {
        let full = self.0.len() >= STRIPS_MAX;
        if !full || self.0.last().is_some_and(|(least, _, _)| downtime_s >= *least) {
            self.0.push((downtime_s, name.to_owned(), line.clone()));
            self.keep_worst();
        }
    }

    fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
        self.keep_worst();
    }

    fn keep_worst(&mut self) {
        self.0.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| natural(&a.1, &b.1)));
        self.0.truncate(STRIPS_MAX);
    }

    fn strips(self) -> Vec<(String, Vec<f64>)> {
        self.0.into_iter().map(|(_, name, line)| (name, strip(&line))).collect()
    }
}

/// Returns the share of downtime in each slice of the window; NaN where the state is unknown.
fn strip(line: &Line) -> Vec<f64> {
    let slice = line.window.micros() as f64 / STRIP_SLICES as f64;
    let index = |at: Timestamp| (at.0 - line.window.start.0) as f64 / slice;
    let mut down = vec![0.0; STRIP_SLICES];
    let mut unknown = vec![0.0; STRIP_SLICES];
    for (set, shares) in [(&line.down(), &mut down), (&line.unknown, &mut unknown)] {
        for span in set {
            let (from, to) = (index(span.start), index(span.end));
            // A span contributes to each slice the part of the slice that it covers.
            let cells =
                shares.iter_mut().enumerate().skip(from as usize).take_while(|(i, _)| (*i as f64) < to);
            cells.for_each(|(i, share)| *share += to.min(i as f64 + 1.0) - from.max(i as f64));
        }
    }
    let cells = down.iter().zip(&unknown);
    cells
        .map(|(down, unknown)| if *unknown > 0.5 && *down == 0.0 { f64::NAN } else { down.clamp(0.0, 1.0) })
        .collect()
}

/// Analyses all services with the workers. The result does not depend on the number of workers.
fn run_workers(job: &Job<'_>, services: Vec<ServiceEvidence>) -> WorkerShare {
    let queue = Mutex::new(services.into_iter());
    let next = || lock(&queue).next();
    let work = || {
        let mut part = WorkerShare::new(job);
        while let Some(service) = next() {
            part.take(job, service);
        }
        part
    };
    let mut whole = WorkerShare::new(job);
    on_threads(job.settings.threads, work).into_iter().for_each(|part| whole.absorb(part));
    whole.services.sort_by(|a, b| natural(&a.0, &b.0));
    whole.lines.sort_by(|a, b| natural(&a.0, &b.0));
    whole
}

fn assemble(
    job: &Job<'_>,
    mut part: WorkerShare,
    evidence: &Evidence,
    window: Window,
    names: &[String],
) -> Result<(Report, Ledger), String> {
    let settings = job.settings;
    let fleet = part.total.fleet_observation();
    let (mut total, line) = part.total.finish(settings, job.hours.as_ref());
    let assumed_mttr_s = standing::assumed_mttr_s(settings, &total);
    for measures in part.services.iter_mut().map(|(_, measures)| measures).chain([&mut total]) {
        measures.bound_without_failures(assumed_mttr_s, settings.confidence);
    }
    let breakdowns = settings.by.iter().map(|by| match by {
        By::Service => Breakdown { by: By::Service.name(), lines: service_lines(&part.services) },
        By::Cycle(cycle) => period_breakdown(job, *cycle, &mut part.by_period, line.as_ref()),
        by => Breakdown { by: by.name(), lines: Vec::new() },
    });
    let mut breakdowns: Vec<Breakdown> = breakdowns.collect();
    fill_label_breakdowns(job, part.by_label, fleet, &mut breakdowns);
    let slo = standing::all(job.settings, &part.lines, &part.services, line.as_ref(), &total, job.window)?;
    let report = Report {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        inputs: evidence.sources.0.clone(),
        shape: evidence.shape,
        window: WindowReport {
            from: window.span.start,
            to: window.span.end,
            from_data_start: window.start_from_data,
            from_data_end: window.end_from_data,
        },
        timezone: settings.zone.clone(),
        is_fleet: names.len() > 1 && settings.combine == Combine::Pool,
        combine: if names.len() > 1 { settings.combine.description() } else { "one service".into() },
        confidence: settings.confidence,
        seed: (settings.bootstrap > 0).then_some(settings.seed),
        max_gap_s: (evidence.shape == Shape::Samples).then(|| seconds(evidence.max_gap_micros)),
        total,
        breakdowns,
        slo,
        ledger: Vec::new(),
        warnings: Vec::new(),
        gates: Vec::new(),
        services: service_lines(&part.services),
        strips: part.worst.strips(),
    };
    Ok((report, part.ledger))
}

fn service_lines(services: &[(String, Measures)]) -> Vec<NamedMeasures> {
    let named = |(name, measures): &(String, Measures)| NamedMeasures {
        name: name.clone(),
        measures: measures.clone(),
    };
    services.iter().map(named).collect()
}

fn period_breakdown(
    job: &Job<'_>,
    cycle: Cycle,
    by_period: &mut [Vec<PeriodPart>],
    line: Option<&Line>,
) -> Breakdown {
    let found = job.calendars.iter().zip(by_period).find(|((of, _), _)| *of == cycle);
    let (periods, parts) = match found {
        Some(((_, periods), parts)) => (periods.as_slice(), parts.as_mut_slice()),
        None => Default::default(),
    };
    let lines = periods.iter().zip(parts).map(|(period, part)| {
        let fleet = std::mem::take(&mut part.fleet);
        let mut tally = line.map_or_else(|| fleet.in_order(), |line| Tally::within(line, &period.spans));
        if job.settings.count_zero_length {
            tally = tally.counting_zero_length();
        }
        let measures = Measures::of(tally, &part.rows, part.rows.distinct, group::method(job.settings));
        NamedMeasures { name: period.label.clone(), measures }
    });
    Breakdown { by: cycle.name().to_owned(), lines: lines.collect() }
}

fn fill_label_breakdowns(
    job: &Job<'_>,
    by_label: Vec<BTreeMap<u32, Group>>,
    fleet: Option<Observation>,
    breakdowns: &mut [Breakdown],
) {
    for (dimension, groups) in label_dimensions(job.settings).into_iter().zip(by_label) {
        let by = dimension.name();
        let Some(breakdown) = breakdowns.iter_mut().find(|breakdown| breakdown.by == by) else {
            continue;
        };
        let named = groups.into_iter().map(|(label, mut group)| {
            // Any service can have an incident of any severity or cause, so the whole fleet's time
            // counts for each of them.
            if let Some(fleet) = fleet.filter(|_| !matches!(dimension, By::Column(_))) {
                group.observe(fleet);
            }
            let name = job.labels.get(label as usize).cloned().unwrap_or_else(|| format!("(no {by})"));
            NamedMeasures { name, measures: group.finish(job.settings, job.hours.as_ref()).0 }
        });
        breakdown.lines = named.collect();
        breakdown.lines.sort_by(|a, b| natural(&a.name, &b.name));
    }
}

fn ledger_totals(ledger: &Ledger) -> Vec<LedgerTotal> {
    let entry = |(reason, total): (Reason, super::ledger::Total)| LedgerTotal {
        reason: reason.name(),
        rows: total.rows,
        effect_s: seconds(total.effect_micros),
        effect: reason.effect(),
    };
    ledger.totals().map(entry).collect()
}
