//! Random number streams. All generators of the crate are created here.
//!
//! One seed, named substreams: a draw depends on the seed, the name of the stream and its index, never
//! on the number of threads or on draws made elsewhere.

use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The default seed. It is fixed, so that two runs of the same command give the same result.
pub const DEFAULT_SEED: u64 = 20_240_229;

/// Returns the generator of substream `index` of the stream `name` under `seed`.
pub fn stream(seed: u64, name: &str, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ key(name));
    rng.set_stream(index);
    rng
}

/// The generator for hot loops, where setting up a `ChaCha8` stream costs more than the draws themselves.
pub type FastRng = Xoshiro256PlusPlus;

/// Returns the fast generator of substream `index` of the stream `key` under `seed`; [`key`] derives a
/// key from a name.
///
/// The generator is xoshiro256++ (Blackman and Vigna 2021). Its 256 bits of state come from `SplitMix64`
/// (Steele, Lea and Flood 2014) in two rounds: x hashes seed and key, y is the `index`-th number of the
/// sequence that starts at x, and the state holds the four numbers that follow y, the second of them
/// combined with x. Every step is invertible: the first two words determine y and x, and these determine
/// index and key. Under one seed, no two streams therefore start in the same state. The probability that
/// n streams of L numbers overlap later is that of randomly drawn states, n² L / 2²⁵⁶ (Vigna 2020).
#[inline]
pub fn fast_stream(seed: u64, key: u64, index: u64) -> FastRng {
    let x = mix(mix(seed.wrapping_add(GOLDEN)) ^ key);
    // GOLDEN is odd, so multiplication by it is a bijection modulo 2⁶⁴: different indices give different y.
    let y = mix(x.wrapping_add(GOLDEN.wrapping_mul(index)));
    let word = |k: u64| mix(y.wrapping_add(GOLDEN.wrapping_mul(k)));
    let state = [word(1), word(2) ^ x, word(3), word(4)];
    let mut bytes = [0; 32];
    for (place, word) in bytes.chunks_exact_mut(8).zip(state) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    FastRng::from_seed(bytes)
}

/// 2⁶⁴ divided by the golden ratio, rounded to an odd number: the increment of `SplitMix64`.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of `SplitMix64`: a bijection in which every input bit affects every output bit.
#[inline]
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns the key of the stream `name`, for [`fast_stream`]: its 64-bit FNV-1a hash (Fowler, Noll, Vo 1991),
/// which unlike that of `DefaultHasher` is stable across releases and platforms.
pub fn key(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::{fast_stream, key, mix, stream};
    use rand::{Rng as _, RngExt as _};
    use std::collections::BTreeSet;

    #[test]
    fn a_stream_is_determined_by_seed_name_and_index() {
        let draw = |seed, name, index| stream(seed, name, index).next_u64();
        assert_eq!(draw(1, "bootstrap", 0), draw(1, "bootstrap", 0));
        assert_ne!(draw(1, "bootstrap", 0), draw(1, "bootstrap", 1));
        assert_ne!(draw(1, "bootstrap", 0), draw(1, "replication", 0));
        assert_ne!(draw(1, "bootstrap", 0), draw(2, "bootstrap", 0));
    }

    #[test]
    fn a_fast_stream_is_determined_by_seed_key_and_index() {
        let draw = |seed, key, index| fast_stream(seed, key, index).next_u64();
        assert_eq!(draw(1, 2, 3), draw(1, 2, 3));
        let different: BTreeSet<u64> = (0..8)
            .flat_map(|seed| (0..8).flat_map(move |key| (0..8).map(move |index| draw(seed, key, index))))
            .collect();
        assert_eq!(different.len(), 512);
    }

    /// Drawn values are part of the interface: a change of these numbers is a breaking change. They were
    /// computed independently, in Python.
    #[test]
    fn the_draws_of_a_fast_stream_are_pinned() {
        let first_three = |seed, key, index| {
            let mut rng = fast_stream(seed, key, index);
            [rng.next_u64(), rng.next_u64(), rng.next_u64()]
        };
        assert_eq!(
            first_three(0, 0, 0),
            [0x7ce1_ae40_1ef2_d62b, 0x1f46_3767_4227_5a16, 0xb96e_d3f9_c669_6c95]
        );
        assert_eq!(
            first_three(1, 2, 3),
            [0xa67e_9b08_f8f2_464e, 0x8563_4273_3ecb_6022, 0x4ce0_8a63_c83c_2558]
        );
        assert_eq!(key("failure"), 0x5ca1_5824_688f_ca91);
    }

    /// Checks the constants of `SplitMix64` against its published first output for the seed 0.
    #[test]
    fn mix_is_the_output_function_of_splitmix64() {
        assert_eq!(mix(super::GOLDEN), 0xe220_a839_7b1d_cdaf);
    }

    /// Two-sided test at z = 4.9: the false-alarm rate is one in a million for each lag.
    #[test]
    fn first_draws_of_neighbouring_streams_are_uncorrelated() {
        let n = 100_000_u32;
        let draw = |key, index| fast_stream(7, key, index).random::<f64>() - 0.5;
        for lag in [(0, 1), (1, 0), (1, 1), (1 << 32, 0), (0, 1 << 32)] {
            let sum: f64 = (0..u64::from(n)).map(|i| draw(3, i) * draw(3 + lag.0, i + lag.1)).sum();
            // A uniform draw on (−1/2, 1/2) has variance 1/12, so a product of two has standard
            // deviation 1/12, and the sum of n products √n / 12.
            let z = sum * 12.0 / f64::from(n).sqrt();
            assert!(z.abs() < 4.9, "{lag:?}: {z}");
        }
    }
}
