//! What a stretch of steps shows about each rule: that the target is within it, beyond it, or neither.
//!
//! A test for any difference would call healthy runs broken, since no two minutes of a service are alike. The question is
//! instead whether the difference is shown to be within the margin (non-inferiority: Schuirmann 1987).

use super::evidence::Evidence;
use super::normal::WHOLE_ALPHA;
use super::rule::{Near, Rule, SHORTEST_S};
use super::share::{Bounds, CONFIDENCE, Share};
use crate::base::quantity::{format_duration, significant};
use crate::chaos::limit::{Measure, Measured};
use serde::Serialize;
use std::fmt;

/// Position of an interval relative to its bound, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Entirely within the bound.
    Within,
    /// On both sides of it, or there are too few requests for an interval.
    Unknown,
    /// Entirely beyond it.
    Beyond,
}

/// The quantity that a rule bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// The share of requests that break the rule.
    Share,
    /// The share of failed requests less that of the baseline.
    Difference,
    /// A quantile of the response times, divided by that of the baseline.
    Ratio,
}

impl Quantity {
    /// Returns a short description for reports.
    pub fn description(self) -> &'static str {
        match self {
            Self::Share => "requests that break it",
            Self::Difference => "more failures than before",
            Self::Ratio => "times the baseline's",
        }
    }
}

/// What was shown about a rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// The rule as text.
    pub rule: String,
    /// The quantity that it bounds.
    pub quantity: Quantity,
    /// Its value.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub lower: Option<f64>,
    /// Upper end of its interval.
    pub upper: Option<f64>,
    /// The greatest value that the rule allows.
    pub bound: f64,
    /// Position of the interval relative to the bound.
    pub standing: Standing,
    /// How much longer the phase must be for the rule to be shown, in seconds; `None` if it is shown, or no length would
    /// show it.
    pub more_s: Option<f64>,
    /// Whether a longer baseline is needed instead.
    pub baseline_too_short: bool,
    /// The measure of a ratio.
    #[serde(skip)]
    measure: Option<Measure>,
}

impl Shown {
    fn of(rule: &Rule, quantity: Quantity, bound: f64) -> Self {
        Self {
            rule: rule.text.clone(),
            quantity,
            value: None,
            lower: None,
            upper: None,
            bound,
            standing: Standing::Unknown,
            more_s: None,
            baseline_too_short: false,
            measure: None,
        }
    }

    fn with(self, bounds: Bounds) -> Self {
        let standing = match bounds {
            Bounds { lower: Some(lower), .. } if lower > self.bound => Standing::Beyond,
            Bounds { upper: Some(upper), .. } if upper <= self.bound => Standing::Within,
            _ => Standing::Unknown,
        };
        Self { value: Some(bounds.value), lower: bounds.lower, upper: bounds.upper, standing, ..self }
    }
}

/// Returns what `held` shows about a rule, compared with the baseline where the rule says so.
pub(crate) fn shown(rule: &Rule, baseline: &Evidence<'_>, held: &Evidence<'_>) -> Shown {
    match rule.near {
        None => of_share(rule, held),
        Some(Near::Failing(more)) => of_failing(rule, more, baseline, held),
        Some(Near::Times(measure, times)) => of_quantile(rule, (measure, times), baseline, held),
    }
}

/// A rule that allows no exception is shown by the requests that were sent: it says nothing about others.
fn of_share(rule: &Rule, held: &Evidence<'_>) -> Shown {
    let tally = |measured: &Measured| rule.tally(measured);
    let share = tally(&held.sum).share(held.design_effect(tally));
    let shown = Shown::of(rule, Quantity::Share, rule.allowed);
    let Some(bounds) = share.bounds() else { return shown };
    let mut shown = shown.with(bounds);
    shown.standing = match shown.standing {
        _ if rule.is_broken_by(share, WHOLE_ALPHA) => Standing::Beyond,
        _ if rule.allowed == 0.0 => Standing::Within,
        Standing::Within => Standing::Within,
        _ => Standing::Unknown,
    };
    shown.more_s = more_s(&shown, share, held);
    shown
}

/// Returns the time after which the upper bound of a share would be within what is allowed.
fn more_s(shown: &Shown, share: Share, held: &Evidence<'_>) -> Option<f64> {
    let unknown = shown.standing == Standing::Unknown;
    let times = share.times_until_below(shown.bound).filter(|_| unknown)?;
    Some((times - 1.0) * held.lasted_s)
}

