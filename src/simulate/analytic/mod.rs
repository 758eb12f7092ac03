//! Exact solvers: predictions without random numbers.
//!
//! For independent components a decision diagram turns the components' probabilities into the system's: in
//! the long run, which depends on mean times alone, and at every moment where the components' laws are known
//! in closed form. Components that depend on each other are solved by a Markov chain, of the whole system or
//! of each interdependent part; the parts are then composed.
//!
//! | part | what it does |
//! |---|---|
//! | `law` | the law of one independent leaf, in closed form |
//! | [`bdd`] | decision diagrams: probability, importance, minimal cut sets |
//! | [`markov`] | continuous-time Markov chains: long run, first passage, transient probabilities |
//! | [`chain`] | generates a Markov chain from a model |
//! | [`modular`] | composes chains of parts |
//! | [`quadrature`] | integrals over time |
//! | `answers` | runs the solvers and collects their figures |

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

/// The exact solution of a model with independent components. Times in seconds, rates per second.
#[derive(Debug)]
pub struct Solution<'m> {
    exact: Exact,
    /// By leaf number; `None` for leaves that the system does not depend on.
    laws: Vec<Option<LeafProcess<'m>>>,
    horizon_s: f64,
    start: Start,
}

/// The system in the long run (steady state).
#[derive(Debug, Clone, PartialEq)]
pub struct LongRun {
    /// Probability of being down.
    pub unavailability: f64,
    /// Failures per second.
    pub frequency_per_s: f64,
    /// Importance of each leaf.
    pub importance: Importance,
}

impl LongRun {
    /// Returns the mean operating time between failures in seconds; infinite for a system that does not
    /// fail.
    pub fn mtbf_s(&self) -> f64 {
        self.importance.top.working / self.frequency_per_s
    }

    /// Returns the mean down time in seconds; not finite for a system that does not fail.
    pub fn mdt_s(&self) -> f64 {
        self.unavailability / self.frequency_per_s
    }
}

/// Relative error to which integrals are refined, unless rounding prevents it.
const RELATIVE: f64 = 1e-13;

impl<'m> Solution<'m> {
    /// Solves a model whose components are independent of each other.
    ///
    /// # Errors
    /// A message that says why there is no exact answer: a component that depends on others or has no
    /// closed form, or a system whose diagram exceeds the budget.
    pub fn new(model: &'m Model, budget: Budget) -> Result<Self, String> {
        let laws = laws(model)?;
        let exact = Exact::new(&model.structure, budget).map_err(|error| error.to_string())?;
        Ok(Self { exact, laws, horizon_s: model.horizon_s, start: model.start })
    }

    /// Returns the diagrams, for importance and cut sets at any probabilities.
    pub fn exact(&self) -> &Exact {
        &self.exact
    }

