//! Builds the requests of the load. Request i is drawn from the kinds of requests by weight, filled with
//! the next row of data, and checked against the expectations of its kind. All of this depends only on
//! the seed and on i.

use super::expectation::needs_body;
use super::experiment::{Body, Data, Expected, HttpVersion, Load, Piece, Request, Target, Text};
use crate::base::random::{fast_stream, key};
use crate::base::text::percent_encoded;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue, TE, USER_AGENT};
use hyper::http::uri::{Authority, PathAndQuery, Scheme, Uri};
use hyper::{Method, Version};
use rand::RngExt as _;

/// A request as it is sent.
pub(crate) type Sent = hyper::Request<Full<Bytes>>;

/// The kinds of requests, prepared for sending.
#[derive(Debug)]
pub(crate) struct Recipe {
    kinds: Vec<PreparedRequest>,
    /// Cumulative weights of the kinds.
    weights: Vec<f64>,
    data: Data,
    seed: u64,
    key: u64,
}

/// One kind of request, prepared for sending.
#[derive(Debug)]
struct PreparedRequest {
    method: Method,
    version: Version,
    /// URIs: one for each row of data, or one for all requests.
    uris: Vec<Uri>,
    headers: HeaderMap,
    body: Body,
    expect: Vec<Expected>,
}

/// Error: a kind of request cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("request {number} of the load: {reason}")]
pub struct RecipeError {
    /// Number of the kind in the file, counted from 1.
    pub number: usize,
    /// Reason; never contains the value of a header.
    pub reason: String,
}

/// Headers that define the framing of a message. Users cannot set them.
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
    /// Prepares the requests of the load. Fails for the first kind that cannot be sent.
    pub(crate) fn new(load: &Load, target: &Target, seed: u64) -> Result<Self, RecipeError> {
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

    /// Builds the request with this number; `None` if there are no kinds of requests.
    pub(crate) fn request(&self, number: u64) -> Option<Sent> {
        let kind = self.kind(number)?;
        let mut request = hyper::Request::new(Full::new(self.body(kind, number)));
        *request.method_mut() = kind.method.clone();
        *request.version_mut() = kind.version;
        *request.uri_mut() = round_robin(&kind.uris, number)?.clone();
        *request.headers_mut() = kind.headers.clone();
        Some(request)
    }

    /// Returns the expectations of the request with this number.
    pub(crate) fn expected(&self, number: u64) -> &[Expected] {
        self.kind(number).map_or(&[], |kind| &kind.expect)
    }

    /// Returns whether an expectation concerns the body of the response.
    pub(crate) fn needs_body(&self, number: u64) -> bool {
        needs_body(self.expected(number))
    }

    fn kind(&self, number: u64) -> Option<&PreparedRequest> {
        self.kinds.get(self.kind_of(number))
    }

    /// Returns the index of the kind of the request with this number.
    pub(crate) fn kind_of(&self, number: u64) -> usize {
        let ([_, others @ ..], Some(whole)) = (self.kinds.as_slice(), self.weights.last()) else { return 0 };
        if others.is_empty() {
            return 0;
        }
        // Inversion: the first kind whose cumulative weight exceeds the draw. A kind of weight zero is
        // never drawn.
        let drawn = fast_stream(self.seed, self.key, number).random::<f64>() * whole;
        self.weights.partition_point(|weight| *weight <= drawn).min(others.len())
    }

    fn body(&self, kind: &PreparedRequest, number: u64) -> Bytes {
        match &kind.body {
            Body::Fixed(bytes) => bytes.clone(),
            Body::Text(text) => fill(text, round_robin(&self.data.rows, number)).into(),
        }
    }
}

/// Builds a plain GET of a URL in the form of HTTP/1.1.
pub(crate) fn get(url: &Uri) -> Sent {
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
            .ok_or_else(|| format!("`{}` is not a method that can be sent", request.method))?;
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
        })
    }
}

/// Builds the URIs: over HTTP/1.1 only path and query, over HTTP/2 also scheme and authority.
fn uris(path: &Text, target: &Target, data: &Data) -> Result<Vec<Uri>, String> {
    let uri = |row: Option<&Vec<String>>| {
        let path = join(&target.url, &escape(&fill(path, row)));
        let bad = |error: hyper::http::Error| format!("its path does not form a valid URL: {error}");
        let path = PathAndQuery::try_from(path).map_err(|error| bad(error.into()))?;
        let mut parts = hyper::http::uri::Parts::default();
        parts.path_and_query = Some(path);
        if target.version == HttpVersion::Two {
            parts.scheme = target.url.scheme().cloned().or(Some(Scheme::HTTP));
            parts.authority = Some(authority(target)?);
        }
        Uri::from_parts(parts).map_err(|error| bad(error.into()))
    };
    if path.has_columns() && !data.rows.is_empty() {
        data.rows.iter().map(|row| uri(Some(row))).collect()
    } else {
        Ok(vec![uri(None)?])
    }
}

/// Returns host and port, without user and password.
fn authority(target: &Target) -> Result<Authority, String> {
    let whole = target.url.authority().map_or("", Authority::as_str);
    let host = whole.rsplit_once('@').map_or(whole, |(_, host)| host);
    Authority::try_from(host).map_err(|_| "the target's URL has no host".to_owned())
}

/// Appends the path of a request to that of the target. An empty path stands for the target's URL, with
/// its query.
fn join(url: &Uri, path: &str) -> String {
    let own = url.path();
    match path.chars().next() {
        None => url.path_and_query().map_or("/", PathAndQuery::as_str).to_owned(),
        Some('?') => format!("{own}{path}"),
        Some(_) => format!("{}/{}", own.trim_end_matches('/'), path.strip_prefix('/').unwrap_or(path)),
    }
}

/// Percent-encodes the bytes that may not stand in a URL (RFC 3986) and `#`, which starts a fragment and
/// is never sent. All others stay as they are, so a value may contain `/`, `?` and escaped characters.
fn escape(path: &str) -> String {
    percent_encoded(path, |byte| byte.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(&byte))
}

fn headers(request: &Request, target: &Target) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::with_capacity(request.headers.len() + 3);
    for (name, value) in &request.headers {
        let named = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("`{name}` is not a valid header name"))?;
        // The one value that HTTP/2 allows, and gRPC requires (RFC 9113, section 8.2.2).
        let trailers = named == TE && value.0 == "trailers" && target.version == HttpVersion::Two;
        if FRAMING.contains(&named.as_str()) && !trailers {
            return Err(format!("the header `{name}` cannot be set: it is derived from the request"));
        }
        let mut value = HeaderValue::from_str(&value.0).map_err(|_| {
            format!("the value of the header `{name}` contains characters that cannot be sent")
        })?;
        value.set_sensitive(true);
        headers.append(named, value);
    }
    let user_agent = HeaderValue::from_static(concat!("steadfast/", env!("CARGO_PKG_VERSION")));
    headers.entry(USER_AGENT).or_insert(user_agent);
    if target.version == HttpVersion::One && !headers.contains_key(HOST) {
        let host = HeaderValue::from_str(authority(target)?.as_str()).map_err(|error| error.to_string())?;
        headers.insert(HOST, host);
    }
    Ok(headers)
}

impl Text {
    /// Returns whether it contains placeholders for data.
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

/// Returns item `number` of a list that starts again after its end.
fn round_robin<T>(items: &[T], number: u64) -> Option<&T> {
    let place = number.checked_rem(items.len() as u64)?;
    items.get(usize::try_from(place).ok()?)
}

#[cfg(test)]
mod tests;
