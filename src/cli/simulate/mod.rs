//! The subcommand `steadfast simulate TOPOLOGY`.

mod answer;
mod args;
mod axes;
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
use crate::report::Document;
use crate::simulate::report::{compare_document, document, sweep_document};
use decide::Decided;
use std::rc::Rc;

/// The document of a run with its exit code, or why there are no results.
type Answered = Result<(Document, Exit), String>;

/// Runs the subcommand: reads the topology, solves and simulates it, writes the report and returns the
/// exit code.
pub(super) fn run(args: &Args, colour: Colour) -> anyhow::Result<Exit> {
    let decided = decide::decide(args)?;
    let destinations = args.output.destinations(None)?;
    if let Some(index) = args.trace {
        let read = read::model(&decided, &args.topology, &[])?;
        return trace::write(args, &read.model, index);
    }
    let exit = match answered(args, &decided)? {
        Ok((document, exit)) => {
            args.output.write(&destinations, &args.output.chosen(document)?, colour)?;
            exit
        }
        Err(why) => super::report(&Problem::new(why).into(), colour),
    };
    Ok(decided.signals.came().map_or(exit, Exit::Interrupted))
}

fn answered(args: &Args, decided: &Decided) -> anyhow::Result<Answered> {
    if !args.sweep.is_empty() {
        let report = sweep::run(args, decided)?;
        if report.points.is_empty() {
            return Ok(Err("interrupted before the first run was complete".into()));
        }
        let why_empty: Option<Vec<String>> =
            report.points.iter().map(|point| point.report.why_empty()).collect();
        if let Some(why) = why_empty.and_then(|why| why.into_iter().next()) {
            return Ok(Err(why));
        }
        return Ok(Ok((sweep_document(&report), Exit::Fine)));
    }
    if let Some(other) = &args.compare {
        let report = compare::run(args, decided, other)?;
        if let (Some(why), Some(_)) = (report.first.why_empty(), report.second.why_empty()) {
            return Ok(Err(why));
        }
        return Ok(Ok((compare_document(&report), Exit::Fine)));
    }
    let report = answer::answer(args, decided, &read::model(decided, &args.topology, &[])?)?;
    if let Some(why) = report.why_empty() {
        return Ok(Err(why));
    }
    let outcomes = report.objectives.iter().map(|objective| objective.outcome);
    let exit = Exit::from(Outcome::worst(outcomes));
    let top = args.measures.rows_max(answer::TOP_DEFAULT).unwrap_or(usize::MAX);
    Ok(Ok((document(&Rc::new(report), top), exit)))
}
