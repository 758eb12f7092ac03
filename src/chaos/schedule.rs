//! When the requests of an open loop are due.
//!
//! Request i is due at the last moment at which at most i requests' worth of rate has gone by: t(i) = inf { t : N(t) > i },
//! where N is the integral of the rate. Within a stage the rate is linear and N a parabola, which is inverted in closed form;
//! so every time stands by itself, and no error adds up from one request to the next.

use super::experiment::Stage;
use std::time::Duration;

/// The stages with what has gone before each.
#[derive(Debug, Clone)]
pub struct Schedule {
    stages: Vec<Placed>,
}

/// A stage in its place.
#[derive(Debug, Clone, Copy)]
struct Placed {
    starts_s: f64,
    /// The requests of all stages before it.
    before: f64,
    from_per_s: f64,
    to_per_s: f64,
    lasts_s: f64,
}

impl Schedule {
    /// Stages that follow one another; after the last one its end's rate goes on.
    pub fn new(stages: &[Stage]) -> Self {
        let mut placed = Vec::with_capacity(stages.len() + 1);
        let (mut starts_s, mut before, mut last_per_s) = (0.0, 0.0, 0.0);
        for stage in stages {
            let place = Placed::new(stage, starts_s, before);
            starts_s += place.lasts_s;
            before += place.requests();
            last_per_s = place.to_per_s;
            placed.push(place);
        }
        placed.push(Placed {
            starts_s,
            before,
            from_per_s: last_per_s,
            to_per_s: last_per_s,
            lasts_s: f64::INFINITY,
        });
        Self { stages: placed }
    }

    /// When the request with this number is due, from the start on; the first has number 0. `None` if never, since the rate
    /// stays at zero.
    pub fn due(&self, number: u64) -> Option<Duration> {
        let number = number as f64;
        let over = self.stages.partition_point(|stage| stage.before + stage.requests() <= number);
        let stage = self.stages.get(over)?;
        let due_s = stage.starts_s + stage.reaches_s((number - stage.before).max(0.0));
        Duration::try_from_secs_f64(due_s).ok()
    }
}

impl Placed {
    fn new(stage: &Stage, starts_s: f64, before: f64) -> Self {
        Self {
            starts_s,
            before,
            from_per_s: stage.from_per_s,
            to_per_s: stage.to_per_s,
            lasts_s: stage.lasts.as_secs_f64(),
        }
    }

    /// All its requests.
    fn requests(&self) -> f64 {
        let mean_per_s = f64::midpoint(self.from_per_s, self.to_per_s);
        if mean_per_s > 0.0 { mean_per_s * self.lasts_s } else { 0.0 }
    }

    /// The time since its start at which `requests` have gone by: the root of a t + b t²/2 = k, in the form that cancels
    /// nothing, 2k / (a + √(a² + 2bk)).
    fn reaches_s(&self, requests: f64) -> f64 {
        if requests == 0.0 {
            return 0.0;
        }
        let slope = (self.to_per_s - self.from_per_s) / self.lasts_s;
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

    /// Times are kept to the nanosecond.
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
    fn a_day_at_thirty_per_second_ends_where_it_should() {
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
    fn no_rate_at_all_makes_no_request() {
        assert_eq!(due_s(&[stage(0.0, 0.0, 1.0)], 0), None);
        assert_eq!(due_s(&[], 0), None);
    }

    #[test]
    fn a_step_of_no_length_is_no_stage() {
        assert_due(&[stage(5.0, 7.0, 0.0), stage(10.0, 10.0, 1.0)], 3, 0.3);
    }

    #[test]
    fn times_never_go_back() {
        let stages = [stage(3.3, 47.1, 3.7), stage(47.1, 0.2, 2.9), stage(11.0, 11.0, 0.1)];
        let schedule = Schedule::new(&stages);
        let times: Vec<_> = (0..1000).map(|number| schedule.due(number).unwrap()).collect();
        assert!(times.is_sorted());
    }
}
