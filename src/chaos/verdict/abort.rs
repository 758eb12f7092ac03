//! Decides when the injection must end early.

use crate::base::quantity::format_duration;
use crate::chaos::experiment::Abort;
use crate::chaos::limit::{Measured, joined};
use crate::chaos::observation::Window;
use std::time::Duration;

/// Returns why the injection must end now, if it must: all limits of the condition held in every window
/// for as long as it says.
///
/// `recent` are whole windows of length `window`, the latest last. Stalled windows and windows in which
/// no request was due neither count nor interrupt.
pub fn abort(
    condition: &Abort,
    window: Duration,
    recent: &[Window],
    baseline: Option<&Measured>,
) -> Option<String> {
    let telling = recent.iter().rev().filter_map(|window| holds(condition, window, baseline));
    let held = telling.take_while(|holds| *holds).count();
    let lasted = window.saturating_mul(u32::try_from(held).unwrap_or(u32::MAX));
    (held > 0 && lasted >= condition.lasts).then(|| {
        let limits = joined(&condition.limits, " and ");
        format!("{limits} for {}", format_duration(lasted.as_secs_f64()))
    })
}

fn holds(condition: &Abort, window: &Window, baseline: Option<&Measured>) -> Option<bool> {
    if window.stalled || window.measured.offered == 0 || condition.limits.is_empty() {
        return None;
    }
    let mut limits = condition.limits.iter();
    Some(limits.all(|limit| limit.holds(&window.measured, baseline) == Some(true)))
}
