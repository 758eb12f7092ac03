//! What the load sends: request i is drawn by weight from the kinds of requests, filled with the next row of data, and held to
//! what its kind expects. It depends on the seed and on i alone.

use super::expectation::needs_body;
use super::experiment::{Body, Data, Expected, HttpVersion, Load, Piece, Request, Target, Text};
use crate::base::random::{fast_stream, key};
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::http::uri::{Authority, PathAndQuery, Scheme, Uri};
use hyper::{Method, Version};
use rand::RngExt as _;
use std::fmt::Write as _;

/// A request as it is sent.
pub type Sent = hyper::Request<Full<Bytes>>;

/// The kinds of requests, made ready.
#[derive(Debug)]
pub struct Recipe {
    kinds: Vec<PreparedRequest>,
    /// The weights of all kinds up to each one.
    weights: Vec<f64>,
    data: Data,
    seed: u64,
    key: u64,
}

/// One kind of request, made ready.
#[derive(Debug)]
struct PreparedRequest {
    method: Method,
    version: Version,
    /// Where it goes: one for each row of data, or one for all.
    uris: Vec<Uri>,
    headers: HeaderMap,
    body: Body,
    expect: Vec<Expected>,
    needs_body: bool,
}

/// A kind of request that cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("request {number} of the load: {reason}")]
pub struct RecipeError {
    /// Which one, from 1 on.
    pub number: usize,
    /// What is wrong with it; tells no header's value.
    pub reason: String,
}

