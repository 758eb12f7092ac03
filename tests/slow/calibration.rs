//! The coverage of the confidence intervals, simulated for small samples and skewed times.
//!
//! `cargo test --release --test slow -- calibration --ignored --nocapture` prints the tables in Markdown.
//!
//! Every rate rests on 20,000 replications (4,000 for the bootstrap): its standard error is below 0.4
//! (0.8) points, and 0.15 (0.35) at 95 %. The assertions at the end are on intervals that are exact for
//! their model; they allow 4.5 standard errors, so that all of them together raise less than one false
//! alarm in 10,000 seeds.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, LogNormal, Weibull};
use steadfast::stats::interval::{
    Cycles, Interval, availability_f, availability_logit_renewal, availability_logit_renewal_t,
    lognormal_mean_cox, lognormal_mean_modified_cox, mean_bootstrap_bca, mean_exponential, mean_student_t,
};
use steadfast::stats::summary::MeanVariance;

const SEED: u64 = 20_260_401;
const CONFIDENCE: f64 = 0.95;
const SIZES: [usize; 9] = [1, 2, 3, 5, 10, 30, 50, 100, 300];
const REPLICATIONS: u32 = 20_000;
const REPLICATIONS_BOOTSTRAP: u32 = 4000;
const RESAMPLES: usize = 1000;
/// Mean downtime over mean uptime of the simulated service.
const DOWN_TO_UP: f64 = 1e-3;

/// A distribution of times with mean 1.
#[derive(Clone, Copy)]
enum Times {
    Exponential,
    /// σ = 1.13, as estimated from the outages of GitHub from 2022 to 2026.
    Lognormal,
    /// Shape 0.8, scale 1/Γ(1 + 1/0.8).
    Weibull,
}

impl Times {
    fn name(self) -> &'static str {
        match self {
            Self::Exponential => "exponential",
            Self::Lognormal => "lognormal σ 1.13",
            Self::Weibull => "Weibull 0.8",
        }
    }

    fn draw(self, n: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let sigma: f64 = 1.13;
        let lognormal = LogNormal::new(-sigma * sigma / 2.0, sigma).unwrap();
        let weibull = Weibull::new(libm::tgamma(1.0 + 1.0 / 0.8).recip(), 0.8).unwrap();
        (0..n)
            .map(|_| match self {
                Self::Exponential => Exp1.sample(rng),
                Self::Lognormal => lognormal.sample(rng),
                Self::Weibull => weibull.sample(rng),
            })
            .collect()
    }
}

/// Counts how often an interval missed the true value on either side, and collects its widths.
#[derive(Default)]
struct Tally {
    replications: u32,
    truth_below: u32,
    truth_above: u32,
    missing: u32,
    relative_widths: Vec<f64>,
}

impl Tally {
    fn add(&mut self, interval: Option<Interval>, truth: f64) {
        self.replications += 1;
        let Some(Interval { lower: Some(lower), upper: Some(upper), .. }) = interval else {
            self.missing += 1;
            return;
        };
        self.truth_below += u32::from(truth < lower);
        self.truth_above += u32::from(truth > upper);
        self.relative_widths.push((upper - lower) / truth);
    }

    fn coverage(&self) -> Option<f64> {
        let missed = f64::from(self.truth_below + self.truth_above);
        (self.missing == 0).then(|| 1.0 - missed / f64::from(self.replications))
    }

    /// Formats the coverage in percent, the share of cases in which the true value exceeds the upper
    /// bound, and the median width over the true value.
    fn cell(&mut self) -> String {
        let Some(coverage) = self.coverage() else {
            return "–".into();
        };
        let above = 100.0 * f64::from(self.truth_above) / f64::from(self.replications);
        self.relative_widths.sort_by(f64::total_cmp);
        let width = self.relative_widths[self.relative_widths.len() / 2];
        format!("{:.1} ({above:.1}; {width:.2})", 100.0 * coverage)
    }
}

fn rng(purpose: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    rng.set_stream(purpose);
    rng
}

fn header(names: &[&str]) {
    println!("| times | n | {} |\n|---|---|{}", names.join(" | "), "---|".repeat(names.len()));
}

fn row(label: &str, n: usize, tallies: &mut [Tally]) {
    let cells: Vec<_> = tallies.iter_mut().map(Tally::cell).collect();
    println!("| {label} | {n} | {} |", cells.join(" | "));
}

fn assert_exact(tally: &Tally, what: &str) {
    let coverage = tally.coverage().expect("the interval exists for every sample");
    let standard_error = (CONFIDENCE * (1.0 - CONFIDENCE) / f64::from(tally.replications)).sqrt();
    assert!((coverage - CONFIDENCE).abs() < 4.5 * standard_error, "{what}: {coverage}");
}

fn mttr_tallies(times: Times, n: usize) -> [Tally; 5] {
    let mut tallies: [Tally; 5] = std::array::from_fn(|_| Tally::default());
    let mut rng = rng(n as u64);
    for replication in 0..REPLICATIONS {
        let sample = times.draw(n, &mut rng);
        let (plain, logs) = (MeanVariance::of(&sample), MeanVariance::of_logs(&sample));
        let [t, cox, modified_cox, exponential, bca] = &mut tallies;
        t.add(plain.and_then(|m| mean_student_t(&m, CONFIDENCE)), 1.0);
        cox.add(logs.and_then(|m| lognormal_mean_cox(&m, CONFIDENCE)), 1.0);
        modified_cox.add(logs.and_then(|m| lognormal_mean_modified_cox(&m, CONFIDENCE)), 1.0);
        exponential.add(mean_exponential(n as u64, sample.iter().sum(), CONFIDENCE), 1.0);
        if replication < REPLICATIONS_BOOTSTRAP {
            bca.add(mean_bootstrap_bca(&sample, RESAMPLES, CONFIDENCE, &mut rng), 1.0);
        }
    }
    tallies
}

