//! Invalid topologies: each error names its place and a remedy, and all errors of a file are reported
//! together.

use std::fmt::Write as _;
use steadfast::base::problem::{Problem, Problems};
use steadfast::simulate::model::Model;
use steadfast::simulate::topology_file::read;

fn no_files(path: &str) -> Result<Vec<u8>, String> {
    Err(format!("{path}: no such file"))
}

pub(super) fn parse(text: &str) -> Result<(Model, Vec<Problem>), Problems> {
    read("t.yaml", text, &[], &no_files)
}

/// Returns the problems as `line:column message | label | notes and helps`.
pub(super) fn wrong(text: &str) -> Vec<String> {
    let Err(problems) = parse(text) else { panic!("it was read:\n{text}") };
    problems.0.iter().map(crate::hostile::line).collect()
}

#[track_caller]
fn assert_wrong(text: &str, expected: &[&str]) {
    assert_eq!(wrong(text), expected, "{text}");
}

/// Returns a file with one component `a` that has these keys, and the system `a`.
fn component(keys: &str) -> String {
    format!("components:\n  a: {{ {keys} }}\nsystem: a\n")
}

/// Returns a file with this block in a parallel system of three components, of which `b` has two units.
fn system(block: &str) -> String {
    format!(
        "components: {{ a: {{ mtbf: 9h, mttr: 1h }}, b: {{ count: 2, mtbf: 9h, mttr: 1h }}, \
         f: {{ unavailability: 1% }} }}\nsystem: {{ parallel: [a, b, f, {block}] }}\n"
    )
}

#[test]
fn an_unknown_key_is_rejected_with_a_suggestion() {
    assert_wrong(
        "components: { a: { mtbf: 9h, mttr: 1h, detecton: 5s } }\nsytem: a\n",
        &[
            "1:1 `system` is missing: the block that must be up for the system to be up | name a block or a component: `system: { series: [web, db] }`",
            "1:40 unknown key `detecton` | did you mean `detection`?",
            "2:1 unknown key `sytem` | did you mean `system`?",
        ],
    );
}

#[test]
fn an_invalid_value_is_rejected_at_its_place() {
    for (keys, expected) in [
        ("mtbf: 9, mttr: 1h", "2:14 `9` has no unit: write 9ms, 9s, 9m, 9h or 9d"),
        ("mtbf: 0h, mttr: 1h", "2:14 a duration above zero is expected"),
        ("mtbf: -9h, mttr: 1h", "2:14 `-9h` is negative; a duration must not be negative"),
        ("mtbf: NaN, mttr: 1h", "2:14 `NaN` is not a duration such as 90s or 1h 30m"),
        ("mtbf: .inf, mttr: 1h", "2:14 `.inf` is not a duration such as 90s or 1h 30m"),
        ("mtbf: [9h], mttr: 1h", "2:14 a duration such as 90s or 1h 30m is expected, not a list"),
        ("mtbf: 9h, mttr: 0s", "2:24 a duration above zero is expected"),
        ("count: 0, mtbf: 9h, mttr: 1h", "2:15 a whole number from 1 to 1000000 is expected, not `0`"),
        ("count: 1.5, mtbf: 9h, mttr: 1h", "2:15 a whole number from 1 to 1000000 is expected, not `1.5`"),
        ("count: 1e9, mtbf: 9h, mttr: 1h", "2:15 a whole number from 1 to 1000000 is expected, not `1e9`"),
        ("unavailability: 2", "2:24 `2` is not between 0 and 1"),
        ("unavailability: NaN", "2:24 `NaN` is not between 0 and 1"),
        ("unavailability: -1%", "2:24 `-1%` is not between 0 and 1"),
    ] {
        assert_wrong(&component(keys), &[expected]);
    }
}

