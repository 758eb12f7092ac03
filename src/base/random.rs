//! The only maker of random generators.
//!
//! One seed, named substreams: a draw depends on the seed, the stream's name and its index, never on the number of
//! threads or on what was drawn elsewhere.

use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;

/// The seed a run uses when it is given none. Fixed, so that two runs of one command agree.
pub const DEFAULT_SEED: u64 = 20_240_229;

/// The generator of substream `index` of the stream `name` under `seed`.
pub fn stream(seed: u64, name: &str, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ fnv1a(name));
    rng.set_stream(index);
    rng
}

/// FNV-1a, 64 bit (Fowler, Noll, Vo 1991): stable over releases and platforms, which `DefaultHasher` is not.
fn fnv1a(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::stream;
    use rand::Rng as _;

    #[test]
    fn a_stream_is_named_by_seed_name_and_index() {
        let draw = |seed, name, index| stream(seed, name, index).next_u64();
        assert_eq!(draw(1, "bootstrap", 0), draw(1, "bootstrap", 0));
        assert_ne!(draw(1, "bootstrap", 0), draw(1, "bootstrap", 1));
        assert_ne!(draw(1, "bootstrap", 0), draw(1, "replication", 0));
        assert_ne!(draw(1, "bootstrap", 0), draw(2, "bootstrap", 0));
    }
}
