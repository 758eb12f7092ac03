//! `steadfast chaos EXPERIMENT | URL`: reads an experiment, runs it and reports the verdict.

mod args;
mod live;
mod read;

pub(super) use args::Args;

use super::output::{Destination, refuse_unwritable, write_whole};
use super::signals::Signals;
use super::{Colour, Exit};
use crate::base::time::Timestamp;
use crate::chaos::experiment::Experiment;
use crate::chaos::guard::Allowed;
use crate::chaos::io::conduct::conduct;
use crate::chaos::io::resolve::refuse_strangers;
use crate::chaos::observation::Observation;
use crate::chaos::plan::plan;
use crate::chaos::report::{
    INCIDENT_COLUMNS, Origin, Report, document, incidents, repeat_document, repeated, report, tables,
};
use crate::chaos::verdict::judge;
use live::Live;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Reads the experiment, runs it as often as requested, and judges each run.
pub(super) fn run(args: &Args, colour: Colour) -> anyhow::Result<Exit> {
    let destinations = args.output.destinations()?;
    let experiment = read::experiment(args)?;
    if args.dry_run {
        let unknown = refuse_strangers(&experiment, &allowed(args))?;
        let plan = args.output.chosen(plan(&experiment, unknown))?;
        args.output.write(&destinations, &plan, colour)?;
        return Ok(Exit::Fine);
    }
    args.output.refuse_unknown_table(tables(args.repeat))?;
    refuse_unwritable(args.incidents.iter().map(PathBuf::as_path))?;
    let signals = Signals::listen()?;
    let mut reports = Vec::new();
    let completed = signals.during(|| all_runs(args, &experiment, &signals, &mut reports));
    // Report the runs so far, even if a later one failed.
    let reported = if reports.is_empty() {
        Ok(Exit::Fine)
    } else {
        write_results(args, &destinations, &experiment.name, reports, colour)
    };
    completed.and(reported)
}

/// Writes the results of all runs to the destinations, and returns the exit code.
fn write_results(
    args: &Args,
    destinations: &[Destination],
    name: &str,
    reports: Vec<Report>,
    colour: Colour,
) -> anyhow::Result<Exit> {
    let log = args.incidents.as_ref().map_or(Ok(()), |path| {
        write_incidents(path, &reports)?;
        if !args.output.quiet {
            print_read_command(path, &reports);
        }
        Ok(())
    });
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
    let written = args.output.write(destinations, &document, colour);
    log.and(written)?;
    Ok(Exit::Judged(exit_code))
}

/// Runs the experiment repeatedly, until a run is interrupted.
fn all_runs(
    args: &Args,
    experiment: &Experiment,
    signals: &Signals,
    reports: &mut Vec<Report>,
) -> anyhow::Result<()> {
    let allowed = allowed(args);
    while (reports.len() as u64) < args.repeat && signals.came().is_none() {
        let started_at = now();
        // The first run equals a single run with this seed; each further run draws anew.
        let experiment =
            &Experiment { seed: experiment.seed.wrapping_add(reports.len() as u64), ..experiment.clone() };
        // The faults start with the next window after the last response of the baseline.
        let about = experiment.phases.total().saturating_add(experiment.window);
        let run = (args.repeat > 1).then(|| format!("run {} of {}, ", reports.len() + 1, args.repeat));
        let mut live = Live::new(args.output.quiet, run.unwrap_or_default(), about, signals);
        let observation = conduct(experiment, &allowed, &mut live)?;
        drop(live);
        reports.push(judged(args, experiment, &observation, started_at));
    }
    Ok(())
}

fn allowed(args: &Args) -> Allowed {
    Allowed { hosts: args.allow_host.clone() }
}

fn judged(args: &Args, experiment: &Experiment, observation: &Observation, started_at: Timestamp) -> Report {
    let verdict = judge(experiment, observation);
    let origin = Origin { experiment: read::without_secrets(&args.experiment), started_at };
    report(experiment, observation, &verdict, origin)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Whole milliseconds: nothing in a report is more precise.
    Timestamp(i64::try_from(since.as_millis()).map_or(i64::MAX, |millis| millis * 1000))
}

/// Prints the command that reads the incident log. The log has only the outages; the observation window
/// is known from the runs.
fn print_read_command(path: &Path, reports: &[Report]) {
    if let (Some(first), Some(last)) = (reports.first(), reports.last()) {
        let end = last.started_at.plus_seconds(last.times.ended_s);
        let path = path.display();
        let from = first.started_at;
        // Ignore write errors on stderr: the reader may be gone.
        let _ = writeln!(
            io::stderr(),
            "to read the incidents: steadfast availability {path} --from {from} --to {end}"
        );
    }
}

fn write_incidents(path: &Path, reports: &[Report]) -> anyhow::Result<()> {
    write_whole(path, |out| {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(INCIDENT_COLUMNS)?;
        for row in reports.iter().flat_map(incidents) {
            table.write_record(row)?;
        }
        table.flush()
    })
}
