//! The progress bar of a simulation: how far it is, and the current estimate with its precision.

use crate::base::quantity::{format_duration, format_share, significant};
use crate::cli::progress::LateBar;
use crate::simulate::monte_carlo::estimate::{Rule, Scope, Tally};
use std::time::Duration;

/// The parts into which the bar is divided.
const PARTS: u64 = 1_000;

/// A progress bar on standard error, hidden unless that is a terminal.
pub(super) struct Bar<'r> {
    bar: LateBar,
    rule: &'r Rule,
    time_limit: Option<Duration>,
}

impl<'r> Bar<'r> {
    pub(super) fn new(quiet: bool, rule: &'r Rule, time_limit: Option<Duration>) -> Self {
        let bar = LateBar::new(quiet, Some(PARTS), "{bar:20} {msg}");
        Self { bar, rule, time_limit }
    }

    /// Updates the bar.
    pub(super) fn show(&self, tally: &Tally, scope: &Scope) {
        let Some(bar) = self.bar.shown() else { return };
        let found = tally.precision(scope, self.rule.confidence);
        let relative = found.map(|(_, relative)| relative).filter(|relative| relative.is_finite());
        bar.set_position((self.part_done(tally, relative) * PARTS as f64) as u64);
        let percent = |share: f64| significant(share * 100.0, 2);
        let availability = found
            .map(|(downtime_s, _)| format!("availability {}", format_share(downtime_s / scope.horizon_s)));
        let wanted = self.rule.precision.map(|wanted| format!(" (until ±{}%)", percent(wanted)));
        let precision = relative
            .map(|relative| format!("downtime ±{}%{}", percent(relative), wanted.unwrap_or_default()));
        let limit =
            self.time_limit.map(|limit| format!(" of at most {}", format_duration(limit.as_secs_f64())));
        let spent = format_duration(self.bar.elapsed().as_secs() as f64);
        let parts = [
            Some(format!("{} replications", tally.replications())),
            availability,
            precision,
            Some(format!("{spent}{}", limit.unwrap_or_default())),
        ];
        bar.set_message(parts.into_iter().flatten().collect::<Vec<_>>().join(", "));
    }

    /// The part of the run that is done, by whichever of its ends is nearest. The half-width of the interval
    /// shrinks with the root of the number of replications.
    fn part_done(&self, tally: &Tally, relative: Option<f64>) -> f64 {
        let by_precision = self.rule.precision.zip(relative).map(|(wanted, found)| (wanted / found).powi(2));
        let by_time = self.time_limit.map(|limit| self.bar.elapsed().as_secs_f64() / limit.as_secs_f64());
        let by_number = tally.replications() as f64 / self.rule.replications_max as f64;
        let by_events = tally.events() as f64 / self.rule.events_max as f64;
        let ends = by_precision.into_iter().chain(by_time).chain([by_number, by_events]);
        ends.fold(0.0, f64::max).min(1.0)
    }

    pub(super) fn finish(&self) {
        self.bar.finish();
    }
}
