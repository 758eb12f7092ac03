use super::{Effect, FAULTS, Wire};
use crate::base::random::{FastRng, fast_stream};
use crate::chaos::link::tests::{MS, Run};
use crate::chaos::link::{Item, Line};
use crate::config::document::{Reading, Syntax, Tree};
use std::sync::Arc;
use std::time::Duration;

/// Reads a fault written as `{ name: … }`, as in a file.
pub(in crate::chaos) fn fault(text: &str) -> (&'static str, Effect) {
    let tree = Tree::parse("fault.yaml", text, Syntax::Yaml).unwrap();
    let (key, value) = tree.root().entries().unwrap().next().unwrap();
    let fault = FAULTS.iter().find(|fault| Some(fault.name) == key.text()).unwrap();
    let none = |_: &str| Err("no other files".to_owned());
    let mut reading = Reading::new(&none);
    let effect = (fault.read)(value, &mut reading);
    (fault.name, effect.unwrap_or_else(|| panic!("{text}: {:?}", reading.problems)))
}

fn wire(text: &str) -> Arc<Wire> {
    match fault(text).1 {
        Effect::Wire(wire) => wire,
        effect => panic!("{effect:?}"),
    }
}

fn chance() -> FastRng {
    fast_stream(1, 2, 3)
}

/// Builds a line with these faults on it from the start.
fn line(faults: &[&str]) -> Line {
    let mut line = Line::default();
    for (text, id) in faults.iter().zip(0..) {
        line.add(id, (wire(text).stage)(Duration::ZERO, chance()));
    }
    line
}

/// Wire faults with values at which all bytes pass in the end.
const HARMLESS: [&str; 7] = [
    "{ latency: { delay: 20ms, jitter: 15ms } }",
    "{ latency: 0s }",
    "{ bandwidth: { rate: 100kB/s } }",
    "{ slow_close: { delay: 70ms } }",
    "{ slicer: { average_size: 5, size_variation: 4, delay: 1ms } }",
    "{ limit_data: { bytes: 1GB } }",
    "{ reset: { after: 10h } }",
];

/// Returns the examples of all wire faults, as the reference shows them.
fn examples() -> Vec<&'static str> {
    let wires = FAULTS.iter().filter(|f| matches!(fault(f.example).1, Effect::Wire(_)));
    wires.map(|fault| fault.example).collect()
}

#[test]
fn the_examples_of_all_faults_can_be_read() {
    for variant in FAULTS {
        assert_eq!(fault(variant.example).0, variant.name);
    }
    assert_eq!(examples().len(), 8);
}

#[test]
fn a_latency_keeps_the_distance_between_chunks() {
    let mut run = Run::new(line(&["{ latency: 200ms }"]));
    for at in 0..10 {
        run.push(at * 10 * MS, b"x");
    }
    let times: Vec<Duration> = run.finish(100 * MS).into_iter().map(|(at, _)| at).collect();
    let expected: Vec<Duration> = (0..10).map(|at| (200 + at * 10) * MS).collect();
    assert_eq!(times[..10], expected);
    // The end is not delayed, but stays behind the bytes.
    assert_eq!(times[10], 290 * MS);
}

#[test]
fn latencies_add_up_and_report_the_requested_delay() {
    let mut run = Run::new(line(&["{ latency: 20ms }", "{ latency: 30ms }"]));
    run.push(5 * MS, b"x");
    let out = run.finish(6 * MS);
    let Item::Data(chunk) = &out[0].1 else { panic!("{out:?}") };
    assert_eq!((out[0].0, chunk.arrived, chunk.asked), (55 * MS, 5 * MS, 50 * MS));
}

#[test]
fn a_bandwidth_limit_keeps_its_rate_and_makes_the_sender_wait() {
    let mut run = Run::new(line(&["{ bandwidth: 100kB/s }"]));
    run.push(Duration::ZERO, &vec![0; 50_000]);
    assert!(run.line.is_full());
    let out = run.finish(MS);
    assert_eq!(out.last().unwrap().0, 500 * MS);
    assert!(out.iter().all(|(_, item)| !matches!(item, Item::Data(chunk) if chunk.bytes.len() > 1000)));
}

#[test]
fn a_data_limit_passes_its_number_of_bytes_and_then_ends() {
    for limit in [0, 1, 7, 10, 11] {
        let mut run = Run::new(line(&[&format!("{{ limit_data: {limit} }}")]));
        run.push(MS, b"hello");
        run.push(2 * MS, b"world!");
        run.push(3 * MS, b"more");
        let out = run.finish(4 * MS);
        assert_eq!(Run::bytes(&out), b"helloworld!more"[..limit]);
        assert_eq!(out.last().unwrap().1, Item::End);
        assert_eq!(out.iter().filter(|(_, item)| *item == Item::End).count(), 1);
    }
}

#[test]
fn a_reset_comes_after_the_first_bytes_or_after_the_start() {
    let mut run = Run::new(line(&["{ reset: { after: 30ms } }"]));
    run.push(100 * MS, b"x");
    assert_eq!(
        run.finish(110 * MS),
        [(100 * MS, Run::data(b"x", 100 * MS)), (110 * MS, Item::End), (130 * MS, Item::Reset)]
    );
    let mut run = Run::new(line(&["{ reset: { after: 30ms, since: start } }"]));
    run.wait(100 * MS);
    assert_eq!(run.out, [(30 * MS, Item::Reset)]);
    let mut run = Run::new(line(&["{ reset: {} }"]));
    run.wait(100 * MS);
    assert_eq!(run.out, []);
    run.push(100 * MS, b"x");
    assert_eq!(run.out, [(100 * MS, Item::Reset)]);
}