#[test]
#[ignore = "slow: a minute of simulation in release mode"]
fn mttr_intervals_cover_as_the_table_says() {
    println!(
        "\n### MTTR: coverage of 95 % intervals, % (truth above the upper bound, %; median width / true mean)\n"
    );
    header(&["Student t", "Cox", "modified Cox", "exponential", "BCa"]);
    for times in [Times::Exponential, Times::Lognormal, Times::Weibull] {
        for n in SIZES {
            let mut tallies = mttr_tallies(times, n);
            row(times.name(), n, &mut tallies);
            if matches!(times, Times::Exponential) {
                assert_exact(&tallies[3], "exponential interval, exponential times");
            }
        }
    }
}

/// The period for which the simulated service is observed.
#[derive(Clone, Copy)]
enum Watch {
    /// From a repair until the n-th repair after it.
    Cycles,
    /// From a repair, for the mean length of n cycles; periods without an outage are drawn again.
    Window,
}

/// Up intervals that ended in a failure, outages, and the uptime after the last repair.
struct History {
    ups: Vec<f64>,
    downs: Vec<f64>,
    last_up: f64,
}

fn watch(watch: Watch, [up, down]: [Times; 2], n: usize, rng: &mut ChaCha8Rng) -> History {
    let scale_down = |downs: Vec<f64>| downs.into_iter().map(|d| d * DOWN_TO_UP).collect::<Vec<_>>();
    if let Watch::Cycles = watch {
        return History { ups: up.draw(n, rng), downs: scale_down(down.draw(n, rng)), last_up: 0.0 };
    }
    loop {
        let mut left = n as f64 * (1.0 + DOWN_TO_UP);
        let mut history = History { ups: vec![], downs: vec![], last_up: 0.0 };
        while left > 0.0 {
            let (next_up, next_down) = (up.draw(1, rng)[0], scale_down(down.draw(1, rng))[0]);
            if next_up >= left {
                history.last_up = left;
                break;
            }
            history.ups.push(next_up);
            history.downs.push(next_down.min(left - next_up));
            left -= next_up + next_down;
        }
        if !history.ups.is_empty() {
            return history;
        }
    }
}

fn availability_tallies(how: Watch, times: [Times; 2], n: usize) -> [Tally; 3] {
    let truth = DOWN_TO_UP / (1.0 + DOWN_TO_UP);
    let mut tallies: [Tally; 3] = std::array::from_fn(|_| Tally::default());
    let mut rng = rng(1000 + n as u64);
    for _ in 0..REPLICATIONS {
        let history = watch(how, times, n, &mut rng);
        let outages = history.downs.len() as u64;
        let uptime = history.ups.iter().sum::<f64>() + history.last_up;
        let downtime = history.downs.iter().sum();
        let squared_cv = |sample: &[f64]| MeanVariance::of(sample)?.squared_cv();
        let cycles = squared_cv(&history.ups).zip(squared_cv(&history.downs)).map(
            |(up_squared_cv, down_squared_cv)| Cycles {
                uptime,
                downtime,
                n: outages,
                up_squared_cv,
                down_squared_cv,
            },
        );
        let f = availability_f(uptime, downtime, outages, CONFIDENCE);
        let [by_f, by_z, by_t] = &mut tallies;
        by_f.add(f, truth);
        // A window may hold a single outage, which has no spread: fall back on F, as the tool does.
        let fallback = if let Watch::Window = how { f } else { None };
        by_z.add(cycles.and_then(|c| availability_logit_renewal(&c, CONFIDENCE)).or(fallback), truth);
        by_t.add(cycles.and_then(|c| availability_logit_renewal_t(&c, CONFIDENCE)).or(fallback), truth);
    }
    tallies
}

fn availability_table(how: Watch) {
    header(&["F", "logit, z", "logit, t"]);
    let (exponential, lognormal, weibull) = (Times::Exponential, Times::Lognormal, Times::Weibull);
    let models = [[exponential; 2], [exponential, lognormal], [lognormal, lognormal], [weibull, lognormal]];
    for times in models {
        let label = format!("up {}, down {}", times[0].name(), times[1].name());
        for n in SIZES {
            let mut tallies = availability_tallies(how, times, n);
            row(&label, n, &mut tallies);
            if matches!((how, times), (Watch::Cycles, [Times::Exponential, Times::Exponential])) {
                assert_exact(&tallies[0], "F interval, exponential times");
            }
        }
    }
}

#[test]
#[ignore = "slow: seconds of simulation in release mode"]
fn availability_intervals_cover_as_the_table_says() {
    println!(
        "\n### Unavailability 0.1 %, watched for n cycles: coverage, % (truth above, %; median width / truth)\n"
    );
    availability_table(Watch::Cycles);
    println!(
        "\n### Unavailability 0.1 %, watched for the mean length of n cycles (F where only one outage occurred)\n"
    );
    availability_table(Watch::Window);
}
