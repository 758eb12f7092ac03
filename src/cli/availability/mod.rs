//! `steadfast availability LOG...`

mod args;
mod decide;

pub(super) use args::Args;

use super::outfile::{Existing, write_whole};
use super::output::unless_nobody_reads;
use super::{Colour, Exit, progress};
use crate::availability::analysis::report::{GateReport, Report};
use crate::availability::analysis::settings::Maintenance;
use crate::availability::analysis::{Analysed, analyse};
use crate::availability::document::{Shown, document};
use crate::availability::evidence::{Evidence, NO_SERVICE, Shape, Sources};
use crate::availability::gates::{Gate, Strictness};
use crate::availability::input::bytes::{self, ByteCounter};
use crate::availability::input::{ReadOptions, read};
use crate::availability::ledger::{Ledger, Reason};
use crate::availability::rows::OPEN;
use crate::base::problem::{Problem, Problems};
use crate::base::text::{counted, grouped, shell_argument};
use crate::base::time::seconds;
use crate::report::format::csv::{csv_safe, io_error};
use crate::report::{Check, Outcome};
use crate::timeline::{Span, Spans};
use args::{OnBadRow, ZeroLength};
use decide::{Decided, decide, reading_maintenance};
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

/// Maximum number of rows per table in formats for people, unless `--top` says otherwise.
const TOP_DEFAULT: usize = 50;

/// Runs `availability`: reads the logs, computes the report, checks the gates and writes the outputs.
pub(super) fn run(args: &Args, colour: Colour) -> anyhow::Result<Exit> {
    let Decided { reading, mut settings, gates, strictness } = decide(args)?;
    let destinations = args.output.destinations(args.ledger.as_deref())?;
    refuse_inputs(&args.output.existing(args.ledger.as_deref()), args)?;
    let mut evidence = read_logs(&args.logs, &reading, args.output.quiet)?;
    refuse_bad_rows(&evidence, args.on_bad_row)?;
    refuse_idle_flags(args, evidence.shape)?;
    if let Some(planned) =
        args.planned.as_ref().filter(|_| evidence.ledger.total(Reason::Maintenance).rows == 0)
    {
        anyhow::bail!("--planned: no row of the log meets `{planned}`");
    }
    settings.maintenance = read_maintenance(args, &reading, &mut evidence)?;
    let sources = evidence.sources.clone();
    let Analysed { mut report, ledger } = analyse(evidence, &settings)?;
    let checks = check_gates(&gates, &report, strictness)?;
    report.gates = checks.iter().map(gate_report).collect();
    if let Some(path) = &args.ledger {
        unless_nobody_reads(write_ledger(path, &ledger, &sources))?;
    }
    let (report, mut last) = (Rc::new(report), None);
    for destination in &destinations {
        let lines_max = args.measures.rows_max(TOP_DEFAULT).filter(|_| destination.is_for_people());
        let shown = Shown { lines_max, explain: args.explain };
        let document = args.output.chosen(document(&report, checks.clone(), shown))?;
        unless_nobody_reads(destination.write(&document, colour))?;
        last = Some(document);
    }
    if let Some(document) = &last {
        args.output.tell_in_brief(&destinations, document, colour);
    }
    Ok(Exit::from(Outcome::worst(checks.iter().map(|check| check.outcome))))
}

