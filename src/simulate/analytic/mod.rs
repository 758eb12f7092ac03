//! The answers that need no chance.
//!
//! Where every component lives for itself, the decision diagram turns their probabilities into the system's: in the long run
//! (which depends on means alone), and at every moment where the components' laws are known in closed form. What acts on each other is a
//! Markov chain: of the whole system, or of each part of it, put together again.

mod answers;
pub mod bdd;
pub mod chain;
mod law;
pub mod markov;
pub mod modular;
pub mod quadrature;

pub use answers::{Answers, Method, Solvers};

use super::model::{Model, Start};
use crate::simulate::analytic::bdd::{Budget, Exact, Importance, Tails};
use crate::simulate::analytic::quadrature::integrate;
use crate::stats::distribution::Distribution;
use law::LeafProcess;
use std::collections::HashSet;

/// What was found exactly. Times in seconds, rates per second.
#[derive(Debug)]
pub struct Solution<'m> {
    exact: Exact,
    /// By leaf; `None` for those that the system does not depend on.
    laws: Vec<Option<LeafProcess<'m>>>,
    horizon_s: f64,
    start: Start,
}

/// The system in the long run.
#[derive(Debug, Clone, PartialEq)]
pub struct LongRun {
    /// The probability to be down.
    pub unavailability: f64,
    /// Failures per second.
    pub frequency_per_s: f64,
    /// What each leaf means for it.
    pub importance: Importance,
}

impl LongRun {
    /// Mean operating time between failures; infinite for a system that does not fail.
    pub fn mtbf_s(&self) -> f64 {
        self.importance.top.working / self.frequency_per_s
    }

    /// Mean down time.
    pub fn mdt_s(&self) -> f64 {
        self.unavailability / self.frequency_per_s
    }
}

/// How far integrals are refined, unless rounding stands in the way.
const RELATIVE: f64 = 1e-13;

impl<'m> Solution<'m> {
    /// Solves a model whose components live each for itself.
    ///
    /// # Errors
    /// What stands in the way of an exact answer, in words: a component that depends on others, or a system too large.
    pub fn new(model: &'m Model, budget: Budget) -> Result<Self, String> {
        let laws = laws(model)?;
        let exact = Exact::new(&model.structure, budget).map_err(|error| error.to_string())?;
        Ok(Self { exact, laws, horizon_s: model.horizon_s, start: model.start })
    }

    /// The diagrams, for importance and cut sets at any probabilities.
    pub fn exact(&self) -> &Exact {
        &self.exact
    }

