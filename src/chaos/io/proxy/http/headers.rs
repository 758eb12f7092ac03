//! Hop-by-hop headers (RFC 9110, section 7.6.1), which are not forwarded.

use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};

/// Headers that are hop-by-hop. `te: trailers` is forwarded all the same, since gRPC requires it, and so are
/// the headers of an upgrade.
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TRANSFER_ENCODING,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::UPGRADE,
];

/// Returns whether a protocol upgrade is requested or accepted, in which case its headers must be forwarded.
pub(super) fn is_upgrade(headers: &HeaderMap) -> bool {
    headers.contains_key(header::UPGRADE) && named_by_connection(headers).contains(&header::UPGRADE)
}

/// Removes the hop-by-hop headers.
pub(super) fn strip(headers: &mut HeaderMap) {
    let upgrade = is_upgrade(headers).then(|| headers.get(header::UPGRADE).cloned());
    let trailers = headers.get(header::TE).is_some_and(|te| te == "trailers");
    for name in named_by_connection(headers).into_iter().chain(HOP_BY_HOP) {
        headers.remove(name);
    }
    if trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
    if let Some(protocol) = upgrade.flatten() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, protocol);
    }
}

/// Returns the headers that the header `Connection` names.
fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(header::CONNECTION).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|name| name.trim().parse().ok()).collect()
}
