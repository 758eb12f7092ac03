//! When enough replications have been run.

use super::tally::Tally;

/// The rule by which a run ends. Its decisions depend on the tally alone, and are taken at numbers of replications that the tally
/// itself determines, so that a run is the same on any number of threads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// The relative half-width of the interval for the unavailability that is asked for; `None`: replications alone count.
    pub precision: Option<f64>,
    /// The confidence of that interval.
    pub confidence: f64,
    /// Replications at most; without a precision, exactly.
    pub replications_max: u64,
    /// Component events after which the run ends at the next look.
    pub events_max: u64,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The precision was reached, with failures enough to trust it.
    Precision,
    /// The number of replications was reached.
    Replications,
    /// The number of component events was reached.
    Events,
    /// The time was up.
    Time,
    /// The user interrupted it.
    Interrupted,
}

impl Stop {
    /// A stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Precision => "precision",
            Self::Replications => "replications",
            Self::Events => "events",
            Self::Time => "time",
            Self::Interrupted => "interrupted",
        }
    }

    /// What ended the run, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Precision => "the precision that was asked for",
            Self::Replications => "the number of replications",
            Self::Events => "the limit of events",
            Self::Time => "the time limit",
            Self::Interrupted => "an interrupt",
        }
    }
}

/// Replications that must have seen the system down before a precision counts as reached. While they are few the estimated
/// variance is too small more often than not, and a rule that looks at it alone stops too early: with 100, the Poisson
/// error of the number itself is 10 %, and the interval covers what it claims (docs/calibration.md).
pub const FAILING_MIN: u64 = 100;

/// Replications before the first look: few, since nothing is known yet of what one costs.
const FIRST: u64 = 16;

/// Replications up to the second look, if they do not take more events than `EVENTS_UNSEEN`.
const SECOND: u64 = 200;
const EVENTS_UNSEEN: u64 = 50_000_000;

impl Rule {
    /// How many replications there must be when the rule is asked first.
    pub fn first(&self) -> u64 {
        FIRST.min(self.replications_max)
    }

    /// Whether the run ends with this tally, or else how many replications there must be when the rule is asked next.
    pub fn next(&self, tally: &Tally) -> Result<u64, Stop> {
        if self.is_precise(tally) {
            return Err(Stop::Precision);
        }
        if tally.replications() >= self.replications_max {
            return Err(Stop::Replications);
        }
        if tally.events() >= self.events_max {
            return Err(Stop::Events);
        }
        let n = tally.replications();
        let each = tally.events() / n.max(1);
        let affordable = n + (self.events_max - tally.events()) / each.max(1) + 1;
        let wanted = if n < SECOND {
            SECOND.min(n + EVENTS_UNSEEN / each.max(1) + 1)
        } else {
            self.expected(tally)
        };
        Ok(wanted.min(affordable).min(self.replications_max))
    }

    fn is_precise(&self, tally: &Tally) -> bool {
        let Some(asked) = self.precision else { return false };
        let reached = tally.precision(self.confidence);
        tally.failing() >= FAILING_MIN && reached.is_some_and(|(_, relative)| relative <= asked)
    }

    /// The number at which the precision should be reached, by the square-root law; a fifth more at least, four times as many at most.
    fn expected(&self, tally: &Tally) -> u64 {
        if self.precision.is_none() {
            return self.replications_max;
        }
        let n = tally.replications() as f64;
        let by_failures = n * FAILING_MIN as f64 / (tally.failing() as f64).max(0.5);
        let by_width = match (self.precision, tally.precision(self.confidence)) {
            (Some(asked), Some((_, relative))) if relative.is_finite() => {
                n * (relative / asked).powi(2) * 1.02
            }
            _ => f64::INFINITY,
        };
        let wanted = if tally.failing() >= FAILING_MIN {
            by_width
        } else {
            by_failures.max(by_width.min(4.0 * n))
        };
        wanted.clamp(1.2 * n, 4.0 * n).ceil() as u64
    }
}
