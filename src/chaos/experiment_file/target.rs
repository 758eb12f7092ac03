//! The target of the load, and its TLS settings.

use super::whole::key;
use crate::chaos::experiment::{HttpVersion, Target, Tls};
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent};
use hyper::http::uri::Uri;
use std::path::Path;

pub(super) static TLS: Record = Record {
    name: "tls",
    summary: "By default the system's certificates are trusted, and the certificate of the target must \
              match the host of the URL.",
    keys: &[
        key("ca_file", Kind::Text, WhenAbsent::Absent, "PEM file of additional certificates to trust"),
        key("client_cert", Kind::Text, WhenAbsent::Absent, "PEM file of the client certificate"),
        key("client_key", Kind::Text, WhenAbsent::Absent, "PEM file of the key of the client certificate"),
        key("server_name", Kind::Text, WhenAbsent::Absent, "server name to request (SNI) and verify"),
    ],
};

const VERSIONS: &[(&str, HttpVersion)] = &[("1.1", HttpVersion::One), ("2", HttpVersion::Two)];

pub(super) fn read(fields: &Fields<'_>, folder: &Path, reading: &mut Reading<'_>) -> Option<Target> {
    let version = fields.read("http", &mut reading.problems, |node| node.read_choice(VERSIONS));
    let tls = fields.get("tls").and_then(|node| tls(node, folder, reading));
    let Some(node) = fields.get("target") else {
        let problem = fields.node().problem("`target` is missing: the URL to send the load to");
        reading.refuse(problem.help("write `target: http://127.0.0.1:8080/`, or use `--target URL`"));
        return None;
    };
    Some(Target {
        url: url(node, reading)?,
        version: version.unwrap_or(HttpVersion::One),
        tls: tls.unwrap_or_default(),
    })
}

/// Reads a URL with scheme `http` or `https` and a host. A URL with a password is rejected, since it
/// would be printed.
pub(super) fn url(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Uri> {
    let text = reading.take(node.read_text())?;
    let wrong = match text.parse::<Uri>() {
        Err(error) => format!("this is not a URL: {error}"),
        Ok(url) if !matches!(url.scheme_str(), Some("http" | "https")) => {
            "the URL must start with `http://` or `https://`".to_owned()
        }
        Ok(url) if url.host().is_none_or(str::is_empty) => "the URL has no host".to_owned(),
        Ok(url) if url.authority().is_some_and(|authority| authority.as_str().contains('@')) => {
            "the URL contains a user or a password, which would be printed: use a header instead".to_owned()
        }
        Ok(url) if has_invalid_port(&url) => "the port of a URL must be a number from 1 to 65535".to_owned(),
        Ok(url) => return Some(url),
    };
    reading.refuse(node.problem(wrong));
    None
}

/// Returns whether the port is missing after a colon, zero or too large. The parser accepts any digits
/// as a port, and returns no port if there are too many.
fn has_invalid_port(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default();
    let rest = url.authority().and_then(|authority| authority.as_str().strip_prefix(host));
    rest.is_some_and(|rest| !rest.is_empty()) && url.port_u16().is_none_or(|port| port == 0)
}

fn tls(node: Node<'_>, folder: &Path, reading: &mut Reading<'_>) -> Option<Tls> {
    let fields = Fields::of(node, TLS.keys, &mut reading.problems)?;
    let mut text = |name: &str| fields.read(name, &mut reading.problems, |node| node.read_text());
    let (ca_file, cert, key) = (text("ca_file"), text("client_cert"), text("client_key"));
    let server_name = text("server_name").map(str::to_owned);
    let client = match (cert, key) {
        (Some(cert), Some(key)) => Some((folder.join(cert), folder.join(key))),
        (None, None) => None,
        _ => {
            reading.refuse(node.problem("`client_cert` and `client_key` must be given together"));
            None
        }
    };
    Some(Tls { ca_file: ca_file.map(|file| folder.join(file)), client, server_name })
}