    /// Returns the leaves that the system depends on, in ascending order.
    pub fn leaves(&self) -> impl Iterator<Item = u32> + '_ {
        let known = self.laws.iter().enumerate().filter(|(_, law)| law.is_some());
        known.map(|(leaf, _)| leaf as u32)
    }

    /// Returns the long-run measures; `None` where a law has no limit (hidden failures with inspections
    /// at fixed times).
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

    /// Returns the leaves' probabilities in the long run, or at the horizon if there is no long run;
    /// `None` if neither is known.
    pub fn leaf_probabilities(&self) -> Option<Vec<Tails>> {
        // In the long run a component that is never repaired has certainly failed, so the horizon is
        // used instead.
        let settled = self.tails(LeafProcess::long_run).filter(|_| !self.mortal());
        Some(settled.or_else(|| self.tails(|law| law.at(self.horizon_s)))?.0)
    }

    /// Returns the probability of being down `at_s` seconds after the start; `None` where a law is not
    /// known at every moment.
    pub fn unavailability_at(&self, at_s: f64) -> Option<f64> {
        Some(self.exact.top(&self.leaves_at(at_s)?.0).failed)
    }

    /// Returns the mean unavailability from the start to `until_s`.
    pub fn mean_unavailability(&self, until_s: f64) -> Option<f64> {
        let sum = self.integral(until_s, &|tails, _| self.exact.top(tails).failed)?;
        Some(sum / until_s)
    }

    /// Returns the expected number of system failures from the start to `until_s`.
    pub fn failures(&self, until_s: f64) -> Option<f64> {
        self.integral(until_s, &|tails, intensities| self.exact.frequency(tails, intensities))
    }

    /// Returns the probability of having failed by `at_s`; `None` unless all components start new and
    /// none is ever repaired.
    pub fn unreliability(&self, at_s: f64) -> Option<f64> {
        // Without repair, a system is down at a time exactly if it has failed by then.
        (self.mortal_or_fixed() && self.start == Start::New).then(|| self.unavailability_at(at_s))?
    }

    /// Returns the mean time to failure in seconds, the integral of the reliability; `None` unless all
    /// components start new and none is ever repaired.
    pub fn mttf_s(&self) -> Option<f64> {
        if !self.mortal() || !self.mortal_or_fixed() || self.start != Start::New {
            return None;
        }
        let working =
            |at_s: f64| self.leaves_at(at_s).map_or(0.0, |(tails, _)| self.exact.top(&tails).working);
        let longest_s = self.mortal_lives().map(Distribution::mean).fold(0.0, f64::max);
        // Double the upper limit until the reliability left is negligible. The cap ends the loop for a
        // system whose reliability does not tend to 0.
        let mut until_s = longest_s;
        while working(until_s) > 1e-18 && until_s < 1e6 * longest_s {
            until_s *= 2.0;
        }
        let mut sum = 0.0;
        // Short pieces first: the reliability of a system that starts new changes fastest at the start.
        let (mut from_s, mut to_s) = (0.0, until_s / 1024.0);
        while from_s < until_s {
            sum += integrate(&mut |at_s| working(at_s), from_s, to_s, self.relative());
            (from_s, to_s) = (to_s, 2.0 * to_s);
        }
        Some(sum)
    }

    /// Returns whether the probability of being down is known at every moment.
    pub fn knows_every_moment(&self) -> bool {
        self.leaves_at(0.0).is_some()
    }

    /// Returns the relative error to which integrals are refined. It stays above the rounding error of
    /// the integrand, one rounding for each level of the widest diagram.
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

    /// Returns the probabilities and failure intensities (per second) of all leaves at a moment after
    /// the start.
    fn leaves_at(&self, at_s: f64) -> Option<(Vec<Tails>, Vec<f64>)> {
        match self.start {
            Start::New => self.tails(|law| law.at(at_s)),
            Start::Stationary => self.tails(LeafProcess::long_run).filter(|_| !self.mortal()),
        }
    }

    /// Returns the probabilities and intensities of all leaves by `of`; leaves that do not matter count
    /// as working.
    fn tails(&self, of: impl Fn(&LeafProcess<'m>) -> Option<(Tails, f64)>) -> Option<(Vec<Tails>, Vec<f64>)> {
        let each = self.laws.iter().map(|law| match law {
            Some(law) => of(law),
            None => Some((Tails::WORKING, 0.0)),
        });
        let each: Option<Vec<(Tails, f64)>> = each.collect();
        Some(each?.into_iter().unzip())
    }

    /// Integrates a function of the leaves' probabilities and intensities from the start to `until_s`.
    /// The range is cut at inspections, and ever more finely towards the start, where systems that start
    /// new change fastest.
    fn integral(&self, until_s: f64, of: &dyn Fn(&[Tails], &[f64]) -> f64) -> Option<f64> {
        self.leaves_at(0.0)?;
        let mut f =
            |at_s: f64| self.leaves_at(at_s).map_or(0.0, |(tails, intensities)| of(&tails, &intensities));
        // A stationary process has the same probabilities at all times.
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
        // The quadrature rule has no nodes at the ends of a piece, so a law that jumps at a cut (an
        // inspection) is never evaluated at the jump.
        let pieces = cuts.windows(2).map(|pair| integrate(&mut f, pair[0], pair[1], self.relative()));
        Some(pieces.sum())
    }
}

/// Returns the laws of the leaves below the top, by leaf number.
fn laws(model: &Model) -> Result<Vec<Option<LeafProcess<'_>>>, String> {
    if model.suspend {
        return Err("`suspend` stops ageing while the system is down: no component is independent".into());
    }
    let mut laws = vec![None; model.leaf_count() as usize];
    let struck: HashSet<u32> = failing_together(model);
    let crowded = model.crowded_crews();
    let mut leaves = model.structure.leaves_below(model.structure.top());
    leaves.sort_unstable();
    for leaf in leaves {
        let law = LeafProcess::of(model, leaf)?;
        if struck.contains(&leaf) {
            return Err(format!("`{}` can fail with others by a common cause", model.leaf_name(leaf)));
        }
        if let Some(crew) = crowded_crew(model, &crowded, leaf) {
            return Err(format!("`{}` may have to wait for crew `{crew}`", model.leaf_name(leaf)));
        }
        laws[leaf as usize] = Some(law);
    }
    Ok(laws)
}

/// Returns the units that a common cause can make fail at the same instant.
fn failing_together(model: &Model) -> HashSet<u32> {
    let failing =
        model.shocks.iter().filter(|shock| matches!(shock.kind, super::model::ShockKind::Failure { .. }));
    failing.flat_map(|shock| shock.units.iter().copied()).collect()
}

/// Returns the crew that a unit may have to wait for, if any.
fn crowded_crew<'m>(model: &'m Model, crowded: &[bool], leaf: u32) -> Option<&'m str> {
    let number = model.units.get(leaf as usize)?.life.crew()?.crew as usize;
    let crew = model.crews.get(number)?;
    crowded.get(number)?.then_some(crew.name.as_str())
}
