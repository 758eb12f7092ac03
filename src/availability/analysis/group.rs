//! Combines the timelines of several services into the measures of one table row.

use super::measures::{HoursMeasure, Measures, Method, WeightedMeasure};
use super::outages::RowStats;
use super::settings::{Combine, Settings};
use crate::base::time::total_seconds;
use crate::timeline::combine::Combiner;
use crate::timeline::tally::Tally;
use crate::timeline::weighted::{Impact, WeightedDowntime, weighted_downtime};
use crate::timeline::{Line, Span, Spans};

/// Accumulates the timelines of one group of services.
pub(super) struct Group {
    window: Span,
    gathered: Gathered,
    lines: u64,
    /// Incident counts and the sums behind MTTD and MTTA.
    pub rows: RowStats,
    /// Partial outages by service.
    impacts: Vec<(String, Vec<Impact>)>,
}

/// The observed time of a fleet: lengths summed over its services, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observation {
    lines: u64,
    window_micros: i128,
    maintenance_micros: i128,
    unknown_micros: i128,
}

enum Gathered {
    /// A system: its timelines are merged into one by a combination rule.
    System(Box<Combiner>),
    /// A fleet: the tallies of its services are added up.
    Fleet(Fleet),
}

/// A fleet of services whose times and failures add up.
///
/// The tallies are summed in order of name, so that the rounding of the floating-point sums does not
/// depend on which worker processed which service.
#[derive(Default)]
struct Fleet {
    parts: Vec<(String, Tally)>,
    /// Observed time and downtime within service hours, in microseconds.
    hours_micros: Option<(i128, i128)>,
    observed: Option<Observation>,
}

impl Fleet {
    /// Adds a service.
    fn push(&mut self, name: &str, tally: Tally) {
        self.parts.push((name.to_owned(), tally));
    }

    fn push_hours(&mut self, part: &Tally) {
        let (observed, down) = self.hours_micros.unwrap_or_default();
        self.hours_micros = Some((observed + part.observed_micros(), down + part.down_micros));
    }

    fn absorb(&mut self, other: Self) {
        self.parts.extend(other.parts);
        self.hours_micros = match (self.hours_micros, other.hours_micros) {
            (Some(a), Some(b)) => Some((a.0 + b.0, a.1 + b.1)),
            (a, b) => a.or(b),
        };
    }

    fn observation(&self) -> Observation {
        let sum = |micros: fn(&Tally) -> i128| self.parts.iter().map(|(_, tally)| micros(tally)).sum();
        Observation {
            lines: self.parts.len() as u64,
            window_micros: sum(|tally| tally.window_micros),
            maintenance_micros: sum(|tally| tally.maintenance_micros),
            unknown_micros: sum(|tally| tally.unknown_micros),
        }
    }

    /// Returns the sum of all tallies.
    fn tally(mut self) -> Tally {
        self.parts.sort_by(|a, b| a.0.cmp(&b.0));
        let mut sum = Tally::default();
        for (_, tally) in &self.parts {
            sum.absorb(tally);
        }
        if let Some(observed) = self.observed {
            sum.lines = observed.lines;
            sum.window_micros = observed.window_micros;
            sum.maintenance_micros = observed.maintenance_micros;
            sum.unknown_micros = observed.unknown_micros;
        }
        sum
    }
}

impl Group {
    /// Creates an empty group. `layered` tells whether any timeline has maintenance or unknown time.
    pub fn new(settings: &Settings, window: Span, layered: bool) -> Self {
        let gathered = match settings.combine {
            Combine::System(rule) => Gathered::System(Box::new(Combiner::new(rule, window, layered))),
            Combine::Pool => Gathered::Fleet(Fleet::default()),
        };
        Self { window, gathered, lines: 0, rows: RowStats::default(), impacts: Vec::new() }
    }

    /// Adds the timeline of a service.
    pub fn push(&mut self, name: &str, line: &Line, hours: Option<&Spans>) {
        self.lines += 1;
        match &mut self.gathered {
            Gathered::System(combiner) => combiner.push(line),
            Gathered::Fleet(fleet) => {
                fleet.push(name, Tally::of(line));
                if let Some(hours) = hours {
                    fleet.push_hours(&Tally::within(line, hours));
                }
            }
        }
    }

    /// Adds the partial outages of a service.
    pub fn push_impacts(&mut self, name: &str, impacts: &[Impact]) {
        if !impacts.is_empty() {
            self.impacts.push((name.to_owned(), impacts.to_vec()));
        }
    }

    /// Merges another group into this one. Both must have been created with the same settings.
    pub fn absorb(&mut self, other: Self) {
        self.lines += other.lines;
        self.rows.absorb(&other.rows);
        self.impacts.extend(other.impacts);
        match (&mut self.gathered, other.gathered) {
            (Gathered::System(ours), Gathered::System(theirs)) => ours.absorb(*theirs),
            (Gathered::Fleet(ours), Gathered::Fleet(theirs)) => ours.absorb(theirs),
            // Unreachable: all groups of a run share the same settings.
            _ => {}
        }
    }

