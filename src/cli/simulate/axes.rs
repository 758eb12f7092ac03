//! Parses `--sweep`: the paths and their values.

use crate::cli::args::path_and_value;

/// Maximum number of runs in a sweep.
const POINTS_MAX: usize = 1_000;

/// A path and its values.
pub(super) type Axis = (String, Vec<String>);

/// Parses `web.count=2..6`, `web.count=2..10:2` or `db.mttr=1h,2h,4h`.
pub(super) fn axis(sweep: &str) -> Result<Axis, String> {
    let (path, values) = path_and_value(sweep, "web.count=2..6 or db.mttr=1h,2h,4h")?;
    let values = match values.split_once("..") {
        Some((from, to)) => range(sweep, from, to)?,
        None => values.split(',').map(|value| value.trim().to_owned()).collect(),
    };
    if values.iter().any(String::is_empty) {
        Err(format!("`{sweep}` has an empty value"))
    } else {
        Ok((path, values))
    }
}

fn range(sweep: &str, from: &str, to: &str) -> Result<Vec<String>, String> {
    let (to, step) = to.split_once(':').unwrap_or((to, "1"));
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let (Some(from), Some(to), Some(step)) = (number(from), number(to), number(step)) else {
        return Err(format!("`{sweep}` is not a range of numbers such as 2..6 or 0.1..0.9:0.2"));
    };
    if !(step > 0.0 && from <= to) {
        return Err(format!("`{sweep}` is not an ascending range"));
    }
    // The tolerance keeps the last value where the division rounds down, as for 0..0.3:0.1.
    let steps = ((to - from) / step + 1e-9).floor();
    if steps >= POINTS_MAX as f64 {
        return Err(format!("`{sweep}` has more than {POINTS_MAX} values"));
    }
    // Round to twelve digits, so that 0.1 + 2 · 0.1 is shown as 0.3.
    let value = |i: usize| {
        let exact = from + i as f64 * step;
        format!("{exact:.12}").trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    Ok((0..=steps as usize).map(value).collect())
}

/// Checks that the paths can be combined.
pub(super) fn combined(axes: Vec<Axis>) -> Result<Vec<Axis>, String> {
    let runs = axes.iter().map(|(_, values)| values.len()).fold(1, usize::saturating_mul);
    match axes.as_slice() {
        [_, _, _, ..] => Err(format!("at most two paths are allowed, {} are given", axes.len())),
        [(one, _), (other, _)] if one == other => Err(format!("`{one}` is given twice")),
        _ if runs > POINTS_MAX => Err(format!("{runs} runs are too many; the maximum is {POINTS_MAX}")),
        _ => Ok(axes),
    }
}

/// Returns every combination of values, one of each axis.
pub(super) fn combinations(axes: &[Axis]) -> Vec<Vec<String>> {
    axes.iter().fold(vec![Vec::new()], |rows, (_, values)| {
        let with_each = |row: &Vec<String>| {
            let row = row.clone();
            values.iter().map(move |value| [row.as_slice(), std::slice::from_ref(value)].concat())
        };
        rows.iter().flat_map(with_each).collect()
    })
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
