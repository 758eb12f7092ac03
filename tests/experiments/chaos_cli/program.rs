//! Runs the program as users do.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Far longer than any machine should need; only a run that hangs reaches it.
const PATIENCE: Duration = Duration::from_mins(10);

/// An experiment of a few seconds, with margins that so few requests can show. `more` must not repeat its keys.
pub(super) fn experiment(target: &str, more: &str) -> String {
    format!(
        "target: {target}\nwindow: 200ms\nsteady_state: {{ success: \">= 80%\" }}\n\
         phases: {{ warm_up: 0s, baseline: 1s, baseline_max: 1s, fault: 1s, recovery: 2s, recovery_max: 2s }}\n\
         judge: {{ hold: 400ms, floor: 2s, stalled_max: 100%, success_margin: 20%, quantiles: [p50] }}\n{more}\n"
    )
}

/// Creates a folder with this experiment in `e.yaml`.
pub(super) fn folder(experiment: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("e.yaml"), experiment).unwrap();
    folder
}

/// Returns the command `steadfast chaos`, to be run in a folder.
pub(super) fn chaos(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_steadfast"));
    command
        .arg("chaos")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Exit code and output of a run.
pub(super) struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let said = Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
        assert!(!said.err.contains("panicked"), "{}", said.err);
        said
    }

    /// Parses standard output as JSON.
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{}{}", self.out, self.err))
    }

    #[track_caller]
    pub(super) fn assert_code(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
    }
}

/// Runs a command to its end. If the machine was so busy that the load generator stalled and the run was
/// inconclusive, runs it again.
pub(super) fn run(command: &mut Command) -> Said {
    conclusive(|| Said::of(Running::start(command).end().0))
}

/// Runs until a run is conclusive, or inconclusive although the load generator did not stall.
pub(super) fn conclusive(mut run: impl FnMut() -> Said) -> Said {
    let is_conclusive = |said: &Said| said.code != Some(3) || !says_stalled(&said.out);
    (1..RUNS_MAX).map(|_| run()).find(is_conclusive).unwrap_or_else(run)
}

/// Whether a report says that the load generator stalled.
fn says_stalled(report: &str) -> bool {
    report.contains("the load generator stalled")
}

/// Runs the experiment in `e.yaml` to its end.
pub(super) fn run_file(experiment: &str, arguments: &[&str]) -> Said {
    let folder = folder(experiment);
    run(chaos(folder.path(), &["e.yaml"]).args(arguments))
}

/// Maximum number of runs of an experiment that needs a steady baseline. Other work on the machine can make
/// the baseline unsteady, so that nothing is injected; such a run is repeated.
pub(super) const RUNS_MAX: usize = 8;

/// Runs the experiment in `e.yaml` to its end, again if its baseline was not steady. The output is JSON.
pub(super) fn run_steady(experiment: &str) -> Said {
    let run = || run_file(experiment, &["--format", "json"]);
    let is_steady = |said: &Said| said.code != Some(3) || !said.out.contains("\"not_steady\"");
    (1..RUNS_MAX).map(|_| run()).find(is_steady).unwrap_or_else(run)
}

/// A run in progress.
pub(super) struct Running {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
    out: thread::JoinHandle<Vec<u8>>,
}

impl Running {
    pub(super) fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let (say, lines) = channel();
        let err = BufReader::new(child.stderr.take().unwrap());
        thread::spawn(move || err.lines().map_while(Result::ok).try_for_each(|line| say.send(line)));
        let mut out = child.stdout.take().unwrap();
        let out = thread::spawn(move || {
            let mut all = Vec::new();
            out.read_to_end(&mut all).unwrap();
            all
        });
        Self { child, lines, said: Vec::new(), out }
    }

    /// Waits until a line on stderr contains these words.
    pub(super) fn until(&mut self, words: &str) {
        assert!(self.reaches(words), "no `{words}` in {:?}", self.said);
    }

    /// Waits until a line on stderr contains these words. Returns whether one does.
    pub(super) fn reaches(&mut self, words: &str) -> bool {
        while !self.said.last().is_some_and(|line| line.contains(words)) {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else { return false };
            self.said.push(line);
        }
        true
    }

    #[cfg(target_os = "linux")]
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end of the run. Returns its output, and how long it took from this call on.
    pub(super) fn finish(self) -> (Said, Duration) {
        let (output, took) = self.end();
        (Said::of(output), took)
    }

    fn end(mut self) -> (Output, Duration) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > PATIENCE {
                self.child.kill().unwrap();
                panic!("the run does not end; its output so far: {:?}", self.said);
            }
            thread::sleep(Duration::from_millis(5));
        };
        let took = start.elapsed();
        self.said.extend(self.lines.iter());
        let output =
            Output { status, stdout: self.out.join().unwrap(), stderr: self.said.join("\n").into_bytes() };
        (output, took)
    }
}

/// The most cases that are checked at once. They mostly wait, but on a busy machine more of them would keep
/// each other from being in time.
const AT_ONCE: usize = 8;

/// Checks all cases, several at once.
pub(super) fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    let cases = std::sync::Mutex::new(cases.into_iter().collect::<Vec<_>>());
    let work = || {
        while let Some(case) = { cases.lock().unwrap().pop() } {
            check(case);
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
}
