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

#[cfg(test)]
mod tests {
    use super::{CURVE_POINTS, Scope};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_point_is_the_first_that_is_not_before_the_time(
            horizon_s in 1e-3..1e12_f64,
            share in 0.0..1.2_f64,
            at_point in 0..=CURVE_POINTS,
            is_at_point: bool,
        ) {
            let scope = Scope::new(horizon_s, None, None, None);
            let at_s = if is_at_point { scope.point_s(at_point) } else { horizon_s * share };
            let expected = (0..=CURVE_POINTS).find(|point| scope.point_s(*point) >= at_s);
            prop_assert_eq!(scope.point_at_or_after(at_s), expected.unwrap_or(CURVE_POINTS + 1));
            let up = if at_s < horizon_s { expected } else { None };
            prop_assert_eq!(scope.first_point_up_after(at_s), up.unwrap_or(CURVE_POINTS + 1));
        }
    }

    #[test]
    fn points_divide_the_horizon() {
        let scope = Scope::new(200.0, None, None, None);
        assert_eq!([0, 1, 50, CURVE_POINTS].map(|point| scope.point_s(point)), [0.0, 2.0, 100.0, 200.0]);
        assert_eq!(scope.point_at_or_after(f64::NAN), CURVE_POINTS + 1);
    }

    #[test]
    fn windows_and_mission_lie_within_the_horizon() {
        let year_s = 365.25 * 86_400.0;
        let monthly = Scope::new(year_s, Some(year_s / 12.0), Some(0.01), Some(2.0 * year_s));
        assert_eq!((monthly.windows, monthly.mission_s), (12, year_s));
        assert_eq!(monthly.budget_s(), Some(0.01 * year_s / 12.0));
        let long = Scope::new(100.0, Some(150.0), None, Some(30.0));
        assert_eq!((long.windows, long.window_s, long.mission_s, long.budget_s()), (1, 100.0, 30.0, None));
        assert_eq!(Scope::new(100.0, Some(30.0), None, None).windows, 3, "the last days make no window");
        assert_eq!(Scope::new(100.0, Some(100.0), None, None).window_s, 100.0);
    }
}
