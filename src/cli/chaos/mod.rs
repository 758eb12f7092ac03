//! `steadfast chaos EXPERIMENT | URL`: reads an experiment, runs it and reports the verdict.

mod args;
mod live;
mod read;

pub(super) use args::Args;

use super::outfile::write_whole;
use super::output::Destination;
use super::signals::Signals;
use super::{Colour, Exit, report as report_error};
use crate::base::text::as_word;
use crate::base::time::Timestamp;
use crate::chaos::experiment::Experiment;
use crate::chaos::guard::Allowed;
use crate::chaos::io::capacity;
use crate::chaos::io::conduct::conduct;
use crate::chaos::io::resolve::refuse_strangers;
use crate::chaos::io::tls;
use crate::chaos::plan::plan;
use crate::chaos::report::{
    INCIDENT_COLUMNS, Origin, Report, document, incidents, repeat_document, repeated, report, tables,
};
use crate::chaos::verdict::judge;
use live::Live;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Reads the experiment, runs it as often as requested, and judges each run.
pub(super) fn run(args: &Args, colour: Colour) -> anyhow::Result<Exit> {
    let destinations = args.output.destinations(args.incidents.as_deref())?;
    let experiment = read::experiment(args)?;
    let allowed = Allowed { hosts: args.allow_host.clone() };
    if args.dry_run {
        let unknown = refuse_strangers(&experiment, &allowed)?;
        tls::check(&experiment.target)?;
        capacity::check(&experiment)?;
        let plan = args.output.chosen(plan(&experiment, unknown))?;
        args.output.write(&destinations, &plan, colour)?;
        return Ok(Exit::Fine);
    }
    args.output.refuse_unknown_table(tables(args.repeat))?;
    let signals = Signals::listen()?;
    let mut reports = Vec::new();
    let completed = signals.during(|| all_runs(args, &experiment, &allowed, &signals, &mut reports));
    // Report the runs so far, even if a later one failed.
    let reported = if reports.is_empty() {
        Exit::Fine
    } else {
        write_results(args, &destinations, &experiment.name, reports, colour)
    };
    completed.map(|()| reported)
}

/// Writes the results of all runs to the destinations, and returns the exit code.
fn write_results(
    args: &Args,
    destinations: &[Destination],
    name: &str,
    reports: Vec<Report>,
    colour: Colour,
) -> Exit {
    let incidents = args.incidents.as_ref();
    let log = incidents.map_or(Ok(()), |path| write_incidents(path, &reports, args.output.quiet));
    let (exit_code, mut document) = if let [only] = reports.as_slice() {
        (only.exit_code, document(only))
    } else {
        let all = repeated(name, reports);
        (all.exit_code, repeat_document(&all))
    };
    if let Some(table) = &args.output.table {
        // If this run has no such table, print an empty document rather than fail after the run.
        let _ = document.keep_only(table);
    }
    let written = args.output.write_or_tell(destinations, &document, colour);
    match log.and(written) {
        Ok(()) => Exit::Judged(exit_code),
        // The verdict counts even if it cannot be written: the run cannot be had again.
        Err(error) => match (report_error(&error, colour), exit_code) {
            (failed, 0) => failed,
            _ => Exit::Judged(exit_code),
        },
    }
}

/// Runs the experiment repeatedly, until a run is interrupted.
fn all_runs(
    args: &Args,
    experiment: &Experiment,
    allowed: &Allowed,
    signals: &Signals,
    reports: &mut Vec<Report>,
) -> anyhow::Result<()> {
    let mut experiment = experiment.clone();
    for run in 1..=args.repeat {
        if signals.came().is_some() {
            break;
        }
        let origin = Origin { experiment: read::without_secrets(&args.experiment), started_at: now() };
        // The faults start with the next window after the last response of the baseline.
        let about = experiment.phases.total().saturating_add(experiment.window);
        let label = (args.repeat > 1).then(|| format!("run {run} of {}, ", args.repeat));
        let mut live = Live::new(args.output.quiet, label.unwrap_or_default(), about, signals);
        let observation = conduct(&experiment, allowed, &mut live)?;
        drop(live);
        let verdict = judge(&experiment, &observation);
        reports.push(report(&experiment, &observation, &verdict, origin));
        // The first run equals a single run with this seed; each further run draws anew.
        experiment.seed = experiment.seed.wrapping_add(1);
    }
    Ok(())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Whole milliseconds: nothing in a report is more precise.
    Timestamp(i64::try_from(since.as_millis()).map_or(i64::MAX, |millis| millis * 1000))
}

/// Writes the incident log and, unless `quiet`, prints the command that reads it. The log has only the
/// outages; the observation window is known from the runs.
fn write_incidents(path: &Path, reports: &[Report], quiet: bool) -> anyhow::Result<()> {
    write_whole(path, |out| {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(INCIDENT_COLUMNS)?;
        for row in reports.iter().flat_map(incidents) {
            table.write_record(row)?;
        }
        table.flush()
    })?;
    if let (false, Some(first), Some(last)) = (quiet, reports.first(), reports.last()) {
        let (path, from) = (as_word(&path.to_string_lossy()), first.started_at);
        let to = last.started_at.plus_seconds(last.times.ended_s);
        let command = format!("steadfast availability {path} --from {from} --to {to}");
        // Ignore write errors on stderr: the reader may be gone.
        let _ = writeln!(io::stderr(), "to read the incidents: {command}");
    }
    Ok(())
}
