//! What responses are like, and whether those of a phase are like those before the faults.
//!
//! An aspect, such as the length of the body, is compared only if its values recur in the baseline. The share of
//! responses whose value was seen once estimates the probability of a value not seen yet (Good 1953). If that is small,
//! a new value after the injection is a change. If most responses differ from each other, the aspect is not compared.

use super::phase::Phase;
use crate::config::schema::{Choice, Choices};
use crate::stats::interval::clopper_pearson;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// An aspect of a response that is compared with those before the faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// Status code.
    Status,
    /// Length of the body.
    Size,
    /// Content of the body.
    Hash,
}

/// The values of the aspects of one response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likeness {
    /// Index of its kind of request in the experiment.
    pub kind: usize,
    /// Its status, the length of its body in bytes, and a hash of its body.
    pub values: [u64; 3],
}

/// The values of one aspect in many responses, with their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    counts: BTreeMap<u64, u64>,
    /// Responses with values beyond [`VALUES_MAX`].
    beyond: u64,
}

/// The responses of one kind before the faults.
pub type Before = [Values; 3];

/// For each kind of request, the values of each aspect in the baseline; `None` where an aspect is not compared.
#[derive(Debug)]
pub(super) struct Known(Vec<[Option<BTreeSet<u64>>; 3]>);

/// The responses of one kind in a phase after the injection, compared with those before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// Responses.
    pub responses: u64,
    /// For each aspect, the responses with a value that was not seen before, and the first such value.
    pub unlike: [(u64, Option<u64>); 3],
}

/// The successes of one kind of request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Responses {
    /// Those of the baseline.
    pub before: Before,
    /// Those after the injection, by phase.
    pub after: BTreeMap<Phase, Compared>,
}

/// An aspect in which the responses of a phase are unlike those before the faults.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Phase.
    pub phase: Phase,
    /// Kind of request: method and path.
    pub request: String,
    /// Aspect.
    pub aspect: Aspect,
    /// Its most frequent value before; for a hash, in hexadecimal.
    pub before: String,
    /// The first value that was new.
    pub now: String,
    /// Responses with a new value.
    pub unlike: u64,
    /// Responses of this kind in the phase.
    pub responses: u64,
}

/// Number of different values that are told apart; with more, an aspect is not compared.
const VALUES_MAX: usize = 256;

/// Share of responses with a value that was never seen before, up to which nothing is said: what is still to be seen of
/// an aspect that is compared, and what is not reported as a change.
const NEW_MAX: f64 = 0.05;

/// Confidence of both.
const CONFIDENCE: f64 = 0.95;

impl Choices for Aspect {
    const CHOICES: &'static [Choice<Self>] = &[
        ("status", Self::Status, "the status code"),
        ("size", Self::Size, "the length of the body"),
        ("hash", Self::Hash, "the content of the body"),
    ];
}

impl Aspect {
    /// All aspects, in the order of [`Likeness::values`].
    pub const ALL: [Self; 3] = [Self::Status, Self::Size, Self::Hash];

    fn shown(self, value: u64) -> String {
        match self {
            Self::Status => value.to_string(),
            Self::Size => format!("{value} B"),
            Self::Hash => format!("{value:016x}"),
        }
    }
}

impl Likeness {
    /// Returns the status.
    pub(super) fn status(&self) -> u16 {
        let [status, ..] = self.values;
        u16::try_from(status).unwrap_or_default()
    }
}

impl Values {
    fn count(&mut self, value: u64, times: u64) {
        if self.counts.len() >= VALUES_MAX && !self.counts.contains_key(&value) {
            self.beyond += times;
        } else {
            *self.counts.entry(value).or_default() += times;
        }
    }

    fn add(&mut self, other: &Self) {
        other.counts.iter().for_each(|(value, times)| self.count(*value, *times));
        self.beyond += other.beyond;
    }

    /// Returns whether a new value would be a change.
    fn is_settled(&self) -> bool {
        let once = self.counts.values().filter(|times| **times == 1).count() as u64;
        let all = self.counts.values().sum::<u64>() + self.beyond;
        let to_come = clopper_pearson(once + self.beyond, all, CONFIDENCE).and_then(|share| share.upper);
        to_come.is_some_and(|share| share <= NEW_MAX)
    }

    fn usual(&self) -> Option<u64> {
        self.counts.iter().max_by_key(|(_, times)| **times).map(|(value, _)| *value)
    }
}

/// Counts a response of the baseline.
pub(super) fn learn(responses: &mut Vec<Responses>, likeness: Likeness) {
    let before = &mut of_kind(responses, likeness.kind).before;
    before.iter_mut().zip(likeness.values).for_each(|(values, value)| values.count(value, 1));
}

impl Known {
    /// Returns what is known after a baseline with these responses.
    pub(super) fn of(baseline: &[Responses]) -> Self {
        let settled = |values: &Values| values.is_settled().then(|| values.counts.keys().copied().collect());
        Self(baseline.iter().map(|kind| kind.before.each_ref().map(settled)).collect())
    }

    /// Returns the aspects of a response whose values are new.
    pub(super) fn unlike(&self, likeness: Likeness) -> Vec<Aspect> {
        let aspects = self.0.get(likeness.kind).into_iter().flatten().zip(likeness.values).zip(Aspect::ALL);
        let new =
            aspects.filter(|((known, value), _)| known.as_ref().is_some_and(|known| !known.contains(value)));
        new.map(|(_, aspect)| aspect).collect()
    }
}

