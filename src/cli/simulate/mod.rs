//! `steadfast simulate TOPOLOGY`

mod answer;
mod args;
mod compare;
mod decide;
mod progress;
mod read;
mod sweep;
mod trace;

pub(super) use args::Args;

use super::output::{Destination, unless_nobody_reads};
use super::{Colour, Exit};
use crate::report::Document;
use crate::simulate::report::{Shown, document};

/// Reads, solves, simulates, describes and judges.
pub(super) fn run(args: &Args, colour: Colour) -> anyhow::Result<Exit> {
    let destinations = args.output.destinations()?;
    let decided = decide::decide(args)?;
    if !args.sweep.is_empty() {
        let report = sweep::run(args, &decided)?;
        write(
            &destinations,
            &crate::simulate::report::sweep_document(&report),
            colour,
        )?;
        return Ok(Exit::Fine);
    }
    if let Some(other) = &args.compare {
        let report = compare::run(args, &decided, other)?;
        write(
            &destinations,
            &crate::simulate::report::compare_document(&report),
            colour,
        )?;
        return Ok(Exit::Fine);
    }
    let read = read::model(args, &args.topology, &[])?;
    if let Some(index) = args.trace {
        return trace::write(args, &read.model, index);
    }
    let report = answer::answer(args, &decided, &read)?;
    write(&destinations, &document(&report, Shown { top: args.top }), colour)?;
    let missed = report
        .objectives
        .iter()
        .any(|objective| objective.outcome == "missed");
    Ok(if missed { Exit::Missed } else { Exit::Fine })
}

fn write(destinations: &[Destination], document: &Document, colour: Colour) -> anyhow::Result<()> {
    for destination in destinations {
        unless_nobody_reads(destination.write(document, colour))?;
    }
    Ok(())
}
