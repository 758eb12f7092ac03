//! The program, run as users run it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than any machine is likely to need; reached only by a run that does not end.
const PATIENCE: Duration = Duration::from_mins(1);

/// An experiment of a few seconds; what it adds to these lines must not repeat their keys.
pub fn experiment(target: &str, more: &str) -> String {
    format!(
        "target: {target}\nphases: {{ warm_up: 0s, baseline: 1s, fault: 1s, recovery: 2s }}\n\
         window: 200ms\njudge: {{ hold: 400ms, floor: 2s, stalled_max: 100% }}\n{more}\n"
    )
}

/// A folder with this experiment in `e.yaml`.
pub fn folder(experiment: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("e.yaml"), experiment).unwrap();
    folder
}

/// `steadfast chaos` in a folder.
pub fn chaos(folder: &Path, arguments: &[&str]) -> Command {
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

/// What a run that ended said.
pub struct Said {
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

    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{}{}", self.out, self.err))
    }

    #[track_caller]
    pub fn assert_code(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
    }
}

/// Runs it to its end.
pub fn run(command: &mut Command) -> Said {
    Said::of(Running::start(command).end().0)
}

/// Runs the experiment in `e.yaml` to its end.
pub fn run_file(experiment: &str, arguments: &[&str]) -> Said {
    let folder = folder(experiment);
    run(chaos(folder.path(), &["e.yaml"]).args(arguments))
}

/// A run under way.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
    out: thread::JoinHandle<Vec<u8>>,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
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

    /// Waits until a line on standard error holds this.
    pub fn until(&mut self, words: &str) {
        while !self.said.last().is_some_and(|line| line.contains(words)) {
            let line = self.lines.recv_timeout(PATIENCE);
            self.said.push(line.unwrap_or_else(|_| panic!("no `{words}` in {:?}", self.said)));
        }
    }

    #[cfg(target_os = "linux")]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end. Says what it said, and how long that took from now on.
    pub fn finish(self) -> (Said, Duration) {
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
                panic!("it does not end; it said {:?}", self.said);
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

/// Does all of this at once.
pub fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| check(case));
        }
    });
}
