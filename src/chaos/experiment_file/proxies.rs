//! The `proxies` section: proxies between the system under test and its dependencies.

use crate::chaos::experiment::{Proxy, Upstream};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Choice, Choices, Key, KeyOr, Kind, Record};

pub(super) static PROXIES: Key<()> = Key::node(
    "proxies",
    Kind::Map(&Kind::Record(&PROXY)),
    "proxies between the system and its dependencies, by name; the one in front of the target \
     always exists and is called `load`",
);

static PROXY: Record = Record {
    name: "proxy",
    summary: "A proxy to which the system under test connects instead of a dependency.",
    keys: &[&LISTEN, &UPSTREAM, &PROTOCOL],
};

static LISTEN: Key<String> = Key::new(
    "listen",
    Kind::Text,
    "address and port to listen on; a port alone means 127.0.0.1",
    listen_address,
)
.required();
static UPSTREAM: Key<String> =
    Key::new("upstream", Kind::Text, "host and port of the dependency", host_and_port).required();
static PROTOCOL: KeyOr<Protocol> =
    Key::choice("protocol", "protocol that the proxy parses").or(|| Protocol::Tcp);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Protocol {
    Tcp,
    Http,
}

impl Choices for Protocol {
    const CHOICES: &'static [Choice<Self>] = &[
        ("tcp", Self::Tcp, "none: any protocol passes unchanged"),
        ("http", Self::Http, "HTTP/1.1 and HTTP/2 without TLS, which HTTP faults need"),
    ];
}

/// The name of the load's own proxy.
pub(super) const LOAD: &str = "load";

/// Reads the proxies, in the file's order.
pub(super) fn read(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Vec<Proxy> {
    let Some(section) = fields.node(&PROXIES) else {
        return Vec::new();
    };
    let Some(entries) = section.entries() else {
        reading.refuse(section.expected("a map of proxies"));
        return Vec::new();
    };
    let mut proxies = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        if name.text() == Some(LOAD) {
            reading.refuse(
                name.problem("`load` is the name of the proxy in front of the target: choose another name"),
            );
        }
        let proxy = proxy(name, value, reading);
        refuse_shared_port(name, &proxy, &proxies, reading);
        proxies.push(proxy);
    }
    refuse_loops(section, &proxies, reading);
    proxies
}

fn refuse_shared_port(at: Node<'_>, proxy: &Proxy, before: &[Proxy], reading: &mut Reading<'_>) {
    let Some(listen) = proxy.listen.as_deref() else { return };
    let same = before.iter().find(|other| other.listen.as_deref().is_some_and(|other| meet(listen, other)));
    if let Some(other) = same {
        let problem = at.problem(format!("it listens at {listen}, where proxy `{}` listens too", other.name));
        reading.refuse(problem.help("give each proxy a port of its own, or 0 for a free one"));
    }
}

/// Refuses proxies that lead to themselves, directly or through others: one connection would open another without end.
fn refuse_loops(at: Node<'_>, proxies: &[Proxy], reading: &mut Reading<'_>) {
    let next = |proxy: &Proxy| {
        let Upstream::Address(upstream) = &proxy.upstream else { return None };
        proxies.iter().find(|other| other.listen.as_deref().is_some_and(|listen| meet(upstream, listen)))
    };
    let is_in_loop = |proxy: &&Proxy| {
        let mut at = next(proxy);
        for _ in 0..proxies.len() {
            match at {
                Some(reached) if reached.name == proxy.name => return true,
                reached => at = reached.and_then(next),
            }
        }
        false
    };
    if let Some(proxy) = proxies.iter().find(is_in_loop) {
        let problem = at.problem(format!("proxy `{}` forwards to itself", proxy.name));
        reading.refuse(
            problem.help("`upstream` is the address of the dependency, `listen` the one to use instead"),
        );
    }
}

/// Returns whether what connects to one of two addresses, or listens there, meets what listens at the other.
fn meet(one: &str, other: &str) -> bool {
    let (Some((host, port)), Some((other_host, other_port))) = (one.rsplit_once(':'), other.rsplit_once(':'))
    else {
        return false;
    };
    // Port 0 stands for a free one. Names and wildcards of this machine are its loopback address.
    let here = |host: &str| {
        let host = host.trim_matches(['[', ']']);
        let is_here = ["localhost", "0.0.0.0", "::"].contains(&host.to_ascii_lowercase().as_str());
        if is_here { "127.0.0.1".to_owned() } else { host.to_ascii_lowercase() }
    };
    port == other_port && port.parse() != Ok(0_u16) && here(host) == here(other_host)
}

/// Reads one proxy. Returns it even if something is wrong with it, so that faults that refer to it are
/// not reported too.
fn proxy(name: Node<'_>, value: Node<'_>, reading: &mut Reading<'_>) -> Proxy {
    let mut proxy = Proxy {
        name: name.text().unwrap_or_default().to_owned(),
        listen: None,
        upstream: Upstream::Target,
        http: true,
    };
    let Some(fields) = Fields::of(value, &PROXY, reading) else {
        return proxy;
    };
    proxy.listen = fields.given(&LISTEN, reading);
    proxy.upstream = fields.given(&UPSTREAM, reading).map_or(Upstream::Target, Upstream::Address);
    proxy.http = fields.value(&PROTOCOL, reading) == Protocol::Http;
    proxy
}

/// Reads an address. `5433` and `:5433` mean that port on loopback.
fn listen_address(node: Node<'_>, reading: &mut Reading<'_>) -> Option<String> {
    let text = reading.take(node.read_text())?;
    let port = text.strip_prefix(':').unwrap_or(text);
    if port.parse::<u16>().is_ok() {
        return Some(format!("127.0.0.1:{port}"));
    }
    host_and_port(node, reading)
}

fn host_and_port(node: Node<'_>, reading: &mut Reading<'_>) -> Option<String> {
    let text = reading.take(node.read_text())?;
    let sound =
        text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if !sound {
        reading.refuse(node.problem(format!("`{text}` is not a host with a port, such as `127.0.0.1:5432`")));
        return None;
    }
    Some(text.to_owned())
}
