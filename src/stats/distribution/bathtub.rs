//! A piecewise constant hazard: many early failures, few for a long time, many again through wear-out.
//!
//! From each given age on the hazard has the given rate, so that the cumulative hazard H is piecewise
//! linear and all quantities have closed forms: a life is the time at which H reaches an exponential
//! number (inversion in hazard space; Çinlar 1975), a remaining life continues from the age. ∫ S over
//! the first x seconds of a piece with rate r that begins at cumulative hazard H is e^(−H) (1 − e^(−rx))
//! / r. The equilibrium residual life is drawn by inversion of that integral.
//!
//! The variance is the sum of that within the pieces and that between them, so that it does not cancel
//! for a narrow distribution.
//!
//! Numerical limits: none. Pieces of rate 0 are allowed except for the last, since the mean would be
//! infinite.

use super::error::{BuildError, not_negative, positive, representable_mean};
use super::parameters::{Parameters, Value, Variant};
use super::{Distribution, Lifetime};
use crate::config::document::{Node, Reading};
use crate::config::schema::{Key, Kind, Record};
use rand::{Rng, RngExt as _};
use rand_distr::Exp1;

/// A distribution with a piecewise constant hazard.
#[derive(Debug, Clone, PartialEq)]
pub struct Bathtub {
    first: Piece,
    later: Box<[Piece]>,
    mean_s: f64,
    variance_s2: f64,
}

/// A range of ages with a constant hazard.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    from_s: f64,
    until_s: f64,
    /// The hazard, per second.
    rate: f64,
    /// The cumulative hazard at `from_s`.
    hazard_before: f64,
    /// ∫ S up to `from_s`.
    lived_before: f64,
    /// ∫ S from `until_s` on.
    lived_after: f64,
}

static PIECE_KIND: Kind = Kind::Record(&PIECE);

/// One piece of the rate, as written in a file.
pub static PIECE: Record = Record {
    name: "piece",
    summary: "A rate, and the age from which it holds.",
    keys: &[&PIECE_FROM, &PIECE_RATE],
};

/// The age from which a piece holds.
pub static PIECE_FROM: Key<f64> = Key::duration("from", "the age from which the rate holds").required();

/// The rate of a piece; zero is allowed.
pub static PIECE_RATE: Key<f64> =
    Key::new("rate", Kind::Rate, "events per unit of time", rate_or_zero).required();

/// Reads a rate, for which zero is valid: then nothing happens at such ages.
fn rate_or_zero(node: Node<'_>, reading: &mut Reading<'_>) -> Option<f64> {
    match node.text().and_then(|text| text.split_once('/')) {
        Some((count, _)) if count.trim().parse() == Ok(0.0) => Some(0.0),
        _ => reading.take(node.read_rate()),
    }
}

/// The entry in the registry.
pub(super) static VARIANT: Variant = Variant {
    name: "bathtub",
    summary: "a failure rate for each range of ages: infant mortality, useful life, wear-out",
    keys: &[&Key::node(
        "pieces",
        Kind::List(&PIECE_KIND),
        "ages, the first of them 0s, each with the failure rate from that age on",
    )
    .required()],
    forms: &[&["pieces"]],
    short: Some("pieces"),
    example: "{ bathtub: { pieces: [{ from: 0s, rate: 6/y }, { from: 30d, rate: 0.5/y }, { from: 4y, rate: 3/y }] } }",
    build,
};

fn build(given: &Parameters) -> Result<Distribution, BuildError> {
    given.form(&VARIANT)?;
    match given.get("pieces") {
        Some(Value::Pieces(pieces)) => Ok(Bathtub::new(pieces)?.into()),
        _ => Ok(Bathtub::new(&[])?.into()),
    }
}

impl Piece {
    /// S at `from_s`.
    fn survival_before(&self) -> f64 {
        (-self.hazard_before).exp()
    }

    fn hazard_at(&self, t: f64) -> f64 {
        // A rate of 0 times an infinite age would be NaN.
        if self.rate == 0.0 { self.hazard_before } else { self.hazard_before + self.rate * (t - self.from_s) }
    }

