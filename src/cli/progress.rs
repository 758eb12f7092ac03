//! A progress bar on stderr, shown only on a terminal.

use crate::availability::input::bytes::ByteCounter;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Interval at which the bar is redrawn.
const TICK: Duration = Duration::from_millis(100);

/// Runs `work` while a bar shows how many of `total` bytes `counter` has counted.
pub(super) fn while_reading<T>(
    quiet: bool,
    total: Option<u64>,
    counter: &ByteCounter,
    work: impl FnOnce() -> T,
) -> T {
    let template = match total {
        Some(_) => "reading {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        None => "reading {spinner} {bytes}, {bytes_per_sec}",
    };
    let bar = LateBar::new(quiet, total, template);
    if !bar.is_wanted {
        return work();
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (shown, done) = (&bar, &done);
        let redraw = move || {
            while !done.load(Ordering::Relaxed) {
                if let Some(bar) = shown.shown() {
                    bar.set_position(counter.load(Ordering::Relaxed));
                }
                std::thread::park_timeout(TICK);
            }
        };
        // Without a thread for it there is no bar.
        let _ = std::thread::Builder::new().spawn_scoped(scope, redraw);
        // Set the flag even if `work` panics, or the scope would wait for the thread of the bar for ever.
        let _guard = OnDrop(|| done.store(true, Ordering::Relaxed));
        let result = work();
        bar.finish();
        result
    })
}

/// Work that takes less time has no bar: it would only flash.
const SHORT: Duration = Duration::from_millis(500);

/// A bar on stderr that appears only if the work takes long.
pub(super) struct LateBar {
    bar: ProgressBar,
    start: Instant,
    is_wanted: bool,
}

impl LateBar {
    /// Prepares a bar; without a length its template must not need one.
    pub(super) fn new(quiet: bool, length: Option<u64>, template: &str) -> Self {
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
        let is_wanted = !quiet && io::stderr().is_terminal();
        Self { bar: bar.with_style(style.progress_chars("━━╌")), start: Instant::now(), is_wanted }
    }

    /// Returns the bar once it is to be seen.
    pub(super) fn shown(&self) -> Option<&ProgressBar> {
        if !self.is_wanted || self.elapsed() < SHORT {
            return None;
        }
        if self.bar.is_hidden() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
        Some(&self.bar)
    }

    /// Returns the time since the work began.
    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
