//! Checks a response against the expectations of its request.

use super::experiment::Expected;
use super::likeness::Aspect;
use super::observation::Failure;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::Value;

/// A complete response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered<'a> {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// Trailers; for gRPC, a response without a body has them among its headers.
    pub trailers: &'a HeaderMap,
    /// Aspects with values that were not seen before the faults.
    pub unlike: &'a [Aspect],
    /// Body; may be left empty where [`needs_body`] returns `false`.
    pub body: &'a [u8],
}

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// Statuses expected where none is named: success and redirection. Redirections are not followed.
const STATUS_DEFAULT: &[(u16, u16)] = &[(200, 399)];

/// Returns whether an expectation concerns the body.
pub(crate) fn needs_body(expected: &[Expected]) -> bool {
    expected.iter().any(|one| matches!(one, Expected::BodyContains(_) | Expected::Json(..)))
}

/// Checks a response against all expectations. Fails with [`Failure::Status`] or [`Failure::Content`];
/// the status is checked first.
pub(crate) fn hold(answer: &Answered<'_>, expected: &[Expected]) -> Result<(), Failure> {
    let mut statuses = expected.iter().filter(|one| matches!(one, Expected::Status(_))).peekable();
    let status_holds = !is_unlike(answer, expected, Aspect::Status)
        && if statuses.peek().is_none() {
            is_within(answer.status, STATUS_DEFAULT)
        } else {
            statuses.all(|one| holds(answer, one))
        };
    if !status_holds {
        return Err(Failure::Status);
    }
    let holds = grpc_holds(answer, expected) && expected.iter().all(|one| holds(answer, one));
    holds.then_some(()).ok_or(Failure::Content)
}

/// Returns whether a call of gRPC succeeded, unless its status is expected by name: its errors come with HTTP
/// status 200. Anything but gRPC succeeds.
fn grpc_holds(answer: &Answered<'_>, expected: &[Expected]) -> bool {
    let named = |one: &Expected| matches!(one, Expected::Trailer(name, _) if GRPC_STATUS == name.as_str());
    expected.iter().any(named) || trailers(answer, GRPC_STATUS.as_str()).all(|status| status == "0")
}

/// Returns the values of a trailer.
fn trailers<'a>(answer: &Answered<'a>, name: &str) -> impl Iterator<Item = &'a HeaderValue> {
    let among = if answer.trailers.is_empty() { answer.headers } else { answer.trailers };
    among.get_all(name).iter()
}

fn has<'a>(mut found: impl Iterator<Item = &'a HeaderValue>, value: Option<&String>) -> bool {
    found.any(|found| value.is_none_or(|value| found.as_bytes() == value.as_bytes()))
}

fn is_unlike(answer: &Answered<'_>, expected: &[Expected], aspect: Aspect) -> bool {
    let wanted = |one: &Expected| matches!(one, Expected::Same(aspects) if aspects.contains(&aspect));
    answer.unlike.contains(&aspect) && expected.iter().any(wanted)
}

fn is_within(status: u16, ranges: &[(u16, u16)]) -> bool {
    ranges.iter().any(|(low, high)| (*low..=*high).contains(&status))
}

fn holds(answer: &Answered<'_>, expected: &Expected) -> bool {
    match expected {
        Expected::Status(ranges) => is_within(answer.status, ranges),
        Expected::Header(name, value) => has(answer.headers.get_all(name).iter(), value.as_ref()),
        Expected::Trailer(name, value) => has(trailers(answer, name), value.as_ref()),
        Expected::Same(aspects) => aspects.iter().all(|aspect| !answer.unlike.contains(aspect)),
        Expected::BodyContains(text) => memchr::memmem::find(answer.body, text.as_bytes()).is_some(),
        Expected::Json(pointer, value) => json_holds(answer.body, pointer, value),
    }
}

fn json_holds(body: &[u8], pointer: &str, value: &Value) -> bool {
    let parsed: Result<Value, _> = serde_json::from_slice(body);
    parsed.is_ok_and(|parsed| parsed.pointer(pointer).is_some_and(|found| same(found, value)))
}

