//! Computes the error budget of every objective.

use super::job::Job;
use super::measures::Measures;
use super::report::SloReport;
use super::settings::Settings;
use super::share::ServiceResult;
use crate::base::quantity::DAY_S;
use crate::stats::interval::{uptime_needed_after_failures, uptime_needed_without_failure};
use crate::timeline::Line;
use crate::timeline::slo::budget;

/// The name of the whole: the subject of its gates and objectives, and the last row of a table. No service has it
/// in a report: see [`label`].
pub const WHOLE: &str = "total";

/// Returns the name by which a report calls a service, or another part of the whole. Only one that could be taken
/// for the whole is not called by its own name.
pub fn label(kind: &str, name: &str) -> String {
    let quoted = format!("{kind} \"");
    if name == WHOLE || name.starts_with(&quoted) { format!("{quoted}{name}\"") } else { name.to_owned() }
}

/// The MTTR assumed for a service that never failed, in a log without any repair: one hour.
const ASSUMED_MTTR_S: f64 = 3_600.0;

/// Returns the repair time assumed for a service that never failed, in seconds: the one set by the user,
/// else the MTTR of the log.
pub(super) fn assumed_mttr_s(settings: &Settings, total: &Measures) -> f64 {
    settings.assumed_mttr_s.or(total.mttr_s.value).unwrap_or(ASSUMED_MTTR_S)
}

/// Evaluates the objectives of all services that have one, then that of the total if several services
/// form a system.
pub(super) fn all(
    job: &Job<'_>,
    services: &[ServiceResult],
    system: Option<&Line>,
    total: &Measures,
) -> Result<Vec<SloReport>, String> {
    let objectives = &job.settings.objectives;
    let of_services = services.iter().filter_map(|ServiceResult { named, line }| {
        Some((label("service", &named.name), objectives.of(&named.name)?, line.as_ref()?, &named.measures))
    });
    let of_total = objectives.default.as_ref().zip(system).filter(|_| services.len() > 1);
    let of_total = of_total.map(|(objective, line)| (WHOLE.to_owned(), objective, line, total));
    let assumed_mttr_s = assumed_mttr_s(job.settings, total);
    let evaluated = of_services.chain(of_total).map(|(subject, objective, line, measures)| {
        let target = objective.unavailability_target;
        let needed_s = uptime_needed(measures, target, assumed_mttr_s, job.settings.confidence);
        Ok(SloReport {
            subject,
            target: 1.0 - target,
            unavailability_target: target,
            slo_window: objective.window.to_string(),
            budget: budget(objective, &line.down(), &line.not_counted(), job.window, &job.settings.zone)?,
            shown: needed_s == Some(0.0),
            clean_days_needed: needed_s.filter(|needed| *needed > 0.0).map(|needed| needed / DAY_S),
        })
    });
    evaluated.collect()
}

/// Returns the seconds of further uptime without failure until the lower bound of the availability
/// reaches the objective; 0 if it does already, `None` if it cannot be computed.
fn uptime_needed(measures: &Measures, target: f64, assumed_mttr_s: f64, confidence: f64) -> Option<f64> {
    if measures.failures == 0 {
        uptime_needed_without_failure(measures.uptime_s, assumed_mttr_s, target, confidence)
    } else if measures.unavailability.upper.is_some_and(|upper| upper <= target) {
        Some(0.0)
    } else {
        uptime_needed_after_failures(
            measures.uptime_s,
            measures.downtime_s,
            measures.failures,
            target,
            confidence,
        )
    }
}