    /// Returns ∫ S over the first `x` seconds of the piece, given survival to its start.
    fn lived(&self, x: f64) -> f64 {
        if self.rate == 0.0 { x } else { -(-self.rate * x).exp_m1() / self.rate }
    }

    fn lived_in_all(&self) -> f64 {
        self.lived(self.until_s - self.from_s)
    }

    /// Returns mean and variance of the time of failure, given that it falls into this piece.
    fn moments(&self) -> (f64, f64) {
        let length = self.until_s - self.from_s;
        let (mean, variance) = truncated_exponential(self.rate * length);
        if length.is_finite() {
            (self.from_s + length * mean, length * length * variance)
        } else {
            (self.from_s + self.rate.recip(), (self.rate * self.rate).recip())
        }
    }
}

/// Returns mean and variance of an exponential number with rate `u`, given that it is below 1.
fn truncated_exponential(u: f64) -> (f64, f64) {
    if u < 0.25 {
        // The Bernoulli series of u / (e^u − 1) and of its derivative: the closed forms cancel here.
        let square = u * u;
        let mean = 0.5
            - u * (1.0 / 12.0 - square * (1.0 / 720.0 - square * (1.0 / 30_240.0 - square / 1_209_600.0)));
        let higher = square * (1.0 / 172_800.0 - square * (1.0 / 5_322_240.0));
        let variance = 1.0 / 12.0 - square * (1.0 / 240.0 - square * (1.0 / 6_048.0 - higher));
        return (mean, variance);
    }
    let half_sinh = 2.0 * (0.5 * u).sinh();
    (u.recip() - u.exp_m1().recip(), (u * u).recip() - (half_sinh * half_sinh).recip())
}

impl Bathtub {
    /// Creates a distribution from ages in seconds, each with the rate per second from that age on. The
    /// ages rise from 0; the last rate is above 0.
    pub fn new(pieces: &[(f64, f64)]) -> Result<Self, BuildError> {
        check(pieces)?;
        let mut chain: Vec<Piece> = Vec::with_capacity(pieces.len());
        let ends = pieces.iter().skip(1).map(|(from, _)| *from).chain([f64::INFINITY]);
        for (&(from_s, rate), until_s) in pieces.iter().zip(ends) {
            let before = chain.last();
            chain.push(Piece {
                from_s,
                until_s,
                rate,
                hazard_before: before.map_or(0.0, |piece| piece.hazard_at(from_s)),
                lived_before: before
                    .map_or(0.0, |piece| piece.lived_before + piece.survival_before() * piece.lived_in_all()),
                lived_after: 0.0,
            });
        }
        // From the last piece back: the integral of S from a piece's end on is the sum over the later
        // pieces.
        let mut mean_s = 0.0;
        for piece in chain.iter_mut().rev() {
            piece.lived_after = mean_s;
            mean_s += piece.survival_before() * piece.lived_in_all();
        }
        let Some((first, later)) = chain.split_first() else {
            return Err(BuildError::value("pieces", "must not be empty"));
        };
        Ok(Self {
            first: *first,
            later: later.into(),
            mean_s: representable_mean("pieces", mean_s)?,
            variance_s2: variance(&chain, mean_s),
        })
    }

    /// Returns the last piece for which a condition holds that holds for the first ones; at least the
    /// first piece.
    #[inline]
    fn last_where(&self, holds: impl Fn(&Piece) -> bool) -> &Piece {
        let count = self.later.partition_point(holds);
        let later = self.later.get(..count).and_then(<[Piece]>::last);
        later.unwrap_or(&self.first)
    }

    fn at(&self, t: f64) -> &Piece {
        self.last_where(|piece| piece.from_s <= t)
    }

    fn pieces(&self) -> impl Iterator<Item = &Piece> {
        std::iter::once(&self.first).chain(&self.later)
    }
}