/// Compares two values; 1 and 1.0 are the same number.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Answered, hold, needs_body};
    use crate::chaos::experiment::Expected;
    use crate::chaos::observation::Failure;
    use hyper::HeaderMap;
    use serde_json::json;

    fn held(
        status: u16,
        headers: &[(&'static str, &str)],
        body: &str,
        expected: &[Expected],
    ) -> Result<(), Failure> {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (hyper::header::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let (body, trailers) = (body.as_bytes(), HeaderMap::new());
        hold(&Answered { status, headers: &headers, trailers: &trailers, unlike: &[], body }, expected)
    }

    #[test]
    fn by_default_success_and_redirection_are_expected() {
        let of = |status| held(status, &[], "", &[]);
        assert_eq!([200, 204, 301, 399].map(of), [Ok(()); 4]);
        assert_eq!([100, 199, 400, 503].map(of), [Err(Failure::Status); 4]);
    }

    #[test]
    fn named_statuses_replace_the_usual_ones() {
        let expected = [Expected::Status(vec![(404, 404), (500, 599)])];
        assert_eq!(held(404, &[], "", &expected), Ok(()));
        assert_eq!(held(503, &[], "", &expected), Ok(()));
        assert_eq!(held(200, &[], "", &expected), Err(Failure::Status));
    }

    #[test]
    fn a_header_is_checked_with_or_without_its_value() {
        let has = [Expected::Header("x-cache".into(), None)];
        let hit = [Expected::Header("x-cache".into(), Some("hit".into()))];
        assert_eq!(held(200, &[("x-cache", "miss")], "", &has), Ok(()));
        assert_eq!(held(200, &[("x-cache", "miss")], "", &hit), Err(Failure::Content));
        assert_eq!(held(200, &[("x-cache", "miss"), ("x-cache", "hit")], "", &hit), Ok(()));
        assert_eq!(held(200, &[], "", &has), Err(Failure::Content));
    }

    #[test]
    fn a_trailer_is_found_after_the_body_or_among_the_headers_of_a_response_without_one() {
        let zero = [Expected::Trailer("grpc-status".into(), Some("0".into()))];
        let headers: HeaderMap = [(super::GRPC_STATUS, "0".parse().unwrap())].into_iter().collect();
        let none = HeaderMap::new();
        let with = |headers, trailers| {
            hold(&Answered { status: 200, headers, trailers, unlike: &[], body: b"" }, &zero)
        };
        assert_eq!(with(&none, &headers), Ok(()));
        assert_eq!(with(&headers, &none), Ok(()));
        assert_eq!(with(&none, &none), Err(Failure::Content));
    }

    /// An error of gRPC comes with HTTP status 200.
    #[test]
    fn an_error_of_grpc_is_a_failure_unless_its_status_is_named() {
        let unavailable = [("grpc-status", "14")];
        assert_eq!(held(200, &unavailable, "", &[]), Err(Failure::Content));
        assert_eq!(held(200, &[("grpc-status", "0")], "", &[]), Ok(()));
        let named = [Expected::Trailer("grpc-status".into(), Some("14".into()))];
        assert_eq!(held(200, &unavailable, "", &named), Ok(()));
    }

    #[test]
    fn a_body_must_contain_the_expected_text() {
        let expected = [Expected::BodyContains("all good".into())];
        assert_eq!(held(200, &[], "it is all good here", &expected), Ok(()));
        assert_eq!(held(200, &[], "all bad", &expected), Err(Failure::Content));
    }

    #[test]
    fn json_is_compared_at_a_pointer() {
        let at = |pointer: &str, value| [Expected::Json(pointer.into(), value)];
        let body = r#"{"items": [{"n": 1.0, "ok": true}]}"#;
        assert_eq!(held(200, &[], body, &at("/items/0/n", json!(1))), Ok(()));
        assert_eq!(held(200, &[], body, &at("/items/0/ok", json!(true))), Ok(()));
        let wrong = [
            (body, "/items/0/ok", json!("true")),
            (body, "/items/1", json!(null)),
            ("no json", "/items", json!(1)),
            ("", "", json!(null)),
        ];
        for (body, pointer, value) in wrong {
            assert_eq!(held(200, &[], body, &at(pointer, value)), Err(Failure::Content), "{pointer}");
        }
    }

    #[test]
    fn a_wrong_status_is_reported_before_wrong_content() {
        let expected = [Expected::BodyContains("x".into())];
        assert_eq!(held(500, &[], "", &expected), Err(Failure::Status));
    }

    #[test]
    fn only_conditions_on_the_body_need_it() {
        assert!(!needs_body(&[Expected::Status(vec![]), Expected::Header("a".into(), None)]));
        assert!(needs_body(&[Expected::BodyContains("a".into())]));
        assert!(needs_body(&[Expected::Json(String::new(), json!(1))]));
    }
}
