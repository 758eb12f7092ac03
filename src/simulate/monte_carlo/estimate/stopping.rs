//! The stopping rule of a simulation.

use super::scope::Scope;
use super::tally::Tally;

/// The stopping rule. Its decisions depend on the tally alone and are made at numbers of replications
/// that follow from the tally, so that a run is the same on any number of threads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Requested relative half-width of the interval for the unavailability; `None` to run a fixed
    /// number of replications.
    pub precision: Option<f64>,
    /// Confidence level of that interval.
    pub confidence: f64,
    /// Maximum number of replications; without a precision, the exact number.
    pub replications_max: u64,
    /// Number of component events after which the run ends at the next check.
    pub events_max: u64,
}

/// The reason why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The precision was reached, with enough failures to trust it.
    Precision,
    /// The number of replications was reached.
    Replications,
    /// The number of component events was reached.
    Events,
    /// The time limit was reached.
    Time,
    /// The user interrupted the run.
    Interrupted,
}

impl Stop {
    /// Returns the reason in words.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Precision => "the requested precision",
            Self::Replications => "the number of replications",
            Self::Events => "the limit on component events",
            Self::Time => "the time limit",
            Self::Interrupted => "an interrupt",
        }
    }
}

/// Minimum number of replications with an outage before a precision counts as reached. While they are
/// few, the estimated variance is too small more often than not, and a rule based on it alone stops too
/// early. With 100, the Poisson error of the number itself is 10 %, and the interval has its nominal
/// coverage (docs/calibration.md).
pub const FAILING_MIN: u64 = 100;

/// Replications before the first check: few, since the cost of a replication is not known yet.
const FIRST: u64 = 16;

/// Replications up to the second check, if they take no more events than `EVENTS_UNSEEN`.
const SECOND: u64 = 200;
const EVENTS_UNSEEN: u64 = 50_000_000;

impl Rule {
    /// Returns the number of replications at the first check.
    pub fn first(&self) -> u64 {
        FIRST.min(self.replications_max)
    }

    /// Decides whether the run ends with this tally. Otherwise returns the number of replications at the
    /// next check.
    pub fn next(&self, tally: &Tally, scope: &Scope) -> Result<u64, Stop> {
        let reached = tally.precision(scope, self.confidence).map(|(_, relative)| relative);
        if self.precision.is_some_and(|asked| tally.leaves_no_doubt(scope, self.confidence, asked)) {
            return Err(Stop::Precision);
        }
        let most = self.most(&[tally], reached)?;
        let n = tally.replications();
        let each = (tally.events() / n.max(1)).max(1);
        let second = SECOND.min(n + EVENTS_UNSEEN / each + 1);
        let wanted = if n < SECOND { second } else { self.expected(tally, reached) };
        Ok(wanted.min(most))
    }

    /// Decides whether a run ends that has simulated each system to its tally and has reached a precision.
    /// Otherwise returns how many replications the limits allow, if each takes as many events as before.
    pub(super) fn most(&self, tallies: &[&Tally], reached: Option<f64>) -> Result<u64, Stop> {
        let n = tallies.iter().map(|tally| tally.replications()).max().unwrap_or(0);
        let failing = tallies.iter().map(|tally| tally.failing()).max().unwrap_or(0);
        let events: u64 = tallies.iter().map(|tally| tally.events()).sum();
        if let (Some(asked), Some(reached)) = (self.precision, reached)
            && failing >= FAILING_MIN
            && reached <= asked
        {
            return Err(Stop::Precision);
        }
        if n >= self.replications_max {
            return Err(Stop::Replications);
        }
        if events >= self.events_max {
            return Err(Stop::Events);
        }
        let each = (events / n.max(1)).max(1);
        let more = (self.events_max - events) / each;
        Ok(n.saturating_add(more).saturating_add(1).min(self.replications_max))
    }