#[test]
fn an_invalid_distribution_is_rejected_at_its_parameter() {
    let failure = |text: &str| component(&format!("failure: {text}, mttr: 1h"));
    for (text, expected) in [
        (
            "{ weibul: { shape: 1, scale: 1h } }",
            "2:19 unknown distribution `weibul` | did you mean `weibull`? | `steadfast list distributions` shows all of them",
        ),
        (
            "{ weibull: { shap: 1, scale: 1h } }",
            "2:30 `shap` is not a parameter of `weibull` | did you mean `shape`? | it takes `shape` and `scale`, or `shape` and `mean`, or \
             `shape` and `median`, or `median` and `p95`, or `mean` and `sd`, or `mean` and `cv`",
        ),
        ("{ weibull: { shape: -1, scale: 1h } }", "2:37 `shape` must be above 0"),
        ("{ weibull: { shape: 1, scale: 9 } }", "2:47 `9` has no unit: write 9ms, 9s, 9m, 9h or 9d"),
        ("{ uniform: { low: 2h, high: 1h } }", "2:45 `high` must be above `low`"),
        (
            "{ fixed: 1h, weibull: 2 }",
            "2:17 one distribution is expected, not 2 | write a duration such as `30s`, or a distribution such as `{ exponential: { \
             mean: 2000h } }`",
        ),
        ("0s", "2:17 a time above zero is expected"),
        ("{ empirical: [1h, 2, 3h] }", "2:35 `2` has no unit: write 2ms, 2s, 2m, 2h or 2d"),
        ("exponential", "2:17 `exponential` needs its parameters | write `{ exponential: { mean: 2000h } }`"),
    ] {
        assert_wrong(&failure(text), &[expected]);
    }
}

#[test]
fn incompatible_keys_are_rejected() {
    assert_wrong(
        &component("mtbf: 9h, failure: 8h, mttr: 1h"),
        &["2:18 `failure` and `mtbf` have the same meaning | keep one of the two"],
    );
    assert_wrong(
        &component("failure: 8h"),
        &[
            "2:3 the repair time is missing | give `mttr` or `repair`; for a component that is never repaired, `repair: never`",
        ],
    );
    assert_wrong(
        &component("mttr: 8h"),
        &["2:3 the failure time is missing | give `mtbf`, `failure`, or a fixed `unavailability`"],
    );
    assert_wrong(
        &component("unavailability: 1%, mttr: 8h, detection: 5s"),
        &[
            "2:28 `mttr` cannot be combined with `unavailability` | a fixed unavailability has no failures or repairs in time",
            "2:38 `detection` cannot be combined with `unavailability` | a fixed unavailability has no failures or repairs in time",
        ],
    );
    assert_wrong(
        &component(
            "mtbf: 9h, mttr: 1h, maintenance: { every: 1d, duration: 1h, clock: operating, pattern: rolling }",
        ),
        &[
            "2:95 `pattern: rolling` requires the calendar clock, which all units share | leave out `clock`, or write `pattern: together` or `staggered`",
        ],
    );
    assert_wrong(
        &component("mtbf: 9h, mttr: 1h, restart: { success: 0.9, backoff: 2h }"),
        &[
            "2:62 `backoff` is longer than `max_backoff`, which is 1h | give a `max_backoff` of at least the same length",
        ],
    );
    assert_wrong(
        &component("mtbf: 9h, mttr: 1h, repair_effect: as_good"),
        &["2:43 `as_good` is not one of as_new, as_old | did you mean `as_old`?"],
    );
}

