//! Warnings about conditions that make the figures misleading.

use super::report::Report;
use super::settings::{Settings, Window};
use crate::availability::evidence::{Evidence, ServiceEvidence, Shape};
use crate::availability::ledger::{Ledger, Reason};
use crate::availability::rows::{OPEN, Row};
use crate::base::natural::natural;
use crate::base::text::{counted, printable};
use crate::base::time::{DAY_MICROS, Timestamp};
use std::collections::HashMap;

/// Returns all warnings, the most serious first.
pub(super) fn warnings(
    report: &Report,
    ledger: &Ledger,
    oddities: &Oddities,
    settings: &Settings,
) -> Vec<String> {
    let mut warnings: Vec<String> = report.doubts.iter().map(|doubt| doubt.text().to_owned()).collect();
    warnings.extend(unknown_warning(report));
    warnings.extend(window_warning(report).map(str::to_owned));
    warnings.extend(twins_warning(report));
    warnings.extend(oddities.late_warning());
    warnings.extend(oddities.first_seen_warning());
    warnings.extend(outside_warning(report, ledger));
    if ledger.total(Reason::Filtered).rows > 0 {
        warnings.extend(oddities.unmatched_warning(report.services.len() as u64));
    }
    let idle = |name: &String| format!("--weight: no incident has the severity `{}`", printable(name));
    warnings.extend(oddities.idle_weights.iter().map(idle));
    warnings.extend(unreached_warning(report, settings));
    warnings.extend(idle_mttr_warning(report, settings));
    let reversed = ledger.total(Reason::Reversed).rows;
    if reversed > 0 {
        let rows = counted(reversed, "row");
        warnings.push(format!("{rows} left out, with an end before the start (see --ledger FILE)"));
    }
    warnings.extend(open_warning(report, ledger));
    let planned = settings.maintenance.of_service.keys();
    warnings.extend(
        unknown_names(planned, report)
            .map(|name| format!("the maintenance file names `{name}`, which is not a service in the log")),
    );
    let promised = settings.objectives.of_service.keys();
    warnings.extend(
        unknown_names(promised, report)
            .map(|name| format!("an objective names `{name}`, which is not a service in the log")),
    );
    warnings
}

/// Warns if objectives do not take the weights or the service hours into account.
fn unreached_warning(report: &Report, settings: &Settings) -> Option<String> {
    let flags = [("--weight", settings.weights.is_some()), ("--hours", settings.hours.is_some())];
    let flags: Vec<&str> =
        flags.into_iter().filter(|(_, is_given)| *is_given).map(|(flag, _)| flag).collect();
    (!report.slo.is_empty() && !flags.is_empty()).then(|| {
        format!(
            "the error budgets count all downtime in full: {} changes only the figures that say so",
            flags.join(" and ")
        )
    })
}

/// Warns if no figure depends on the assumed MTTR.
fn idle_mttr_warning(report: &Report, settings: &Settings) -> Option<String> {
    let is_needed =
        report.services.iter().any(|line| line.measures.failures == 0) || report.total.failures == 0;
    (settings.assumed_mttr_s.is_some() && !is_needed)
        .then(|| "--assume-mttr changes nothing: every service has failures of its own".to_owned())
}

/// Warns if the state is unknown for most of the time.
fn unknown_warning(report: &Report) -> Option<String> {
    let services = report.services.iter().filter(|line| line.measures.is_mostly_unknown()).count() as u64;
    (services > 0).then(|| {
        format!(
            "the state of {} is unknown for more than half of the time: the figures are those of the rest, and \
             gates on them are inconclusive",
            counted(services, "service")
        )
    })
}

/// Warns if an end of the window comes from a log of incidents.
fn window_warning(report: &Report) -> Option<&'static str> {
    match (report.window.from_data_start, report.window.from_data_end) {
        _ if report.shape != Shape::Incidents => None,
        (true, true) => Some(
            "the window runs from the first to the last instant of the log: it begins with a failure and \
             omits the uptime before and after, so availability comes out too low; give the true window with \
             --from and --to",
        ),
        (true, false) => Some(
            "the window starts at the first instant of the log: the uptime before it is omitted, so \
             availability comes out too low; give the true start with --from",
        ),
        (false, true) => Some(
            "the window ends at the last instant of the log: the uptime after it is omitted, so availability \
             comes out too low; give the true end with --to",
        ),
        (false, false) => None,
    }
}

/// Returns the names that do not belong to any service in the log, in natural order.
fn unknown_names<'n>(
    named: impl Iterator<Item = &'n String>,
    report: &Report,
) -> impl Iterator<Item = &'n String> {
    let is_known = |name: &String| report.services.iter().any(|service| service.name == *name);
    let mut unknown: Vec<&String> = named.filter(|name| !is_known(name)).collect();
    unknown.sort_by(|a, b| natural(a, b));
    unknown.into_iter()
}

