//! Nanoseconds per draw: `cargo bench --bench draws`.

use divan::{Bencher, black_box};
use rand::Rng as _;
use steadfast::base::random::{fast_stream, key, stream};

fn main() {
    divan::main();
}

/// A stream of its own for each replication, and its first number.
#[divan::bench]
fn fast_stream_and_first_draw(bencher: Bencher<'_, '_>) {
    let mut index = 0;
    let key = key("failure");
    bencher.bench_local(|| {
        index += 1;
        fast_stream(black_box(1), black_box(key), index).next_u64()
    });
}

/// The same with ChaCha, for comparison.
#[divan::bench]
fn chacha_stream_and_first_draw(bencher: Bencher<'_, '_>) {
    let mut index = 0;
    bencher.bench_local(|| {
        index += 1;
        stream(black_box(1), "failure", index).next_u64()
    });
}