#[test]
fn an_invalid_block_is_rejected() {
    for (block, expected) in [
        ("{ k_of_n: { k: 4, of: [b] } }", "2:46 k is 4, but there are 2 parts | at most 2"),
        ("{ k_of_n: { k: 0, of: [b] } }", "2:46 a whole number from 1 up is expected, not `0`"),
        ("{ k_of_n: { of: [b] } }", "2:41 `k` is missing"),
        (
            "{ serie: [b] }",
            "2:33 unknown block `serie` | did you mean `series`? | blocks are series, parallel, k_of_n, standby",
        ),
        ("{ series: [] }", "2:41 an empty list: a block needs parts"),
        ("{ series: b }", "2:41 a list of parts is expected, not `b` | write `[b]`"),
        (
            "{ series: [b], parallel: [a] }",
            "2:31 a name or one block is expected, not a map | write one block, in which others may be nested: `{ series: [a, { parallel: [b, c] }] }`; blocks are series, parallel, k_of_n, standby",
        ),
        ("{ series: [c] }", "2:42 there is no component, unit or block `c`"),
        (
            "{ series: [b-3] }",
            "2:42 there is no component, unit or block `b-3` | the units of `b` are `b-1` to `b-2`: it has a `count` of 2",
        ),
        (
            "{ series: [a-1] }",
            "2:42 there is no component, unit or block `a-1` | `a` is a single unit: write `a`",
        ),
        ("{ series: [b-1, b] }", "2:47 `b-1` is listed twice | the second time"),
        ("{ series: [a, a] }", "2:45 `a` is listed twice | the second time"),
        (
            "~",
            "2:31 a name or one block is expected, not nothing | write one block, in which others may be nested: `{ series: [a, { parallel: [b, c] }] }`; blocks are series, parallel, k_of_n, standby",
        ),
    ] {
        assert_wrong(&system(block), &[expected]);
    }
}

#[test]
fn an_invalid_standby_block_is_rejected() {
    let standby = |keys: &str| system(&format!("{{ standby: {{ {keys} }} }}"));
    for (keys, expected) in [
        ("units: [b], active: 3", "2:64 `active` is 3, but the block has only 2 units"),
        (
            "units: [b], needed: 2",
            "2:64 `needed` is 2, but `active` is 1 | `needed` must not exceed `active`, which defaults to 1",
        ),
        (
            "units: [b], mode: warm",
            "2:62 `mode: warm` requires `dormancy` | give the ageing rate relative to a serving unit: `dormancy: 0.3`",
        ),
        (
            "units: [b], mode: cold, dormancy: 0.3",
            "2:78 `dormancy` is only valid with `mode: warm` | a cold spare does not age",
        ),
        ("units: [b], mode: worm", "2:62 `worm` is not one of hot, warm, cold | did you mean `warm`?"),
        (
            "units: [b, f]",
            "2:55 `f` has a fixed unavailability: it cannot be part of a standby block | give it `mtbf` and `mttr`, or name it in a `parallel` block",
        ),
        ("units: [b], switch_success: 2", "2:72 `2` is not between 0 and 1"),
        ("active: 1", "2:42 `units` is missing"),
    ] {
        assert_wrong(&standby(keys), &[expected]);
    }
    assert_wrong(
        "components: { b: { count: 2, mtbf: 9h, mttr: 1h } }\nblocks:\n  x: { standby: { units: [b] } }\n  \
         y: { standby: { units: [b-2] } }\nsystem: { series: [x, y] }\n",
        &["4:6 `b-2` is a unit of two standby blocks"],
    );
}

