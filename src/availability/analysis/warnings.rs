//! What a careful reader must know before quoting a figure.

use super::report::Report;
use super::settings::{Settings, Window};
use crate::availability::evidence::{ServiceEvidence, Shape};
use crate::availability::ledger::{Ledger, Reason};
use crate::availability::rows::{OPEN, Row};
use crate::base::natural::natural;
use crate::base::text::counted;
use crate::base::time::DAY_MICROS;

/// All of them, the gravest first.
pub(super) fn warnings(
    report: &Report,
    ledger: &Ledger,
    oddities: &Oddities,
    settings: &Settings,
    names: &[String],
) -> Vec<String> {
    let mut warnings = Vec::new();
    let window = &report.window;
    match (window.from_data_start, window.from_data_end) {
        _ if report.shape != Shape::Incidents => {}
        (true, true) => warnings.push(
            "the window runs from the first to the last instant of the log, so it begins with a failure and leaves out the time \
             up before and after: availability comes out too low; give the true window with --from and --to"
                .to_owned(),
        ),
        (true, false) => warnings.push(
            "the window starts at the first instant of the log: the time up before it is left out, so availability comes out too \
             low; give the true start with --from"
                .to_owned(),
        ),
        (false, true) => warnings.push(
            "the window ends at the last instant of the log: the time up since is left out, so availability comes out too low; \
             give the true end with --to"
                .to_owned(),
        ),
        (false, false) => {}
    }
    warnings.extend(oddities.late_warning());
    warnings.extend(outside_warning(report, ledger));
    warnings.extend(oddities.unmatched_warning(names.len() as u64));
    let reversed = ledger.total(Reason::Reversed).rows;
    if reversed > 0 {
        let rows = counted(reversed, "row");
        warnings
            .push(format!("{rows} left out because the end lies before the start: --ledger FILE lists them"));
    }
    warnings.extend(open_warning(report, ledger));
    let planned = settings.maintenance.of_service.keys();
    warnings.extend(
        strangers(planned, names)
            .map(|name| format!("the maintenance file names `{name}`, which is no service of the log")),
    );
    let promised = settings.objectives.of_service.keys();
    warnings.extend(
        strangers(promised, names)
            .map(|name| format!("an objective names `{name}`, which is no service of the log")),
    );
    warnings
}

/// The names that no service of the log has.
fn strangers<'n>(
    named: impl Iterator<Item = &'n String>,
    services: &[String],
) -> impl Iterator<Item = &'n String> {
    let mut unknown: Vec<&String> = named.filter(|name| !services.contains(name)).collect();
    unknown.sort_by(|a, b| natural(a, b));
    unknown.into_iter()
}

/// What the rows show before anything is computed of them.
pub(super) struct Oddities {
    /// Services of which `--where` keeps no incident.
    unmatched: u64,
    /// Incidents that go on, and begin where the window ends for want of `--to`.
    late: u64,
}

impl Oddities {
    /// What the services' rows show over a window.
    pub(super) fn of(services: &[ServiceEvidence], shape: Shape, window: Window) -> Self {
        let incidents = || services.iter().filter(|_| shape == Shape::Incidents);
        let is_late = |row: &Row| row.end == OPEN && row.start >= window.span.end;
        let ended = incidents().filter(|_| window.end_from_data);
        Self {
            unmatched: incidents().filter(|service| service.rows.is_empty()).count() as u64,
            late: ended.flat_map(|service| service.rows.iter()).filter(is_late).count() as u64,
        }
    }

    fn unmatched_warning(&self, services: u64) -> Option<String> {
        let (have, count) = if self.unmatched == 1 { ("has", "counts") } else { ("have", "count") };
        match self.unmatched {
            0 => None,
            unmatched if unmatched == services => {
                Some("--where keeps no row of the log, so nothing failed: is it what was meant?".to_owned())
            }
            unmatched => Some(format!(
                "{} {have} no row that --where keeps and {count} as up all the time; to leave services out, say which are meant: \
                 --where service=…",
                counted(unmatched, "service")
            )),
        }
    }

    fn late_warning(&self) -> Option<String> {
        let begin = if self.late == 1 { "begins" } else { "begin" };
        (self.late > 0).then(|| {
            format!(
                "{} without an end {begin} where the log ends, so none of it counts: give the true end, such as now, with --to",
                counted(self.late, "row")
            )
        })
    }
}

fn open_warning(report: &Report, ledger: &Ledger) -> Option<String> {
    let open = ledger.total(Reason::Open);
    let long = open.effect_micros > 0 && open.effect_micros / (open.rows as i64).max(1) > OPEN_LONG_MICROS;
    let advice = if long {
        "; some have been open for long: if they are over, give them an end or leave them out with --where"
    } else {
        ""
    };
    match open.rows {
        0 if report.total.open == 0 => None,
        0 => Some("still down at the end of the window: counted as downtime, not as a repair".to_owned()),
        rows => Some(format!(
            "{} without an end: downtime counted to the end of the window, not as a repair{advice}",
            counted(rows, "row")
        )),
    }
}

/// An incident open for longer than this was probably forgotten, not unsolved: thirty days.
const OPEN_LONG_MICROS: i64 = 30 * DAY_MICROS;

/// A window that holds no row says nothing about the log, nor does the log about it.
fn outside_warning(report: &Report, ledger: &Ledger) -> Option<String> {
    let nothing = report.total.incidents == 0 && ledger.total(Reason::OutsideWindow).rows > 0;
    let mut services = report.services.iter().map(|line| &line.measures);
    let unknown = services.all(|one| one.observed_s <= 0.0 && one.unknown_s > 0.0);
    let what = match () {
        () if nothing => "no row of the log lies in the window",
        () if unknown && !report.services.is_empty() => "nothing is known of the window",
        () => return None,
    };
    Some(format!("{what}: is it the window that was meant?"))
}
