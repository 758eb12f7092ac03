//! The progress bar of a simulation: replications, and the current estimate with its precision.

use crate::base::quantity::{format_share, significant};
use crate::cli::progress::bar;
use crate::simulate::monte_carlo::estimate::{Rule, Scope, Tally};
use indicatif::ProgressBar;

/// A progress bar on standard error, hidden unless that is a terminal.
pub(super) struct Bar {
    bar: ProgressBar,
    confidence: f64,
}

impl Bar {
    pub(super) fn new(quiet: bool, rule: &Rule) -> Self {
        let template = "{bar:6} {human_pos}/{human_len} replications, {msg}";
        let bar = if quiet { ProgressBar::hidden() } else { bar(Some(1), template) };
        Self { bar, confidence: rule.confidence }
    }

    /// Updates the bar; `target` is the number of replications after which the stopping rule is checked
    /// next.
    pub(super) fn show(&self, tally: &Tally, target: u64, scope: &Scope) {
        if self.bar.is_hidden() {
            return;
        }
        self.bar.set_length(target);
        self.bar.set_position(tally.replications());
        if let Some((downtime_s, relative)) = tally.precision(self.confidence) {
            let share = format_share(downtime_s / scope.horizon_s);
            let precision = if relative.is_finite() {
                format!(", downtime ±{}%", significant(relative * 100.0, 2))
            } else {
                String::new()
            };
            self.bar.set_message(format!("availability {share}{precision}"));
        }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
