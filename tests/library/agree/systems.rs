//! Small random systems as topology files; and some for which one of the solvers was wrong once.

/// Random choices, the same for the same seed (splitmix64: Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns a number from `low` to `high`, both included.
    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// Returns true once in `n` times.
    fn once_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.next() as usize % words.len()]
    }

    /// Returns the text once in `n` times, else nothing.
    fn perhaps(&mut self, n: u64, text: impl FnOnce(&mut Self) -> String) -> String {
        if self.once_in(n) { text(self) } else { String::new() }
    }

    /// Returns an exponential time with a mean of some hours, in the notation of the file.
    fn time(&mut self, low: u64, high: u64) -> String {
        format!("{{ exponential: {{ mean: {}h }} }}", self.between(low, high))
    }
}

/// Returns a component: how it fails and how it comes back.
fn component(dice: &mut Dice, name: &str, count: u64, planned: bool) -> String {
    let mut keys = format!("count: {count}, mtbf: {}h", dice.between(20, 120));
    keys += &if dice.once_in(12) {
        ", repair: never".to_owned()
    } else {
        [", mttr: ", &dice.between(3, 30).to_string(), "h"].concat()
    };
    keys += &dice.perhaps(4, |dice| format!(", detection: {}", dice.time(1, 6)));
    keys += &dice.perhaps(5, |dice| {
        let (success, attempt) = (dice.between(2, 9), dice.time(1, 4));
        format!(", restart: {{ success: 0.{success}, attempt: {attempt}, limit: {} }}", dice.between(1, 2))
    });
    if planned {
        keys += &dice.perhaps(4, |dice| {
            let work = ["calendar", "since_last", "operating", "calendar, pattern: together"];
            let (clock, every, duration) = (dice.pick(&work), dice.time(20, 60), dice.time(2, 8));
            format!(", maintenance: {{ every: {every}, duration: {duration}, clock: {clock} }}")
        });
        keys += &dice.perhaps(5, |dice| {
            let (clock, every) = (dice.pick(&["calendar", "since_last"]), dice.time(10, 40));
            let duration = if dice.once_in(2) { "0s".into() } else { dice.time(1, 4) };
            format!(", inspection: {{ every: {every}, duration: {duration}, clock: {clock} }}")
        });
    }
    format!("  {name}: {{ {keys}")
}

fn standby(dice: &mut Dice, units: &str, count: u64) -> String {
    let active = dice.between(1, count - 1);
    let mode = dice.pick(&["cold", "hot", "warm, dormancy: 0.4"]);
    let mut keys = format!("units: [{units}], active: {active}, mode: {mode}");
    keys += &dice.perhaps(2, |dice| format!(", needed: {}", dice.between(1, active)));
    keys += &dice.perhaps(3, |dice| format!(", detection: {}", dice.time(1, 4)));
    keys += &dice.perhaps(2, |dice| format!(", switchover: {}", dice.time(1, 5)));
    keys += &dice.perhaps(2, |dice| format!(", switch_success: 0.{}", dice.between(3, 9)));
    keys += &dice.perhaps(3, |dice| format!(", manual: {}", dice.time(2, 10)));
    keys += &dice.perhaps(4, |_| ", switch: c".into());
    keys += &dice.perhaps(3, |_| ", fail_back: return".into());
    format!("{{ standby: {{ {keys} }} }}")
}

fn group(dice: &mut Dice, units: &str, count: u64) -> String {
    match dice.between(0, 2) {
        0 => format!("{{ series: [{units}] }}"),
        1 => format!("{{ parallel: [{units}] }}"),
        _ => format!("{{ k_of_n: {{ k: {}, of: [{units}] }} }}", dice.between(1, count)),
    }
}

fn causes(dice: &mut Dice, units: &[String]) -> String {
    let causes: Vec<String> = ["x", "y"].into_iter().filter_map(|name| cause(dice, name, units)).collect();
    if causes.is_empty() {
        return String::new();
    }
    format!("common_causes:\n{}", causes.concat())
}

