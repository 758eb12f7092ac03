use super::Timer;
use std::future::Future;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Runs a test with an ordinary timer and with a precise one.
fn with_timer<F: Future<Output = ()>>(test: impl Fn(Rc<Timer>) -> F) {
    for make in [Timer::new, Timer::precise] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let local = tokio::task::LocalSet::new();
        local.block_on(&runtime, async { test(make().unwrap()).await });
    }
}

fn sleepers(timer: &Timer) -> usize {
    timer.inner.sleepers.borrow().waiting.len()
}

const MS: Duration = Duration::from_millis(1);

#[test]
fn sleepers_wake_in_order_and_never_early() {
    with_timer(|timer| async move {
        let start = Instant::now();
        let woken = Rc::new(std::cell::RefCell::new(Vec::new()));
        let sleeps = [9, 3, 6].map(|ms| {
            let (timer, woken) = (Rc::clone(&timer), Rc::clone(&woken));
            tokio::task::spawn_local(async move {
                timer.sleep_until(start + ms * MS).await;
                assert!(start.elapsed() >= ms * MS);
                woken.borrow_mut().push(ms);
            })
        });
        for sleep in sleeps {
            sleep.await.unwrap();
        }
        assert_eq!(*woken.borrow(), [3, 6, 9]);
    });
}

#[test]
fn a_deadline_in_the_past_is_not_waited_for() {
    let start = Instant::now();
    with_timer(|timer| async move {
        timer.sleep_until(start.checked_sub(MS).unwrap()).await;
    });
}

#[test]
fn dropped_and_reset_sleeps_leave_no_sleeper_behind() {
    with_timer(|timer| async move {
        let far = Instant::now() + Duration::from_secs(1000);
        for extra in 1..=1000 {
            let mut sleep = timer.sleep_until(far + extra * MS);
            tokio::select! { biased; () = &mut sleep => {}, () = std::future::ready(()) => {} }
            assert_eq!(sleepers(&timer), 1);
            sleep.reset(far);
            assert_eq!(sleepers(&timer), 0);
        }
        timer.sleep_until(Instant::now() + MS).await;
        assert_eq!(sleepers(&timer), 0);
    });
}

#[test]
fn the_alarm_of_other_systems_fires_at_the_deadline_set_last() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let alarm = super::thread::Alarm::new().unwrap();
    let start = Instant::now();
    alarm.set(start + 100 * MS).unwrap();
    alarm.set(start + 3 * MS).unwrap();
    runtime.block_on(alarm.rings()).unwrap();
    let late = start.elapsed();
    assert!(late >= 3 * MS && late < 90 * MS, "{late:?}");
}

#[test]
#[ignore = "needs an idle machine"]
fn a_delay_is_accurate_to_a_tenth_of_a_millisecond() {
    with_timer(|timer| async move {
        let mut errors = Vec::new();
        for _ in 0..200 {
            let at = Instant::now() + 10 * MS;
            timer.sleep_until(at).await;
            errors.push(at.elapsed());
        }
        errors.sort();
        eprintln!("p50 {:?}, p99 {:?}", errors[100], errors[198]);
        assert!(errors[100] < MS / 10 && errors[198] < MS / 2);
    });
}
