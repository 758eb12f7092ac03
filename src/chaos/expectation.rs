//! Checks a response against the expectations of its request.

use super::experiment::Expected;
use super::observation::Failure;
use hyper::HeaderMap;
use serde_json::Value;

/// A complete response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered<'a> {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: &'a HeaderMap,
    /// Body; may be left empty where [`needs_body`] returns `false`.
    pub body: &'a [u8],
}

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
    let status_holds = if statuses.peek().is_none() {
        is_within(answer.status, STATUS_DEFAULT)
    } else {
        statuses.all(|one| holds(answer, one))
    };
    if !status_holds {
        return Err(Failure::Status);
    }
    expected.iter().all(|one| holds(answer, one)).then_some(()).ok_or(Failure::Content)
}

fn is_within(status: u16, ranges: &[(u16, u16)]) -> bool {
    ranges.iter().any(|(low, high)| (*low..=*high).contains(&status))
}

fn holds(answer: &Answered<'_>, expected: &Expected) -> bool {
    match expected {
        Expected::Status(ranges) => is_within(answer.status, ranges),
        Expected::Header(name, value) => {
            let mut found = answer.headers.get_all(name).iter();
            found.any(|found| value.as_ref().is_none_or(|value| found.as_bytes() == value.as_bytes()))
        }
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
        let body = body.as_bytes();
        let answer = Answered { status, headers: &headers, body };
        hold(&answer, expected)
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