    /// The leaves that the system depends on.
    pub fn leaves(&self) -> impl Iterator<Item = u32> + '_ {
        let known = self.laws.iter().enumerate().filter(|(_, law)| law.is_some());
        known.map(|(leaf, _)| leaf as u32)
    }

    /// The long run; `None` where something does not settle (hidden failures with inspections at fixed times).
    pub fn long_run(&self) -> Option<LongRun> {
        let (tails, intensities) = self.tails(LeafProcess::long_run)?;
        let importance = self.exact.importance(&tails);
        let effects = importance.leaves.iter().zip(&intensities);
        Some(LongRun {
            unavailability: importance.top.failed,
            frequency_per_s: effects.map(|(leaf, intensity)| leaf.birnbaum * intensity).sum(),
            importance,
        })
    }

    /// The probabilities of the leaves in the long run, or at the horizon where there is none.
    pub fn leaf_probabilities(&self) -> Option<Vec<Tails>> {
        let settled = self.tails(LeafProcess::long_run).filter(|_| !self.mortal());
        Some(settled.or_else(|| self.tails(|law| law.at(self.horizon_s)))?.0)
    }

    /// The probability to be down at a moment after the start; `None` where a law is not known at every moment.
    pub fn unavailability_at(&self, at_s: f64) -> Option<f64> {
        Some(self.exact.top(&self.leaves_at(at_s)?.0).failed)
    }

    /// The mean unavailability from the start to `until_s`.
    pub fn mean_unavailability(&self, until_s: f64) -> Option<f64> {
        let sum = self.integral(until_s, &|tails, _| self.exact.top(tails).failed)?;
        Some(sum / until_s)
    }

    /// Expected failures of the system from the start to `until_s`.
    pub fn failures(&self, until_s: f64) -> Option<f64> {
        self.integral(until_s, &|tails, intensities| self.exact.frequency(tails, intensities))
    }

    /// The probability to have failed by a time, where nothing is ever repaired.
    pub fn unreliability(&self, at_s: f64) -> Option<f64> {
        (self.mortal_or_fixed() && self.start == Start::New).then(|| self.unavailability_at(at_s))?
    }

    /// Mean time to failure, where nothing is ever repaired: the integral of the reliability.
    pub fn mttf_s(&self) -> Option<f64> {
        if !self.mortal() || !self.mortal_or_fixed() || self.start != Start::New {
            return None;
        }
        let working =
            |at_s: f64| self.leaves_at(at_s).map_or(0.0, |(tails, _)| self.exact.top(&tails).working);
        let longest_s = self.mortal_lives().map(Distribution::mean).fold(0.0, f64::max);
        let mut until_s = longest_s;
        while working(until_s) > 1e-18 && until_s < 1e6 * longest_s {
            until_s *= 2.0;
        }
        let mut sum = 0.0;
        let (mut from_s, mut to_s) = (0.0, until_s / 1024.0);
        while from_s < until_s {
            sum += integrate(&mut |at_s| working(at_s), from_s, to_s, self.relative());
            (from_s, to_s) = (to_s, 2.0 * to_s);
        }
        Some(sum)
    }

    /// Whether the probability to be down is known at every moment.
    pub fn knows_every_moment(&self) -> bool {
        self.leaves_at(0.0).is_some()
    }

    /// How far integrals are refined: not into the rounding of what is integrated, one for each level of the widest diagram.
    fn relative(&self) -> f64 {
        RELATIVE.max(f64::EPSILON * self.exact.levels() as f64)
    }

    fn mortal_lives(&self) -> impl Iterator<Item = &'m Distribution> + '_ {
        self.laws.iter().flatten().filter_map(|law| match law {
            LeafProcess::Mortal(life) => Some(*life),
            _ => None,
        })
    }

    fn mortal(&self) -> bool {
        self.laws.iter().flatten().any(LeafProcess::is_mortal)
    }

    fn mortal_or_fixed(&self) -> bool {
        let lasting = |law: &LeafProcess<'_>| law.is_mortal() || matches!(law, LeafProcess::Fixed(_));
        self.laws.iter().flatten().all(lasting)
    }

    fn leaves_at(&self, at_s: f64) -> Option<(Vec<Tails>, Vec<f64>)> {
        match self.start {
            Start::New => self.tails(|law| law.at(at_s)),
            Start::Stationary => self.tails(LeafProcess::long_run).filter(|_| !self.mortal()),
        }
    }

    fn tails(&self, of: impl Fn(&LeafProcess<'m>) -> Option<(Tails, f64)>) -> Option<(Vec<Tails>, Vec<f64>)> {
        let each = self.laws.iter().map(|law| match law {
            Some(law) => of(law),
            None => Some((Tails::WORKING, 0.0)),
        });
        let each: Option<Vec<(Tails, f64)>> = each.collect();
        Some(each?.into_iter().unzip())
    }

    /// The integral over time of a function of the leaves' probabilities and intensities. The range is cut where inspections are, and
    /// ever finer towards the start, where systems that start new change fastest.
    fn integral(&self, until_s: f64, of: &dyn Fn(&[Tails], &[f64]) -> f64) -> Option<f64> {
        self.leaves_at(0.0)?;
        let mut f =
            |at_s: f64| self.leaves_at(at_s).map_or(0.0, |(tails, intensities)| of(&tails, &intensities));
        if self.start == Start::Stationary {
            return Some(until_s * f(0.0));
        }
        let mut cuts = vec![0.0, until_s];
        let mut paces: Vec<f64> = self.laws.iter().flatten().map(LeafProcess::pace_s).collect();
        paces.sort_by(f64::total_cmp);
        paces.dedup();
        let fastest_s = paces.first().copied().unwrap_or(until_s);
        let mut cut_s = fastest_s.min(until_s);
        while cut_s < until_s {
            cuts.push(cut_s);
            cut_s *= 4.0;
        }
        for law in self.laws.iter().flatten() {
            law.breaks(until_s, &mut cuts);
        }
        cuts.retain(|cut_s| *cut_s <= until_s);
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();
        // Laws that jump (inspections) are taken from within the piece, never at its ends: the quadrature has no end points.
        let pieces = cuts.windows(2).map(|pair| integrate(&mut f, pair[0], pair[1], self.relative()));
        Some(pieces.sum())
    }
}

/// The laws of the leaves below the top.
fn laws(model: &Model) -> Result<Vec<Option<LeafProcess<'_>>>, String> {
    if model.suspend {
        return Err("nothing ages while the system is down (`suspend`), so all depends on all".into());
    }
    let mut laws = vec![None; model.leaf_count() as usize];
    let struck: HashSet<u32> = failing_together(model);
    let crowded = model.crowded_crews();
    let mut leaves = model.structure.leaves_below(model.structure.top());
    leaves.sort_unstable();
    for leaf in leaves {
        let law = LeafProcess::of(model, leaf)?;
        if struck.contains(&leaf) {
            return Err(format!("`{}` fails together with others by a common cause", model.leaf_name(leaf)));
        }
        if let Some(crew) = crowded_crew(model, &crowded, leaf) {
            return Err(format!("`{}` may have to wait for crew `{crew}`", model.leaf_name(leaf)));
        }
        laws[leaf as usize] = Some(law);
    }
    Ok(laws)
}

fn failing_together(model: &Model) -> HashSet<u32> {
    let failing =
        model.shocks.iter().filter(|shock| matches!(shock.kind, super::model::ShockKind::Failure { .. }));
    failing.flat_map(|shock| shock.units.iter().copied()).collect()
}

/// The crew that a unit may have to wait for.
fn crowded_crew<'m>(model: &'m Model, crowded: &[bool], leaf: u32) -> Option<&'m str> {
    let number = model.units.get(leaf as usize)?.life.crew()?.crew as usize;
    let crew = model.crews.get(number)?;
    crowded.get(number)?.then_some(crew.name.as_str())
}
