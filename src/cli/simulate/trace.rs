//! `--trace N`: writes one replication as an incident log.

use super::Args;
use crate::base::time::{Timestamp, Zone};
use crate::cli::Exit;
use crate::report::format::csv::csv_safe;
use crate::simulate::model::Model;
use crate::simulate::monte_carlo::engine::replication::Engine;
use crate::simulate::trace::{EPOCH, Incident, instant, of_system, of_units};
use std::io::{self, IsTerminal as _, Write as _};

const HEADER: [&str; 7] =
    ["service", "severity", "started_at", "detected_at", "acknowledged_at", "resolved_at", "cause"];

pub(super) fn write(args: &Args, model: &Model, index: u64) -> anyhow::Result<Exit> {
    let incidents = if args.trace_units {
        of_units(model, args.seed, index)
    } else {
        of_system(model, &Engine::new(model)?, args.seed, index)
    };
    let zone = Zone::utc();
    let text = |at: Timestamp| zone.display(at);
    let mut table = csv::Writer::from_writer(io::BufWriter::new(io::stdout().lock()));
    table.write_record(HEADER)?;
    for incident in &incidents {
        table.write_record(record(incident, &text))?;
    }
    table.flush()?;
    if !args.output.quiet && io::stderr().is_terminal() {
        let _ = writeln!(
            io::stderr(),
            "replication {index}, seed {}: analyse it with `availability` and --from {} --to {}",
            args.seed,
            text(EPOCH),
            text(instant(model.horizon_s))
        );
    }
    Ok(Exit::Fine)
}

fn record(incident: &Incident, text: &dyn Fn(Timestamp) -> String) -> [String; 7] {
    let optional = |at: Option<Timestamp>| at.map(text).unwrap_or_default();
    [
        csv_safe(&incident.service),
        incident.severity.to_owned(),
        text(incident.started_at),
        optional(incident.detected_at),
        optional(incident.acknowledged_at),
        optional(incident.resolved_at),
        csv_safe(&incident.cause),
    ]
}
