//! Properties that all distributions of lifetimes share, and reference values of three of them.
//!
//! Statistical checks have fixed seeds. With a seed chosen at random, a correct program fails any of
//! them with a probability below 10⁻³, so that a failure means a fault; each check states its own
//! false-alarm rate.

mod analysis;
mod draws;
mod golden;
mod parameters;
mod reference;

use steadfast::stats::distribution::{
    Bathtub, Distribution, Empirical, Erlang, Exponential, Fixed, Gamma, LogNormal, Mixture, Triangular,
    Uniform, VARIANTS, Weibull,
};

/// Returns distributions of ordinary and of extreme shape, at least one of each member.
fn all() -> Vec<Distribution> {
    let mut all: Vec<Distribution> = Vec::new();
    all.push(Exponential::with_mean(100.0).unwrap().into());
    for shape in [0.05, 0.4, 1.0, 1.5, 4.0, 1000.0] {
        all.push(Weibull::new(shape, 3600.0).unwrap().into());
    }
    for sigma in [1e-3, 0.2, 0.5, 1.2, 3.0] {
        all.push(LogNormal::new(1800.0, sigma).unwrap().into());
    }
    for shape in [0.05, 0.5, 1.0, 3.7, 1000.0] {
        all.push(Gamma::new(shape, 60.0).unwrap().into());
    }
    all.push(Erlang::new(1, 7200.0).unwrap().into());
    all.push(Erlang::new(4, 7200.0).unwrap().into());
    for (low, high) in [(0.0, 1.0), (10.0, 60.0), (1e6, 1e6 + 1.0)] {
        all.push(Uniform::new(low, high).unwrap().into());
    }
    for (low, mode, high) in [(0.0, 0.0, 1.0), (5.0, 15.0, 120.0), (5.0, 120.0, 120.0)] {
        all.push(Triangular::new(low, mode, high).unwrap().into());
    }
    for value in [0.0, 30.0] {
        all.push(Fixed::new(value).unwrap().into());
    }
    all.push(bathtub());
    all.push(Bathtub::new(&[(0.0, 0.0), (50.0, 0.02), (60.0, 0.0), (70.0, 2.0)]).unwrap().into());
    all.push(Empirical::new(vec![240.0, 4.0, 4.0, 0.0, 31.0]).unwrap().into());
    all.push(mixture_with_an_atom());
    all.push(mixture_of_continuous());
    all
}

fn bathtub() -> Distribution {
    Bathtub::new(&[(0.0, 0.01), (20.0, 0.001), (500.0, 0.02)]).unwrap().into()
}

fn mixture_with_an_atom() -> Distribution {
    let parts =
        vec![(9.0, Fixed::new(30.0).unwrap().into()), (1.0, LogNormal::new(7200.0, 0.8).unwrap().into())];
    Mixture::new(parts).unwrap().into()
}

fn mixture_of_continuous() -> Distribution {
    let parts = vec![
        (0.3, Weibull::new(0.7, 50.0).unwrap().into()),
        (0.5, Gamma::new(2.5, 400.0).unwrap().into()),
        (0.2, Exponential::with_mean(5000.0).unwrap().into()),
    ];
    Mixture::new(parts).unwrap().into()
}

fn continuous() -> impl Iterator<Item = Distribution> {
    all().into_iter().filter(Distribution::is_continuous)
}

/// Returns times over the whole range of a distribution: its quantiles far into both tails, and between.
fn times(one: &Distribution) -> Vec<f64> {
    let probabilities = [1e-100, 1e-15, 1e-9, 1e-4, 0.02, 0.2, 0.5];
    let lower = probabilities.iter().map(|p| one.quantile(*p));
    let upper = probabilities.iter().rev().map(|q| one.quantile_upper(*q));
    lower.chain(upper).filter(|t| *t > 1e-280).collect()
}

#[test]
fn every_member_is_tested() {
    for variant in VARIANTS {
        let tested = all().iter().any(|one| one.variant().name == variant.name);
        assert!(tested, "{}", variant.name);
    }
}
