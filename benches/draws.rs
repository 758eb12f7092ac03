//! Nanoseconds per draw: `cargo bench --bench draws`.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rand::Rng as _;
use steadfast::base::random::{FastRng, fast_stream, key, stream};
use steadfast::stats::distribution::{Distribution, Parameters, build};

/// Draws per timed call: few enough to stay in the cache, so many that the clock costs nothing.
const DRAWS: usize = 1024;

fn main() {
    divan::main();
}

/// A stream of its own for each replication, and its first number.
#[divan::bench]
fn fast_streams_and_first_draws(bencher: Bencher<'_, '_>) {
    let mut index = 0;
    let key = key("failure");
    per_draw(bencher, || {
        index += 1;
        fast_stream(black_box(1), black_box(key), index).next_u64()
    });
}

/// The same with `ChaCha8`, for comparison.
#[divan::bench]
fn chacha_streams_and_first_draws(bencher: Bencher<'_, '_>) {
    let mut index = 0;
    per_draw(bencher, || {
        index += 1;
        stream(black_box(1), "failure", index).next_u64()
    });
}

fn per_draw<T>(bencher: Bencher<'_, '_>, mut draw: impl FnMut() -> T) {
    bencher.counter(ItemsCount::new(DRAWS)).bench_local(|| {
        for _ in 0..DRAWS {
            black_box(draw());
        }
    });
}

/// Name in the table, variant, parameters.
type Case = (&'static str, &'static str, &'static [(&'static str, f64)]);

/// One of each, under the name that its draws are printed with.
const MEMBERS: &[Case] = &[
    ("exponential", "exponential", &[("mean", 100.0)]),
    ("weibull", "weibull", &[("shape", 1.5), ("scale", 100.0)]),
    ("lognormal", "lognormal", &[("median", 100.0), ("sigma", 1.2)]),
    ("fixed", "fixed", &[("value", 100.0)]),
];

fn names() -> impl Iterator<Item = &'static str> {
    MEMBERS.iter().map(|(name, ..)| *name)
}

fn member(name: &str) -> (Distribution, FastRng) {
    let (_, variant, values) = MEMBERS.iter().find(|(n, ..)| *n == name).unwrap();
    let parameters = values
        .iter()
        .fold(Parameters::new(), |all, (name, value)| all.with(name, *value));
    (build(variant, &parameters).unwrap(), fast_stream(1, key(name), 0))
}

#[divan::bench(args = names())]
fn whole_lives(bencher: Bencher<'_, '_>, name: &str) {
    let (distribution, mut rng) = member(name);
    per_draw(bencher, || black_box(&distribution).sample(&mut rng));
}

#[divan::bench(args = names())]
fn remaining_lives(bencher: Bencher<'_, '_>, name: &str) {
    let (distribution, mut rng) = member(name);
    per_draw(bencher, || {
        black_box(&distribution).sample_residual(80.0, &mut rng)
    });
}

#[divan::bench(args = names())]
fn stationary_remaining_lives(bencher: Bencher<'_, '_>, name: &str) {
    let (distribution, mut rng) = member(name);
    per_draw(bencher, || black_box(&distribution).sample_equilibrium(&mut rng));
}
