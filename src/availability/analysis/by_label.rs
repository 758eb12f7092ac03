//! The results by severity, by cause or by the values of a column.

use super::group::Group;
use super::impacts::impacts;
use super::incidents::Incident;
use super::job::Job;
use super::outages::{OutageMerger, ServiceLine};
use super::report::{Breakdown, NamedMeasures};
use super::settings::{By, Settings};
use crate::availability::evidence::{Extra, NO_LABEL};
use crate::base::natural::natural;
use crate::timeline::tally::Observation;
use std::collections::BTreeMap;

/// Returns the breakdowns by a label of incidents, in the order of the settings.
pub(super) fn label_dimensions(settings: &Settings) -> impl Iterator<Item = &By> {
    settings.by.iter().filter(|by| matches!(by, By::Severity | By::Cause | By::Column(_)))
}

fn label_of(by: &By, extra: Option<&Extra>) -> u32 {
    extra.map_or(NO_LABEL, |extra| match by {
        By::Severity => extra.severity,
        By::Cause => extra.cause,
        _ => extra.group,
    })
}

/// The results of one breakdown for each label.
#[derive(Default)]
pub(super) struct ByLabel(BTreeMap<u32, Group>);

impl ByLabel {
    /// Adds a service.
    pub(super) fn take(&mut self, job: &Job<'_>, by: &By, name: &str, service: &ServiceLine) {
        let mut parts: BTreeMap<u32, Vec<Incident>> = BTreeMap::new();
        if matches!(by, By::Column(_)) {
            // A service belongs to its groups even while it has no incident there: its time counts.
            parts.extend(service.groups.iter().map(|group| (*group, Vec::new())));
        }
        for incident in &service.incidents {
            parts.entry(label_of(by, job.extra(incident.extra))).or_default().push(*incident);
        }
        let maintenance = &service.whole().maintenance;
        for (label, part) in parts {
            let group = self.0.entry(label).or_insert_with(|| job.new_group());
            let mut outages = OutageMerger::default();
            for incident in &part {
                group.rows.add(incident, job.extra(incident.extra));
                outages.add(incident);
            }
            group.push_impacts(name, &impacts(job, &part, maintenance));
            group.push(name, &outages.into_line(job.scope, maintenance.clone()), job.hours.as_ref());
        }
    }

    /// Adds the results of another worker.
    pub(super) fn absorb(&mut self, other: Self) {
        for (label, theirs) in other.0 {
            match self.0.get_mut(&label) {
                Some(ours) => ours.absorb(theirs),
                None => drop(self.0.insert(label, theirs)),
            }
        }
    }

    /// Returns the table. `fleet` is the observed time of the whole fleet, if the services form one.
    pub(super) fn breakdown(self, job: &Job<'_>, by: &By, fleet: Option<Observation>) -> Breakdown {
        let key = by.name();
        // Any service can have an incident of any severity or cause, so the whole fleet's time counts for
        // each of them.
        let observed = fleet.filter(|_| !matches!(by, By::Column(_)));
        let named = self.0.into_iter().map(|(label, mut group)| {
            if let Some(observed) = observed {
                group.observe(observed);
            }
            let name =
                job.evidence.labels.get(label as usize).cloned().unwrap_or_else(|| format!("(no {key})"));
            NamedMeasures { name, measures: group.finish(job.settings, job.hours.as_ref()).0 }
        });
        let mut lines: Vec<NamedMeasures> = named.collect();
        lines.sort_by(|a, b| natural(&a.name, &b.name));
        Breakdown { by: key, lines }
    }
}
