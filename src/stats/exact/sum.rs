//! A sum without rounding.

use super::BadState;
use super::wide::{LIMB_BITS, LIMB_MAX, Wide, settle};
use serde::{Deserialize, Serialize};

/// The exact sum of any number of floats, and of products of two floats.
///
/// A long fixed-point number (Kulisch 1971; the "small superaccumulator" of Neal 2015, here with a window that grows
/// with the values' range): no addition rounds, so the result depends neither on the order of the values nor on how
/// they were split among sums that were merged later. [`value`](Self::value) rounds once.
///
/// Values that are not finite are kept apart, as floating-point addition would have them: an infinity makes the sum
/// infinite, NaN or both infinities make it NaN.
///
/// Two sums are equal if they hold the same number. They serialize as whole numbers, equal sums alike.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "State", into = "State")]
pub struct ExactSum {
    /// The place of the first chunk: chunk i counts units of 2^(32 (base + i)).
    base: i32,
    chunks: Vec<i64>,
    /// Additions since the carries were last settled.
    pending: u32,
    not_finite: u8,
}

/// Additions that a chunk bears: each adds less than 2^53 to at most 2^32.
const PENDING_MAX: u32 = 1023;

const NAN: u8 = 1;
const PLUS_INFINITY: u8 = 2;
const MINUS_INFINITY: u8 = 4;

/// A finite float as `mantissa` · 2^(`exponent`), with its sign as 0 or −1.
struct Parts {
    mantissa: u64,
    exponent: i32,
    sign: i64,
}

impl Parts {
    /// `None` for a value that is not finite.
    fn of(value: f64) -> Option<Self> {
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let biased = ((bits >> 52) & 0x7ff) as i32;
        let (mantissa, exponent) = match biased {
            0x7ff => return None,
            0 => (fraction, -1074),
            _ => (fraction | 1 << 52, biased - 1075),
        };
        let sign = (bits as i64) >> 63;
        Some(Self { mantissa, exponent, sign })
    }
}

impl ExactSum {
    /// The sum of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one value, exactly.
    #[inline]
    pub fn add(&mut self, value: f64) {
        let Some(parts) = Parts::of(value) else {
            return self.note(value);
        };
        let (place, shift) = split(parts.exponent);
        let low = ((parts.mantissa << shift) as i64) & LIMB_MAX;
        let high = (parts.mantissa >> (LIMB_BITS - shift)) as i64;
        self.deposit(place, [low, high], parts.sign);
    }

    /// Adds the product of two values, exactly: also where the product itself would overflow or underflow.
    #[inline]
    pub fn add_product(&mut self, a: f64, b: f64) {
        let (Some(a_parts), Some(b_parts)) = (Parts::of(a), Parts::of(b)) else {
            return self.note(a * b);
        };
        let (place, shift) = split(a_parts.exponent + b_parts.exponent);
        let product = u128::from(a_parts.mantissa) * u128::from(b_parts.mantissa);
        let low = ((product << shift) as i64) & LIMB_MAX;
        let rest = product >> (LIMB_BITS - shift);
        let (second, third) = ((rest as i64) & LIMB_MAX, ((rest >> 32) as i64) & LIMB_MAX);
        let pieces = [low, second, third, (rest >> 64) as i64];
        self.deposit(place, pieces, a_parts.sign ^ b_parts.sign);
    }

    /// Takes in all that `other` has summed.
    pub fn merge(&mut self, other: &Self) {
        self.not_finite |= other.not_finite;
        let (base, chunks) = other.settled();
        for (at, chunk) in chunks.into_iter().enumerate() {
            self.deposit(base + at as i32, [chunk], 0);
        }
    }

    /// The float nearest to the sum, ties to even. An infinity if the sum lies beyond the range of floats.
    pub fn value(&self) -> f64 {
        match self.not_finite {
            0 => self.wide().nearest(),
            PLUS_INFINITY => f64::INFINITY,
            MINUS_INFINITY => f64::NEG_INFINITY,
            _ => f64::NAN,
        }
    }

    /// Whether every value, and every product's factors, were finite.
    pub fn is_finite(&self) -> bool {
        self.not_finite == 0
    }

    /// The sum itself. Meaningless unless [`is_finite`](Self::is_finite).
    pub(super) fn wide(&self) -> Wide {
        let (base, chunks) = self.settled();
        Wide::from_chunks(base, chunks)
    }

    /// A copy of the chunks with all carries done.
    fn settled(&self) -> (i32, Vec<i64>) {
        let mut chunks = self.chunks.clone();
        settle(&mut chunks);
        (self.base, chunks)
    }

    /// Adds pieces of up to 53 bits from `place` upwards; their negatives if `sign` is −1.
    #[inline]
    fn deposit<const N: usize>(&mut self, place: i32, pieces: [i64; N], sign: i64) {
        if self.pending >= PENDING_MAX {
            settle(&mut self.chunks);
            self.pending = 0;
        }
        self.pending += 1;
        if self.window::<N>(place).is_none() {
            self.grow(place, N);
        }
        for (chunk, piece) in self.window::<N>(place).into_iter().flatten().zip(pieces) {
            *chunk += (piece ^ sign) - sign;
        }
    }

    /// The `N` chunks from `place` upwards, if they exist.
    #[inline]
    fn window<const N: usize>(&mut self, place: i32) -> Option<&mut [i64; N]> {
        // A place below the base wraps to a huge index, where there is nothing.
        self.chunks.get_mut((place - self.base) as usize..)?.first_chunk_mut()
    }

    /// Makes room for `n` chunks from `place` upwards.
    #[cold]
    fn grow(&mut self, place: i32, n: usize) {
        if self.chunks.is_empty() {
            self.base = place;
        }
        let below = (self.base - place).max(0) as usize;
        self.chunks.splice(..0, std::iter::repeat_n(0, below));
        self.base -= below as i32;
        let needed = (place - self.base) as usize + n;
        if self.chunks.len() < needed {
            self.chunks.resize(needed, 0);
        }
    }

    /// Remembers a value that is not finite.
    #[cold]
    fn note(&mut self, value: f64) {
        self.not_finite |= if value.is_nan() {
            NAN
        } else if value > 0.0 {
            PLUS_INFINITY
        } else {
            MINUS_INFINITY
        };
    }
}

/// The chunk in which 2^`exponent` lies, and its place there.
#[inline]
fn split(exponent: i32) -> (i32, i32) {
    (exponent >> 5, exponent & 31)
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        self.not_finite == other.not_finite && self.wide() == other.wide()
    }
}

impl Eq for ExactSum {}

impl Extend<f64> for ExactSum {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.add(value));
    }
}

impl FromIterator<f64> for ExactSum {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sum = Self::new();
        sum.extend(values);
        sum
    }
}

/// What is written of a sum: the number itself, without the history of its window.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    sum: Wide,
    not_finite: u8,
}

impl From<ExactSum> for State {
    fn from(sum: ExactSum) -> Self {
        Self { sum: sum.wide(), not_finite: sum.not_finite }
    }
}

impl TryFrom<State> for ExactSum {
    type Error = BadState;

    fn try_from(state: State) -> Result<Self, BadState> {
        if state.not_finite > (NAN | PLUS_INFINITY | MINUS_INFINITY) {
            return Err(BadState("a sum has an unknown mark"));
        }
        let sum = state.sum.checked()?;
        let (base, chunks) = sum.chunks();
        Ok(Self { base, chunks: chunks.collect(), pending: 1, not_finite: state.not_finite })
    }
}

#[cfg(test)]
mod tests;
