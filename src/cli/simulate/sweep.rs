//! `--sweep web.count=2..6`: runs once for each value, or for each pair of values.

use super::Args;
use super::answer::answer;
use super::decide::Decided;
use super::read;
use crate::simulate::report::{SweepPoint, SweepReport};
use anyhow::{Context as _, bail, ensure};

/// Maximum number of runs in a sweep.
const POINTS_MAX: usize = 1_000;

/// Runs all settings, or those that are complete when a signal arrives.
pub(super) fn run(args: &Args, decided: &Decided) -> anyhow::Result<SweepReport> {
    decided.signals.during(|| run_all(args, decided))
}

fn run_all(args: &Args, decided: &Decided) -> anyhow::Result<SweepReport> {
    let axes: Vec<(String, Vec<String>)> =
        args.sweep.iter().map(|sweep| axis(sweep)).collect::<Result<_, _>>()?;
    ensure!(axes.len() <= 2, "--sweep: at most two paths are allowed, {} are given", axes.len());
    if let [(one, _), (other, _)] = axes.as_slice() {
        ensure!(one != other, "--sweep: `{one}` is given twice");
    }
    let points: usize = axes.iter().map(|(_, values)| values.len()).product();
    ensure!(points <= POINTS_MAX, "--sweep: {points} runs are too many; the maximum is {POINTS_MAX}");
    let paths: Vec<String> = axes.iter().map(|(path, _)| path.clone()).collect();
    let mut runs = Vec::with_capacity(points);
    for values in combinations(&axes) {
        let settings: Vec<(String, String)> = paths.iter().cloned().zip(values.iter().cloned()).collect();
        let read = read::model(args, &args.topology, &settings)?;
        let answered = answer(args, decided, &read);
        if decided.signals.came().is_some() {
            break;
        }
        let mut report = answered?;
        report.set.extend(settings.iter().map(|(path, value)| format!("{path}={value}")));
        runs.push(SweepPoint { values, report });
    }
    Ok(SweepReport::new(paths, points, runs))
}

fn combinations(axes: &[(String, Vec<String>)]) -> Vec<Vec<String>> {
    axes.iter().fold(vec![Vec::new()], |rows, (_, values)| {
        let with_each = |row: &Vec<String>| {
            let row = row.clone();
            values.iter().map(move |value| [row.as_slice(), std::slice::from_ref(value)].concat())
        };
        rows.iter().flat_map(with_each).collect()
    })
}

/// Parses `web.count=2..6`, `web.count=2..10:2` or `db.mttr=1h,2h,4h` into the path and its values.
fn axis(sweep: &str) -> anyhow::Result<(String, Vec<String>)> {
    let (path, values) = read::split(sweep).with_context(|| {
        format!("--sweep: `{sweep}` has no `=`: write web.count=2..6 or db.mttr=1h,2h,4h")
    })?;
    let values = match values.split_once("..") {
        Some((from, to)) => range(sweep, from, to)?,
        None => values.split(',').map(|value| value.trim().to_owned()).collect(),
    };
    ensure!(values.iter().all(|value| !value.is_empty()), "--sweep: `{sweep}` has an empty value");
    Ok((path, values))
}

fn range(sweep: &str, from: &str, to: &str) -> anyhow::Result<Vec<String>> {
    let (to, step) = to.split_once(':').unwrap_or((to, "1"));
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let (Some(from), Some(to), Some(step)) = (number(from), number(to), number(step)) else {
        bail!("--sweep: `{sweep}` is not a range of numbers such as 2..6 or 0.1..0.9:0.2");
    };
    ensure!(step > 0.0 && from <= to, "--sweep: `{sweep}` is not an ascending range");
    // The tolerance keeps the last value where the division rounds down, as for 0..0.3:0.1.
    let steps = ((to - from) / step + 1e-9).floor();
    ensure!(steps < POINTS_MAX as f64, "--sweep: `{sweep}` has more than {POINTS_MAX} values");
    // Round to twelve digits, so that 0.1 + 2 · 0.1 is shown as 0.3.
    let value = |i: usize| {
        let exact = from + i as f64 * step;
        format!("{exact:.12}").trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    Ok((0..=steps as usize).map(value).collect())
}

#[cfg(test)]
mod tests {
    use super::{axis, combinations};

    #[test]
    fn ranges_and_lists_are_expanded() {
        let values = |sweep: &str| axis(sweep).unwrap().1;
        assert_eq!(values("web.count=2..6"), ["2", "3", "4", "5", "6"]);
        assert_eq!(values("web.count=2..7:2"), ["2", "4", "6"]);
        assert_eq!(values("x=0.1..0.5:0.2"), ["0.1", "0.3", "0.5"]);
        assert_eq!(values("db.mttr=1h, 2h,4h"), ["1h", "2h", "4h"]);
        for wrong in ["web.count", "web.count=6..2", "web.count=a..b", "x=1,,2", "x=0..1:0"] {
            assert!(axis(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn two_paths_give_every_pair() {
        let axes = [axis("a=1,2").unwrap(), axis("b=x,y").unwrap()];
        assert_eq!(combinations(&axes), [["1", "x"], ["1", "y"], ["2", "x"], ["2", "y"]]);
    }
}
