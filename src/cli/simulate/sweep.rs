//! `--sweep web.count=2..6`: runs once for each value, or for each pair of values.

use super::Args;
use super::answer::answer;
use super::axes::combinations;
use super::decide::Decided;
use super::read;
use crate::simulate::report::{SweepPoint, SweepReport};

/// Runs all settings, or those that are complete when a signal arrives.
pub(super) fn run(args: &Args, decided: &Decided) -> anyhow::Result<SweepReport> {
    decided.signals.during(|| run_all(args, decided))
}

fn run_all(args: &Args, decided: &Decided) -> anyhow::Result<SweepReport> {
    let paths: Vec<String> = decided.axes.iter().map(|(path, _)| path.clone()).collect();
    let combinations = combinations(&decided.axes);
    let asked = combinations.len();
    let mut runs = Vec::with_capacity(asked);
    for values in combinations {
        let settings: Vec<(String, String)> = paths.iter().cloned().zip(values.iter().cloned()).collect();
        let read = read::model(decided, &args.topology, &settings)?;
        let answered = answer(args, decided, &read);
        if decided.signals.came().is_some() {
            break;
        }
        let mut report = answered?;
        report.set.extend(settings.iter().map(|(path, value)| format!("{path}={value}")));
        runs.push(SweepPoint { values, report });
    }
    Ok(SweepReport::new(paths, asked, runs))
}
