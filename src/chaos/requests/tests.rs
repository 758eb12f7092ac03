use super::Recipe;
use crate::chaos::experiment::{
    Body, Data, Expected, HttpVersion, Load, Pace, Piece, Request, Saturation, Secret, Target, Text, Tls,
};
use bytes::Bytes;
use std::time::Duration;

fn fixed(text: &str) -> Text {
    Text { pieces: vec![Piece::Fixed(text.to_owned())] }
}

fn get(path: &str, weight: f64) -> Request {
    Request {
        weight,
        method: "GET".into(),
        path: fixed(path),
        headers: Vec::new(),
        body: Body::Fixed(Bytes::new()),
        expect: Vec::new(),
    }
}

fn load(requests: Vec<Request>) -> Load {
    Load {
        pace: Pace::Closed { workers: 1 },
        timeout: Duration::from_secs(1),
        in_flight_max: 1,
        on_saturation: Saturation::Drop,
        requests,
        data: Data::default(),
        keep_alive: true,
    }
}

fn target(url: &str, version: HttpVersion) -> Target {
    Target { url: url.parse().unwrap(), version, tls: Tls::default() }
}

fn recipe(requests: Vec<Request>) -> Recipe {
    Recipe::new(&load(requests), &target("http://user:word@shop.test:81/api/", HttpVersion::One), 7).unwrap()
}

fn uri(recipe: &Recipe, number: u64) -> String {
    recipe.request(number).unwrap().uri().to_string()
}

#[test]
fn a_path_is_appended_to_that_of_the_target() {
    let cases = [
        ("/items?a=1", "/api/items?a=1"),
        ("items", "/api/items"),
        ("", "/api/"),
        ("?a=b", "/api/?a=b"),
        ("/a b/ü#x", "/api/a%20b/%C3%BC%23x"),
        ("/100%25/x", "/api/100%25/x"),
    ];
    for (path, expected) in cases {
        assert_eq!(uri(&recipe(vec![get(path, 1.0)]), 0), expected);
    }
}

#[test]
fn http_2_requests_have_scheme_and_authority_but_no_password() {
    let target = target("https://user:word@shop.test/", HttpVersion::Two);
    let request = Recipe::new(&load(vec![get("/a", 1.0)]), &target, 1).unwrap().request(0).unwrap();
    assert_eq!(request.uri().to_string(), "https://shop.test/a");
    assert!(!request.headers().contains_key("host"));
}

#[test]
fn the_host_header_is_the_target_unless_another_is_given() {
    assert_eq!(recipe(vec![get("/", 1.0)]).request(0).unwrap().headers()["host"], "shop.test:81");
    let mut named = get("/", 1.0);
    named.headers.push(("host".into(), Secret("other.test".into())));
    assert_eq!(recipe(vec![named]).request(0).unwrap().headers()["host"], "other.test");
}

#[test]
fn kinds_are_drawn_by_weight() {
    let recipe = recipe(vec![get("/a", 6.0), get("/b", 3.0), get("/c", 0.0), get("/d", 1.0)]);
    let count = 100_000;
    let of = |path: &str| (0..count).filter(|number| uri(&recipe, *number) == path).count() as f64;
    // Two-sided at z = 5 for each of three binomial counts: false alarm below two in a million.
    for (path, share) in [("/api/a", 0.6), ("/api/b", 0.3), ("/api/d", 0.1)] {
        let sd = (count as f64 * share * (1.0 - share)).sqrt();
        let z = (of(path) - count as f64 * share) / sd;
        assert!(z.abs() < 5.0, "{path}: {z}");
    }
    assert_eq!(of("/api/c"), 0.0);
}

#[test]
fn the_same_seed_draws_the_same_kinds() {
    let draws = |seed| {
        let load = load(vec![get("/a", 1.0), get("/b", 1.0)]);
        let recipe = Recipe::new(&load, &target("http://a", HttpVersion::One), seed).unwrap();
        (0..64).map(|number| uri(&recipe, number)).collect::<Vec<_>>()
    };
    assert_eq!(draws(1), draws(1));
    assert_ne!(draws(1), draws(2));
}

#[test]
fn rows_of_data_start_again_after_the_last() {
    let mut request = get("/", 1.0);
    let places = |before: &str, column| Text {
        pieces: vec![Piece::Fixed(before.into()), Piece::Column(column), Piece::Fixed("!".into())],
    };
    request.path = places("/users/", 0);
    request.body = Body::Text(places("hello ", 1));
    let mut load = load(vec![request]);
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    load.data = Data { columns: row(["id", "name"]), rows: vec![row(["1", "Ada"]), row(["a b", "Bo"])] };
    let recipe = Recipe::new(&load, &target("http://a", HttpVersion::One), 1).unwrap();
    let paths: Vec<String> = (0..3).map(|number| uri(&recipe, number)).collect();
    assert_eq!(paths, ["/users/1!", "/users/a%20b!", "/users/1!"]);
    let body = |number| recipe.body(&recipe.kinds[0], number);
    assert_eq!([body(0), body(3)], [Bytes::from("hello Ada!"), Bytes::from("hello Bo!")]);
}

#[test]
fn an_invalid_request_is_rejected_with_its_number_and_without_secrets() {
    let with = |name: &str, value: &str| Request {
        headers: vec![(name.into(), Secret(value.into()))],
        ..get("/", 1.0)
    };
    let bad = [
        Request { method: "GE T".into(), ..get("/", 1.0) },
        Request { method: "CONNECT".into(), ..get("/", 1.0) },
        with("na me", "hush"),
        with("content-length", "hush"),
        with("authorization", "hush\nhush"),
        get(&"a".repeat(70_000), 1.0),
    ];
    for request in bad {
        let load = load(vec![get("/", 1.0), request]);
        let error = Recipe::new(&load, &target("http://a", HttpVersion::One), 1).unwrap_err();
        assert_eq!(error.number, 2);
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}

#[test]
fn secrets_are_never_printed() {
    let mut request = get("/", 1.0);
    request.headers.push(("authorization".into(), Secret("Bearer hush".into())));
    let printed = format!("{request:?}");
    let recipe = recipe(vec![request]);
    let sent = recipe.request(0).unwrap();
    assert_eq!(sent.headers()["authorization"], "Bearer hush");
    for printed in [printed, format!("{recipe:?}"), format!("{sent:?}")] {
        assert!(!printed.contains("hush"), "{printed}");
    }
}

#[test]
fn a_body_is_needed_where_an_expectation_concerns_it() {
    let mut looks = get("/", 1.0);
    looks.expect = vec![Expected::BodyContains("a".into())];
    assert!(recipe(vec![looks]).needs_body(0));
    assert!(!recipe(vec![get("/", 1.0)]).needs_body(0));
}
