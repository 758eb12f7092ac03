//! Mutations of valid files.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// Generates variants of a valid file in which some of its own words replace other text.
pub(super) fn mutated(sound: &'static str) -> impl Strategy<Value = String> {
    let words: Vec<&str> = sound.split([' ', '\n']).filter(|word| !word.is_empty()).collect();
    vec((any::<Index>(), 0..12_usize, any::<Index>()), 1..4).prop_map(move |cuts| {
        let mut text = sound.to_owned();
        for (at, length, word) in cuts {
            let at = at.index(text.len());
            let end = (at + length).min(text.len());
            text.replace_range(at..end, word.get::<&str>(&words));
        }
        text
    })
}