    /// Returns the number of replications at which the precision should be reached, between 1.2 and 4
    /// times the present number.
    fn expected(&self, tally: &Tally, reached: Option<f64>) -> u64 {
        let Some(asked) = self.precision else { return self.replications_max };
        let n = tally.replications() as f64;
        // Replications with an outage grow in proportion to n; the 0.5 avoids a division by zero.
        let by_failures = n * FAILING_MIN as f64 / (tally.failing() as f64).max(0.5);
        // The half-width falls as 1/√n; the 2 % are a margin against falling just short.
        let by_width = match reached {
            Some(reached) if reached.is_finite() => n * (reached / asked).powi(2) * 1.02,
            _ => f64::INFINITY,
        };
        let wanted =
            if tally.failing() >= FAILING_MIN { by_width } else { by_failures.max(by_width.min(4.0 * n)) };
        wanted.clamp(1.2 * n, 4.0 * n).ceil() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::{FAILING_MIN, Rule, Scope, Stop};
    use crate::simulate::monte_carlo::engine::outage::{Cause, CauseKind, Outage};
    use crate::simulate::monte_carlo::estimate::tally::{Sums as _, Tally};

    fn rule() -> Rule {
        Rule { precision: Some(0.1), confidence: 0.95, replications_max: u64::MAX, events_max: u64::MAX }
    }

    fn scope() -> Scope {
        Scope::new(1_000.0, None, None, None)
    }

    /// Builds a tally of `failing` replications with the same outage of 10 s, and `others` without an
    /// outage.
    fn tally(failing: u64, others: u64) -> Tally {
        let scope = scope();
        let outage = Outage { start_s: 5.0, end_s: 15.0, cause: Cause { leaf: 0, kind: CauseKind::Failure } };
        let mut tally = Tally::new();
        for _ in 0..failing {
            tally.observe(&scope, &[outage], 10);
        }
        for _ in 0..others {
            tally.observe(&scope, &[], 10);
        }
        tally
    }

    #[test]
    fn a_small_estimated_error_from_few_failures_does_not_end_a_run() {
        assert!(rule().next(&tally(50, 0), &scope()).is_ok(), "no spread at all, but only 50 failures");
        assert_eq!(rule().next(&tally(FAILING_MIN, 0), &scope()), Err(Stop::Precision));
        assert!(
            rule().next(&tally(FAILING_MIN, 10_000), &scope()).is_ok(),
            "failures enough, but not precise"
        );
    }

    #[test]
    fn limits_end_a_run_and_are_not_overshot_by_much() {
        let limited = Rule { replications_max: 500, events_max: 4_000, ..rule() };
        assert_eq!(limited.next(&tally(0, 500), &scope()), Err(Stop::Replications));
        assert_eq!(limited.next(&tally(0, 400), &scope()), Err(Stop::Events));
        assert!(limited.next(&tally(1, 299), &scope()).is_ok_and(|next| next <= 401));
        let unlimited = rule();
        assert!(unlimited.next(&tally(0, 300), &scope()).is_ok_and(|next| (360..=1_200).contains(&next)));
    }

    #[test]
    fn the_next_check_is_where_the_precision_should_be_reached() {
        let tally = tally(FAILING_MIN, 10_000);
        let reached = tally.precision(&scope(), 0.95).unwrap().1;
        let next = |precision: f64| Rule { precision: Some(precision), ..rule() }.next(&tally, &scope());
        let n = 10_100.0;
        assert_eq!(next(reached / 1.5), Ok((n * 1.5 * 1.5 * 1.02_f64).ceil() as u64));
        assert_eq!(next(reached / 1.01), Ok((n * 1.2_f64).ceil() as u64), "a fifth more at least");
        assert_eq!(next(reached / 10.0), Ok(40_400), "four times as many at most");
        assert_eq!(next(reached), Err(Stop::Precision));
        assert_eq!(rule().expected(&tally, Some(f64::NAN)), 40_400, "of a width that is not known");
    }

    #[test]
    fn few_failures_call_for_as_many_replications_as_bring_a_hundred() {
        let next = |failing, others| {
            Rule { precision: Some(10.0), ..rule() }.next(&tally(failing, others), &scope())
        };
        assert_eq!(next(50, 250), Ok(600));
        assert_eq!(next(80, 420), Ok(625));
        assert_eq!(next(0, 300), Ok(1_200));
        assert_eq!(next(99, 400), Ok(599), "a fifth more at least");
        // Many times more are needed for the width than for the number.
        let precise = Rule { precision: Some(1e-3), ..rule() };
        assert_eq!(precise.next(&tally(90, 300), &scope()), Ok(1_560));
    }

    #[test]
    fn the_first_checks_are_early_and_keep_within_the_limits() {
        let fixed = Rule { precision: None, replications_max: 5_000, ..rule() };
        assert_eq!((fixed.first(), Rule { replications_max: 3, ..fixed }.first()), (16, 3));
        assert_eq!(fixed.next(&tally(1, 15), &scope()), Ok(200));
        assert_eq!(fixed.next(&tally(1, 199), &scope()), Ok(5_000), "all at once");
        assert_eq!(fixed.next(&tally(1, 4_999), &scope()), Err(Stop::Replications));
        // 3,000 events are left: for 300 replications, and one that goes beyond.
        let limited = Rule { events_max: 5_000, ..fixed };
        assert_eq!(limited.next(&tally(1, 199), &scope()), Ok(200 + 300 + 1));
        let mut costly = Tally::new();
        for _ in 0..16 {
            costly.observe(&scope(), &[], 1_000_000);
        }
        assert_eq!(fixed.next(&costly, &scope()), Ok(16 + 50 + 1), "until fifty million events are seen");
    }

    #[test]
    fn every_reason_to_stop_has_its_words() {
        let all = [Stop::Precision, Stop::Replications, Stop::Events, Stop::Time, Stop::Interrupted];
        let words: std::collections::BTreeSet<&str> = all.iter().map(|stop| stop.description()).collect();
        assert!(words.len() == all.len() && words.iter().all(|words| words.contains(' ')));
    }
}
