//! The `faults` section: the faults, where they act, and what they hit.

use super::proxies::LOAD;
use crate::chaos::experiment::{Direction, Injection, Matches, Proxy, Upstream, Who};
use crate::chaos::fault::headers::headers;
use crate::chaos::fault::{self, Effect, FAULTS as KNOWN_FAULTS, Fault};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{AnyKey, Choice, Choices, Family, Key, KeyOr, Kind, Record, Section};

pub(super) static FAULTS: Key<()> =
    Key::node("faults", Kind::List(&Kind::Variant(&FAULT)), "faults to inject");

/// A fault with the keys beside it.
static FAULT: Family = Family {
    name: "fault",
    summary: "A fault acts on bytes, connections or responses that pass a proxy; the keys beside it select \
              which. Faults whose names start with `http_` hit requests, all others hit connections.",
    members: fault::members,
    beside: BESIDE,
};

static BESIDE: &[&dyn AnyKey] = &[&PROXY, &DIRECTION, &PROBABILITY, &EVERY, &FIRST, &MATCH];

static PROXY: Key<()> = Key::node("proxy", Kind::Name, "proxy at which it acts").rule("`load`");
static DIRECTION: KeyOr<Direction> =
    Key::choice("direction", "direction of the bytes on which it acts; not for HTTP faults")
        .or(|| Direction::Downstream);
static PROBABILITY: KeyOr<f64> =
    Key::probability("probability", "probability with which each connection or request considered is hit")
        .or(|| 1.0);
static EVERY: KeyOr<u64> = Key::count::<1, HITS_MAX>(
    "every",
    "only one in this many of those considered can be hit, beginning with the first",
)
.or(|| 1);
static FIRST: Key<u64> = Key::count::<1, HITS_MAX>("first", "maximum number of hits");
static MATCH: Section = Section::new(
    "match",
    &MATCH_RECORD,
    "conditions that a request must meet to be considered; only for HTTP faults",
);

const HITS_MAX: u64 = 1_000_000_000;

static MATCH_RECORD: Record =
    Record { name: "match", summary: "All conditions must hold.", keys: &[&METHOD, &PATH, &HEADERS] };

static METHOD: Key<String> = Key::text("method", "its method");
static PATH: Key<String> =
    Key::text("path", "its path; `*` matches anything within a segment, `**` anything");
static HEADERS: Key<()> = Key::node(
    "headers",
    Kind::Map(&Kind::Text),
    "headers that it must have; `*` in a value matches anything",
);

impl Choices for Direction {
    const CHOICES: &'static [Choice<Self>] = &[
        ("downstream", Self::Downstream, "from the target to the client"),
        ("upstream", Self::Upstream, "from the client to the target"),
        ("both", Self::Both, ""),
    ];
}

/// The faults read so far, and the proxies at which they act.
pub(super) struct Injections {
    proxies: Vec<Proxy>,
    faults: Vec<Injection>,
    /// Number of faults in the file and on the command line, valid or not.
    named: usize,
    /// Whether the load's own proxy must parse HTTP; `None` if no fault acts there.
    load: Option<bool>,
}

/// Stands for the index of the load's own proxy until all faults are read.
const AT_LOAD: usize = usize::MAX;

impl Injections {
    /// Creates an empty list. `added` faults, valid or not, come from the command line.
    pub(super) fn new(proxies: Vec<Proxy>, added: usize) -> Self {
        Self { proxies, faults: Vec::new(), named: added, load: None }
    }

    /// Reads a list of faults.
    pub(super) fn list(&mut self, list: Option<Node<'_>>, reading: &mut Reading<'_>) {
        let Some(list) = list else {
            return;
        };
        let Some(items) = list.items() else {
            self.named += 1;
            return reading.refuse(list.expected("a list of faults"));
        };
        items.for_each(|item| self.one(item, reading));
    }

    /// Reads one fault.
    pub(super) fn one(&mut self, node: Node<'_>, reading: &mut Reading<'_>) {
        self.named += 1;
        let Some((named, fields)) = split_fault(node, reading) else {
            return;
        };
        let read = named.and_then(|(fault, value)| Some((fault, (fault.read)(value, reading)?)));
        if let Some((fault, effect)) = &read {
            refuse_misplaced_keys(&fields, fault.name, effect, reading);
        }
        let who = who(&fields, reading);
        let proxy = self.proxy(&fields, reading);
        let direction = fields.value(&DIRECTION, reading);
        let (Some((fault, effect)), Some(who), Some(proxy)) = (read, who, proxy) else {
            return;
        };
        let is_http = effect.is_http();
        if proxy == AT_LOAD {
            self.load = Some(self.load.unwrap_or(false) || is_http);
        } else if is_http && self.proxies.get(proxy).is_some_and(|proxy| !proxy.http) {
            let problem = node.problem(format!("`{}` needs a proxy that parses HTTP", fault.name));
            reading.refuse(problem.help("set `protocol: http` for the proxy"));
        }
        let both = acts_both_ways(&effect);
        self.faults.push(Injection {
            described: node.inline(),
            effect,
            proxy,
            direction: if both { Direction::Both } else { direction },
            who,
        });
    }

