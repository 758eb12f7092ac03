//! Combines the timelines of several services into the measures of one table row.

use super::incidents::RowStats;
use super::measures::{HoursMeasure, Measures, WeightedMeasure};
use super::settings::{Combine, Settings};
use crate::base::time::total_seconds;
use crate::timeline::combine::Combiner;
use crate::timeline::tally::{Observation, Tally};
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

enum Gathered {
    /// A system: its timelines are merged into one by a combination rule.
    System(Box<Combiner>),
    /// A fleet: the tallies of its services are added up.
    Fleet(Fleet),
}

/// Observed time and downtime within service hours, in microseconds.
type HoursMicros = (i128, i128);

/// A fleet of services whose times and failures add up.
///
/// The tallies are summed in order of name, so that the rounding of the floating-point sums does not
/// depend on which worker processed which service.
#[derive(Default)]
struct Fleet {
    parts: Vec<(String, Tally)>,
    hours_micros: HoursMicros,
    /// The observation that replaces the sum of those of the parts.
    observed: Option<Observation>,
}

impl Fleet {
    fn push(&mut self, name: &str, line: &Line, hours: Option<&Spans>) {
        self.parts.push((name.to_owned(), Tally::of(line)));
        if let Some(hours) = hours {
            self.add_hours(within_hours(line, hours));
        }
    }

    fn add_hours(&mut self, (observed, down): HoursMicros) {
        self.hours_micros = (self.hours_micros.0 + observed, self.hours_micros.1 + down);
    }

    fn absorb(&mut self, other: Self) {
        self.parts.extend(other.parts);
        self.add_hours(other.hours_micros);
    }

    fn observation(&self) -> Observation {
        self.parts.iter().fold(Observation::default(), |sum, (_, tally)| sum.plus(tally.observation))
    }

    /// Returns the sum of all tallies.
    fn tally(mut self) -> Tally {
        self.parts.sort_by(|a, b| a.0.cmp(&b.0));
        let mut sum = Tally::default();
        for (_, tally) in &self.parts {
            sum.absorb(tally);
        }
        sum.observation = self.observed.unwrap_or(sum.observation);
        sum
    }
}

impl Group {
    /// Creates an empty group of timelines over `scope`, of which `window` is reported. `layered` tells whether
    /// any timeline has maintenance or unknown time.
    pub(super) fn new(settings: &Settings, window: Span, scope: Span, layered: bool) -> Self {
        let gathered = match settings.combine {
            Combine::System(rule) => Gathered::System(Box::new(Combiner::new(rule, scope, layered))),
            Combine::Pool => Gathered::Fleet(Fleet::default()),
        };
        Self { window, gathered, lines: 0, rows: RowStats::default(), impacts: Vec::new() }
    }

    /// Adds the timeline of a service over the scope.
    pub(super) fn push(&mut self, name: &str, line: &Line, hours: Option<&Spans>) {
        self.lines += 1;
        match &mut self.gathered {
            Gathered::System(combiner) => combiner.push(line),
            Gathered::Fleet(fleet) => fleet.push(name, &line.restrict(self.window), hours),
        }
    }

    /// Adds the partial outages of a service.
    pub(super) fn push_impacts(&mut self, name: &str, impacts: &[Impact]) {
        if !impacts.is_empty() {
            self.impacts.push((name.to_owned(), impacts.to_vec()));
        }
    }

    /// Merges another group into this one. Both must have been created with the same settings.
    pub(super) fn absorb(&mut self, other: Self) {
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
    pub(super) fn fleet_observation(&self) -> Option<Observation> {
        match &self.gathered {
            Gathered::System(_) => None,
            Gathered::Fleet(fleet) => Some(fleet.observation()),
        }
    }

    /// Replaces the group's observed time by that of the whole fleet.
    pub(super) fn observe(&mut self, observed: Observation) {
        if let Gathered::Fleet(fleet) = &mut self.gathered {
            fleet.observed = Some(observed);
        }
    }

    /// Computes the measures of the group; for a system also returns its combined timeline.
    pub(super) fn finish(mut self, settings: &Settings, hours: Option<&Spans>) -> (Measures, Option<Line>) {
        let weighted = self.weighted_downtime();
        let (tally, hours_micros, line) = match self.gathered {
            Gathered::System(combiner) => {
                let line = combiner.finish().restrict(self.window).into_owned();
                let mut tally = Tally::of(&line);
                tally.observation.lines = self.lines;
                (tally, hours.map(|hours| within_hours(&line, hours)), Some(line))
            }
            Gathered::Fleet(fleet) => {
                let hours_micros = hours.filter(|_| self.lines > 0).map(|_| fleet.hours_micros);
                (fleet.tally(), hours_micros, None)
            }
        };
        // An incident that hit several services has one row for each; across services it counts once.
        let incidents = if self.lines > 1 { self.rows.distinct } else { self.rows.incidents };
        (measures(tally, &self.rows, incidents, hours_micros, weighted, settings), line)
    }

    /// Computes the weighted downtime in seconds of full outage.
    ///
    /// In a system, incidents of all services may overlap. In a fleet, only incidents of one service do;
    /// the services' downtimes add up.
    fn weighted_downtime(&mut self) -> WeightedDowntime {
        let window = self.window;
        // A fixed order of summation makes the result independent of the distribution of work.
        self.impacts.sort_by(|a, b| a.0.cmp(&b.0));
        let of_each = self.impacts.iter().map(|(_, impacts)| impacts.as_slice());
        match self.gathered {
            Gathered::System(_) => weighted_downtime(&of_each.collect::<Vec<_>>().concat(), window),
            Gathered::Fleet(_) => of_each.fold(WeightedDowntime::default(), |sum, impacts| {
                sum.plus(weighted_downtime(impacts, window))
            }),
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
    let hours_micros = hours.map(|hours| within_hours(line, hours));
    let weighted = weighted_downtime(impacts, line.window);
    measures(Tally::of(line), rows, rows.incidents, hours_micros, weighted, settings)
}

fn within_hours(line: &Line, hours: &Spans) -> HoursMicros {
    let part = Tally::within(line, hours);
    (part.observed_micros(), part.down_micros)
}

fn measures(
    tally: Tally,
    rows: &RowStats,
    incidents: u64,
    hours_micros: Option<HoursMicros>,
    weighted: WeightedDowntime,
    settings: &Settings,
) -> Measures {
    let mut measures = Measures::of(tally, rows, incidents, settings);
    measures.hours = hours_micros.map(|(observed_micros, down_micros)| HoursMeasure {
        observed_s: total_seconds(observed_micros),
        downtime_s: total_seconds(down_micros),
        unavailability: (observed_micros > 0).then(|| down_micros as f64 / observed_micros as f64),
    });
    let observed_s = measures.observed_s;
    measures.weighted = (settings.weights.is_some() && observed_s > 0.0).then(|| WeightedMeasure {
        downtime: weighted,
        unavailability: weighted.independent_s / observed_s,
        unavailability_best: weighted.best_s / observed_s,
        unavailability_worst: weighted.worst_s / observed_s,
    });
    measures
}
