//! The results by period of the calendar.

use super::calendars::Calendar;
use super::incidents::RowStats;
use super::job::Job;
use super::measures::Measures;
use super::outages::ServiceLine;
use super::report::{Breakdown, NamedMeasures};
use super::settings::{By, Combine};
use crate::timeline::Line;
use crate::timeline::tally::Tally;

/// The results of all services for each period of one calendar.
pub(super) struct ByPeriod(Vec<PeriodPart>);

#[derive(Clone, Default)]
struct PeriodPart {
    rows: RowStats,
    /// For a fleet: the running sum over services. Keeping a tally per service and period would need too
    /// much memory.
    fleet: Tally,
}

impl ByPeriod {
    /// Creates empty results for the periods of a calendar.
    pub(super) fn new(calendar: &Calendar) -> Self {
        Self(vec![PeriodPart::default(); calendar.periods.len()])
    }

    /// Adds a service.
    pub(super) fn take(&mut self, job: &Job<'_>, calendar: &Calendar, service: &ServiceLine) {
        for incident in &service.incidents {
            if let Some(part) = calendar.index_at(incident.span.start).and_then(|i| self.0.get_mut(i)) {
                part.rows.add(incident, job.extra(incident.extra));
            }
        }
        if job.settings.combine == Combine::Pool {
            for (part, period) in self.0.iter_mut().zip(&calendar.periods) {
                part.fleet.absorb(&Tally::within(&service.line, &period.spans));
            }
        }
    }

    /// Adds the results of another worker.
    pub(super) fn absorb(&mut self, other: Self) {
        for (ours, theirs) in self.0.iter_mut().zip(other.0) {
            ours.rows.absorb(&theirs.rows);
            ours.fleet.absorb(&theirs.fleet);
        }
    }

    /// Returns the table. `system` is the combined timeline of the services, if they form a system.
    pub(super) fn breakdown(
        self,
        job: &Job<'_>,
        by: &By,
        calendar: &Calendar,
        system: Option<&Line>,
    ) -> Breakdown {
        let lines = calendar.periods.iter().zip(self.0).map(|(period, PeriodPart { rows, fleet })| {
            let tally = match system {
                Some(line) => Tally::within(line, &period.spans),
                None => fleet.in_order(),
            };
            let measures = Measures::of(tally, &rows, rows.distinct, job.settings);
            NamedMeasures { name: period.label.clone(), measures }
        });
        Breakdown { by: by.name(), lines: lines.collect() }
    }
}