    /// Returns the proxies and the faults. The load's own proxy comes first, if a fault acts on it.
    pub(super) fn finish(
        mut self,
        fields: &Fields<'_>,
        reading: &mut Reading<'_>,
    ) -> (Vec<Proxy>, Vec<Injection>) {
        if self.named == 0 {
            let problem = fields.map().problem("there is no fault to inject");
            reading.refuse(problem.help(
                "add one under `faults`, or use `--fault latency=200ms`; `steadfast list faults` shows all \
                 faults",
            ));
        }
        // The load's own proxy is inserted in front of the others, so their indices move by one.
        let shift = usize::from(self.load.is_some());
        if let Some(http) = self.load {
            let own = Proxy { name: LOAD.into(), listen: None, upstream: Upstream::Target, http };
            self.proxies.insert(0, own);
        }
        for fault in &mut self.faults {
            fault.proxy = if fault.proxy == AT_LOAD { 0 } else { fault.proxy + shift };
        }
        (self.proxies, self.faults)
    }

    fn proxy(&self, fields: &Fields<'_>, reading: &mut Reading<'_>) -> Option<usize> {
        let Some(node) = fields.node(&PROXY) else {
            return Some(AT_LOAD);
        };
        let name = reading.take(node.read_text())?;
        if name == LOAD {
            return Some(AT_LOAD);
        }
        let found = self.proxies.iter().position(|proxy| proxy.name == name);
        if found.is_none() {
            let names: Vec<&str> =
                self.proxies.iter().map(|proxy| proxy.name.as_str()).chain([LOAD]).collect();
            let problem = node.problem(format!("there is no proxy `{name}`"));
            let problem = reading.guess(problem, name, names.into_iter(), "name one of `proxies`, or `load`");
            reading.refuse(problem);
        }
        found
    }
}

/// A fault and the value of its key.
type Named<'t> = (&'static Fault, Node<'t>);

/// Splits a map into the fault that it names and the keys beside it.
fn split_fault<'t>(node: Node<'t>, reading: &mut Reading<'_>) -> Option<(Option<Named<'t>>, Fields<'t>)> {
    let Some(entries) = node.entries() else {
        reading.refuse(node.expected("a fault such as `{ latency: 200ms }`"));
        return None;
    };
    let named = |key: Node<'_>| KNOWN_FAULTS.iter().find(|fault| Some(fault.name) == key.text()).copied();
    let is_beside = |key: Node<'_>| BESIDE.iter().any(|known| Some(known.name()) == key.text());
    let mut found: Option<Named<'t>> = None;
    let mut unknown_keys = Vec::new();
    for (key, value) in entries {
        match (named(key), &found) {
            (Some(fault), None) => found = Some((fault, value)),
            (Some(_), Some(_)) => {
                reading.refuse(key.problem("a second fault in one item: make each fault an item of its own"));
            }
            (None, _) if is_beside(key) => {}
            (None, _) => unknown_keys.push(key),
        }
    }
    if found.is_none() && unknown_keys.is_empty() {
        reading.refuse(node.problem("no fault is named here: write, for example, `{ latency: 200ms }`"));
    }
    let what = if found.is_some() { "key" } else { "fault" };
    for key in unknown_keys {
        unknown(key, what, reading);
    }
    Some((found, Fields::among(node, BESIDE)))
}

fn unknown(key: Node<'_>, what: &str, reading: &mut Reading<'_>) {
    let name = key.text().unwrap_or_default();
    let names: Vec<&str> =
        KNOWN_FAULTS.iter().map(|fault| fault.name).chain(BESIDE.iter().map(|key| key.name())).collect();
    let problem = key.problem(format!("unknown {what} `{name}`"));
    let help = "`steadfast list faults` shows all faults";
    let problem = reading.guess(problem, name, names.into_iter(), help);
    reading.refuse(problem);
}

fn acts_both_ways(effect: &Effect) -> bool {
    match effect {
        Effect::Wire(wire) => wire.both_directions,
        Effect::Refuse(_) => true,
        Effect::Exchange(_) => false,
    }
}

fn refuse_misplaced_keys(fields: &Fields<'_>, name: &str, effect: &Effect, reading: &mut Reading<'_>) {
    let is_http = effect.is_http();
    let one_way = fields.node(&DIRECTION).and_then(|node| node.text());
    if let Some(node) = fields.key(&DIRECTION).filter(|_| acts_both_ways(effect))
        && one_way != Some("both")
    {
        reading.refuse(node.problem(format!("`{name}` has no direction: it acts on the whole connection")));
    }
    if let Some(node) = fields.key(&DIRECTION).filter(|_| is_http) {
        reading.refuse(node.problem(format!("`{name}` has no direction: it acts on responses")));
    }
    if let Some(node) = fields.key(&MATCH).filter(|_| !is_http) {
        let problem = node.problem(format!("`{name}` acts on connections, to which `match` does not apply"));
        reading
            .refuse(problem.help(
                "to select requests, use a fault whose name starts with `http_`, such as `http_delay`",
            ));
    }
}

fn who(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Option<Who> {
    let probability = fields.value(&PROBABILITY, reading);
    let every = fields.value(&EVERY, reading);
    let first = fields.given(&FIRST, reading);
    let matches = match fields.node(&MATCH) {
        Some(node) => matches(node, reading),
        None => Some(Matches::default()),
    };
    Some(Who { matches: matches?, probability, every, first })
}

fn matches(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Matches> {
    let fields = Fields::of(node, &MATCH_RECORD, reading)?;
    let (method, path) = (fields.given(&METHOD, reading), fields.given(&PATH, reading));
    let pattern = |_: Node<'_>, text: &str, _: &mut Reading<'_>| text.to_owned();
    let headers = fields.node(&HEADERS).map_or(Some(Vec::new()), |node| headers(node, reading, pattern));
    Some(Matches { method, path, headers: headers?.into_iter().collect() })
}
