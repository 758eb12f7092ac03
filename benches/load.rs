//! The load generator on its own, to be measured from outside (`benches/peers/load.sh`):
//!
//! - `load send URL 5000/s SECONDS`, or `load send URL workers=50 SECONDS`: sends requests and prints
//!   its own measurements
//! - `load serve ADDRESS RATE [FREEZE_MS]`: answers requests and, once no more arrive, prints how far
//!   the arrivals lie from an even grid of `RATE` per second; with a freeze it stops answering for that
//!   time, two seconds after the first request
//!
//! Without arguments, as `cargo bench` calls it, it does nothing.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use steadfast::chaos::experiment_file::{Outside, Source, read};
use steadfast::chaos::guard::Allowed;
use steadfast::chaos::io::load::Generator;
use steadfast::chaos::latencies::Latencies;
use steadfast::chaos::limit::Measured;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["send", url, pace, seconds] => send(url, pace, Duration::from_secs(seconds.parse()?)),
        ["serve", address, rate] => serve(address, rate.parse()?, Duration::ZERO),
        ["serve", address, rate, freeze_ms] => {
            serve(address, rate.parse()?, Duration::from_millis(freeze_ms.parse()?))
        }
        _ => Ok(()),
    }
}

fn send(url: &str, pace: &str, lasts: Duration) -> Result<(), Box<dyn Error>> {
    let pace = match pace.split_once('=') {
        Some((key, value)) => format!("{key}: {value}"),
        None => format!("rate: {pace}"),
    };
    let text = format!("target: {url}\nload: {{ {pace}, timeout: 5s }}\nfaults: [{{ latency: 1s }}]\n");
    let source = Source { file: "bench.yaml", text: &text, ..Source::default() };
    let outside = Outside {
        folder: Path::new(""),
        load: &|file| Err(format!("{file}: not here")),
        variable: &|_| None,
    };
    let experiment = read(&source, &outside).map_err(|problems| problems.render(false))?;
    let generator = Generator::start(
        &experiment.load,
        &experiment.target,
        None,
        &Allowed::default(),
        Duration::from_secs(1),
        1,
    )?;
    std::thread::sleep(lasts);
    let loaded = generator.stop();
    let mut all = Measured::default();
    for window in &loaded.windows {
        all.add(&window.measured);
    }
    let ms = |latencies: &Latencies, quantile| latencies.quantile_s(quantile).unwrap_or(f64::NAN) * 1e3;
    let mut lag = Latencies::default();
    loaded.lag.values().for_each(|phase| lag.add(phase));
    println!(
        "requests {} good {} lag_p50_ms {:.4} lag_p99_ms {:.4} response_p50_ms {:.4} response_p99_ms {:.4}",
        all.offered,
        all.good,
        ms(&lag, 0.5),
        ms(&lag, 0.99),
        ms(&all.response, 0.5),
        ms(&all.response, 0.99)
    );
    Ok(())
}

/// Arrival times of requests.
type Arrivals = Arc<Mutex<Vec<Instant>>>;

/// Time without a request after which the client is assumed to be done.
const PATIENCE: Duration = Duration::from_millis(1500);

fn serve(address: &str, rate: f64, freeze: Duration) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(address)?;
    let arrivals: Arrivals = Arc::default();
    let noted = Arc::clone(&arrivals);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let noted = Arc::clone(&noted);
            std::thread::spawn(move || answer(stream, &noted, freeze));
        }
    });
    let last = || arrivals.lock().ok().and_then(|arrivals| arrivals.last().copied());
    while last().is_none_or(|last| last.elapsed() < PATIENCE) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut arrivals = arrivals.lock().map_err(|_| "a thread panicked")?.clone();
    arrivals.sort_unstable();
    let first = arrivals.first().copied().ok_or("no requests")?;
    let off_s =
        arrivals.iter().enumerate().map(|(number, at)| (*at - first).as_secs_f64() - number as f64 / rate);
    let mut off_s: Vec<f64> = off_s.collect();
    off_s.sort_unstable_by(f64::total_cmp);
    let ms = |quantile: f64| (off_s[(quantile * (off_s.len() - 1) as f64) as usize] - off_s[0]) * 1e3;
    println!("arrivals {} late_p50_ms {:.4} late_p99_ms {:.4}", off_s.len(), ms(0.5), ms(0.99));
    Ok(())
}

/// Answers requests until the connection is closed, except between 2 s and 2 s + `freeze` after the
/// first request of all connections.
fn answer(mut stream: TcpStream, arrivals: &Arrivals, freeze: Duration) {
    let _ = stream.set_nodelay(true);
    let mut buffer = [0; 4096];
    while let Ok(1..) = stream.read(&mut buffer) {
        let now = Instant::now();
        let first = {
            let Ok(mut arrivals) = arrivals.lock() else { return };
            arrivals.push(now);
            arrivals.first().copied().unwrap_or(now)
        };
        let frozen = first + Duration::from_secs(2);
        if (frozen..frozen + freeze).contains(&now) {
            std::thread::sleep(frozen + freeze - now);
        }
        if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").is_err() {
            return;
        }
    }
}
