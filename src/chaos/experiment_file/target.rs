//! The target of the load, and its TLS settings.

use super::template;
use crate::chaos::experiment::{HttpVersion, Target, Tls};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Choice, Choices, Key, KeyOr, Kind, Record, Section};
use hyper::http::uri::Uri;
use std::path::Path;

pub(super) static TARGET: Key<Uri> = Key::new(
    "target",
    Kind::Text,
    "the URL of the target: scheme, host, port and the prefix of all paths; `--target` overrides it",
    url,
)
.required();
pub(super) static HTTP: KeyOr<HttpVersion> =
    Key::choice("http", "the version of HTTP").or(|| HttpVersion::One);
pub(super) static TLS: Section = Section::new("tls", &RECORD, "TLS settings for an `https` target");

impl Choices for HttpVersion {
    const CHOICES: &'static [Choice<Self>] =
        &[("1.1", Self::One, "HTTP/1.1"), ("2", Self::Two, "HTTP/2; without TLS, with prior knowledge")];
}

/// Rejects settings of TLS that no connection of the experiment would use.
pub(super) fn refuse_idle_tls(fields: &Fields<'_>, urls: &[&Uri], reading: &mut Reading<'_>) {
    let is_used = urls.iter().any(|url| url.scheme_str() == Some("https"));
    if let Some(node) = fields.node(&TLS).filter(|_| !is_used) {
        reading.refuse(node.problem("`tls` has no effect: the target is not an `https` URL"));
    }
}

static RECORD: Record = Record {
    name: "tls",
    summary: "By default the system's certificates are trusted, and the certificate of the target must \
              match the host of the URL.",
    keys: &[&CA_FILE, &CLIENT_CERT, &CLIENT_KEY, &SERVER_NAME],
};

static CA_FILE: Key<String> = Key::text("ca_file", "PEM file of additional certificates to trust");
static CLIENT_CERT: Key<String> = Key::text("client_cert", "PEM file of the client certificate");
static CLIENT_KEY: Key<String> = Key::text("client_key", "PEM file of the key of the client certificate");
static SERVER_NAME: Key<String> = Key::text("server_name", "server name to request (SNI) and verify");

pub(super) fn read(fields: &Fields<'_>, folder: &Path, reading: &mut Reading<'_>) -> Option<Target> {
    let version = fields.value(&HTTP, reading);
    let tls = tls(fields, folder, reading);
    if fields.node(&TARGET).is_none() {
        let problem = fields.map().problem("`target` is missing: the URL to send the load to");
        reading.refuse(problem.help("write `target: http://127.0.0.1:8080/`, or use `--target URL`"));
        return None;
    }
    Some(Target { url: fields.given(&TARGET, reading)?, version, tls })
}

/// Reads a URL with scheme `http` or `https` and a host. A URL with a password is rejected, since it
/// would be printed.
pub(super) fn url(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Uri> {
    let text = reading.take(node.read_text())?;
    if !template::refuse_variables(node, text, reading) {
        return None;
    }
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

fn tls(fields: &Fields<'_>, folder: &Path, reading: &mut Reading<'_>) -> Tls {
    let fields = fields.section(&TLS, reading);
    let mut text = |key| fields.given(key, reading);
    let (ca_file, cert, key) = (text(&CA_FILE), text(&CLIENT_CERT), text(&CLIENT_KEY));
    let server_name = text(&SERVER_NAME);
    let client = match (cert, key) {
        (Some(cert), Some(key)) => Some((folder.join(cert), folder.join(key))),
        (None, None) => None,
        _ => {
            reading.refuse(fields.map().problem("`client_cert` and `client_key` must be given together"));
            None
        }
    };
    Tls { ca_file: ca_file.map(|file| folder.join(file)), client, server_name }
}
