//! The timelines that the report draws: those of the services with the most downtime.

use crate::base::natural::natural;
use crate::base::time::Timestamp;
use crate::report::STRIP_SLICES;
use crate::timeline::Line;

/// The most timelines that are drawn; more would not be readable.
const STRIPS_MAX: usize = 30;

/// The timelines with the most downtime so far: each with its downtime in seconds and its service.
#[derive(Default)]
pub(super) struct WorstLines(Vec<(f64, String, Line)>);

impl WorstLines {
    /// Adds the timeline of a service unless enough others have more downtime.
    pub(super) fn offer(&mut self, name: &str, downtime_s: f64, line: &Line) {
        let full = self.0.len() >= STRIPS_MAX;
        if !full || self.0.last().is_some_and(|(least, _, _)| downtime_s >= *least) {
            self.0.push((downtime_s, name.to_owned(), line.clone()));
            self.keep_worst();
        }
    }

    /// Adds the timelines of another worker.
    pub(super) fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
        self.keep_worst();
    }

    fn keep_worst(&mut self) {
        self.0.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| natural(&a.1, &b.1)));
        self.0.truncate(STRIPS_MAX);
    }

    /// Returns each service with its shares of downtime, the worst first.
    pub(super) fn strips(self) -> Vec<(String, Vec<f64>)> {
        self.0.into_iter().map(|(_, name, line)| (name, strip(&line))).collect()
    }
}

/// Returns the share of downtime in each slice of the window; NaN where the state is unknown or the service is not
/// in service yet.
fn strip(line: &Line) -> Vec<f64> {
    let slice = line.window.micros() as f64 / STRIP_SLICES as f64;
    let index = |at: Timestamp| (at.0 - line.window.start.0) as f64 / slice;
    let mut down = vec![0.0; STRIP_SLICES];
    let mut unknown = vec![0.0; STRIP_SLICES];
    for (set, shares) in [(&line.down(), &mut down), (&line.unknown.union(&line.absent), &mut unknown)] {
        for span in set {
            let (from, to) = (index(span.start), index(span.end));
            // A span contributes to each slice the part of the slice that it covers.
            let cells =
                shares.iter_mut().enumerate().skip(from as usize).take_while(|(i, _)| (*i as f64) < to);
            cells.for_each(|(i, share)| *share += to.min(i as f64 + 1.0) - from.max(i as f64));
        }
    }
    let cells = down.iter().zip(&unknown);
    cells
        .map(|(down, unknown)| if *unknown > 0.5 && *down == 0.0 { f64::NAN } else { down.clamp(0.0, 1.0) })
        .collect()
}