fn check(pieces: &[(f64, f64)]) -> Result<(), BuildError> {
    let mut before = None;
    for (place, &(from, rate)) in pieces.iter().enumerate() {
        let in_order = before.map_or(from == 0.0, |before| from > before);
        if !in_order {
            let reason = "must have ages that start at 0s and increase";
            return Err(BuildError::value("pieces", reason).of_element(place));
        }
        let checked = not_negative("pieces", from).and(not_negative("pieces", rate));
        checked.map_err(|error| error.of_element(place))?;
        before = Some(from);
    }
    let Some((last, rate)) = pieces.len().checked_sub(1).zip(pieces.last().map(|(_, rate)| *rate)) else {
        return Err(BuildError::value("pieces", "must not be empty"));
    };
    if positive("pieces", rate).is_err() {
        let reason = "is the last and must have a rate above 0: otherwise the mean is infinite";
        return Err(BuildError::value("pieces", reason).of_element(last));
    }
    Ok(())
}

/// Sums the variance within the pieces and that between them.
fn variance(pieces: &[Piece], mean: f64) -> f64 {
    let weighted = pieces.iter().filter(|piece| piece.rate > 0.0).map(|piece| {
        let failing = piece.survival_before() * piece.rate * piece.lived_in_all();
        let (center, within) = piece.moments();
        failing * (within + (center - mean) * (center - mean))
    });
    weighted.sum()
}

