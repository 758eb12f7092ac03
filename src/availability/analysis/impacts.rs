//! The weights of partial outages.

use super::incidents::Incident;
use super::job::Job;
use super::settings::Weights;
use crate::timeline::Spans;
use crate::timeline::weighted::Impact;

/// Returns the parts of the incidents outside maintenance with their weights; empty without `--weight`.
pub(super) fn impacts(job: &Job<'_>, incidents: &[Incident], maintenance: &Spans) -> Vec<Impact> {
    let Some(weights) = &job.settings.weights else {
        return Vec::new();
    };
    let parts = incidents.iter().flat_map(|incident| {
        let weight = weight(job, weights, incident);
        let outside = Spans::from(incident.span).subtract(maintenance);
        outside.iter().map(|span| Impact { span: *span, weight }).collect::<Vec<_>>()
    });
    parts.collect()
}

fn weight(job: &Job<'_>, weights: &Weights, incident: &Incident) -> f64 {
    let extra = job.extra(incident.extra);
    match weights {
        Weights::Column => extra.and_then(|extra| extra.weight).unwrap_or(1.0),
        Weights::BySeverity(table) => {
            let label = extra.and_then(|extra| job.evidence.labels.get(extra.severity as usize));
            let named =
                label.and_then(|label| table.iter().find(|(name, _)| name.eq_ignore_ascii_case(label)));
            named.map_or(1.0, |(_, weight)| *weight)
        }
    }
}