fn of_failing(rule: &Rule, more: f64, baseline: &Evidence<'_>, held: &Evidence<'_>) -> Shown {
    let tally = |measured: &Measured| rule.tally(measured);
    // Failures that come in bursts after the faults may only by chance not have come before them.
    let effect = baseline.design_effect(tally).max(held.design_effect(tally));
    let [before, after] = [baseline, held].map(|evidence| tally(&evidence.sum).share(effect));
    let shown = Shown::of(rule, Quantity::Difference, more);
    let (Some(usual), Some(bounds)) = (before.bounds(), after.bounds()) else { return shown };
    let mut shown = shown.with(bounds.less(usual));
    if shown.standing == Standing::Beyond && !rule.is_broken_by(after, WHOLE_ALPHA) {
        shown.standing = Standing::Unknown;
    }
    let more = more - (bounds.value - usual.value);
    shown.needing(more, usual, bounds, held.lasted_s, 1.0)
}

fn of_quantile(
    rule: &Rule,
    (measure, times): (Measure, f64),
    baseline: &Evidence<'_>,
    held: &Evidence<'_>,
) -> Shown {
    let shown = Shown { measure: Some(measure), ..Shown::of(rule, Quantity::Ratio, times) };
    let [Some(usual), Some(after)] =
        [baseline, held].map(|evidence| evidence.quantile(measure).map(logarithm))
    else {
        return shown;
    };
    let mut shown = shown.with(after.less(usual).map(f64::exp));
    if shown.standing == Standing::Beyond && !is_beyond((measure, times), baseline, held) {
        shown.standing = Standing::Unknown;
    }
    let more = times.ln() - (after.value - usual.value);
    // The fewest requests with an upper bound at all: 0.99^299 < 5 %.
    let fewest = measure.quantile().map_or(1.0, |quantile| (1.0 - CONFIDENCE).ln() / quantile.ln());
    let counted = held.sum.response.count().max(1) as f64;
    shown.needing(more, usual, after, held.lasted_s, fewest / counted)
}

/// Converts the bounds of a time to logarithms, on which a ratio is a difference.
fn logarithm(bounds: Bounds) -> Bounds {
    bounds.map(|time_s| time_s.max(SHORTEST_S).ln())
}

/// Returns whether a quantile is shown to be beyond its margin. Both sides are judged by the greater design effect: slow
/// requests that come in bursts after the faults may only by chance not have come before them.
fn is_beyond((measure, times): (Measure, f64), baseline: &Evidence<'_>, held: &Evidence<'_>) -> bool {
    let [before, after] =
        [baseline, held].map(|evidence| evidence.design_effect_beyond(measure).unwrap_or(1.0));
    let effect = before.max(after);
    let bounds =
        |evidence: &Evidence<'_>| evidence.quantile_for(measure, effect, 1.0 - WHOLE_ALPHA).map(logarithm);
    let (Some(usual), Some(after)) = (bounds(baseline), bounds(held)) else { return false };
    after.less(usual).lower.is_some_and(|lower| lower > times.ln())
}

impl Shown {
    /// Adds how much longer the phase must be to show the rule. `more` is the distance from the difference of both values to
    /// the bound. The half-widths of both intervals must fit into it: the square root of the sum of their squares. Each
    /// shrinks with the square root of the number of requests. Without an upper bound it takes `times` as many requests.
    fn needing(mut self, more: f64, usual: Bounds, after: Bounds, lasted_s: f64, times: f64) -> Self {
        if self.standing != Standing::Unknown || !(more > 0.0) {
            return self;
        }
        let below = usual.lower.map(|lower| usual.value - lower);
        let Some(before) = below.filter(|below| *below < more) else {
            self.baseline_too_short = true;
            self.more_s = Some(lasted_s);
            return self;
        };
        let allowed = (more * more - before * before).sqrt();
        let times = after.upper.map_or(times.max(1.5), |upper| ((upper - after.value) / allowed).powi(2));
        self.more_s = Some((times - 1.0).max(0.0) * lasted_s);
        self
    }
}