    /// Returns the observed time of the fleet, or `None` for a system.
    pub fn fleet_observation(&self) -> Option<Observation> {
        match &self.gathered {
            Gathered::System(_) => None,
            Gathered::Fleet(fleet) => Some(fleet.observation()),
        }
    }

    /// Replaces the group's observed time by that of the whole fleet.
    pub fn observe(&mut self, observed: Observation) {
        if let Gathered::Fleet(fleet) = &mut self.gathered {
            fleet.observed = Some(observed);
        }
    }

    /// Computes the measures of the group; for a system also returns its combined timeline.
    pub fn finish(mut self, settings: &Settings, hours: Option<&Spans>) -> (Measures, Option<Line>) {
        let weighted_downtime = self.weighted_downtime();
        let (mut tally, inside, line) = match self.gathered {
            Gathered::System(combiner) => {
                let line = combiner.finish();
                let inside = hours.map(|hours| Tally::within(&line, hours));
                let tally = Tally { lines: self.lines, ..Tally::of(&line) };
                (tally, inside.map(|part| (part.observed_micros(), part.down_micros)), Some(line))
            }
            Gathered::Fleet(fleet) => {
                let inside = fleet.hours_micros;
                (fleet.tally(), inside, None)
            }
        };
        if settings.count_zero_length {
            tally = tally.counting_zero_length();
        }
        // An incident that hit several services has one row for each; across services it counts once.
        let incidents = if self.lines > 1 { self.rows.distinct } else { self.rows.incidents };
        let observed_s = total_seconds(tally.observed_micros());
        let mut measures = Measures::of(tally, &self.rows, incidents, method(settings));
        measures.hours = inside.map(hours_measure);
        if settings.weights.is_some() && observed_s > 0.0 {
            measures.weighted = Some(weighted(weighted_downtime, observed_s));
        }
        (measures, line)
    }
}

impl Group {
    /// Computes the weighted downtime in seconds of full outage.
    ///
    /// In a system, incidents of all services may overlap. In a fleet, only incidents of one service do;
    /// the services' downtimes add up.
    fn weighted_downtime(&mut self) -> WeightedDowntime {
        let window = self.window;
        // A fixed order of summation makes the result independent of the distribution of work.
        self.impacts.sort_by(|a, b| a.0.cmp(&b.0));
        match self.gathered {
            Gathered::System(_) => {
                let all: Vec<Impact> =
                    self.impacts.iter().flat_map(|(_, impacts)| impacts.iter().copied()).collect();
                weighted_downtime(&all, window)
            }
            Gathered::Fleet(_) => {
                self.impacts.iter().fold(WeightedDowntime::default(), |sum, (_, impacts)| {
                    sum.plus(weighted_downtime(impacts, window))
                })
            }
        }
    }
}

/// Computes the measures of one service. Equals a [`Group`] of this service alone, without the
/// combining.
pub(super) fn of_one(
    line: &Line,
    rows: &RowStats,
    impacts: &[Impact],
    settings: &Settings,
    hours: Option<&Spans>,
) -> Measures {
    let mut tally = Tally::of(line);
    if settings.count_zero_length {
        tally = tally.counting_zero_length();
    }
    let observed_s = total_seconds(tally.observed_micros());
    let inside = hours.map(|hours| Tally::within(line, hours));
    let mut measures = Measures::of(tally, rows, rows.incidents, method(settings));
    measures.hours = inside.map(|part| hours_measure((part.observed_micros(), part.down_micros)));
    if settings.weights.is_some() && observed_s > 0.0 {
        measures.weighted = Some(weighted(weighted_downtime(impacts, line.window), observed_s));
    }
    measures
}

/// Extracts the parameters of the statistical methods from the settings.
pub(super) fn method(settings: &Settings) -> Method {
    Method { confidence: settings.confidence, bootstrap: settings.bootstrap, seed: settings.seed }
}

fn hours_measure((observed_micros, down_micros): (i128, i128)) -> HoursMeasure {
    HoursMeasure {
        observed_s: total_seconds(observed_micros),
        downtime_s: total_seconds(down_micros),
        unavailability: (observed_micros > 0).then(|| down_micros as f64 / observed_micros as f64),
    }
}

fn weighted(downtime: WeightedDowntime, observed_s: f64) -> WeightedMeasure {
    WeightedMeasure {
        downtime,
        unavailability: downtime.independent_s / observed_s,
        unavailability_best: downtime.best_s / observed_s,
        unavailability_worst: downtime.worst_s / observed_s,
    }
}
