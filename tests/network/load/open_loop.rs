//! The sending times of requests and the statistics about them.

use crate::load::server::{answer, response};
use crate::load::{get, measured, ms, run, steady, target, whole};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use steadfast::chaos::experiment::{Body, Data, Expected, Pace, Piece, Secret, Text};
use steadfast::chaos::guard::Allowed;
use steadfast::chaos::io::client::{Unreached, Via};
use steadfast::chaos::io::load::Generator;
use steadfast::chaos::observation::{Failure, Phase};

#[test]
fn as_many_requests_are_sent_as_are_due() {
    let url = answer(|_| response(200, "", "ok"));
    let loaded = run(&steady(200.0), &target(&url), ms(1000));
    // The request due at 1 s may come before the end or after it.
    let offered = measured(&loaded).offered;
    assert!((200..=202).contains(&offered), "{offered}");
    assert_eq!(measured(&loaded).good, offered);
    for window in &loaded.windows[1..9] {
        assert_eq!(window.measured.offered, 20);
    }
}

/// A stall of length S in a run of length W delays the share S/W of the requests, uniformly between 0
/// and S. With 0.5 s in 5 s, the 99th percentile is 0.45 s and the 95th is 0.25 s. The tolerance of 30
/// ms allows 20 ms for the server to start and to drain late, and 10 ms for the freeze, which is timed
/// by sleeping. A busy machine can only add to a response time: above, as much more is tolerated as
/// a thread that only sleeps was delayed in all.
#[test]
fn a_freeze_shows_in_every_request_that_it_delayed() {
    let freeze: Arc<Mutex<Option<Instant>>> = Arc::default();
    let until = Arc::clone(&freeze);
    let url = answer(move |_| {
        let until = *until.lock().unwrap();
        if let Some(until) = until {
            std::thread::sleep(until.saturating_duration_since(Instant::now()));
        }
        response(200, "", "ok")
    });
    let epoch = Instant::now();
    let machine = std::thread::spawn(move || {
        let mut delayed = Duration::ZERO;
        while epoch.elapsed() < ms(5000) {
            let begun = Instant::now();
            std::thread::sleep(ms(1));
            delayed += begun.elapsed().saturating_sub(ms(3));
        }
        delayed.as_secs_f64()
    });
    let per_s = 400.0;
    let generator =
        Generator::start(&steady(per_s), &target(&url), None, &Allowed::default(), ms(100), 1).unwrap();
    std::thread::sleep(ms(2000));
    *freeze.lock().unwrap() = Some(Instant::now() + ms(500));
    std::thread::sleep((epoch + ms(5000)).saturating_duration_since(Instant::now()));
    let loaded = generator.stop();
    let measured = measured(&loaded);
    assert_eq!(measured.good, measured.offered);
    let p99_s = measured.response.quantile_s(0.99).unwrap();
    let p95_s = measured.response.quantile_s(0.95).unwrap();
    let delayed_s = machine.join().unwrap();
    for (found_s, expected_s) in [(p99_s, 0.45), (p95_s, 0.25)] {
        let tolerated = -0.03..0.03 + delayed_s;
        assert!(tolerated.contains(&(found_s - expected_s)), "{found_s}, machine delayed by {delayed_s} s");
    }
}

#[test]
fn data_and_secrets_are_filled_into_a_request() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Arc::clone(&seen);
    let url = answer(move |request| {
        noted.lock().unwrap().push(request.to_owned());
        response(201, "", "")
    });
    let mut load = steady(50.0);
    let places = |before: &str| Text { pieces: vec![Piece::Fixed(before.into()), Piece::Column(0)] };
    load.requests[0].method = "POST".into();
    load.requests[0].path = places("/users/");
    load.requests[0].body = Body::Text(places("id="));
    load.requests[0].headers = vec![("authorization".into(), Secret("Bearer hush".into()))];
    load.data = Data { columns: vec!["id".into()], rows: vec![vec!["ann".into()], vec!["bob".into()]] };
    let loaded = run(&load, &target(&format!("{url}/api")), ms(200));
    assert!(!format!("{loaded:?}").contains("hush"));
    let seen = seen.lock().unwrap();
    for name in ["ann", "bob"] {
        let path = format!("POST /api/users/{name} HTTP/1.1");
        let of: Vec<_> = seen.iter().filter(|request| request.starts_with(&path)).collect();
        assert!((4..=7).contains(&of.len()), "{}", of.len());
        assert!(of.iter().all(|request| request.contains("authorization: Bearer hush\r\n")));
        assert!(of.iter().all(|request| request.ends_with(&format!("id={name}"))));
    }
}

