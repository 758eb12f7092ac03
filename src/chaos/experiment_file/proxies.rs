//! The `proxies` section: proxies between the system under test and its dependencies.

use super::whole::key;
use crate::chaos::experiment::{Proxy, Upstream};
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent, Word};

pub(super) static PROXY: Record = Record {
    name: "proxy",
    summary: "A proxy to which the system under test connects instead of a dependency.",
    keys: &[
        key(
            "listen",
            Kind::Text,
            WhenAbsent::Required,
            "address and port to listen on; a port alone means 127.0.0.1",
        ),
        key("upstream", Kind::Text, WhenAbsent::Required, "host and port of the dependency"),
        key(
            "protocol",
            Kind::Choice(PROTOCOL_WORDS),
            WhenAbsent::Value("tcp"),
            "protocol that the proxy parses",
        ),
    ],
};

static PROTOCOL_WORDS: &[Word] = &[
    Word { name: "tcp", summary: "none: any protocol passes unchanged" },
    Word { name: "http", summary: "HTTP/1.1 and HTTP/2 without TLS, which HTTP faults need" },
];

const PROTOCOLS: &[(&str, bool)] = &[("tcp", false), ("http", true)];

/// The name of the load's own proxy.
pub(super) const LOAD: &str = "load";

/// Reads the proxies, in the file's order.
pub(super) fn read(section: Option<Node<'_>>, reading: &mut Reading<'_>) -> Vec<Proxy> {
    let Some(section) = section else {
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
        proxies.push(proxy(name, value, reading));
    }
    proxies
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
    let Some(fields) = Fields::of(value, PROXY.keys, &mut reading.problems) else {
        return proxy;
    };
    let listen = fields.required("listen", &mut reading.problems);
    proxy.listen = listen.and_then(|node| listen_address(node, reading));
    let upstream = fields.required("upstream", &mut reading.problems);
    let upstream = upstream.and_then(|node| host_and_port(node, reading));
    proxy.upstream = upstream.map_or(Upstream::Target, Upstream::Address);
    let http = fields.get("protocol").map(|node| node.read_choice(PROTOCOLS));
    proxy.http = http.is_some_and(|http| reading.take(http).unwrap_or(true));
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
