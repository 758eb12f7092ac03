//! The subcommand `steadfast simulate TOPOLOGY`.

mod answer;
mod args;
mod compare;
mod decide;
mod progress;
mod read;
mod sweep;
mod trace;

pub(super) use args::Args;

use super::{Colour, Exit};
use crate::base::outcome::Outcome;
use crate::base::problem::Problem;
use crate::simulate::report::{Shown, compare_document, document, sweep_document};

/// Runs the subcommand: reads the topology, solves and simulates it, writes the report and returns the
/// exit code.
pub(super) fn run(args: &Args, colour: Colour) -> anyhow::Result<Exit> {
    let destinations = args.output.destinations()?;
    let decided = decide::decide(args)?;
    if !args.sweep.is_empty() {
        let report = sweep::run(args, &decided)?;
        if report.points.is_empty() {
            let why = "interrupted before the first run was complete".to_owned();
            return Ok(no_results(&decided, why, colour));
        }
        let document = args.output.chosen(sweep_document(&report))?;
        args.output.write(&destinations, &document, colour)?;
        return Ok(exit_code(&decided, Exit::Fine));
    }
    if let Some(other) = &args.compare {
        let report = compare::run(args, &decided, other)?;
        if let (Some(why), Some(_)) = (report.first.why_empty(), report.second.why_empty()) {
            return Ok(no_results(&decided, why, colour));
        }
        let document = args.output.chosen(compare_document(&report))?;
        args.output.write(&destinations, &document, colour)?;
        return Ok(exit_code(&decided, Exit::Fine));
    }
    let read = read::model(args, &args.topology, &[])?;
    if let Some(index) = args.trace {
        return trace::write(args, &read.model, index);
    }
    let report = answer::answer(args, &decided, &read)?;
    if let Some(why) = report.why_empty() {
        return Ok(no_results(&decided, why, colour));
    }
    let document = args.output.chosen(document(&report, Shown { top: args.top }))?;
    args.output.write(&destinations, &document, colour)?;
    let missed = report.objectives.iter().any(|objective| objective.outcome == Outcome::Missed);
    Ok(exit_code(&decided, if missed { Exit::Missed } else { Exit::Fine }))
}

/// Reports why there are no results.
fn no_results(decided: &decide::Decided, why: String, colour: Colour) -> Exit {
    let exit = super::report(&Problem::new(why).into(), colour);
    exit_code(decided, exit)
}

/// Returns the exit code of the signal if one arrived, otherwise `otherwise`.
fn exit_code(decided: &decide::Decided, otherwise: Exit) -> Exit {
    decided.signals.came().map_or(otherwise, Exit::Interrupted)
}
