//! `--trace N`: writes one replication as an incident log.

use super::Args;
use crate::cli::Exit;
use crate::simulate::model::Model;
use crate::simulate::monte_carlo::engine::replication::Engine;
use crate::simulate::trace::{EPOCH, instant, of_system, of_units};
use std::io::{self, IsTerminal as _, Write as _};

/// The columns of the log, in the order of the fields of an incident. Written apart from the records, since a
/// log without incidents has them too.
const HEADER: [&str; 7] =
    ["service", "severity", "started_at", "detected_at", "acknowledged_at", "resolved_at", "cause"];

pub(super) fn write(args: &Args, model: &Model, index: u64) -> anyhow::Result<Exit> {
    let seed = args.random.seed();
    let incidents = if args.trace_units {
        of_units(model, seed, index)
    } else {
        of_system(model, &Engine::new(model)?, seed, index)
    };
    let out = io::BufWriter::new(io::stdout().lock());
    let mut table = csv::WriterBuilder::new().has_headers(false).from_writer(out);
    table.write_record(HEADER)?;
    for incident in &incidents {
        table.serialize(incident)?;
    }
    table.flush()?;
    if !args.output.quiet && io::stderr().is_terminal() {
        let end = instant(model.horizon_s);
        let _ = writeln!(
            io::stderr(),
            "replication {index}, seed {seed}: analyse it with `availability` and --from {EPOCH} --to {end}"
        );
    }
    Ok(Exit::Fine)
}
