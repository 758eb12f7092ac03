//! Analyses all services on all cores.

use super::by_label::{ByLabel, label_dimensions};
use super::by_period::ByPeriod;
use super::group::{Group, of_one};
use super::impacts::impacts;
use super::job::Job;
use super::outages::service_line;
use super::report::NamedMeasures;
use super::samples::sample_measure;
use super::strips::WorstLines;
use crate::availability::evidence::ServiceEvidence;
use crate::availability::ledger::Ledger;
use crate::base::natural::natural;
use crate::base::workers::{lock, on_threads};
use crate::timeline::Line;
use std::sync::Mutex;

/// The results of one service.
pub(super) struct ServiceResult {
    /// Its name and measures.
    pub named: NamedMeasures,
    /// Its timeline, if it has an objective.
    pub line: Option<Line>,
}

/// The results of one worker for the services it processed.
pub(super) struct WorkerShare {
    /// The single services.
    pub services: Vec<ServiceResult>,
    /// All of them combined.
    pub total: Group,
    /// The breakdowns by label, in the order of the settings.
    pub by_label: Vec<ByLabel>,
    /// The breakdowns by calendar, in the order of the settings.
    pub by_period: Vec<ByPeriod>,
    /// The timelines to draw.
    pub worst: WorstLines,
    /// Rows excluded or adjusted.
    pub ledger: Ledger,
}

impl WorkerShare {
    fn new(job: &Job<'_>) -> Self {
        Self {
            services: Vec::new(),
            total: job.new_group(),
            by_label: label_dimensions(job.settings).map(|_| ByLabel::default()).collect(),
            by_period: job.calendars.iter().map(ByPeriod::new).collect(),
            worst: WorstLines::default(),
            ledger: Ledger::new(job.settings.keep_ledger),
        }
    }

    /// Analyses one service and adds it to all results.
    fn take(&mut self, job: &Job<'_>, mut service: ServiceEvidence) {
        let found = service_line(&mut service, job, &mut self.ledger);
        let impacts = impacts(job, &found.incidents, &found.line.maintenance);
        self.total.push(&service.name, found.whole(), job.hours.as_ref());
        self.total.rows.absorb(&found.stats);
        self.total.push_impacts(&service.name, &impacts);
        for (by, groups) in label_dimensions(job.settings).zip(&mut self.by_label) {
            groups.take(job, by, &service.name, &found);
        }
        for (calendar, periods) in job.calendars.iter().zip(&mut self.by_period) {
            periods.take(job, calendar, &found);
        }
        let mut measures = of_one(&found.line, &found.stats, &impacts, job.settings, job.hours.as_ref());
        measures.samples = sample_measure(&service, job);
        self.worst.offer(&service.name, measures.downtime_s, &found.line);
        let has_objective = job.settings.objectives.of(&service.name).is_some();
        self.services.push(ServiceResult {
            named: NamedMeasures { name: service.name, measures },
            line: has_objective.then_some(found.line),
        });
    }

    fn absorb(&mut self, other: Self) {
        self.services.extend(other.services);
        self.total.absorb(other.total);
        self.worst.absorb(other.worst);
        self.ledger.absorb(other.ledger);
        for (ours, theirs) in self.by_label.iter_mut().zip(other.by_label) {
            ours.absorb(theirs);
        }
        for (ours, theirs) in self.by_period.iter_mut().zip(other.by_period) {
            ours.absorb(theirs);
        }
    }
}

/// Analyses all services with the workers. The result does not depend on the number of workers.
pub(super) fn run_workers(job: &Job<'_>, services: Vec<ServiceEvidence>) -> WorkerShare {
    let queue = Mutex::new(services.into_iter());
    let next = || lock(&queue).next();
    let work = || {
        let mut share = WorkerShare::new(job);
        while let Some(service) = next() {
            share.take(job, service);
        }
        share
    };
    let mut whole = WorkerShare::new(job);
    for share in on_threads(job.settings.threads, work) {
        whole.absorb(share);
    }
    whole.services.sort_by(|a, b| natural(&a.named.name, &b.named.name));
    whole
}