/// Counts a response after the injection.
pub(super) fn compare(responses: &mut Vec<Responses>, phase: Phase, likeness: Likeness, unlike: &[Aspect]) {
    let compared = of_kind(responses, likeness.kind).after.entry(phase).or_default();
    compared.responses += 1;
    for ((aspect, (count, first)), value) in Aspect::ALL.iter().zip(&mut compared.unlike).zip(likeness.values)
    {
        if unlike.contains(aspect) {
            *count += 1;
            first.get_or_insert(value);
        }
    }
}

/// Adds the responses that another thread saw.
pub(super) fn add(responses: &mut Vec<Responses>, others: &[Responses]) {
    for (kind, other) in others.iter().enumerate() {
        let own = of_kind(responses, kind);
        own.before.iter_mut().zip(&other.before).for_each(|(own, other)| own.add(other));
        for (phase, other) in &other.after {
            let own = own.after.entry(*phase).or_default();
            own.responses += other.responses;
            for ((count, first), (more, value)) in own.unlike.iter_mut().zip(other.unlike) {
                *count += more;
                *first = first.or(value);
            }
        }
    }
}

fn of_kind(responses: &mut Vec<Responses>, kind: usize) -> &mut Responses {
    if responses.len() <= kind {
        responses.resize_with(kind + 1, Responses::default);
    }
    // The index is within the length by now.
    #[allow(clippy::indexing_slicing)]
    &mut responses[kind]
}

/// Returns the aspects of these that cannot be compared, because they differ from response to response.
pub(super) fn unsettled(responses: &Responses, wanted: &[Aspect]) -> Vec<Aspect> {
    let aspects = Aspect::ALL.into_iter().zip(&responses.before);
    aspects
        .filter(|(aspect, values)| wanted.contains(aspect) && !values.is_settled())
        .map(|(aspect, _)| aspect)
        .collect()
}

/// Returns the aspects in which responses changed; `names` has the kinds of requests.
pub(super) fn changes(responses: &[Responses], names: &[String]) -> Vec<Change> {
    let mut changes = Vec::new();
    for (kind, name) in responses.iter().zip(names) {
        for (phase, compared) in &kind.after {
            for ((aspect, values), (unlike, now)) in
                Aspect::ALL.into_iter().zip(&kind.before).zip(compared.unlike)
            {
                let share =
                    clopper_pearson(unlike, compared.responses, CONFIDENCE).and_then(|share| share.lower);
                let (true, Some(before), Some(now)) =
                    (share.is_some_and(|least| least > NEW_MAX), values.usual(), now)
                else {
                    continue;
                };
                changes.push(Change {
                    phase: *phase,
                    request: name.clone(),
                    aspect,
                    before: aspect.shown(before),
                    now: aspect.shown(now),
                    unlike,
                    responses: compared.responses,
                });
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::{Aspect, Known, Likeness, Responses, add, changes, compare, learn, unsettled};
    use crate::chaos::phase::Phase;

    fn like(status: u64, size: u64, hash: u64) -> Likeness {
        Likeness { kind: 0, values: [status, size, hash] }
    }

    /// A baseline with one status, two sizes, and bodies that never come back.
    fn baseline(requests: u64) -> Vec<Responses> {
        let mut responses = Vec::new();
        (0..requests).for_each(|number| learn(&mut responses, like(200, 10 + number % 2, number)));
        responses
    }

    #[test]
    fn what_came_back_again_and_again_is_compared() {
        let before = baseline(100);
        assert_eq!(Known::of(&before).unlike(like(200, 11, 7777)), []);
        assert_eq!(Known::of(&before).unlike(like(204, 12, 7777)), [Aspect::Status, Aspect::Size]);
        assert_eq!(unsettled(&before[0], &Aspect::ALL), [Aspect::Hash]);
        assert_eq!(unsettled(&before[0], &[Aspect::Size]), []);
    }

    /// With ten responses of one size, one in four could still have another.
    #[test]
    fn few_responses_settle_nothing() {
        assert_eq!(Known::of(&baseline(10)).unlike(like(500, 0, 0)), []);
        assert_eq!(Known::of(&[]).unlike(like(500, 0, 0)), []);
    }

    #[test]
    fn more_values_than_are_told_apart_are_not_compared() {
        let mut responses = Vec::new();
        (0..100_000).for_each(|number| learn(&mut responses, like(200, number % 1000, 0)));
        assert_eq!(unsettled(&responses[0], &Aspect::ALL), [Aspect::Size]);
    }

    #[test]
    fn a_change_is_reported_where_it_is_not_rare() {
        let (mut threads, before) = ([Vec::new(), Vec::new()], baseline(100));
        for number in 0..200_u64 {
            let likeness = like(if number < 50 { 302 } else { 200 }, if number < 5 { 99 } else { 10 }, 0);
            let seen = Known::of(&before).unlike(likeness);
            compare(&mut threads[number as usize % 2], Phase::Recovery, likeness, &seen);
        }
        let mut all = before;
        for thread in &threads {
            add(&mut all, thread);
        }
        let changed = changes(&all, &["GET /".to_owned()]);
        assert_eq!(changed.len(), 1, "{changed:?}");
        assert_eq!((changed[0].aspect, changed[0].phase), (Aspect::Status, Phase::Recovery));
        assert_eq!((changed[0].before.as_str(), changed[0].now.as_str()), ("200", "302"));
        assert_eq!((changed[0].unlike, changed[0].responses), (50, 200));
    }

    #[test]
    fn threads_learn_together() {
        let mut all = baseline(20);
        add(&mut all, &baseline(80));
        assert_eq!(unsettled(&all[0], &[Aspect::Status, Aspect::Size]), []);
    }
}
