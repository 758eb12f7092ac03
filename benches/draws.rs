//! Measures nanoseconds per draw: `cargo bench --bench draws`.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rand::Rng as _;
use steadfast::base::random::{FastRng, fast_stream, key, stream};
use steadfast::stats::distribution::{
    Bathtub, BuildError, Distribution, Empirical, Exponential, Fixed, Gamma, LogNormal, Mixture, Triangular,
    Uniform, Weibull,
};

/// Draws per timed call: few enough to stay in the cache, and enough to make the cost of the clock
/// negligible.
const DRAWS: usize = 1024;

fn main() {
    divan::main();
}

/// Creates a new stream per replication and draws its first number.
#[divan::bench]
fn fast_streams_and_first_draws(bencher: Bencher<'_, '_>) {
    let mut index = 0;
    let key = key("failure");
    per_draw(bencher, || {
        index += 1;
        fast_stream(1, key, index).next_u64()
    });
}

/// The same with `ChaCha8`, for comparison.
#[divan::bench]
fn chacha_streams_and_first_draws(bencher: Bencher<'_, '_>) {
    let mut index = 0;
    per_draw(bencher, || {
        index += 1;
        stream(1, "failure", index).next_u64()
    });
}

fn per_draw<T>(bencher: Bencher<'_, '_>, mut draw: impl FnMut() -> T) {
    bencher.counter(ItemsCount::new(DRAWS)).bench_local(|| {
        for _ in 0..DRAWS {
            black_box(draw());
        }
    });
}

const NAMES: [&str; 11] = [
    "exponential",
    "weibull",
    "lognormal",
    "gamma, shape above 1",
    "gamma, shape below 1",
    "uniform",
    "triangular",
    "fixed",
    "bathtub of three pieces",
    "empirical, 1000 values",
    "mixture of two",
];

fn distribution(name: &str) -> Result<Distribution, BuildError> {
    Ok(match name {
        "exponential" => Exponential::with_mean(100.0)?.into(),
        "weibull" => Weibull::new(1.5, 100.0)?.into(),
        "lognormal" => LogNormal::new(100.0, 1.2)?.into(),
        "gamma, shape above 1" => Gamma::new(3.7, 30.0)?.into(),
        "gamma, shape below 1" => Gamma::new(0.5, 200.0)?.into(),
        "uniform" => Uniform::new(10.0, 200.0)?.into(),
        "triangular" => Triangular::new(10.0, 50.0, 200.0)?.into(),
        "fixed" => Fixed::new(100.0)?.into(),
        "bathtub of three pieces" => Bathtub::new(&[(0.0, 0.02), (20.0, 0.005), (150.0, 0.05)])?.into(),
        "empirical, 1000 values" => Empirical::new((1..=1000_u32).map(f64::from).collect())?.into(),
        _ => Mixture::new(vec![(0.9, distribution("fixed")?), (0.1, distribution("lognormal")?)])?.into(),
    })
}

fn member(name: &str) -> (Distribution, FastRng) {
    (distribution(name).unwrap(), fast_stream(1, key(name), 0))
}

#[divan::bench(args = NAMES)]
fn whole_lives(bencher: Bencher<'_, '_>, name: &str) {
    let (distribution, mut rng) = member(name);
    per_draw(bencher, || black_box(&distribution).sample(&mut rng));
}

#[divan::bench(args = NAMES)]
fn remaining_lives(bencher: Bencher<'_, '_>, name: &str) {
    let (distribution, mut rng) = member(name);
    per_draw(bencher, || black_box(&distribution).sample_residual(80.0, &mut rng));
}

#[divan::bench(args = NAMES)]
fn stationary_remaining_lives(bencher: Bencher<'_, '_>, name: &str) {
    let (distribution, mut rng) = member(name);
    per_draw(bencher, || black_box(&distribution).sample_equilibrium(&mut rng));
}
