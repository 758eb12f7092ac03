//! Runs an experiment: starts the proxies and the load, goes through the phases, switches the faults on
//! and off, and stops early on a guard, the kill switch or a signal.

use super::capacity::{self, TooMuch};
use super::kill_switch::{Watch, WatchError};
use super::load::{Generator, LoadError, all_stalled};
use super::proxy::{ProxyError, ProxyServer};
use super::resolve::{Host, ResolveError};
use super::tls::{self, TlsError};
use crate::base::quantity::format_duration;
use crate::chaos::experiment::{Experiment, Upstream};
use crate::chaos::guard::Allowed;
use crate::chaos::limit::Measured;
use crate::chaos::observation::{Ended, Failure, Observation, Phase, Times, Window};
use crate::chaos::verdict;
use std::io;
use std::time::Duration;

/// An error that prevents an experiment from starting or continuing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The system does not give what the load needs.
    #[error(transparent)]
    Capacity(#[from] TooMuch),
    /// The target has no address, or one that may not be disturbed.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The files of TLS cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A proxy cannot be set up.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The load cannot be set up.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The kill switch cannot be watched.
    #[error(transparent)]
    KillSwitch(#[from] WatchError),
    /// A fault cannot be switched, because another process has taken the port of a proxy that refused
    /// connections.
    #[error("cannot switch a fault on or off")]
    Switch(#[source] io::Error),
    /// The system gives no sockets.
    #[error("cannot connect to anything")]
    Sockets(#[source] io::Error),
}

/// The state of a run at one moment, for its observers.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    /// Time since the start.
    pub at: Duration,
    /// The current phase.
    pub phase: Phase,
    /// Whether the faults are on.
    pub faults_on: bool,
    /// Measurements of the last complete window, by the time at which requests ended.
    pub recent: Measured,
    /// The length of that window.
    pub window: Duration,
}

/// An observer of a run, which may end it.
pub(crate) trait Audience {
    /// Called once per window.
    fn see(&mut self, moment: &Moment);
    /// Returns the number of a signal that asks the run to end, if one has arrived.
    fn interrupted(&self) -> Option<u8>;
}

/// Interval at which a run checks the time and its reasons to stop.
const TICK: Duration = Duration::from_millis(10);

/// Ticks to wait for the load to give up before the faults are switched off anyway.
const GIVE_UP_TICKS: u32 = 10;

/// Runs an experiment. However it returns, the faults are off and nothing is left running.
pub(crate) fn conduct(
    experiment: &Experiment,
    allowed: &Allowed,
    audience: &mut dyn Audience,
) -> Result<Observation, RunError> {
    let Experiment { target, window, seed, .. } = experiment;
    capacity::check(experiment)?;
    capacity::raise();
    tls::check(target)?;
    let watch = |switch| Watch::start(switch, &target.tls, *window, allowed);
    let kill_switch = experiment.kill_switch.as_ref().map(watch).transpose()?;
    let proxies = ProxyServer::start(&experiment.proxies, target, &experiment.faults, allowed, *seed)?;
    if let Some(why) = unreachable(experiment, allowed)? {
        let (window, ended) = (*window, Ended::Unreachable(why));
        return Ok(Observation { window, ended, ..Observation::default() });
    }
    let load_proxy = experiment.proxies.iter().position(|proxy| proxy.upstream == Upstream::Target);
    let via = load_proxy.and_then(|load_proxy| proxies.via(load_proxy));
    let load = Generator::start(&experiment.load, target, via, allowed, *window, *seed)?;
    let mut run = Run {
        experiment,
        proxies,
        load_proxy,
        load,
        audience,
        kill_switch,
        attempts: Vec::new(),
        attempts_before: 0,
        times: Times::default(),
        planned_end: None,
        phase: Phase::WarmUp,
        faults_on: false,
    };
    let ended = run.all_phases()?;
    run.finish(ended)
}

/// Returns why the target accepts no connection, if it does not: better told at once than after a baseline.
fn unreachable(experiment: &Experiment, allowed: &Allowed) -> Result<Option<String>, RunError> {
    let host = Host::behind(&Upstream::Target, &experiment.target, allowed)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RunError::Sockets)?;
    let patience = experiment.load.timeout;
    let dialled = runtime.block_on(async { tokio::time::timeout(patience, host.dial()).await });
    Ok(match dialled {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("no answer within {}", format_duration(patience.as_secs_f64()))),
    })
}