#[test]
fn crews_common_causes_and_objectives_are_validated() {
    let more = |line: &str| {
        format!(
            "components: {{ a: {{ mtbf: 9h, mttr: 1h }}, b: {{ mtbf: 8h, repair: never }}, f: {{ unavailability: 1% }} }}\n\
             system: {{ parallel: [a, b, f] }}\n{line}\n"
        )
    };
    for (line, expected) in [
        ("crews: { c: { serves: [a, b] } }", "3:27 `b` is never repaired: no crew can serve it"),
        ("crews: { c: { serves: [f] } }", "3:24 `f` has a fixed unavailability: no crew can serve it"),
        ("crews: { c: { serves: [a] }, d: { serves: [a] } }", "3:44 `a` is served by two crews"),
        ("crews: { a: { serves: [a] } }", "3:10 `a` is both a component and a crew"),
        ("crews: { c: { serves: [c] } }", "3:24 `c` is a crew; components and units are expected"),
        (
            "common_causes: { x: { takes_down: [a] } }",
            "3:18 the arrival time is missing | give `mtbf`, `arrival`, or a fixed `unavailability`",
        ),
        ("common_causes: { x: { mtbf: 1y } }", "3:21 `takes_down` is missing"),
        (
            "common_causes: { x: { mtbf: 1y, mttr: 1h, probability: 0.5, takes_down: [a] } }",
            "3:43 `probability` cannot be combined with a repair of its own | a common cause with its own repair takes all its units out of service while it lasts",
        ),
        (
            "common_causes: { x: { mtbf: 1y, takes_down: [a, f] } }",
            "3:49 `f` has a fixed unavailability: a common cause cannot make it fail | give the cause its own repair (`mttr`): it then \
             takes its units out of service",
        ),
        (
            "common_causes: { x: { unavailability: 1%, mttr: 1h, takes_down: [a] } }",
            "3:43 `mttr` cannot be combined with `unavailability`",
        ),
        (
            "common_causes: { x: { beta: 0.1, of: [a, b] } }",
            "3:42 `b` and `a` fail at different rates | the units of a beta-factor group must have the same failure rate",
        ),
        ("common_causes: { x: { beta: 1, of: [a] } }", "3:29 a share above 0 and below 1 is expected"),
        ("objectives: { availability: 101% }", "3:29 `101%` is not between 0% and 100%"),
        (
            "objectives: { availability: 99%, window: 2y }",
            "3:42 `window` is longer than the horizon of 1y | give a longer `horizon`, or a shorter `window`",
        ),
        (
            "objectives: { reliability: 99% }",
            "3:15 `reliability` is given without `mission` | give the mission time: `mission: 30d`",
        ),
        ("start: old", "3:8 `old` is not one of new, stationary"),
        ("suspend: maybe", "3:10 true or false is expected, not `maybe`"),
    ] {
        assert_wrong(&more(line), &[expected]);
    }
}

#[test]
fn duplicate_names_are_rejected_with_both_places() {
    let text = "components:\n  web: { count: 2, mtbf: 9h, mttr: 1h }\n  web-2: { mtbf: 9h, mttr: 1h }\nblocks: { web: web-1 }\nsystem: web\n";
    assert_wrong(
        text,
        &[
            "3:3 `web-2` is both a unit and a component | the units of a component with a `count` are named `name-1`, `name-2`, …",
            "4:11 `web` is both a component and a block",
        ],
    );
    let shown = parse(text).unwrap_err().to_string();
    assert!(shown.contains("::: t.yaml:2:3") && shown.contains("the same name"), "{shown}");
}

#[test]
fn circular_dependencies_are_rejected_with_their_paths() {
    let circle = |blocks: &str| {
        wrong(&format!(
            "components: {{ a: {{ mtbf: 9h, mttr: 1h, requires: [x] }} }}\nblocks: {{ {blocks} }}\nsystem: x\n"
        ))
    };
    assert_eq!(
        circle("x: { series: [y] }, y: { series: [x] }"),
        ["2:25 `x` depends on itself: x → y → x | `x` needs `y`"]
    );
    assert_eq!(circle("x: x"), ["2:14 `x` depends on itself: x → x | `x` needs `x`"]);
    assert_eq!(
        circle("x: { standby: { units: [a] } }"),
        ["2:35 `x` depends on itself: x → a → x | `x` needs `a`"]
    );
    let long: String = (0..100_000).fold(String::new(), |mut text, i| {
        write!(text, "b{i}: b{}, ", (i + 1) % 100_000).unwrap();
        text
    });
    let found = circle(&format!("{long}x: b0"));
    assert_eq!(
        found,
        [
            "2:15 `b0` depends on itself: b0 → b1 → b2 → b3 → b4 → b5 → … → b99994 → b99995 → b99996 → b99997 → b99998 → b99999 → b0 \
          | `b0` needs `b1`"
        ]
    );
}

#[test]
fn all_problems_are_reported_in_the_order_of_the_file() {
    assert_wrong(
        "components:\n  a: { mtbf: 9, mttr: 1h }\n  b: { mtbf: 9h, mttr: x }\nsystem: { series: [a, c] }\n",
        &[
            "2:14 `9` has no unit: write 9ms, 9s, 9m, 9h or 9d",
            "3:24 `x` is not a duration such as 90s or 1h 30m",
            "4:23 there is no component, unit or block `c`",
        ],
    );
}