#[test]
fn requests_to_an_http_proxy_carry_their_numbers() {
    let seen: Arc<Mutex<Vec<u64>>> = Arc::default();
    let noted = Arc::clone(&seen);
    let url = answer(move |request| {
        let number = request.lines().find_map(|line| line.strip_prefix("steadfast-request: "));
        noted.lock().unwrap().push(number.unwrap().parse().unwrap());
        assert!(request.contains("host: shop.invalid\r\n"));
        response(200, "", "")
    });
    let address = url.trim_start_matches("http://").parse().unwrap();
    let via = Some(Via { address, http: true, unreached: Unreached::default() });
    let target = target("https://shop.invalid/");
    let generator = Generator::start(&steady(100.0), &target, via, &Allowed::default(), ms(100), 1).unwrap();
    std::thread::sleep(ms(200));
    let offered = measured(&generator.stop()).offered;
    let mut seen = seen.lock().unwrap().clone();
    seen.sort_unstable();
    assert_eq!(seen, (0..offered).collect::<Vec<_>>());
}

#[test]
fn a_connection_is_reused_for_the_next_request() {
    let connections = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&connections);
    let url = crate::load::server::serve(move |mut stream| {
        use std::io::{Read as _, Write as _};
        counted.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 4096];
        while stream.read(&mut bytes).is_ok_and(|read| read > 0) {
            // An error status does not cost a connection, either.
            stream.write_all(&response(500, "", "no")).unwrap();
        }
    });
    let loaded = run(&steady(100.0), &target(&url), ms(500));
    crate::load::assert_all_failed(&loaded, Failure::Status);
    assert!(connections.load(Ordering::Relaxed) <= 4, "{connections:?}");
}

#[test]
fn a_connection_that_is_closed_while_idle_fails_no_request() {
    let url = crate::load::server::serve(|mut stream| {
        use std::io::{Read as _, Write as _};
        let mut bytes = [0; 4096];
        if stream.read(&mut bytes).is_ok_and(|read| read > 0) {
            stream.write_all(&response(200, "", "one and done")).unwrap();
        }
    });
    let loaded = run(&steady(20.0), &target(&url), ms(500));
    let measured = measured(&loaded);
    assert_eq!(measured.good, measured.offered);
}

#[test]
fn workers_of_a_closed_loop_wait_for_their_responses() {
    let url = answer(|_| {
        std::thread::sleep(ms(20));
        response(200, "", "")
    });
    let mut load = steady(1.0);
    load.pace = Pace::Closed { workers: 3 };
    let loaded = run(&load, &target(&url), ms(600));
    let measured = measured(&loaded);
    assert_eq!(measured.good, measured.offered);
    // 3 workers for 0.6 s, at a little more than 20 ms per request.
    assert!((45..=93).contains(&measured.offered), "{}", measured.offered);
    assert!(measured.response.quantile_s(0.5).unwrap() >= 0.02);
}

#[test]
fn expectations_are_checked_against_complete_responses() {
    let url = answer(|request| {
        let status = if request.starts_with("GET /moved") { 302 } else { 200 };
        response(status, "x-cache: hit\r\nlocation: /\r\n", r#"{"items":[{"ok":true}]}"#)
    });
    let cases = [
        ("/", Expected::Json("/items/0/ok".into(), true.into()), None),
        ("/", Expected::Json("/items/0/ok".into(), false.into()), Some(Failure::Content)),
        ("/", Expected::Header("x-cache".into(), Some("hit".into())), None),
        ("/", Expected::BodyContains("nothing".into()), Some(Failure::Content)),
        ("/moved", Expected::Status(vec![(200, 299)]), Some(Failure::Status)),
        ("/moved", Expected::Status(vec![(302, 302)]), None),
    ];
    for (path, expected, failure) in cases {
        let mut load = steady(50.0);
        load.requests = vec![get(path)];
        load.requests[0].expect = vec![expected.clone()];
        let loaded = run(&load, &target(&url), ms(100));
        match failure {
            Some(failure) => crate::load::assert_all_failed(&loaded, failure),
            None => assert_eq!(whole(&loaded.windows).failed.len(), 0, "{expected:?}"),
        }
    }
}

#[test]
fn windows_can_be_read_during_the_load_and_lose_no_request() {
    let url = answer(|_| {
        std::thread::sleep(ms(30));
        response(200, "", "")
    });
    let generator =
        Generator::start(&steady(200.0), &target(&url), None, &Allowed::default(), ms(50), 1).unwrap();
    generator.set_phase(Phase::Baseline);
    let mut settled = Duration::ZERO;
    while settled < ms(500) {
        std::thread::sleep(ms(20));
        let (until, windows) = (generator.settled_until(), generator.windows());
        assert!(until >= settled && until <= generator.elapsed());
        settled = until;
        let whole_windows = usize::try_from(until.as_millis() / 50).unwrap();
        for window in &windows[..whole_windows] {
            assert_eq!((window.measured.offered, window.measured.good), (10, 10));
        }
    }
    let recent = generator.recent();
    assert!((5..=15).contains(&recent.good), "{}", recent.good);
    generator.set_phase(Phase::Fault);
    std::thread::sleep(ms(100));
    let loaded = generator.stop();
    let offered = measured(&loaded).offered;
    let counted: u64 = loaded.lag.values().map(steadfast::chaos::latencies::Latencies::count).sum();
    assert_eq!(counted, offered);
    assert!(loaded.service[&Phase::Baseline].quantile_s(0.5).unwrap() >= 0.03);
    assert!(loaded.lag.contains_key(&Phase::Fault));
}
