//! The periods that a replication is measured by: horizon, windows, mission and the points of the
//! curves.

use super::known::Known;
use std::sync::Arc;

/// Index of the last point of a curve over the horizon; point 0 is its start.
pub const CURVE_POINTS: usize = 100;

/// The horizon and its divisions.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// Length of a replication.
    pub horizon_s: f64,
    /// Length of an objective's window; the horizon if no window is stated or it is longer.
    pub window_s: f64,
    /// Number of complete windows in the horizon.
    pub windows: u32,
    /// The availability objective, as unavailability.
    pub unavailability_target: Option<f64>,
    /// Length of the mission; the horizon if none is stated.
    pub mission_s: f64,
    /// What is known of the model without a simulation.
    pub known: Arc<Known>,
}

impl Scope {
    /// Builds the scope from a horizon in seconds and, where stated, the objective's window, target (as
    /// unavailability) and mission.
    pub fn new(
        horizon_s: f64,
        window_s: Option<f64>,
        unavailability_target: Option<f64>,
        mission_s: Option<f64>,
    ) -> Self {
        let window_s = window_s.filter(|window_s| *window_s < horizon_s).unwrap_or(horizon_s);
        // The factor absorbs rounding errors: a year must contain 12 windows of a twelfth.
        let windows = (horizon_s / window_s * (1.0 + 1e-12)).floor();
        Self {
            horizon_s,
            window_s,
            windows: windows.clamp(1.0, f64::from(u32::MAX)) as u32,
            unavailability_target,
            mission_s: mission_s.unwrap_or(horizon_s).min(horizon_s),
            known: Arc::default(),
        }
    }

    /// Adds what is known of the model.
    #[must_use]
    pub fn knowing(self, known: Known) -> Self {
        Self { known: Arc::new(known), ..self }
    }

    /// Returns the downtime in seconds that the objective allows in a window.
    pub fn budget_s(&self) -> Option<f64> {
        self.unavailability_target.map(|target| target * self.window_s)
    }

    /// Returns the time of a point of the curves, in seconds.
    pub fn point_s(&self, point: usize) -> f64 {
        self.horizon_s * (point as f64 / CURVE_POINTS as f64)
    }

    /// Returns the first point of the curves that is not before `at_s`; one beyond the last point for
    /// times after the horizon.
    pub(super) fn point_at_or_after(&self, at_s: f64) -> usize {
        if !(at_s <= self.horizon_s) {
            return CURVE_POINTS + 1;
        }
        let mut point = (at_s / self.horizon_s * CURVE_POINTS as f64).ceil() as usize;
        // Rounding in the division may have led to a neighbouring point.
        while point > 0 && self.point_s(point - 1) >= at_s {
            point -= 1;
        }
        while self.point_s(point) < at_s {
            point += 1;
        }
        point
    }

    /// Returns the first point at which the system is up again after an outage that ends at `end_s`. An
    /// outage that lasts to the horizon is not over there.
    pub(super) fn first_point_up_after(&self, end_s: f64) -> usize {
        if end_s < self.horizon_s { self.point_at_or_after(end_s) } else { CURVE_POINTS + 1 }
    }
}
