//! The progress bar of a simulation: replications, and the current estimate with its precision.

use crate::base::quantity::{format_share, significant};
use crate::simulate::monte_carlo::estimate::{Rule, Scope, Tally};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _};

/// A progress bar on standard error, shown only on a terminal.
pub(super) struct Bar {
    bar: Option<ProgressBar>,
    confidence: f64,
}

impl Bar {
    pub(super) fn new(quiet: bool, rule: &Rule) -> Self {
        let shown = !quiet && io::stderr().is_terminal();
        Self { bar: shown.then(bar), confidence: rule.confidence }
    }

    /// Updates the bar; `target` is the number of replications after which the stopping rule is checked
    /// next.
    pub(super) fn show(&self, tally: &Tally, target: u64, scope: &Scope) {
        let Some(bar) = &self.bar else { return };
        bar.set_length(target);
        bar.set_position(tally.replications());
        if let Some((downtime_s, relative)) = tally.precision(self.confidence) {
            let share = format_share(downtime_s / scope.horizon_s);
            let precision = if relative.is_finite() {
                format!(", downtime ±{}%", significant(relative * 100.0, 2))
            } else {
                String::new()
            };
            bar.set_message(format!("availability {share}{precision}"));
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(10);
    let template = "{bar:6} {human_pos}/{human_len} replications, {msg}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(1), target).with_style(style.progress_chars("━━╌"))
}