/// Irregularities in the rows, collected before the analysis consumes them.
pub(super) struct Oddities {
    /// Services that have no incident matching `--where`.
    unmatched: u64,
    /// Open incidents that begin at the end of a window whose end comes from the log.
    late: u64,
    /// Services of which time is left out because they were not seen yet.
    pub first_seen: u64,
    /// Severities with a weight that no incident has.
    pub idle_weights: Vec<String>,
    /// Whether the window ends in the future.
    pub ends_in_future: bool,
}

impl Oddities {
    /// Inspects the rows of all services. Finds nothing in logs of states or samples.
    pub(super) fn of(
        services: &[ServiceEvidence],
        evidence: &Evidence,
        window: Window,
        now: Option<Timestamp>,
    ) -> Self {
        let incidents = || services.iter().filter(|_| evidence.shape == Shape::Incidents);
        let is_late = |row: &Row| row.end == OPEN && row.start >= window.to;
        let ended = incidents().filter(|_| window.from_data_end);
        Self {
            unmatched: incidents().filter(|service| service.rows.is_empty()).count() as u64,
            late: ended.flat_map(|service| service.rows.iter()).filter(is_late).count() as u64,
            first_seen: 0,
            idle_weights: Vec::new(),
            ends_in_future: now.is_some_and(|now| ends_in_future(window.to, now, services, evidence)),
        }
    }

    fn unmatched_warning(&self, services: u64) -> Option<String> {
        let (have, count) = if self.unmatched == 1 { ("has", "counts") } else { ("have", "count") };
        match self.unmatched {
            0 => None,
            unmatched if unmatched == services => Some(
                "--where matches no row of the log, so no failure is counted: check the condition".to_owned(),
            ),
            unmatched => Some(format!(
                "{} {have} no row matching --where and {count} as up all the time; to restrict the services, \
                 add --where service=…",
                counted(unmatched, "service")
            )),
        }
    }

    fn first_seen_warning(&self) -> Option<String> {
        let (count, their) = if self.first_seen == 1 { ("counts", "its") } else { ("count", "their") };
        (self.first_seen > 0).then(|| {
            format!(
                "--first-seen: {} {count} only from {their} first incident on, so {their} MTBF and availability come \
                 out too low; give the true dates in a column `in_service`",
                counted(self.first_seen, "service")
            )
        })
    }

    fn late_warning(&self) -> Option<String> {
        let begin = if self.late == 1 { "begins" } else { "begin" };
        (self.late > 0).then(|| {
            format!(
                "{} without an end {begin} at the last instant of the log, so no downtime is counted: \
                 give the true end, such as the current time, with --to",
                counted(self.late, "row")
            )
        })
    }
}

/// Whether a window ends in the future. A log that tells of outages there was not measured by this clock.
fn ends_in_future(to: Timestamp, now: Timestamp, services: &[ServiceEvidence], evidence: &Evidence) -> bool {
    let is_later = |row: &Row| row.start > now || (row.end != OPEN && row.end > now);
    let reaches_there = |service: &ServiceEvidence| {
        service.rows.iter().any(|row| is_later(&row))
            || service.runs.iter().any(|run| run.last > now)
            || !service.probes.is_empty()
    };
    to > now && (evidence.coverage.is_none_or(|span| span.end <= now) || !services.iter().any(reaches_there))
}

/// Warns of services whose names differ only by letter case.
fn twins_warning(report: &Report) -> Option<String> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let twins = report.services.iter().find_map(|line| {
        let other = seen.insert(line.name.to_lowercase(), &line.name)?;
        Some((other, line.name.as_str()))
    });
    twins.map(|(one, other)| {
        format!(
            "`{}` and `{}` differ only by letter case and count as two services; if they are one, write them alike",
            printable(one),
            printable(other)
        )
    })
}

fn open_warning(report: &Report, ledger: &Ledger) -> Option<String> {
    let open = ledger.total(Reason::Open);
    let long = open.effect_micros > 0 && open.effect_micros / (open.rows as i64).max(1) > OPEN_LONG_MICROS;
    let advice = if long {
        "; open for more than 30 days on average: if they are over, add an end or exclude them with --where"
    } else {
        ""
    };
    match open.rows {
        0 if report.total.open == 0 => None,
        0 => Some("down at the end of the window: counted as downtime, not as a repair".to_owned()),
        rows => Some(format!(
            "{} without an end: counted as downtime to the end of the window, not as a repair{advice}",
            counted(rows, "row")
        )),
    }
}

/// Thirty days, in microseconds. An incident open for longer was more likely forgotten than unresolved.
const OPEN_LONG_MICROS: i64 = 30 * DAY_MICROS;

/// Warns if the window and the log have nothing in common.
fn outside_warning(report: &Report, ledger: &Ledger) -> Option<String> {
    let nothing = report.total.incidents == 0 && ledger.total(Reason::OutsideWindow).rows > 0;
    let mut services = report.services.iter().map(|line| &line.measures);
    let unknown = services.all(|one| one.observed_s <= 0.0 && one.unknown_s > 0.0);
    let what = match () {
        () if nothing => "no row of the log lies in the window",
        () if unknown && !report.services.is_empty() => "the state is unknown throughout the window",
        () => return None,
    };
    Some(format!("{what}: check --from and --to"))
}
