//! Selects the labels of the horizontal axis, as many as fit side by side.

use super::ruler::Ruler;
use super::ticks::{Tick, ticks};
use crate::report::AxisUnit;
use crate::report::format::lines::cut;
use unicode_width::UnicodeWidthStr;

/// The approximate width of a label in columns.
const LABEL_COLUMNS: usize = 10;
/// The smallest number of ticks to request. With fewer, an axis may have a single tick, which shows no scale.
const COUNT_MIN: usize = 3;

/// Returns as many ticks of the horizontal axis as fit, each with the column where its label starts.
pub(super) fn fitting(ruler: &Ruler, unit: &AxisUnit, columns: usize) -> Vec<(Tick, usize)> {
    if let AxisUnit::Categories(names) = unit {
        return named(ruler, unit, names.len().max(1), columns);
    }
    let counts = (1..=(columns / LABEL_COLUMNS).max(COUNT_MIN)).rev();
    // Try fewer and fewer ticks until their labels fit.
    let mut tries = counts.map(|count| placed(ticks(ruler, unit, count), columns));
    tries.find_map(|ticks| ticks).unwrap_or_default()
}

/// Returns the names with their ticks. Names are cut to their room; of many names only every n-th is shown.
fn named(ruler: &Ruler, unit: &AxisUnit, count: usize, columns: usize) -> Vec<(Tick, usize)> {
    // The least width of a label in columns. More width for each name means fewer names.
    const ROOMS_MIN: [usize; 4] = [8, 10, 14, 20];
    let mut tries = ROOMS_MIN.into_iter().map(|room_min| {
        let every = (room_min * count).div_ceil(columns).max(1);
        let room = (columns * every / count).min(columns).saturating_sub(2);
        let ticks = ticks(ruler, unit, columns).into_iter().step_by(every);
        let cut_ticks = ticks.map(|tick| Tick { label: cut(&tick.label, room), ..tick });
        placed(cut_ticks.collect(), columns)
    });
    tries.find_map(|ticks| ticks).unwrap_or_default()
}

/// Centres the labels under their ticks, at least two columns apart. Returns `None` when they do not fit.
fn placed(ticks: Vec<Tick>, columns: usize) -> Option<Vec<(Tick, usize)>> {
    let mut free_from = 0;
    let mut placed = Vec::new();
    for tick in ticks {
        let width = tick.label.width();
        let start = tick.column(columns).saturating_sub(width / 2).min(columns.checked_sub(width)?);
        if start < free_from {
            return None;
        }
        free_from = start + width + 2;
        placed.push((tick, start));
    }
    Some(placed)
}