fn cause(dice: &mut Dice, name: &str, units: &[String]) -> Option<String> {
    let struck: Vec<&str> = units.iter().filter(|_| !dice.once_in(3)).map(String::as_str).collect();
    if struck.len() < 2 || !dice.once_in(3) {
        return None;
    }
    let kind = match dice.between(0, 4) {
        0 | 1 => format!("mtbf: {}h, mttr: {}h", dice.between(60, 200), dice.between(2, 15)),
        2 => format!("unavailability: 0.{}", dice.between(1, 4)),
        _ => {
            let probability = dice.perhaps(2, |dice| format!(", probability: 0.{}", dice.between(3, 8)));
            format!("mtbf: {}h{probability}", dice.between(40, 150))
        }
    };
    Some(format!("  {name}: {{ {kind}, takes_down: [{}] }}\n", struck.join(", ")))
}

fn crews(dice: &mut Dice, served: &[&str]) -> String {
    let discipline = dice.pick(&["fifo", "priority", "preemptive_priority"]);
    let size = if dice.once_in(3) { 2 } else { 1 };
    let served = served.join(", ");
    format!("crews: {{ people: {{ serves: [{served}], size: {size}, discipline: {discipline} }} }}\n")
}

/// Returns a small system: two components of some units, a third one that others may depend on, and
/// anything that may act on them.
pub(super) fn system(seed: u64) -> String {
    let dice = &mut Dice(seed);
    let (a, b) = (dice.between(2, 3), dice.between(1, 2));
    let planned = dice.once_in(2);
    let mut components = Vec::new();
    for (name, count) in [("a", a), ("b", b), ("c", 1)] {
        let requires =
            if name == "c" { String::new() } else { dice.perhaps(5, |_| ", requires: [c]".into()) };
        components.push(component(dice, name, count, planned) + &requires + " }\n");
    }
    if dice.once_in(6) {
        components[2] = "  c: { unavailability: 0.2 }\n".into();
    }
    let first = match dice.between(0, 3) {
        0 | 1 => standby(dice, "a", a),
        2 => format!("{}, {}", standby(dice, "a, b", a + b), "c"),
        _ => group(dice, "a", a),
    };
    let first = first.replace(", c", "");
    let whole = first.contains("[a, b]");
    let parts = if whole { vec![first, "c".into()] } else { vec![first, group(dice, "b", b), "c".into()] };
    let top = match dice.between(0, 3) {
        0 | 1 => format!("{{ series: [{}] }}", parts.join(", ")),
        2 => format!("{{ parallel: [{}] }}", parts[..parts.len() - 1].join(", ")),
        _ => format!("{{ k_of_n: {{ k: {}, of: [{}] }} }}", parts.len() - 1, parts.join(", ")),
    };
    let names = |name: &'static str, count: u64| {
        (1..=count).map(move |i| match count {
            1 => name.to_owned(),
            _ => format!("{name}-{i}"),
        })
    };
    let units: Vec<String> = names("a", a).chain(names("b", b)).collect();
    let repaired: Vec<&str> = ["b", "a", "c"]
        .into_iter()
        .filter(|name| components.iter().any(|c| c.contains(&format!(" {name}:")) && c.contains("mttr")))
        .collect();
    let mut text = format!("components:\n{}system: {top}\n", components.concat());
    text += &causes(dice, &units);
    if !repaired.is_empty() {
        text += &dice.perhaps(2, |dice| crews(dice, &repaired));
    }
    text + &dice.perhaps(5, |_| "suspend: true\n".into())
}

