//! Whole numbers of any length times a power of two: what sums of floats are made of.

use super::BadState;
use serde::{Deserialize, Serialize};

/// Bits of a limb.
pub(super) const LIMB_BITS: i32 = 32;

/// The largest number that a limb holds.
pub(super) const LIMB_MAX: i64 = u32::MAX as i64;

/// ± Σ limb\[i\] · 2^(32 (low + i)), exactly.
///
/// Canonical: neither the first nor the last limb is zero, and zero has no limbs, so equal numbers have equal fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Wide {
    negative: bool,
    low: i32,
    limbs: Vec<u32>,
}

impl Wide {
    /// A whole number.
    pub(super) fn of(n: u64) -> Self {
        Self::canonical(false, 0, vec![n as u32, (n >> 32) as u32])
    }

    /// Σ chunk\[i\] · 2^(32 (base + i)), for chunks of any sign and size.
    pub(super) fn from_chunks(base: i32, mut chunks: Vec<i64>) -> Self {
        settle(&mut chunks);
        let negative = chunks.last().is_some_and(|top| *top < 0);
        if negative {
            for chunk in &mut chunks {
                *chunk = -*chunk;
            }
            settle(&mut chunks);
        }
        Self::canonical(negative, base, chunks.into_iter().map(|chunk| chunk as u32).collect())
    }

    /// The same number without zeros at its ends.
    fn canonical(negative: bool, low: i32, mut limbs: Vec<u32>) -> Self {
        let used = limbs.iter().rposition(|limb| *limb != 0).map_or(0, |last| last + 1);
        limbs.truncate(used);
        let Some(zeros) = limbs.iter().position(|limb| *limb != 0) else {
            return Self::default();
        };
        limbs.drain(..zeros);
        let low = low + zeros as i32;
        Self { negative, low, limbs }
    }

    /// The same number if its fields are what such a number can have, however they came here.
    pub(super) fn checked(self) -> Result<Self, BadState> {
        // Sums of 2^64 products of floats lie between 2^-2148 and 2^2112.
        const LIMBS_MAX: usize = 256;
        if self.limbs.len() > LIMBS_MAX || self.low.unsigned_abs() > LIMBS_MAX as u32 {
            return Err(BadState("a sum lies beyond the range of floats"));
        }
        Ok(Self::canonical(self.negative, self.low, self.limbs))
    }

    pub(super) fn is_zero(&self) -> bool {
        self.limbs.is_empty()
    }

    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    /// The place of the first limb and the limbs with their sign.
    pub(super) fn chunks(&self) -> (i32, impl ExactSizeIterator<Item = i64>) {
        let sign = if self.negative { -1 } else { 1 };
        (self.low, self.limbs.iter().map(move |limb| sign * i64::from(*limb)))
    }

    /// Σ factor · term, for factors whose magnitudes add up to less than 2^31.
    pub(super) fn combine(terms: &[(i64, &Self)]) -> Self {
        let parts = || terms.iter().filter(|(_, term)| !term.is_zero());
        let low = parts().map(|(_, term)| term.low).min().unwrap_or(0);
        let end = parts().map(|(_, term)| term.low + term.limbs.len() as i32).max();
        let mut chunks = vec![0_i64; (end.unwrap_or(low) - low) as usize];
        for (factor, term) in parts() {
            let from = chunks.iter_mut().skip((term.low - low) as usize);
            let (_, signed) = term.chunks();
            from.zip(signed).for_each(|(chunk, limb)| *chunk += factor * limb);
        }
        Self::from_chunks(low, chunks)
    }

    /// The exact product, by long multiplication.
    pub(super) fn times(&self, other: &Self) -> Self {
        let mut limbs = vec![0_u32; self.limbs.len() + other.limbs.len()];
        for (at, ours) in self.limbs.iter().enumerate() {
            let mut carry = 0_u64;
            let theirs = other.limbs.iter().chain(std::iter::once(&0));
            for (limb, theirs) in limbs.iter_mut().skip(at).zip(theirs) {
                let total = u64::from(*ours) * u64::from(*theirs) + u64::from(*limb) + carry;
                *limb = total as u32;
                carry = total >> 32;
            }
        }
        Self::canonical(self.negative != other.negative, self.low + other.low, limbs)
    }

    /// The nearest float, ties to even; an infinity beyond the range of floats.
    pub(super) fn nearest(&self) -> f64 {
        let lowest = f64::MIN_EXP - f64::MANTISSA_DIGITS as i32;
        let (mantissa, exponent) = self.rounded(lowest);
        let power = match exponent {
            ..=-1075 => 0.0,
            -1074..=-1023 => f64::from_bits(1 << (exponent + 1074)),
            -1022..=971 => f64::from_bits(((exponent + 1023) as u64) << 52),
            _ => f64::INFINITY,
        };
        if mantissa == 0.0 { mantissa } else { mantissa * power }
    }

    /// `self` / `divisor` with an error of at most two units in the last place, whatever the sizes of the two.
    pub(super) fn over(&self, divisor: &Self) -> f64 {
        let ((a, a_exponent), (b, b_exponent)) = (self.rounded(i32::MIN), divisor.rounded(i32::MIN));
        libm::ldexp(a / b, a_exponent - b_exponent)
    }

    /// (m, e) with m · 2^e nearest to the number, where |m| ≤ 2^53 is whole, and e is `lowest` or as small as m allows.
    fn rounded(&self, lowest: i32) -> (f64, i32) {
        let mut down = self.limbs.iter().rev();
        let top = down.by_ref().take(3).map(|limb| u128::from(*limb));
        let (bits, taken) = top.fold((0, 0), |(bits, taken), limb| (bits << 32 | limb, taken + 1));
        let bits: u128 = bits << (32 * (3 - taken));
        let rest = down.any(|limb| *limb != 0);
        if bits == 0 {
            return (0.0, 0);
        }
        let bottom = LIMB_BITS * (self.low + self.limbs.len() as i32 - 3);
        let exponent = (bottom + 75 - bits.leading_zeros() as i32).max(lowest);
        let mantissa = match exponent - bottom {
            dropped @ 1..=96 => shifted(bits, dropped as u32, rest),
            _ => 0,
        } as f64;
        (if self.negative { -mantissa } else { mantissa }, exponent)
    }
}

/// `bits` / 2^`dropped` to the nearest whole number, ties to even; `rest` says that something follows below `bits`.
fn shifted(bits: u128, dropped: u32, rest: bool) -> u64 {
    let whole = bits >> dropped;
    let (part, half) = (bits & ((1 << dropped) - 1), 1 << (dropped - 1));
    let up = part > half || (part == half && (rest || whole & 1 == 1));
    whole as u64 + u64::from(up)
}

/// Carries on until every chunk is a digit from 0 to 2^32 − 1, except that the last may be negative, down to −2^32.
pub(super) fn settle(chunks: &mut Vec<i64>) {
    let mut carry = 0;
    if let Some((last, digits)) = chunks.split_last_mut() {
        for digit in digits {
            let total = *digit + carry;
            *digit = total & LIMB_MAX;
            carry = total >> LIMB_BITS;
        }
        *last += carry;
    }
    while let Some(last) = chunks.last_mut().filter(|last| !(-LIMB_MAX..=LIMB_MAX).contains(last)) {
        let carry = *last >> LIMB_BITS;
        *last &= LIMB_MAX;
        chunks.push(carry);
    }
}