struct Run<'r> {
    experiment: &'r Experiment,
    proxies: ProxyServer,
    /// Index of the proxy between the load and the target.
    load_proxy: Option<usize>,
    load: Generator,
    audience: &'r mut dyn Audience,
    kill_switch: Option<Watch>,
    /// Attempts that the proxies counted in each window so far.
    attempts: Vec<Option<u64>>,
    attempts_before: u64,
    times: Times,
    /// The end of the last phase, once it is known.
    planned_end: Option<Duration>,
    phase: Phase,
    faults_on: bool,
}

/// A reason not to go on to the next step of a run.
enum Halt {
    /// The run ends early, which is reported as its result.
    Ended(Ended),
    /// The run cannot continue.
    Failed(RunError),
}

type Step<T = ()> = Result<T, Halt>;

impl Run<'_> {
    fn all_phases(&mut self) -> Result<Ended, RunError> {
        let all = self.until_injection().and_then(|baseline| self.with_faults(&baseline));
        match all {
            Ok(()) => Ok(Ended::Complete),
            Err(Halt::Ended(ended)) => Ok(ended),
            Err(Halt::Failed(error)) => Err(error),
        }
    }

    /// Runs the warm-up and the baseline. Returns the measurements of the baseline; ends the run if it
    /// was not steady.
    fn until_injection(&mut self) -> Step<Measured> {
        let phases = self.experiment.phases;
        self.wait_until(phases.warm_up, &mut |_| None)?;
        self.enter(Phase::Baseline);
        self.times.baseline = Some(phases.warm_up);
        let end = self.until_known(phases.warm_up + phases.baseline)?;
        self.enter(Phase::Settling);
        self.times.settling = Some(end);
        self.settle(end)?;
        let windows = self.load.windows();
        let windows = windows_within(&windows, self.experiment.window, phases.warm_up, end);
        let comparable = verdict::unlike_itself(self.experiment, &self.load.compare_from_now()).is_empty();
        if !comparable || !verdict::baseline_gate(self.experiment, windows).is_open() {
            return Err(Halt::Ended(Ended::NotSteady));
        }
        let mut baseline = Measured::default();
        for window in windows {
            baseline.add(&window.measured);
        }
        Ok(baseline)
    }

    /// Waits until `end`, and on until the baseline is known well enough or may not be prolonged any more. Returns its
    /// end.
    fn until_known(&mut self, mut end: Duration) -> Step<Duration> {
        let Experiment { phases, window, .. } = self.experiment;
        let latest = phases.warm_up + phases.baseline_max;
        loop {
            self.wait_until(end, &mut |_| None)?;
            let windows = self.load.windows();
            let windows = windows_within(&windows, *window, phases.warm_up, end);
            let is_steady = || verdict::baseline_gate(self.experiment, windows).is_open();
            if end >= latest || verdict::baseline_is_known(self.experiment, windows) || !is_steady() {
                return Ok(end);
            }
            // By a tenth, so that a long baseline is not judged in every window.
            let more = (end.saturating_sub(phases.warm_up) / 10).max(*window);
            end = latest.min(next_multiple(end + more, *window));
        }
    }

    /// Waits until `end`, and on while it is not decided whether the target has recovered and the recovery may be
    /// prolonged.
    fn until_decided(&mut self, cleared: Duration) -> Step {
        let Experiment { phases, window, .. } = self.experiment;
        let (mut end, latest) = (cleared + phases.recovery, cleared + phases.recovery_max);
        loop {
            self.planned_end = Some(end);
            self.wait_until(end, &mut |_| None)?;
            let more = if end < latest { self.undecided_for(end) } else { None };
            let Some(more) = more else { return Ok(()) };
            end = latest.min(next_multiple(end + more.max(*window), *window));
        }
    }

    /// Returns how much longer the recovery must be to decide whether the target has recovered, if that would help.
    fn undecided_for(&self, end: Duration) -> Option<Duration> {
        let mut windows = self.load.windows();
        let ended = end.min(self.load.settled_until());
        windows.truncate(windows_begun_by(ended, self.experiment.window));
        let (window, times) = (self.experiment.window, Times { ended, ..self.times });
        let so_far = Observation { window, windows, times, ..Observation::default() };
        let more_s = verdict::judge(self.experiment, &so_far).recovery.more_s?;
        Duration::try_from_secs_f64(more_s).ok()
    }

    /// Waits until all requests that were due before `end` have ended, for at most one timeout and one
    /// window.
    fn settle(&mut self, end: Duration) -> Step {
        let latest = self.elapsed() + self.experiment.load.timeout + self.experiment.window;
        while self.load.settled_until() < end && self.elapsed() < latest {
            self.wait_until(self.elapsed() + TICK, &mut |_| None)?;
        }
        Ok(())
    }

    /// Runs the fault phase and the recovery phase.
    fn with_faults(&mut self, baseline: &Measured) -> Step {
        // At the start of a window, so that the faults are on or off for the whole of each window.
        let begin = next_multiple(self.elapsed(), self.experiment.window);
        self.wait_until(begin, &mut |_| None)?;
        self.switch(true)?;
        self.times.injected = Some(begin);
        self.enter(Phase::Fault);
        let end = begin + self.experiment.phases.fault;
        let experiment = self.experiment;
        let mut seen = Vec::new();
        let guarded = self.wait_until(end, &mut |recent| {
            seen.push(recent.clone());
            let mut conditions = experiment.abort_when.iter();
            conditions
                .find_map(|condition| verdict::abort(condition, experiment.window, &seen, Some(baseline)))
        });
        if let Err(Halt::Ended(Ended::Signal(_))) = guarded {
            self.give_up_load();
        }
        self.switch(false)?;
        if let Err(halt @ (Halt::Failed(_) | Halt::Ended(Ended::Signal(_)))) = guarded {
            return Err(halt);
        }
        // On schedule, the planned time, which is the end of a window; after an early end, the actual time.
        let cleared = if guarded.is_ok() { end } else { self.elapsed() };
        self.times.cleared = Some(cleared);
        self.enter(Phase::Recovery);
        let recovered = self.until_decided(cleared);
        // A reason that ended the faults early takes precedence over one that ended the recovery.
        guarded.and(recovered)
    }

    /// Waits until `until`. Stops early on a signal or, at the end of a window, when `guard` returns a
    /// reason for the measurements of that window or there is a [stop reason](Self::stop_reason).
    fn wait_until(&mut self, until: Duration, guard: &mut dyn FnMut(&Window) -> Option<String>) -> Step {
        loop {
            if let Some(signal) = self.audience.interrupted() {
                return Err(Halt::Ended(Ended::Signal(signal)));
            }
            let now = self.elapsed();
            // Before the check of `until`, so that the guard sees a window that ends there.
            if self.window_is_over(now) {
                let recent = self.close_window(now);
                let why = guard(&recent).or_else(|| self.stop_reason());
                if let Some(why) = why {
                    return Err(Halt::Ended(Ended::Guard(why)));
                }
            }
            if now >= until {
                return Ok(());
            }
            std::thread::sleep(TICK.min(until.saturating_sub(now)));
        }
    }

    /// Returns a reason to stop the run: a load that has stopped itself, or the kill switch, which is
    /// ignored during the recovery because the faults are off by then.
    fn stop_reason(&self) -> Option<String> {
        if self.load.saturated() {
            return Some("saturated: more requests were due than `max_in_flight` allows".into());
        }
        let watch = self.kill_switch.as_ref().filter(|_| self.phase != Phase::Recovery)?;
        watch.thrown()
    }

    fn window_is_over(&self, now: Duration) -> bool {
        let begun = self.attempts.len() as u32 + 1;
        now >= self.experiment.window * begun
    }

    /// Closes a window: counts the attempts that the proxies saw in it, and informs the observer.
    fn close_window(&mut self, now: Duration) -> Window {
        let attempts = self.proxies.attempts();
        let before = std::mem::replace(&mut self.attempts_before, attempts.unwrap_or(0));
        self.attempts.push(attempts.map(|attempts| attempts.saturating_sub(before)));
        let recent = self.load.recent();
        self.audience.see(&Moment {
            at: now,
            phase: self.phase,
            faults_on: self.faults_on,
            recent: recent.clone(),
            window: self.experiment.window,
        });
        Window { measured: recent, ..Window::default() }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.load.set_phase(phase);
    }

    fn switch(&mut self, on: bool) -> Step {
        self.faults_on = on;
        self.proxies.set(on).map_err(|error| Halt::Failed(RunError::Switch(error)))
    }

    /// Gives up the requests under way, before switching the faults off makes them fail.
    fn give_up_load(&self) {
        self.load.give_up();
        for _ in 0..GIVE_UP_TICKS {
            if self.load.is_over() {
                return;
            }
            std::thread::sleep(TICK);
        }
    }

    fn elapsed(&self) -> Duration {
        self.load.elapsed()
    }

    /// Ends the load and returns everything that was observed. A signal gives up the requests under way,
    /// and takes precedence over any other end.
    fn finish(mut self, ended: Ended) -> Result<Observation, RunError> {
        self.proxies.set(false).map_err(RunError::Switch)?;
        // Requests that are due after the planned end belong to no phase.
        let end = self.planned_end.unwrap_or(Duration::MAX);
        self.times.ended = self.elapsed().min(end);
        self.load.finish();
        while !self.load.is_over() && self.audience.interrupted().is_none() {
            std::thread::sleep(TICK);
        }
        self.load.give_up();
        let ended = self.audience.interrupted().map_or(ended, Ended::Signal);
        let mut observed = self.load.stop();
        observed.windows.truncate(windows_begun_by(self.times.ended, self.experiment.window));
        for (window, attempts) in observed.windows.iter_mut().zip(&self.attempts) {
            window.attempts = *attempts;
        }
        if self.proxies.has_broken_down() {
            observed.windows = all_stalled(observed.windows);
        }
        if let (exhausted @ 1.., Some(last)) = (self.proxies.exhausted(), observed.windows.last_mut()) {
            // When exactly does not matter: the run has not measured the target.
            *last.failed.entry(Failure::Exhausted).or_default() += exhausted;
        }
        if let Some(load_proxy) = self.load_proxy {
            // The proxy knows the cause of a failure; the load saw only the response of the proxy.
            observed.reasons.extend(self.proxies.reasons(load_proxy));
        }
        let (window, faults) = (self.experiment.window, self.proxies.seen());
        Ok(Observation { window, times: self.times, faults, ended, ..observed })
    }
}

/// Returns the least multiple of `step` that is not before `time`.
fn next_multiple(time: Duration, step: Duration) -> Duration {
    step * u32::try_from(windows_begun_by(time, step)).unwrap_or(u32::MAX)
}

/// Returns the number of windows that have begun before `time`.
fn windows_begun_by(time: Duration, window: Duration) -> usize {
    let windows = time.as_nanos().div_ceil(window.as_nanos().max(1));
    usize::try_from(windows).unwrap_or(usize::MAX)
}

/// Returns the windows that lie entirely between `from` and `to`.
fn windows_within(windows: &[Window], window: Duration, from: Duration, to: Duration) -> &[Window] {
    // Rounded up and down, so that a window across a border is left out.
    let step = window.as_nanos().max(1);
    let first = usize::try_from(from.as_nanos().div_ceil(step)).unwrap_or(usize::MAX);
    let last = usize::try_from(to.as_nanos() / step).unwrap_or(usize::MAX).min(windows.len());
    windows.get(first..last).unwrap_or_default()
}
