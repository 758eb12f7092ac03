//! Which headers belong to one connection only (RFC 9110, section 7.6.1), and are not passed on.

use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};

/// Those that are always so. `te: trailers` alone means something beyond, and gRPC insists on it.
const OF_ONE_CONNECTION: [HeaderName; 4] =
    [header::CONNECTION, header::PROXY_AUTHENTICATE, header::PROXY_AUTHORIZATION, header::TRANSFER_ENCODING];
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Whether another protocol is asked for or agreed on: then what says so must be passed on.
pub(super) fn is_upgrade(headers: &HeaderMap) -> bool {
    headers.contains_key(header::UPGRADE) && named_by_connection(headers).contains(&header::UPGRADE)
}

/// Takes away what belongs to this connection.
pub(super) fn strip(headers: &mut HeaderMap) {
    let upgrade = is_upgrade(headers).then(|| headers.get(header::UPGRADE).cloned());
    let trailers = headers.get(header::TE).is_some_and(|te| te == "trailers");
    for name in named_by_connection(headers) {
        headers.remove(name);
    }
    for name in OF_ONE_CONNECTION {
        headers.remove(name);
    }
    for name in [KEEP_ALIVE, PROXY_CONNECTION, header::TE, header::UPGRADE] {
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

/// The headers that the header `Connection` names.
fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(header::CONNECTION).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|name| name.trim().parse().ok()).collect()
}