#[test]
fn a_reset_overtakes_bytes_held_by_later_faults() {
    let mut run = Run::new(line(&["{ reset: { after: 30ms } }", "{ latency: 10s }"]));
    run.push(MS, b"x");
    run.wait(100 * MS);
    assert_eq!(run.out, [(31 * MS, Item::Reset)]);
}

#[test]
fn a_black_hole_discards_all_bytes_and_ends_on_time() {
    let mut run = Run::new(line(&["{ timeout: { after: 50ms } }"]));
    for at in 0..20 {
        run.push(at * 10 * MS, b"x");
    }
    assert_eq!(run.out, [(50 * MS, Item::End)]);
    let mut run = Run::new(line(&["{ timeout: {} }"]));
    run.push(MS, b"x");
    run.wait(1000 * MS);
    assert_eq!(run.out, []);
    run.line.remove(2000 * MS, 0);
    run.wait(2000 * MS);
    assert_eq!(run.out, [(2000 * MS, Item::End)]);
}

#[test]
fn a_black_hole_that_discarded_nothing_leaves_the_connection_alone() {
    let mut run = Run::new(line(&["{ timeout: {} }"]));
    run.line.remove(5 * MS, 0);
    run.push(6 * MS, b"x");
    assert_eq!(Run::bytes(&run.out), b"x");
}

#[test]
fn a_half_open_connection_is_reset_when_the_fault_ends() {
    let mut run = Run::new(line(&["{ half_open: {} }"]));
    run.push(MS, b"x");
    run.line.end(2 * MS);
    run.wait(10 * MS);
    assert_eq!(run.out, []);
    run.line.remove(20 * MS, 0);
    run.wait(20 * MS);
    assert_eq!(run.out, [(20 * MS, Item::Reset)]);
}

#[test]
fn a_slow_close_delays_only_the_end() {
    let mut run = Run::new(line(&["{ slow_close: 2s }"]));
    run.push(MS, b"x");
    let out = run.finish(2 * MS);
    assert_eq!(out, [(MS, Run::data(b"x", MS)), (2002 * MS, Item::End)]);
}

#[test]
fn bytes_held_by_a_removed_fault_leave_at_once_and_in_order() {
    for fault in HARMLESS {
        let mut run = Run::new(line(&[fault]));
        for (at, piece) in [b"ab", b"cd", b"ef"].iter().enumerate() {
            run.push(at as u32 * MS, *piece);
        }
        run.line.end(3 * MS);
        run.line.remove(4 * MS, 0);
        run.wait(4 * MS);
        assert_eq!(Run::bytes(&run.out), b"abcdef", "{fault}");
        assert_eq!(run.out.last().unwrap().1, Item::End, "{fault}");
        assert!(run.line.is_clear());
    }
}

#[test]
fn no_fault_is_due_or_returns_anything_after_a_reset() {
    for fault in examples() {
        let mut run = Run::new(line(&[fault]));
        run.push(MS, b"some bytes");
        run.line.reset(2 * MS);
        run.wait(100_000 * MS);
        let resets = run.out.iter().filter(|(_, item)| *item == Item::Reset).count();
        assert!(resets <= 1, "{fault}");
        if resets == 1 {
            assert_eq!(run.out.last().unwrap().1, Item::Reset, "{fault}");
            assert_eq!(run.line.due(), None, "{fault}");
        }
    }
}

mod laws {
    use super::{HARMLESS, MS, Run, line};
    use crate::chaos::link::Item;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// For any faults, one of which may be removed at any time: bytes keep their order, none is lost
        /// or too early, and the end comes last.
        #[test]
        fn bytes_keep_their_order_and_none_is_lost(
            faults in proptest::sample::subsequence(&HARMLESS[..], 0..=7).prop_shuffle(),
            chunks in proptest::collection::vec((0..30_u32, 0..2000_usize), 0..20),
            gone in proptest::option::of((0..7_u32, 0..400_u32)),
        ) {
            let mut run = Run::new(line(&faults));
            let (mut at, mut sent) = (0, Vec::new());
            let mut gone = gone;
            for (pause, size) in chunks {
                at += pause;
                if let Some((fault, when)) = gone.take_if(|(_, when)| *when <= at) {
                    run.wait(when * MS);
                    run.line.remove(when * MS, fault);
                }
                let bytes: Vec<u8> = (sent.len()..sent.len() + size).map(|i| i as u8).collect();
                run.push(at * MS, &bytes);
                sent.extend(bytes);
            }
            let out = run.finish(at * MS);
            prop_assert_eq!(Run::bytes(&out), sent);
            prop_assert!(out.is_sorted_by_key(|(at, _)| *at));
            prop_assert_eq!(&out.last().unwrap().1, &Item::End);
            for (at, item) in &out {
                if let Item::Data(chunk) = item {
                    prop_assert!(!chunk.bytes.is_empty());
                    prop_assert!(*at >= chunk.arrived);
                    prop_assert!(*at <= chunk.arrived + chunk.asked + MS || gone.is_none());
                }
            }
        }
    }
}
