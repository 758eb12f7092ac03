//! Carries an experiment out: proxies, load, phases, faults on and off, and whatever may end it early.

use super::kill_switch::{Watch, WatchError};
use super::load::{Generator, LoadError, Via};
use super::proxy::{ProxyError, ProxyServer};
use crate::chaos::experiment::{Experiment, Upstream};
use crate::chaos::guard::Allowed;
use crate::chaos::limit::Measured;
use crate::chaos::observation::{Ended, Observation, Phase, Times, Window};
use crate::chaos::verdict;
use std::io;
use std::time::{Duration, Instant};

/// Why an experiment could not begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A proxy cannot be set up.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The load cannot be set up.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The kill switch cannot be watched.
    #[error(transparent)]
    KillSwitch(#[from] WatchError),
    /// A fault cannot be switched: somebody has taken the port of a proxy that refused connections.
    #[error("a fault cannot be switched")]
    Switch(#[from] io::Error),
}

/// What a run looks like at one moment, for those who watch it.
#[derive(Debug, Clone)]
pub struct Moment {
    /// Since the start.
    pub at: Duration,
    /// The phase.
    pub phase: Phase,
    /// Whether the faults are on.
    pub faults_on: bool,
    /// What the last whole window saw, by the time at which requests came to their end.
    pub recent: Measured,
    /// How long that window is.
    pub window: Duration,
}

/// Those who watch a run, and may end it.
pub trait Audience {
    /// Called once in every window.
    fn see(&mut self, moment: &Moment);
    /// The number of a signal that asks for the end.
    fn interrupted(&self) -> Option<u8>;
}

/// How often the conductor looks up.
const TICK: Duration = Duration::from_millis(10);

/// So many times it looks whether the load has let go, before the faults go all the same.
const LET_GO_TICKS: u32 = 10;

/// Carries an experiment out. Whatever happens, the faults are off and nothing is left behind when it returns.
pub fn conduct(
    experiment: &Experiment,
    allowed: &Allowed,
    audience: &mut dyn Audience,
) -> Result<Observation, RunError> {
    let kill_switch = experiment.kill_switch.as_ref();
    let kill_switch =
        kill_switch.map(|switch| Watch::start(switch, &experiment.target.tls, experiment.window, allowed));
    let kill_switch = kill_switch.transpose()?;
    let proxies = ProxyServer::start(
        &experiment.proxies,
        &experiment.target,
        &experiment.faults,
        allowed,
        experiment.seed,
    )?;
    let own = experiment.proxies.iter().position(|proxy| proxy.upstream == Upstream::Target);
    let via = own.and_then(|own| {
        Some(Via {
            address: proxies.address(own)?,
            http: experiment.proxies.get(own)?.http,
            unreached: proxies.unreached(own),
        })
    });
    let epoch = Instant::now();
    let load = Generator::start(
        &experiment.load,
        &experiment.target,
        via,
        allowed,
        experiment.window,
        epoch,
        experiment.seed,
    )?;
    let mut run = Run {
        experiment,
        proxies,
        own,
        load,
        epoch,
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

struct Run<'r> {
    experiment: &'r Experiment,
    proxies: ProxyServer,
    /// The proxy that the load goes through.
    own: Option<usize>,
    load: Generator,
    epoch: Instant,
    audience: &'r mut dyn Audience,
    kill_switch: Option<Watch>,
    /// Attempts that the proxies saw, by window.
    attempts: Vec<Option<u64>>,
    attempts_before: u64,
    times: Times,
    /// When the last phase ends, once that is known.
    planned_end: Option<Duration>,
    phase: Phase,
    faults_on: bool,
}

/// Why a run does not go on to its next step.
enum Halt {
    /// It ends as such runs do.
    Ended(Ended),
    /// It cannot go on.
    Failed(RunError),
}

type Step<T = ()> = Result<T, Halt>;

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Run<'_> {
    fn all_phases(&mut self) -> Result<Ended, RunError> {
        let all = self.until_injection().and_then(|baseline| self.with_faults(&baseline));
        match all {
            Ok(()) => Ok(Ended::Complete),
            Err(Halt::Ended(ended)) => Ok(ended),
            Err(Halt::Failed(error)) => Err(error),
        }
    }

    /// Warm-up and baseline. Returns what the baseline was like, if it was steady.
    fn until_injection(&mut self) -> Step<Measured> {
        let phases = self.experiment.phases;
        self.wait_until(phases.warm_up, &mut |_| None)?;
        self.enter(Phase::Baseline);
        self.times.baseline = Some(phases.warm_up);
        let end = phases.warm_up + phases.baseline;
        self.wait_until(end, &mut |_| None)?;
        self.enter(Phase::Settling);
        self.times.settling = Some(end);
        self.settle(end)?;
        let (windows, _) = self.load.windows();
        let windows = windows_within(&windows, self.experiment.window, phases.warm_up, end);
        if !verdict::baseline_gate(self.experiment, windows).is_open() {
            return Err(Halt::Ended(Ended::NotSteady));
        }
        let mut baseline = Measured::default();
        for window in windows {
            baseline.add(&window.measured);
        }
        Ok(baseline)
    }

    /// Waits until all requests that were due before `end` have come to their own.
    fn settle(&mut self, end: Duration) -> Step {
        let latest = self.elapsed() + self.experiment.load.timeout + self.experiment.window;
        while self.load.windows().1 < end && self.elapsed() < latest {
            self.wait_until(self.elapsed() + TICK, &mut |_| None)?;
        }
        Ok(())
    }

    /// The faults, and the recovery from them.
    fn with_faults(&mut self, baseline: &Measured) -> Step {
        // At the start of a window, so that each window is wholly with faults or wholly without.
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
            self.let_go();
        }
        self.switch(false)?;
        if let Err(halt @ (Halt::Failed(_) | Halt::Ended(Ended::Signal(_)))) = guarded {
            return Err(halt);
        }
        // To the window where it was due, to the instant where it came early.
        let cleared = if guarded.is_ok() { end } else { self.elapsed() };
        self.times.cleared = Some(cleared);
        self.enter(Phase::Recovery);
        let end = cleared + self.experiment.phases.recovery;
        self.planned_end = Some(end);
        let recovered = self.wait_until(end, &mut |_| None);
        // What ended the faults early is what is told, however the rest went.
        guarded.and(recovered)
    }

    /// Lets time pass until `until`, and looks at whatever may end the run on the way: `guard` at what each window saw.
    fn wait_until(&mut self, until: Duration, guard: &mut dyn FnMut(&Window) -> Option<String>) -> Step {
        loop {
            if let Some(signal) = self.audience.interrupted() {
                return Err(Halt::Ended(Ended::Signal(signal)));
            }
            let now = self.elapsed();
            if self.window_is_over(now) {
                let recent = self.tell(now);
                let why = guard(&recent).or_else(|| self.stopped_from_outside());
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

    /// The kill switch, while there are faults to end, and a load that has ended itself.
    fn stopped_from_outside(&self) -> Option<String> {
        if self.load.saturated() {
            return Some("more requests were due than may be under way".into());
        }
        let watch = self.kill_switch.as_ref().filter(|_| self.phase != Phase::Recovery)?;
        watch.thrown()
    }

    fn window_is_over(&self, now: Duration) -> bool {
        let begun = self.attempts.len() as u32 + 1;
        now >= self.experiment.window * begun
    }

    /// Closes a window: counts what the proxies saw in it, and shows it.
    fn tell(&mut self, now: Duration) -> Window {
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

    fn switch(&mut self, on: bool) -> io::Result<()> {
        self.faults_on = on;
        self.proxies.set(on)
    }

    /// Gives up what is under way, before the end of the faults lets it fail.
    fn let_go(&self) {
        self.load.give_up();
        for _ in 0..LET_GO_TICKS {
            if self.load.is_over() {
                return;
            }
            std::thread::sleep(TICK);
        }
    }

    fn elapsed(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// Ends the load and gives all that was seen. A signal lets go of what is under way, and is told above all else.
    fn finish(mut self, ended: Ended) -> Result<Observation, RunError> {
        self.switch(false)?;
        // What is due at the very end belongs to no phase any more.
        let end = self.planned_end.unwrap_or(Duration::MAX);
        self.times.ended = self.elapsed().min(end);
        self.load.finish();
        while !self.load.is_over() && self.audience.interrupted().is_none() {
            std::thread::sleep(TICK);
        }
        self.load.give_up();
        let ended = self.audience.interrupted().map_or(ended, Ended::Signal);
        let loaded = self.load.stop();
        let mut windows = loaded.windows;
        windows.truncate(windows_begun_by(self.times.ended, self.experiment.window));
        for (window, attempts) in windows.iter_mut().zip(&self.attempts) {
            window.attempts = *attempts;
        }
        let mut reasons = loaded.reasons;
        if let Some(own) = self.own {
            self.proxies.count_refused(own, loaded.refused);
            // What the load saw of it is but the proxy's answer.
            reasons.extend(self.proxies.reasons(own));
        }
        let faults = self.proxies.seen();
        self.proxies.stop();
        Ok(Observation {
            window: self.experiment.window,
            windows,
            times: self.times,
            faults,
            service: loaded.service,
            lag: loaded.lag,
            statuses: loaded.statuses,
            reasons,
            ended,
        })
    }
}

/// The least multiple of `step` that is not before `time`.
fn next_multiple(time: Duration, step: Duration) -> Duration {
    step * u32::try_from(windows_begun_by(time, step)).unwrap_or(u32::MAX)
}

/// How many windows have begun before a time.
fn windows_begun_by(time: Duration, window: Duration) -> usize {
    let windows = time.as_nanos().div_ceil(window.as_nanos().max(1));
    usize::try_from(windows).unwrap_or(usize::MAX)
}

/// The windows that lie wholly between two times.
pub fn windows_within(windows: &[Window], window: Duration, from: Duration, to: Duration) -> &[Window] {
    let step = window.as_nanos().max(1);
    let first = usize::try_from(from.as_nanos().div_ceil(step)).unwrap_or(usize::MAX);
    let last = usize::try_from(to.as_nanos() / step).unwrap_or(usize::MAX).min(windows.len());
    windows.get(first..last).unwrap_or_default()
}
