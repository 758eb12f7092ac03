//! Drawn values are part of the interface: a change of these numbers is a breaking change, to be noted
//! in CHANGELOG.md.

use super::all;
use steadfast::base::random::fast_stream;
use steadfast::stats::distribution::Distribution;

/// Returns the first three of each kind of draw from `fast_stream(1, 2, 3)`.
fn first_three(one: &Distribution) -> [[f64; 3]; 3] {
    let age = one.quantile(0.4);
    let three = |draw: &dyn Fn(&mut steadfast::base::random::FastRng) -> f64| {
        let mut rng = fast_stream(1, 2, 3);
        std::array::from_fn(|_| draw(&mut rng))
    };
    [
        three(&|rng| one.sample(rng)),
        three(&|rng| one.sample_residual(age, rng)),
        three(&|rng| one.sample_equilibrium(rng)),
    ]
}

/// Powers and exponentials come from the platform's library, which may differ in the last bit; shape
/// 0.05 multiplies that by twenty. `UPDATE_GOLDEN=1` rewrites the file.
#[test]
fn the_first_draws_of_every_member_are_pinned() {
    let lines = all().into_iter().map(|one| {
        let draws = first_three(&one).concat().iter().map(|x| format!("{x:e}")).collect::<Vec<_>>();
        format!("{} {}", one.variant().name, draws.join(" "))
    });
    let lines: Vec<String> = lines.collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/library/distributions/golden.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, lines.join("\n") + "\n").unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap();
    let golden: Vec<&str> = golden.lines().collect();
    assert_eq!(golden.len(), lines.len());
    for (line, golden) in lines.iter().zip(golden) {
        let same = line.split(' ').zip(golden.split(' ')).all(|(now, then)| is_same(now, then));
        assert!(same && line.split(' ').count() == golden.split(' ').count(), "{line}\n{golden}");
    }
}

fn is_same(now: &str, then: &str) -> bool {
    match (now.parse::<f64>(), then.parse::<f64>()) {
        (Ok(now), Ok(then)) => (now - then).abs() <= 1e-13 * then.abs(),
        _ => now == then,
    }
}
