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
//! | [`modular`] | diagrams over independent leaves and chains of parts |
//! | [`quadrature`] | integrals over time |
//! | [`Solver`] | the interface of all solvers |
//! | [`Unsolved`] | why a solver does not apply |
//! | `answers` | runs the solvers and collects their figures |

mod answers;
pub mod bdd;
pub mod chain;
mod law;
pub mod markov;
pub mod modular;
pub(crate) mod quadrature;
mod solver;
mod unsolved;

pub use answers::{Answers, Method, Solvers};
pub use solver::{Measures, Solver};
pub use unsolved::Unsolved;
