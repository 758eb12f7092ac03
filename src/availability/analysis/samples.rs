//! The measures that only probe samples have.

use super::job::Job;
use super::measures::SampleMeasure;
use crate::availability::evidence::{ServiceEvidence, Shape};
use crate::stats::interval::{Interval, clopper_pearson, wilson};
use crate::timeline::samples::outage_bounds;
use crate::timeline::{Span, Spans};

/// Computes the measures of a service's samples; `None` for a log of another shape.
pub(super) fn sample_measure(service: &ServiceEvidence, job: &Job<'_>) -> Option<SampleMeasure> {
    // The bounds of an outage that a quorum of probes decides are not those of any probe.
    if job.evidence.shape != Shape::Samples || !service.probes.is_empty() {
        return None;
    }
    let (good, known) = (service.samples_good, service.samples_known);
    let bounds = outage_bounds(&service.runs, job.evidence.max_gap_micros);
    let total = |spans: Vec<Span>| Spans::from_unsorted(spans).clip(job.window).seconds();
    let pair = |interval: Option<Interval>| Some([interval?.lower?, interval?.upper?]);
    let confidence = job.settings.confidence;
    Some(SampleMeasure {
        good,
        known,
        success_ratio: (known > 0).then(|| good as f64 / known as f64),
        wilson: pair(wilson(good, known, confidence)),
        clopper_pearson: pair(clopper_pearson(good, known, confidence)),
        downtime_shortest_s: total(bounds.iter().map(|bound| bound.shortest).collect()),
        downtime_longest_s: total(bounds.iter().map(|bound| bound.longest).collect()),
    })
}