/// Headers that say how a message is framed, which is not for a user to say.
const FRAMING: &[&str] = &[
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Recipe {
    /// Makes the load's requests ready.
    pub fn new(load: &Load, target: &Target, seed: u64) -> Result<Self, RecipeError> {
        let kinds = load.requests.iter().zip(1..).map(|(request, number)| {
            PreparedRequest::new(request, target, &load.data).map_err(|reason| RecipeError { number, reason })
        });
        let weights = load.requests.iter().scan(0.0, |sum, request| {
            *sum += request.weight.max(0.0);
            Some(*sum)
        });
        Ok(Self {
            kinds: kinds.collect::<Result<_, _>>()?,
            weights: weights.collect(),
            data: load.data.clone(),
            seed,
            key: key("load request"),
        })
    }

    /// The request with this number; `None` if there are no kinds of requests.
    pub fn request(&self, number: u64) -> Option<Sent> {
        let kind = self.kind(number)?;
        let mut request = hyper::Request::new(Full::new(self.body(kind, number)));
        *request.method_mut() = kind.method.clone();
        *request.version_mut() = kind.version;
        *request.uri_mut() = taken_in_turn(&kind.uris, number)?.clone();
        *request.headers_mut() = kind.headers.clone();
        Some(request)
    }

    /// What its answer must be like.
    pub fn expected(&self, number: u64) -> &[Expected] {
        self.kind(number).map_or(&[], |kind| &kind.expect)
    }

    /// Whether the body of its answer is looked at.
    pub fn needs_body(&self, number: u64) -> bool {
        self.kind(number).is_some_and(|kind| kind.needs_body)
    }

    fn kind(&self, number: u64) -> Option<&PreparedRequest> {
        if let [only] = self.kinds.as_slice() {
            return Some(only);
        }
        let drawn = fast_stream(self.seed, self.key, number).random::<f64>() * self.weights.last()?;
        let place = self.weights.partition_point(|weight| *weight <= drawn);
        self.kinds.get(place).or(self.kinds.last())
    }

    fn body(&self, kind: &PreparedRequest, number: u64) -> Bytes {
        match &kind.body {
            Body::Fixed(bytes) => bytes.clone(),
            Body::Text(text) => fill(text, taken_in_turn(&self.data.rows, number)).into(),
        }
    }
}

/// A plain GET of a URL, as HTTP/1.1 has it.
pub fn get(url: &Uri) -> Sent {
    let mut request = Sent::default();
    if let Some(path) = url.path_and_query() {
        *request.uri_mut() = path.clone().into();
    }
    let host = url.authority().map(|host| HeaderValue::from_str(host.as_str()));
    if let Some(Ok(host)) = host {
        request.headers_mut().insert(HOST, host);
    }
    request
}

impl PreparedRequest {
    fn new(request: &Request, target: &Target, data: &Data) -> Result<Self, String> {
        let method = Method::from_bytes(request.method.as_bytes())
            .ok()
            .filter(|method| *method != Method::CONNECT)
            .ok_or_else(|| format!("`{}` is no method of a request", request.method))?;
        Ok(Self {
            method,
            version: match target.version {
                HttpVersion::One => Version::HTTP_11,
                HttpVersion::Two => Version::HTTP_2,
            },
            uris: uris(&request.path, target, data)?,
            headers: headers(request, target)?,
            body: request.body.clone(),
            expect: request.expect.clone(),
            needs_body: needs_body(&request.expect),
        })
    }
}

/// Where the requests go: over HTTP/1.1 the path alone, over HTTP/2 the scheme and the authority too.
fn uris(path: &Text, target: &Target, data: &Data) -> Result<Vec<Uri>, String> {
    let rows: Vec<Option<&Vec<String>>> = if path.has_columns() && !data.rows.is_empty() {
        data.rows.iter().map(Some).collect()
    } else {
        vec![None]
    };
    let uri = |row: Option<&Vec<String>>| {
        let path = join(&target.url, &escape(&fill(path, row)));
        let bad = |error: hyper::http::Error| format!("its path makes no URL: {error}");
        let path = PathAndQuery::try_from(path).map_err(|error| bad(error.into()))?;
        let mut parts = hyper::http::uri::Parts::default();
        parts.path_and_query = Some(path);
        if target.version == HttpVersion::Two {
            parts.scheme = target.url.scheme().cloned().or(Some(Scheme::HTTP));
            parts.authority = Some(authority(target)?);
        }
        Uri::from_parts(parts).map_err(|error| bad(error.into()))
    };
    rows.into_iter().map(uri).collect()
}

/// The host and the port, without a user's name and password.
fn authority(target: &Target) -> Result<Authority, String> {
    let whole = target.url.authority().map_or("", Authority::as_str);
    let host = whole.rsplit_once('@').map_or(whole, |(_, host)| host);
    Authority::try_from(host).map_err(|_| "the target's URL has no host".to_owned())
}

/// A request's path after the target's own. An empty one is the target's URL itself, with its query.
fn join(url: &Uri, path: &str) -> String {
    let own = url.path();
    match path.strip_prefix('/') {
        _ if path.is_empty() => url.path_and_query().map_or("/", PathAndQuery::as_str).to_owned(),
        _ if path.starts_with('?') => format!("{own}{path}"),
        Some(path) => format!("{}/{path}", own.trim_end_matches('/')),
        None => format!("{}/{path}", own.trim_end_matches('/')),
    }
}

/// Percent signs for the bytes that may not stand in a URL (RFC 3986, and `#`, which starts what is never sent); all others stay
/// as they are, so that a value may hold `/`, `?` and what is escaped already.
fn escape(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing into a text never fails.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

fn headers(request: &Request, target: &Target) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::with_capacity(request.headers.len() + 3);
    for (name, value) in &request.headers {
        let named = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("`{name}` is no name of a header"))?;
        if FRAMING.contains(&named.as_str()) {
            return Err(format!(
                "the header `{name}` cannot be given: it follows from how the request is sent"
            ));
        }
        let mut value = HeaderValue::from_str(&value.0)
            .map_err(|_| format!("the value of the header `{name}` cannot be sent"))?;
        value.set_sensitive(true);
        headers.append(named, value);
    }
    if !headers.contains_key(USER_AGENT) {
        headers
            .insert(USER_AGENT, HeaderValue::from_static(concat!("steadfast/", env!("CARGO_PKG_VERSION"))));
    }
    if target.version == HttpVersion::One && !headers.contains_key(HOST) {
        let host = HeaderValue::from_str(authority(target)?.as_str()).map_err(|error| error.to_string())?;
        headers.insert(HOST, host);
    }
    Ok(headers)
}

impl Text {
    /// Whether it has places for data.
    pub fn has_columns(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Column(_)))
    }
}

fn fill(text: &Text, row: Option<&Vec<String>>) -> String {
    let piece = |piece| match piece {
        &Piece::Column(column) => row.and_then(|row| row.get(column)).map_or("", String::as_str),
        Piece::Fixed(fixed) => fixed,
    };
    text.pieces.iter().map(piece).collect()
}

/// Round robin: item `number` of a list that starts again at its end.
fn taken_in_turn<T>(items: &[T], number: u64) -> Option<&T> {
    let place = number.checked_rem(items.len() as u64)?;
    items.get(usize::try_from(place).ok()?)
}

#[cfg(test)]
mod tests;