/// Returns what is shown about every rule.
pub(crate) fn shown_of_all(rules: &[Rule], baseline: &Evidence<'_>, held: &Evidence<'_>) -> Vec<Shown> {
    rules.iter().map(|rule| shown(rule, baseline, held)).collect()
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{}%", significant(share * 100.0, 3));
        let Some(value) = self.value else { return write!(f, "{}: nothing was measured", self.rule) };
        let number: &dyn Fn(f64) -> String = match self.quantity {
            Quantity::Ratio => &|ratio| significant(ratio, 3),
            Quantity::Share | Quantity::Difference => &percent,
        };
        let side = |bound: Option<f64>| bound.map_or_else(|| "?".to_owned(), number);
        let interval = format!("{} [{}, {}]", number(value), side(self.lower), side(self.upper));
        let bound = number(self.bound);
        match (self.quantity, self.measure) {
            (Quantity::Ratio, measure) => {
                let name = measure.map_or("", Measure::name);
                write!(f, "{name} is {interval} times the baseline's; up to {bound} counts as normal")?;
            }
            (Quantity::Difference, _) => {
                write!(
                    f,
                    "{interval} more requests fail than in the baseline; up to {bound} counts as normal"
                )?;
            }
            (Quantity::Share, _) => {
                write!(f, "`{}` is broken by {interval} of the requests; {bound} may", self.rule)?;
            }
        }
        match (self.standing, self.more_s) {
            (Standing::Unknown, _) if self.baseline_too_short => {
                f.write_str(", which takes a longer baseline to show")
            }
            (Standing::Unknown, Some(more_s)) => {
                write!(f, ", which about {} more would show", format_duration(more_s.ceil().max(1.0)))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Evidence, Rule, Shown, Standing, shown};
    use crate::chaos::limit::{Limit, Measure, Measured};
    use crate::chaos::verdict::steps::Step;
    use std::time::Duration;

    /// Steps of a second with this many requests, of which so many fail.
    fn failing(failed: u64, of: u64, steps: usize) -> Vec<Step> {
        let measured = Measured { offered: of, good: of - failed, ..Measured::default() };
        vec![Step::of_second(measured); steps]
    }

    /// Steps of a second with a hundred responses, which take 1 to 100 times `unit_us`.
    fn times(unit_us: u64, steps: usize) -> Vec<Step> {
        let mut measured = Measured { offered: 100, good: 100, ..Measured::default() };
        (1..=100).for_each(|times| measured.response.record(Duration::from_micros(times * unit_us)));
        vec![Step::of_second(measured); steps]
    }

    fn compared(measure: Measure, limit: &str, baseline: &[Step], held: &[Step]) -> Shown {
        let baseline = Evidence::of(baseline);
        let rule = Rule::of_limit(&Limit::parse(measure, limit).unwrap(), Some(&baseline.sum)).unwrap();
        shown(&rule, &baseline, &Evidence::of(held))
    }

    #[track_caller]
    fn assert_near(found: Option<f64>, expected: f64, within: f64) {
        assert!((found.unwrap() - expected).abs() <= within, "{found:?}, not {expected}");
    }

    #[test]
    fn a_share_is_shown_by_its_exact_interval() {
        let of = |failed, of, steps| compared(Measure::Success, ">= 99%", &[], &failing(failed, of, steps));
        let within = of(0, 100, 3);
        assert_eq!((within.standing, within.value, within.lower), (Standing::Within, Some(0.0), Some(0.0)));
        assert_near(within.upper, 0.009_936_082, 1e-9);
        assert_eq!(within.more_s, None);
        // It takes 299 requests.
        let few = of(0, 100, 2);
        assert_eq!(few.standing, Standing::Unknown);
        assert_near(few.more_s, (298.07 / 200.0 - 1.0) * 2.0, 1e-3);
        assert_eq!(
            few.to_string(),
            "`success >= 99%` is broken by 0% [0%, 1.49%] of the requests; 1% may, which about 1s more would show"
        );
        assert_eq!(of(5, 100, 6).standing, Standing::Beyond);
        // The interval lies beyond 1 %, but as many fail by chance with a probability of 2.0 %.
        let doubtful = of(2, 100, 6);
        assert_near(doubtful.lower, 0.011_579_852, 1e-8);
        assert_eq!((doubtful.standing, doubtful.more_s), (Standing::Unknown, None));
        assert_eq!(of(0, 0, 1).to_string(), "success >= 99%: nothing was measured");
    }

    #[test]
    fn a_rule_without_exceptions_is_shown_by_what_was_sent() {
        let of = |limit| compared(Measure::Max, limit, &[], &times(1_000, 1)).standing;
        assert_eq!((of("<= 101ms"), of("<= 90ms")), (Standing::Within, Standing::Beyond));
    }

    /// Bounds of 20 of 1,000 by sums of the binomial terms, bisected in Python.
    #[test]
    fn more_failures_than_before_are_shown_by_the_interval_of_the_difference() {
        let of = |failed, of, steps| {
            compared(Measure::Success, ">= baseline - 1%", &failing(1, 50, 20), &failing(failed, of, steps))
        };
        let same = of(1, 50, 20);
        assert_near(same.value, 0.0, 0.0);
        assert_near(same.upper, 0.011_168_297, 1e-8);
        assert_near(same.lower, -0.011_168_297, 1e-8);
        assert_eq!(same.standing, Standing::Unknown);
        assert_near(same.more_s, 8.990_391, 1e-4);
        assert_eq!(
            same.to_string(),
            "0% [-1.12%, 1.12%] more requests fail than in the baseline; up to 1% counts as normal, which about 9s more \
             would show"
        );
        assert_eq!((of(1, 50, 200).standing, of(1, 50, 200).more_s), (Standing::Within, None));
        assert_eq!(of(5, 50, 20).standing, Standing::Beyond);
        assert_eq!(of(2, 50, 200).more_s, None, "it is more");
        assert!(of(5, 200, 2).baseline_too_short, "half a percent is left, and the baseline is known to 0.7");
        let long = failing(0, 100_000, 1);
        let doubtful = compared(Measure::Success, ">= baseline - 1%", &long, &failing(2, 100, 6));
        assert!(doubtful.lower.unwrap() > doubtful.bound, "{doubtful:?}");
        assert_eq!(doubtful.standing, Standing::Unknown);
        let short = compared(Measure::Success, ">= baseline - 1%", &failing(1, 50, 2), &failing(1, 50, 2));
        assert!(
            short.baseline_too_short
                && short.to_string().ends_with(", which takes a longer baseline to show")
        );
        assert_eq!(short.more_s, Some(2.0));
    }

    #[test]
    fn a_quantile_is_shown_by_the_interval_of_the_ratio() {
        let of = |measure, held: &[Step]| compared(measure, "<= 2x baseline", &times(100, 10), held);
        let same = of(Measure::P50, &times(100, 10));
        assert_eq!((same.standing, same.more_s), (Standing::Within, None));
        // Of 1,000 the 474th and the 526th bound the median: ranks 48 and 53 of 100, or 47 below a tie.
        assert_near(same.value, 1.0, 1e-9);
        let apart = (50.0_f64 / 47.0).ln().hypot((53.0_f64 / 50.0).ln());
        assert_near(same.upper, apart.exp(), 0.015);
        assert_near(same.lower, (-apart).exp(), 0.015);
        let nearly = of(Measure::P50, &times(190, 10));
        assert_eq!((nearly.standing, nearly.more_s), (Standing::Unknown, Some(10.0)));
        let words = nearly.to_string();
        assert!(words.starts_with("p50 is 1.9 [1.7"), "{words}");
        let rest = "] times the baseline's; up to 2 counts as normal, which takes a longer baseline to show";
        assert!(words.ends_with(rest), "{words}");
        assert_eq!(of(Measure::P50, &times(300, 10)).standing, Standing::Beyond);
        let doubtful = of(Measure::P50, &times(220, 10));
        assert!(doubtful.lower > Some(2.0), "beyond at 95 %: {doubtful:?}");
        assert_eq!(doubtful.standing, Standing::Unknown, "not at 99 %");
        // 0.99²⁹⁹ < 5 %: a hundred responses have no upper bound.
        let few = of(Measure::P99, &times(100, 1));
        assert_eq!((few.standing, few.upper), (Standing::Unknown, None));
        assert_near(few.more_s, 1.980_7, 1e-3);
        let short = compared(Measure::P99, "<= 2x baseline", &times(100, 1), &times(100, 10));
        assert!(!short.baseline_too_short, "{short:?}");
        assert_eq!(compared(Measure::P50, "<= 2x baseline", &times(100, 10), &[]).value, None);
    }
}