impl Lifetime for Bathtub {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.at_cumulative_hazard(rng.sample(Exp1))
    }

    fn survival(&self, t: f64) -> f64 {
        (-self.cumulative_hazard(t)).exp()
    }

    fn cdf(&self, t: f64) -> f64 {
        -(-self.cumulative_hazard(t)).exp_m1()
    }

    fn cumulative_hazard(&self, t: f64) -> f64 {
        self.at(t).hazard_at(t)
    }

    fn density(&self, t: f64) -> f64 {
        self.hazard(t) * self.survival(t)
    }

    fn hazard(&self, t: f64) -> f64 {
        self.at(t).rate
    }

    fn quantile(&self, p: f64) -> f64 {
        self.at_cumulative_hazard(-(-p).ln_1p())
    }

    fn quantile_upper(&self, q: f64) -> f64 {
        self.at_cumulative_hazard(-q.ln())
    }

    /// Searches the last piece that begins below h, so that no piece of rate 0 is chosen, except for the
    /// first.
    #[inline]
    fn at_cumulative_hazard(&self, h: f64) -> f64 {
        let piece = self.last_where(|piece| piece.hazard_before < h);
        match h - piece.hazard_before {
            0.0 => piece.from_s,
            missing => (piece.from_s + missing / piece.rate).min(piece.until_s),
        }
    }

    fn mean(&self) -> f64 {
        self.mean_s
    }

    fn variance(&self) -> f64 {
        self.variance_s2
    }

    fn integrated_survival(&self, t: f64) -> f64 {
        let piece = self.at(t);
        piece.lived_before + piece.survival_before() * piece.lived(t - piece.from_s)
    }

    fn integrated_survival_from(&self, t: f64) -> f64 {
        let piece = self.at(t);
        let rest =
            if piece.until_s.is_finite() { piece.lived(piece.until_s - t) } else { piece.rate.recip() };
        self.survival(t) * rest + piece.lived_after
    }

    fn sample_residual<R: Rng + ?Sized>(&self, age: f64, rng: &mut R) -> f64 {
        let exponential: f64 = rng.sample(Exp1);
        let piece = self.at(age);
        // Within the current piece the remaining life is exponential; its draw needs no difference of
        // ages.
        let here = piece.rate * (piece.until_s - age);
        if exponential < here {
            return exponential / piece.rate;
        }
        (self.at_cumulative_hazard(self.cumulative_hazard(age) + exponential) - age).max(0.0)
    }

    /// Draws V uniformly up to the mean and returns the t beyond which ∫ S is V.
    fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let beyond = self.mean_s * (1.0 - rng.random::<f64>());
        // The piece within which the integral of S to infinity falls below `beyond`.
        let mut within = &self.first;
        for piece in &self.later {
            if within.lived_after < beyond {
                break;
            }
            within = piece;
        }
        let left = (beyond - within.lived_after) / within.survival_before();
        if within.until_s == f64::INFINITY {
            return within.from_s - (left * within.rate).min(1.0).ln() / within.rate;
        }
        let lived = (within.lived_in_all() - left).max(0.0);
        let x = if within.rate == 0.0 { lived } else { -(-lived * within.rate).ln_1p() / within.rate };
        (within.from_s + x).min(within.until_s)
    }

    fn parameters(&self) -> Parameters {
        let pieces = self.pieces().map(|piece| (piece.from_s, piece.rate)).collect();
        Parameters::new().with_value("pieces", Value::Pieces(pieces))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_truncated_exponential_is_continuous_where_its_formulas_meet() {
        let (series, closed) = (truncated_exponential(0.25_f64.next_down()), truncated_exponential(0.25));
        assert!((series.0 / closed.0 - 1.0).abs() < 1e-12, "{series:?} {closed:?}");
        assert!((series.1 / closed.1 - 1.0).abs() < 1e-12, "{series:?} {closed:?}");
    }

    /// Simpson's rule with 2,000 steps.
    fn integral(from: f64, to: f64, value: impl Fn(f64) -> f64) -> f64 {
        let step = (to - from) / 2_000.0;
        let weight = |i: u32| if i == 0 || i == 2_000 { 1.0 } else { 2.0 + 2.0 * f64::from(i % 2) };
        (0..=2_000).map(|i| weight(i) * value(from + step * f64::from(i))).sum::<f64>() * step / 3.0
    }

    #[test]
    fn the_truncated_exponential_has_the_moments_of_its_density() {
        for rate in [1e-3, 0.1, 0.24, 0.5, 3.0] {
            let (mean, variance) = truncated_exponential(rate);
            let of = |value: &dyn Fn(f64) -> f64| integral(0.0, 1.0, |x| value(x) * (-rate * x).exp());
            let all = of(&|_| 1.0);
            let expected = of(&|x| x) / all;
            assert!((mean / expected - 1.0).abs() < 1e-12, "{rate}: {mean} {expected}");
            let expected = of(&|x| (x - expected) * (x - expected)) / all;
            assert!((variance / expected - 1.0).abs() < 1e-11, "{rate}: {variance} {expected}");
        }
    }

    #[test]
    fn the_variance_is_that_of_the_survival() {
        let ages = [(0.0, 0.8), (1.0, 0.0), (1.5, 0.1), (4.0, 2.0), (30.0, 2.0)];
        let bathtub = Bathtub::new(&ages).unwrap();
        // E[T²] = 2 ∫ t S(t) dt; beyond the last age nothing is left.
        let pieces = ages.windows(2).map(|ends| integral(ends[0].0, ends[1].0, |t| t * bathtub.survival(t)));
        let expected = 2.0 * pieces.sum::<f64>() - bathtub.mean() * bathtub.mean();
        assert!((bathtub.variance() / expected - 1.0).abs() < 1e-8, "{} {expected}", bathtub.variance());
    }

    #[test]
    fn a_piece_without_failures_is_skipped() {
        let bathtub = Bathtub::new(&[(0.0, 0.0), (10.0, 1.0), (11.0, 0.0), (20.0, 0.5)]).unwrap();
        assert_eq!(bathtub.at_cumulative_hazard(0.25), 10.25);
        assert_eq!(bathtub.at_cumulative_hazard(1.0), 11.0);
        assert_eq!(bathtub.at_cumulative_hazard(1.5), 21.0);
        assert_eq!(bathtub.survival(15.0), (-1.0_f64).exp());
    }

    #[test]
    fn a_narrow_distribution_keeps_the_digits_of_its_variance() {
        // Nothing fails for 10⁹ seconds, then one second is left in the mean.
        let bathtub = Bathtub::new(&[(0.0, 0.0), (1e9, 1.0)]).unwrap();
        assert_eq!((bathtub.mean(), bathtub.variance()), (1e9 + 1.0, 1.0));
    }

    #[test]
    fn pieces_out_of_order_and_a_last_piece_of_rate_0_are_rejected() {
        for (pieces, element) in [
            (&[][..], None),
            (&[(1.0, 1.0)], Some(0)),
            (&[(0.0, 1.0), (0.0, 1.0)], Some(1)),
            (&[(0.0, 1.0), (5.0, 0.0)], Some(1)),
            (&[(0.0, -1.0), (5.0, 1.0)], Some(0)),
            (&[(0.0, f64::NAN)], Some(0)),
        ] {
            assert_eq!(Bathtub::new(pieces).unwrap_err().element(), element, "{pieces:?}");
        }
    }
}