/// Returns a system that the diagram can solve: independent components in a structure with shared parts.
pub(super) fn independent(seed: u64) -> String {
    let dice = &mut Dice(seed);
    let (a, b) = (dice.between(1, 3), dice.between(1, 3));
    let component = |(name, count): (&str, u64)| {
        let requires =
            if name == "c" { String::new() } else { dice.perhaps(3, |_| ", requires: [c]".into()) };
        let keys =
            format!("count: {count}, mtbf: {}h, mttr: {}h", dice.between(20, 120), dice.between(3, 30));
        format!("  {name}: {{ {keys}{requires} }}\n")
    };
    let components: String = [("a", a), ("b", b), ("c", 1)].into_iter().map(component).collect();
    let parts = [group(dice, "a", a), group(dice, "b, c", b + 1), group(dice, "a, b", a + b)];
    let top = group(dice, &parts.join(", "), 3);
    let zone = dice.perhaps(2, |dice| {
        let last = if a == 1 { "a".to_owned() } else { format!("a-{a}") };
        let kind = if dice.once_in(2) { "mtbf: 90h, mttr: 5h" } else { "unavailability: 0.1" };
        format!("common_causes: {{ zone: {{ {kind}, takes_down: [{last}, b] }} }}\n")
    });
    format!("components:\n{components}system: {top}\n{zone}")
}

/// Returns a system of units that are never repaired and live by laws of all kinds, or of units that are repaired, some
/// of them from the long run on; with parts that are down for good from the start.
pub(super) fn lawful(seed: u64) -> String {
    let dice = &mut Dice(seed);
    let is_mortal = dice.once_in(2);
    let (a, b) = (dice.between(1, 3), dice.between(1, 2));
    let component = |(name, count): (&str, u64)| {
        let mean = dice.between(20, 120);
        let life = match dice.between(0, 3) {
            1 => {
                let shape = dice.pick(&["0.6", "0.8", "1.5", "3"]);
                format!("failure: {{ weibull: {{ shape: {shape}, mean: {mean}h }} }}")
            }
            2 => {
                let sigma = dice.pick(&["0.5", "1", "2"]);
                format!("failure: {{ lognormal: {{ sigma: {sigma}, mean: {mean}h }} }}")
            }
            3 => format!("failure: {{ gamma: {{ shape: 2, mean: {mean}h }} }}"),
            _ => format!("mtbf: {mean}h"),
        };
        let repaired = format!("mtbf: {mean}h, mttr: {}h", dice.between(3, 30));
        let keys = if is_mortal { life + ", repair: never" } else { repaired };
        format!("  {name}: {{ count: {count}, {keys} }}\n")
    };
    let mut components: Vec<String> = [("a", a), ("b", b), ("c", 1)].into_iter().map(component).collect();
    if dice.once_in(3) {
        components[2] = format!("  c: {{ unavailability: 0.{} }}\n", dice.between(1, 3));
    }
    let parts = [group(dice, "a", a), group(dice, "b, c", b + 1)];
    let top = group(dice, &parts.join(", "), 2);
    let zone = dice.perhaps(2, |dice| {
        let kind = if dice.once_in(2) { "mtbf: 90h, mttr: 5h" } else { "unavailability: 0.08" };
        let kind = if is_mortal { "unavailability: 0.08" } else { kind };
        format!("common_causes: {{ zone: {{ {kind}, takes_down: [a, b] }} }}\n")
    });
    let is_stationary = !is_mortal && dice.once_in(3);
    let start = if is_stationary { "start: stationary\n" } else { "" };
    format!("components:\n{}system: {top}\n{zone}{start}", components.concat())
}

/// Returns a system of several interdependent parts (a standby pair, units with a crew, units that a
/// common cause strikes) and independent units, in a structure that uses each part in one place or in
/// several.
pub(super) fn archipelago(seed: u64) -> String {
    let dice = &mut Dice(seed);
    let times = |dice: &mut Dice| format!("mtbf: {}h, mttr: {}h", dice.between(20, 120), dice.between(3, 30));
    let component = |(name, count): (&str, u64)| {
        let seen = dice.perhaps(6, |dice| format!(", detection: {}", dice.time(1, 6)));
        format!("  {name}: {{ count: {count}, {}{seen} }}\n", times(dice))
    };
    let components: String =
        [("web", 2), ("db", 2), ("job", 2), ("node", 2), ("zone", 1)].into_iter().map(component).collect();
    let pair = standby(dice, "db", 2).replace("switch: c", "switch: zone");
    let job = dice.pick(&["job-1", "{ series: [job-1, zone] }", "{ parallel: [job-1, web-2] }"]);
    let other = dice.pick(&["job-2", "{ series: [job-2, node-2] }", "{ parallel: [job-2, web-1] }"]);
    let nodes = group(dice, "node", 2);
    let parts = [
        group(dice, "web", 2),
        pair,
        group(dice, &format!("{job}, {other}"), 2),
        dice.pick(&["{ parallel: [node] }", "{ parallel: [node-1, zone] }", nodes.as_str()]).to_owned(),
    ];
    let top = match dice.between(0, 2) {
        0 | 1 => format!("{{ series: [{}] }}", parts.join(", ")),
        _ => group(dice, &parts.join(", "), 4),
    };
    let crew = crews(dice, &["job"]).replace("size: 2", "size: 1");
    let cause =
        format!("common_causes: {{ x: {{ mtbf: {}h, takes_down: [node] }} }}\n", dice.between(40, 150));
    format!("components:\n{components}system: {top}\n{crew}{cause}")
}

