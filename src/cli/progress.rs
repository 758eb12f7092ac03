//! A progress bar on stderr, shown only on a terminal.

use crate::availability::input::bytes::ByteCounter;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Interval at which the bar is redrawn.
const TICK: Duration = Duration::from_millis(100);

/// Runs `work` while a bar shows how many of `total` bytes `counter` has counted.
pub(super) fn while_reading<T>(
    quiet: bool,
    total: Option<u64>,
    counter: &ByteCounter,
    work: impl FnOnce() -> T,
) -> T {
    if quiet || !io::stderr().is_terminal() {
        return work();
    }
    let template = match total {
        Some(_) => "reading {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        None => "reading {spinner} {bytes}, {bytes_per_sec}",
    };
    let bar = bar(total, template);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let shown = bar.clone();
        let done = &done;
        scope.spawn(move || {
            while !done.load(Ordering::Relaxed) {
                shown.set_position(counter.load(Ordering::Relaxed));
                std::thread::park_timeout(TICK);
            }
        });
        // Set the flag even if `work` panics, or the scope would wait for the thread of the bar for ever.
        let _guard = OnDrop(|| done.store(true, Ordering::Relaxed));
        let result = work();
        bar.finish_and_clear();
        result
    })
}

/// Builds a bar on stderr; without a length its template must not need one.
pub(super) fn bar(length: Option<u64>, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let target = ProgressDrawTarget::stderr_with_hz(10);
    ProgressBar::with_draw_target(length, target).with_style(style.progress_chars("━━╌"))
}

struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
