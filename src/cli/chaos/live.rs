//! Progress of a run on stderr: one changing line on a terminal, else one line per second.

use crate::base::quantity::{format_duration, format_share, significant};
use crate::chaos::io::conduct::{Audience, Moment};
use crate::chaos::limit::Measure;
use crate::chaos::observation::Phase;
use crate::cli::signals::Signals;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

/// Shows the progress of a run on stderr.
pub(super) struct Live<'l> {
    signals: &'l Signals,
    /// Prefix of every line: the number of the run, if there are several.
    run: String,
    total: Duration,
    line: Line,
    last_printed: Option<Duration>,
}

enum Line {
    Quiet,
    Plain,
    Bar(ProgressBar),
}

/// Minimum interval between plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(1);

impl<'l> Live<'l> {
    /// Creates the display of a run that takes about `total`.
    pub(super) fn new(quiet: bool, run: String, total: Duration, signals: &'l Signals) -> Self {
        let line = match (quiet, io::stderr().is_terminal()) {
            (true, _) => Line::Quiet,
            (false, false) => Line::Plain,
            (false, true) => Line::Bar(bar(total)),
        };
        Self { signals, run, total, line, last_printed: None }
    }

    fn print_plainly(&mut self, moment: &Moment) {
        let due =
            self.last_printed.is_none_or(|last| moment.at.saturating_sub(last) >= PLAIN_EVERY.mul_f64(0.99));
        if due {
            self.last_printed = Some(moment.at);
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
            Line::Plain => self.print_plainly(moment),
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

/// Formats the line: `fault     faults on    50 ended/s  success  87.000%  p99 412ms`.
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
