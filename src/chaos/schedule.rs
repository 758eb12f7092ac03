//! Due times of the requests of an open loop.
//!
//! Request i is due at t(i) = inf { t : N(t) > i }, where N(t) is the number of requests due until t:
//! the integral of the rate. Within a stage the rate is linear and N a parabola, which is inverted in
//! closed form. Each due time is computed on its own, so rounding errors do not accumulate from one
//! request to the next.
//!
//! In a stage of [`GROUPED_PER_S`] and more throughout, the times are rounded up to a grid of [`GROUP_S`]: the requests
//! of a group are sent together, for which a core wakes up once.

use super::experiment::Stage;
use std::time::Duration;

/// The rate from which on requests are due in groups.
const GROUPED_PER_S: f64 = 10_000.0;

/// The time between two groups, in seconds. The requests of a group are late by half of it on average, measured by
/// an even schedule.
const GROUP_S: f64 = 200e-6;

/// The stages of an open loop, each with its start and the number of requests before it.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    stages: Vec<Placed>,
}

/// A stage with its place in the schedule.
#[derive(Debug, Clone, Copy)]
struct Placed {
    starts_s: f64,
    /// Requests due in all stages before it.
    before: f64,
    from_per_s: f64,
    to_per_s: f64,
    lasts_s: f64,
}

impl Schedule {
    /// Places the stages one after the other. After the last one its final rate goes on without end.
    pub(crate) fn new(stages: &[Stage]) -> Self {
        let last_per_s = stages.last().map_or(0.0, |stage| stage.to_per_s);
        let stages = stages.iter().map(|stage| (stage.from_per_s, stage.to_per_s, stage.lasts.as_secs_f64()));
        let mut placed = Vec::with_capacity(stages.len() + 1);
        let (mut starts_s, mut before) = (0.0, 0.0);
        for (from_per_s, to_per_s, lasts_s) in stages.chain([(last_per_s, last_per_s, f64::INFINITY)]) {
            let place = Placed { starts_s, before, from_per_s, to_per_s, lasts_s };
            starts_s += lasts_s;
            before += place.requests();
            placed.push(place);
        }
        Self { stages: placed }
    }

    /// Returns when request `number` is due, from the start of the load; the first request has number 0.
    /// `None` if it never is, because the rate stays at zero.
    pub(crate) fn due(&self, number: u64) -> Option<Duration> {
        let number = number as f64;
        // A stage without requests ends at the same count as it begins, and is skipped.
        let over = self.stages.partition_point(|stage| stage.before + stage.requests() <= number);
        let stage = self.stages.get(over)?;
        let due_s = stage.starts_s + stage.due_s((number - stage.before).max(0.0));
        Duration::try_from_secs_f64(due_s).ok()
    }
}

impl Placed {
    /// Returns the number of requests due in the whole stage.
    fn requests(&self) -> f64 {
        let mean_per_s = f64::midpoint(self.from_per_s, self.to_per_s);
        // Zero times an infinite length would be NaN.
        if mean_per_s > 0.0 { mean_per_s * self.lasts_s } else { 0.0 }
    }

    /// Returns the time since the start of the stage at which the request after `requests` of it is due.
    fn due_s(&self, requests: f64) -> f64 {
        let exact_s = self.reaches_s(requests);
        if self.from_per_s.min(self.to_per_s) < GROUPED_PER_S {
            return exact_s;
        }
        ((exact_s / GROUP_S).ceil() * GROUP_S).min(self.lasts_s)
    }

