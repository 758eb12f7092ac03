//! Measures how late a wait of 50 ms ends with the timer of the proxies and with that of tokio, for one
//! wait at a time and 64 at once.
//!
//! `cargo bench --bench timer` prints medians and 99th percentiles.

use std::time::{Duration, Instant};
use steadfast::chaos::io::timer::Timer;
use tokio::task::{LocalSet, spawn_local};

const WAIT: Duration = Duration::from_millis(50);
const WAITS: usize = 3200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let timer = Timer::precise()?;
        for at_once in [1, 64] {
            let of_proxy = late(at_once, || {
                let timer = std::rc::Rc::clone(&timer);
                async move { timer.sleep_until(Instant::now() + WAIT).await }
            });
            print("proxy", at_once, &of_proxy.await);
            print("tokio", at_once, &late(at_once, || tokio::time::sleep(WAIT)).await);
        }
        Ok(())
    })
}

/// Returns how late the waits ended, sorted.
async fn late<W: Future<Output = ()> + 'static>(at_once: usize, wait: impl Fn() -> W) -> Vec<Duration> {
    let rounds = (WAITS / at_once).min(200);
    let mut late = Vec::with_capacity(rounds * at_once);
    for _ in 0..rounds {
        let waits = (0..at_once).map(|_| {
            let wait = wait();
            spawn_local(async move {
                let start = Instant::now();
                wait.await;
                start.elapsed().saturating_sub(WAIT)
            })
        });
        for wait in waits.collect::<Vec<_>>() {
            late.extend(wait.await);
        }
    }
    late.sort_unstable();
    late
}

fn print(timer: &str, at_once: usize, late: &[Duration]) {
    let ms = |quantile: f64| late[(quantile * (late.len() - 1) as f64) as usize].as_secs_f64() * 1e3;
    println!(
        "{timer}, {at_once} at once: late by p50 {:.3} ms, p99 {:.3} ms ({} waits)",
        ms(0.5),
        ms(0.99),
        late.len()
    );
}
