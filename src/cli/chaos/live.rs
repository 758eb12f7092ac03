//! What a run looks like while it goes on: one line that changes on a terminal, a line for each second elsewhere.

use crate::base::quantity::{format_duration, format_share, significant};
use crate::chaos::io::conduct::{Audience, Moment};
use crate::chaos::limit::Measure;
use crate::chaos::observation::Phase;
use crate::cli::signals::Signals;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

/// Shows a run on standard error.
pub(super) struct Live<'l> {
    signals: &'l Signals,
    /// What stands before all it says: which run of several it is.
    run: String,
    total: Duration,
    line: Line,
    last_told: Option<Duration>,
}

enum Line {
    Quiet,
    Plain,
    Bar(ProgressBar),
}

/// Plain lines come no more often than this.
const PLAIN_EVERY: Duration = Duration::from_secs(1);

impl<'l> Live<'l> {
    /// For a run that takes about `total`.
    pub(super) fn new(quiet: bool, run: String, total: Duration, signals: &'l Signals) -> Self {
        let line = match (quiet, io::stderr().is_terminal()) {
            (true, _) => Line::Quiet,
            (false, false) => Line::Plain,
            (false, true) => Line::Bar(bar(total)),
        };
        Self { signals, run, total, line, last_told: None }
    }

    fn tell_plainly(&mut self, moment: &Moment) {
        let due =
            self.last_told.is_none_or(|last| moment.at.saturating_sub(last) >= PLAIN_EVERY.mul_f64(0.99));
        if due {
            self.last_told = Some(moment.at);
            let of = format_duration(self.total.as_secs_f64());
            let at = moment.at.as_secs();
            let _ = writeln!(io::stderr(), "{}{at:>4}s of {of}  {}", self.run, words(moment));
        }
    }
}

impl Audience for Live<'_> {
    fn see(&mut self, moment: &Moment) {
        match &self.line {
            Line::Quiet => {}
            Line::Plain => self.tell_plainly(moment),
            Line::Bar(bar) => {
                bar.set_position(moment.at.as_millis() as u64);
                bar.set_message(format!("{}{}", self.run, words(moment)));
            }
        }
    }

    fn interrupted(&self) -> Option<u8> {
        self.signals.came()
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        if let Line::Bar(bar) = &self.line {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: Duration) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total.as_millis() as u64), ProgressDrawTarget::stderr());
    let style =
        ProgressStyle::with_template("{bar:20} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar
}

/// `fault     on   50/s  success 87.000%  p99 412ms`
fn words(moment: &Moment) -> String {
    let phase = match moment.phase {
        Phase::WarmUp => "warm-up",
        Phase::Baseline => "baseline",
        Phase::Settling => "settling",
        Phase::Fault => "fault",
        Phase::Recovery => "recovery",
    };
    let recent = &moment.recent;
    let rate = recent.offered as f64 / moment.window.as_secs_f64();
    let success = Measure::Success.of(recent).map_or_else(|| "—".into(), format_share);
    let p99 = Measure::P99.of(recent).map_or_else(|| "—".into(), format_duration);
    let faults = if moment.faults_on { "faults on" } else { "" };
    format!("{phase:<9} {faults:<9} {:>5} ended/s  success {success:>8}  p99 {p99}", significant(rate, 4))
}