/// Checks all gates against the report. Fails with the problems of all gates that cannot be checked.
fn check_gates(gates: &[Gate], report: &Report, strictness: Strictness) -> Result<Vec<Check>, Problems> {
    let (mut checks, mut problems) = (Vec::new(), Vec::new());
    for gate in gates {
        match gate.check(report, strictness) {
            Ok(found) => checks.extend(found),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(checks) } else { Err(Problems(problems)) }
}

fn gate_report(check: &Check) -> GateReport {
    GateReport {
        condition: check.condition.clone(),
        subject: check.subject.clone(),
        outcome: check.outcome,
        detail: check.detail.clone(),
    }
}

/// Rejects flags that have no effect on a log of this shape.
fn refuse_idle_flags(args: &Args, shape: Shape) -> anyhow::Result<()> {
    let has_lengths = matches!(shape, Shape::Incidents | Shape::Periods);
    let idle = [
        ("--max-gap", args.max_gap.is_some() && shape != Shape::Samples),
        ("--states", args.states.is_some() && shape == Shape::Incidents),
        ("--first-seen", args.first_seen && shape != Shape::Incidents),
        ("--zero-length", args.zero_length == ZeroLength::Count && !has_lengths),
        ("--initial-state", args.initial_state.is_some() && shape != Shape::States),
    ];
    for (flag, is_idle) in idle {
        anyhow::ensure!(!is_idle, "{flag}: has no effect on a log of {}", shape.name());
    }
    Ok(())
}

/// Rejects an output that would overwrite an input.
fn refuse_inputs(outputs: &Existing, args: &Args) -> anyhow::Result<()> {
    let mut inputs = args.logs.iter().chain(&args.maintenance).chain(&args.slo).chain(&args.holidays);
    inputs.try_for_each(|input| outputs.refuse(Path::new(input))).map_err(anyhow::Error::msg)
}

fn read_logs(logs: &[String], reading: &ReadOptions, quiet: bool) -> Result<Evidence, Problems> {
    let counter = ByteCounter::default();
    let sizes = logs.iter().map(|log| std::fs::metadata(log).map(|metadata| metadata.len()).ok());
    let total: Option<u64> = sizes.sum();
    progress::while_reading(quiet, total, &counter, || {
        read(logs, |name| bytes::open(name, &counter), reading)
    })
}

/// Reads the planned maintenance. Its sources and its ledger join those of the log.
fn read_maintenance(args: &Args, reading: &ReadOptions, log: &mut Evidence) -> anyhow::Result<Maintenance> {
    let mut maintenance = Maintenance::default();
    if args.maintenance.is_empty() {
        return Ok(maintenance);
    }
    let reading = reading_maintenance(args, reading, log.last_row)?;
    let evidence = read_logs(&args.maintenance, &reading, true).map_err(advising_on_maintenance)?;
    refuse_bad_rows(&evidence, OnBadRow::Stop)?;
    let shape = evidence.shape;
    anyhow::ensure!(shape == Shape::Incidents, "--maintenance: holds {}, not planned work", shape.name());
    let is_export = evidence.sources.0.iter().any(|source| !source.preset.starts_with("canonical"));
    log.ledger.absorb(evidence.ledger);
    log.sources.0.extend(evidence.sources.0.into_iter().map(|mut source| {
        source.notes.insert(0, "planned maintenance".to_owned());
        source
    }));
    for service in evidence.services {
        let open = service.rows.iter().find(|row| row.end == OPEN);
        anyhow::ensure!(open.is_none(), "--maintenance: a window of `{}` has no end", service.name);
        let rows = service.rows.iter().map(|row| Span::new(row.start, row.end));
        let spans: Spans = rows.chain(service.planned).collect();
        anyhow::ensure!(
            !(is_export && service.name == NO_SERVICE),
            "--maintenance: an entry names no service; if it applies to all, give it in a table with service=*"
        );
        match service.name.as_str() {
            NO_SERVICE | "*" | "all" => maintenance.everywhere = maintenance.everywhere.union(&spans),
            _ => drop(maintenance.of_service.insert(service.name, spans)),
        }
    }
    Ok(maintenance)
}

/// Names the flag for the columns of a maintenance file in the advice on it.
fn advising_on_maintenance(mut problems: Problems) -> Problems {
    for help in problems.0.iter_mut().flat_map(|problem| &mut problem.help) {
        *help = help.replace("--columns", "--maintenance-columns");
    }
    problems
}

/// The most bad rows listed in an error; the ledger has all of them.
const BAD_ROWS_LISTED: usize = 20;

fn refuse_bad_rows(evidence: &Evidence, on_bad_row: OnBadRow) -> Result<(), Problems> {
    let count = evidence.ledger.total(Reason::Unparsable).rows;
    if count == 0 || on_bad_row == OnBadRow::Skip {
        return Ok(());
    }
    let rows: u64 = evidence.sources.0.iter().map(|source| source.rows).sum();
    let mut problem =
        Problem::new(format!("{} of {} could not be read", counted(count, "row"), grouped(rows)));
    problem.notes = evidence.bad_rows.iter().take(BAD_ROWS_LISTED).map(Problem::in_a_line).collect();
    if count > BAD_ROWS_LISTED as u64 {
        problem = problem.note(format!("and {} more", grouped(count - BAD_ROWS_LISTED as u64)));
    }
    if let Some(first) = evidence.unclear_states.first() {
        problem = problem.help(format!(
            "say which states mean what: --states {}",
            shell_argument(&meanings(first, &evidence.unclear_states))
        ));
    } else if 2 * count > rows {
        problem = problem.help(
            "most rows failed, so a column is probably mapped wrongly: see --columns, --date-order and \
             `steadfast list columns`",
        );
    }
    Err(problem.help("fix them, or leave them out with --on-bad-row skip (the ledger lists them)").into())
}

/// Returns an example of `--states` for states of unknown meaning, of which there is a first one.
fn meanings(first: &str, states: &BTreeSet<String>) -> String {
    let is_http = |state: &String| state.parse().is_ok_and(|code: u16| (100..600).contains(&code));
    if states.iter().all(is_http) {
        return "up=200-399,down=400-599".to_owned();
    }
    let others: Vec<&str> = states.iter().skip(1).map(String::as_str).collect();
    if others.is_empty() { format!("down={first}") } else { format!("up={first},down={}", others.join("|")) }
}

fn write_ledger(path: &Path, ledger: &Ledger, sources: &Sources) -> anyhow::Result<()> {
    write_whole(path, |out| {
        let mut table = csv::Writer::from_writer(out);
        let header = ["file", "unit", "number", "reason", "effect_s", "detail"];
        table.write_record(header).map_err(io_error)?;
        for entry in ledger.sorted_entries() {
            let (file, unit, number) =
                sources.locate(entry.row).map_or(("", "", 0), |(s, n)| (s.name.as_str(), s.unit, n));
            let detail = csv_safe(entry.detail.as_deref().unwrap_or_default());
            let effect = seconds(entry.effect_micros).to_string();
            let file = csv_safe(file);
            let number = number.to_string();
            let record = [&file, unit, &number, entry.reason.name(), &effect, &detail];
            table.write_record(record).map_err(io_error)?;
        }
        table.flush()
    })
}
