//! Progress of a run on stderr: one changing line on a terminal, else one line per second.

use crate::base::quantity::{format_duration, format_share, significant};
use crate::chaos::io::conduct::{Audience, Moment};
use crate::chaos::limit::Measure;
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
}

enum Line {
    Quiet,
    /// Plain lines, with the time of the last one.
    Plain(Option<Duration>),
    Bar(ProgressBar),
}

/// Minimum interval between plain lines: a second, less what a window may end early.
const PLAIN_EVERY: Duration = Duration::from_millis(990);

impl<'l> Live<'l> {
    /// Creates the display of a run that takes about `total`.
    pub(super) fn new(quiet: bool, run: String, total: Duration, signals: &'l Signals) -> Self {
        let line = match (quiet, io::stderr().is_terminal()) {
            (true, _) => Line::Quiet,
            (false, false) => Line::Plain(None),
            (false, true) => Line::Bar(bar(total)),
        };
        Self { signals, run, total, line }
    }
}

impl Audience for Live<'_> {
    fn see(&mut self, moment: &Moment) {
        match &mut self.line {
            Line::Plain(last) if last.is_none_or(|last| moment.at.saturating_sub(last) >= PLAIN_EVERY) => {
                *last = Some(moment.at);
                let (at, of) = (moment.at.as_secs(), format_duration(self.total.as_secs_f64()));
                let _ = writeln!(io::stderr(), "{}{at:>4}s of {of}  {}", self.run, words(moment));
            }
            Line::Quiet | Line::Plain(_) => {}
            Line::Bar(bar) => {
                bar.set_position(moment.at.as_millis() as u64);
                let left = format_duration(self.total.saturating_sub(moment.at).as_secs() as f64);
                bar.set_message(format!("{left:>6} left  {}{}", self.run, words(moment)));
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
    let style = ProgressStyle::with_template("{bar:20} {msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Formats the line: `fault     faults on    50 ended/s  success  87.000%  p99 412ms`.
fn words(moment: &Moment) -> String {
    let (phase, recent) = (moment.phase.name(), &moment.recent);
    let rate = recent.offered as f64 / moment.window.as_secs_f64();
    let success = Measure::Success.of(recent).map_or_else(|| "—".into(), format_share);
    let p99 = Measure::P99.of(recent).map_or_else(|| "—".into(), format_duration);
    let faults = if moment.faults_on { "faults on" } else { "" };
    format!("{phase:<9} {faults:<9} {:>5} ended/s  success {success:>8}  p99 {p99}", significant(rate, 4))
}