/// Systems for which one of the solvers was wrong once, each with the behaviour in question.
pub(super) const FOUND: &[(&str, &str)] = &[
    (
        "no common cause arrives while the system is down and suspended",
        "components: { a: { mtbf: 60h, mttr: 20h }, b: { mtbf: 50h, mttr: 15h }, d: { mtbf: 30h, mttr: 30h } }\nsystem: { parallel: [{ series: [a, b] }, d] }\n\
         common_causes: { x: { mtbf: 15h, takes_down: [b] }, y: { mtbf: 20h, mttr: 4h, takes_down: [a, d] } }\nsuspend: true\n",
    ),
    (
        "units that are struck at once request one switchover",
        "components: { a: { count: 3, mtbf: 60h, mttr: 20h } }\nsystem: { standby: { units: [a], switch_success: 0.5 } }\n\
         common_causes: { x: { mtbf: 30h, takes_down: [a-1, a-2] } }\n",
    ),
    (
        "units that are out at once request one switchover",
        "components: { a: { count: 3, mtbf: 60h, mttr: 20h } }\nsystem: { standby: { units: [a], switch_success: 0.5 } }\n\
         common_causes: { x: { mtbf: 30h, mttr: 2h, takes_down: [a-1, a-2] } }\n",
    ),
    (
        "of units that are back at once the preferred one serves",
        "components: { a: { mtbf: 20h, mttr: 60h }, b: { mtbf: 200h, mttr: 5h } }\n\
         system: { standby: { units: [a, b], mode: cold } }\n\
         common_causes: { x: { mtbf: 30h, mttr: 2h, takes_down: [a, b] } }\n",
    ),
    (
        "a calendar's occasions during a restart are skipped",
        "components:\n  a: { mtbf: 20h, mttr: 20h, restart: { success: 0.9, attempt: { exponential: { mean: 15h } } }, \
         maintenance: { every: { exponential: { mean: 8h } }, duration: { exponential: { mean: 3h } }, pattern: together } }\nsystem: a\n",
    ),
    (
        "an interval since the last work starts anew after a restart",
        "components:\n  a: { mtbf: 20h, mttr: 20h, restart: { success: 0.9, attempt: { exponential: { mean: 15h } } }, \
         maintenance: { every: { exponential: { mean: 8h } }, duration: { exponential: { mean: 3h } }, clock: since_last } }\nsystem: a\n",
    ),
    (
        "a calendar's maintenance of a unit with a hidden failure is skipped",
        "components:\n  a: { mtbf: 20h, mttr: 4h, inspection: { every: { exponential: { mean: 20h } } }, \
         maintenance: { every: { exponential: { mean: 8h } }, duration: { exponential: { mean: 3h } }, pattern: together } }\nsystem: a\n",
    ),
    (
        "maintenance since the last does not wait for an inspection to end",
        "components:\n  a: { mtbf: 20h, mttr: 4h, inspection: { every: { exponential: { mean: 20h } }, \
         duration: { exponential: { mean: 9h } } }, \
         maintenance: { every: { exponential: { mean: 8h } }, duration: { exponential: { mean: 3h } }, clock: since_last } }\nsystem: a\n",
    ),
];