    /// Returns the time since the start of the stage at which `requests` have been due. This is the root
    /// of a t + b t²/2 = k, in the form without cancellation: 2k / (a + √(a² + 2bk)).
    fn reaches_s(&self, requests: f64) -> f64 {
        if requests == 0.0 {
            return 0.0;
        }
        let slope = (self.to_per_s - self.from_per_s) / self.lasts_s;
        // The rate at that time. Rounding can make its square negative at the end of a ramp down to
        // zero.
        let rate_per_s = (self.from_per_s * self.from_per_s + 2.0 * slope * requests).max(0.0).sqrt();
        2.0 * requests / (self.from_per_s + rate_per_s)
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;
    use crate::chaos::experiment::Stage;
    use std::time::Duration;

    fn stage(from_per_s: f64, to_per_s: f64, lasts_s: f64) -> Stage {
        let lasts = Duration::from_secs_f64(lasts_s);
        Stage { from_per_s, to_per_s, lasts }
    }

    fn due_s(stages: &[Stage], number: u64) -> Option<f64> {
        Schedule::new(stages).due(number).map(|due| due.as_secs_f64())
    }

    /// Durations are rounded to the nanosecond.
    fn assert_due(stages: &[Stage], number: u64, expected_s: f64) {
        let due_s = due_s(stages, number).unwrap();
        assert!((due_s - expected_s).abs() <= 1e-9 + 1e-15 * expected_s, "{number}: {due_s}");
    }

    #[test]
    fn a_steady_rate_spaces_requests_evenly() {
        let steady = [stage(50.0, 50.0, 1.0)];
        for number in [0, 1, 49, 50, 51, 1_000_000] {
            assert_due(&steady, number, number as f64 / 50.0);
        }
    }

    #[test]
    fn a_day_at_thirty_per_second_ends_after_86_400_seconds() {
        assert_due(&[stage(30.0, 30.0, 1.0)], 30 * 86_400, 86_400.0);
    }

    #[test]
    fn a_ramp_from_zero_follows_the_square_root() {
        // N(t) = 5 t², so request i is due at sqrt(i/5); after 10 s the rate stays at 100/s.
        let ramp = [stage(0.0, 100.0, 10.0)];
        for number in [0, 1, 5, 20, 320, 499] {
            assert_due(&ramp, number, (number as f64 / 5.0).sqrt());
        }
        assert_due(&ramp, 500, 10.0);
        assert_due(&ramp, 600, 11.0);
    }

    #[test]
    fn a_ramp_down_to_zero_ends_the_load() {
        // N(t) = 10 t - 0.5 t², and 50 in all.
        let ramp = [stage(10.0, 0.0, 10.0)];
        assert_due(&ramp, 49, 10.0 - 2.0_f64.sqrt());
        assert_eq!(due_s(&ramp, 50), None);
    }

    #[test]
    fn a_step_changes_the_rate_at_once() {
        let steps = [stage(10.0, 10.0, 2.0), stage(100.0, 100.0, 1.0)];
        assert_due(&steps, 19, 1.9);
        assert_due(&steps, 20, 2.0);
        assert_due(&steps, 21, 2.01);
        assert_due(&steps, 120, 3.0);
    }

    #[test]
    fn in_a_pause_nothing_is_due() {
        let paused = [stage(10.0, 10.0, 1.0), stage(0.0, 0.0, 5.0), stage(10.0, 10.0, 1.0)];
        assert_due(&paused, 9, 0.9);
        assert_due(&paused, 10, 6.0);
    }

    #[test]
    fn a_rate_of_zero_makes_no_request() {
        assert_eq!(due_s(&[stage(0.0, 0.0, 1.0)], 0), None);
        assert_eq!(due_s(&[], 0), None);
    }

    #[test]
    fn a_stage_of_zero_length_is_skipped() {
        assert_due(&[stage(5.0, 7.0, 0.0), stage(10.0, 10.0, 1.0)], 3, 0.3);
    }

    #[test]
    fn requests_at_a_high_rate_are_due_in_groups() {
        let fast = [stage(20_000.0, 20_000.0, 1.0)];
        assert_due(&fast, 0, 0.0);
        for number in 1..=4 {
            assert_due(&fast, number, 200e-6);
        }
        assert_due(&fast, 5, 400e-6);
        assert_due(&fast, 19_999, 1.0);
        assert_due(&[stage(9_999.0, 9_999.0, 1.0)], 1, 1.0 / 9_999.0);
        assert_due(&[stage(9_000.0, 20_000.0, 1.0)], 0, 0.0);
        assert!(due_s(&[stage(9_000.0, 20_000.0, 1.0)], 1).unwrap() < 200e-6);
    }

    #[test]
    fn times_never_go_back() {
        let slow = [stage(3.3, 47.1, 3.7), stage(47.1, 0.2, 2.9), stage(11.0, 11.0, 0.1)];
        let fast = [stage(15e3, 11e3, 0.013_31), stage(9e3, 12e3, 0.01), stage(30e3, 30e3, 1.0)];
        for stages in [slow, fast] {
            let schedule = Schedule::new(&stages);
            let times: Vec<_> = (0..1000).map(|number| schedule.due(number).unwrap()).collect();
            assert!(times.is_sorted());
        }
    }
}
