//! Runs the program with a time limit and checks the invariants of every run.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::rc::Rc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The CPU time in seconds that a run may use. Unlike the time on the clock, it does not grow with the load
/// of the machine.
const CPU_LIMIT_S: u32 = 60;

/// The time that a run may take. Only a run that hangs without using the CPU reaches it.
const PATIENCE: Duration = Duration::from_mins(10);

/// Limit in MiB of the address space of runs whose memory must not grow with their input.
pub(super) const SMALL_MEMORY_MIB: u64 = 700;

/// All output formats.
pub(super) const FORMATS: [&str; 7] = ["table", "json", "csv", "markdown", "html", "junit", "openmetrics"];

/// A temporary folder for the files of a test. Runs start in it, so that files have short names.
#[derive(Clone)]
pub(super) struct Desk {
    folder: Rc<tempfile::TempDir>,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self { folder: Rc::new(tempfile::tempdir().unwrap()) }
    }

    /// Creates a folder with one file.
    pub(super) fn with(name: &str, content: impl AsRef<[u8]>) -> Self {
        let desk = Self::new();
        desk.put(name, content);
        desk
    }

    pub(super) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the names of all files, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Prepares `steadfast availability` with these arguments.
    pub(super) fn availability(&self, arguments: &str) -> Run {
        self.run(&format!("availability {arguments}"))
    }

    /// Prepares `steadfast` with these arguments, separated by spaces; quotes (`'…'`) preserve spaces.
    pub(super) fn run(&self, arguments: &str) -> Run {
        Run { arguments: words(arguments), desk: self.clone(), memory_mib: None, feed: None }
    }
}

fn words(text: &str) -> Vec<String> {
    let quoted = text.split('\'').enumerate();
    quoted
        .flat_map(|(i, part)| {
            if i % 2 == 1 {
                vec![part.to_owned()]
            } else {
                part.split_whitespace().map(str::to_owned).collect()
            }
        })
        .collect()
}

type Feed = Box<dyn FnOnce(&mut ChildStdin) + Send>;

/// A run that has not started yet.
pub(super) struct Run {
    arguments: Vec<String>,
    /// Keeps the folder until the last run that uses it is dropped.
    desk: Desk,
    memory_mib: Option<u64>,
    feed: Option<Feed>,
}

impl Run {
    /// Limits the address space, in MiB.
    pub(super) fn within_mib(mut self, mib: u64) -> Self {
        self.memory_mib = Some(mib);
        self
    }

    /// Lets `feed` write the standard input.
    pub(super) fn fed(mut self, feed: impl FnOnce(&mut ChildStdin) + Send + 'static) -> Self {
        self.feed = Some(Box::new(feed));
        self
    }

    /// Starts the run without waiting for its end.
    pub(super) fn start(&mut self) -> Child {
        let memory = self.memory_mib.map_or(String::new(), |mib| format!("ulimit -v {}; ", mib << 10));
        let limited = format!("ulimit -t {CPU_LIMIT_S}; {memory}exec \"$0\" \"$@\"");
        let stdin = if self.feed.is_some() { Stdio::piped() } else { Stdio::null() };
        Command::new("sh")
            .args(["-c", &limited, env!("CARGO_BIN_EXE_steadfast")])
            .args(&self.arguments)
            .current_dir(self.desk.folder())
            .env("COLUMNS", "120")
            .env_remove("NO_COLOR")
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs to the end and checks the invariants of all runs.
    #[track_caller]
    pub(super) fn end(mut self) -> Ended {
        let mut child = self.start();
        if let (Some(feed), Some(mut stdin)) = (self.feed.take(), child.stdin.take()) {
            std::thread::spawn(move || feed(&mut stdin));
        }
        let ended = wait(child);
        let words = self.arguments.join(" ");
        ended.check_invariants(&words);
        ended
    }

    /// Runs, and expects exit code 2, nothing on standard output and all these words on standard error.
    #[track_caller]
    pub(super) fn refused(self, words: &[&str]) -> Ended {
        let ended = self.end();
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        for word in words {
            assert!(ended.stderr.contains(word), "no {word:?} in {}", ended.stderr);
        }
        ended
    }

    /// Runs, expects success, and returns the standard output.
    #[track_caller]
    pub(super) fn fine(self) -> String {
        let ended = self.end();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended.stdout
    }

    /// Runs with `--format json`, expects success, and returns the parsed output.
    #[track_caller]
    pub(super) fn json(mut self) -> serde_json::Value {
        self.arguments.extend(["--format".into(), "json".into()]);
        serde_json::from_str(&self.fine()).unwrap()
    }
}

/// The result of a run.
pub(super) struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    #[track_caller]
    fn check_invariants(&self, words: &str) {
        assert!(!self.stderr.contains("panicked"), "{words} panicked: {}", self.stderr);
        assert!([0, 1, 2].contains(&self.code), "{words} ended with {}: {}", self.code, self.stderr);
        for (stream, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            let raw = text.chars().find(|c| is_raw(*c));
            assert_eq!(raw, None, "{words} wrote a raw control character on {stream}: {}", excerpt(text));
        }
    }
}

/// Whether a character must be escaped in output: it moves the cursor, rings the bell, hides text or
/// changes its direction.
pub(super) fn is_raw(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}')
}

fn excerpt(text: &str) -> String {
    let at = text.find(is_raw).unwrap_or(0);
    let from = text.floor_char_boundary(at.saturating_sub(80));
    let to = text.floor_char_boundary((at + 80).min(text.len()));
    format!("{:?}", &text[from..to])
}

/// Waits for the end; kills the process and panics when the time limit is exceeded.
#[track_caller]
pub(super) fn wait(mut child: Child) -> Ended {
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("still running after {} s", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let stderr = stderr.join().unwrap();
    let code = status.code().unwrap_or_else(|| {
        panic!("terminated by signal {:?}: {stderr}", status.signal());
    });
    Ended { code, stdout: stdout.join().unwrap(), stderr }
}

fn collect(stream: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            stream.read_to_end(&mut bytes).unwrap();
        }
        String::from_utf8(bytes).unwrap()
    })
}

/// Writes `chunk` repeatedly until `bytes` are written or the pipe is closed. Combines short chunks into
/// larger writes.
pub(super) fn pour(out: &mut dyn Write, chunk: &[u8], bytes: u64) {
    let block = chunk.repeat((1 << 16) / chunk.len() + 1);
    let mut left = bytes;
    while left > 0 {
        let part = &block[..usize::try_from(left).unwrap_or(usize::MAX).min(block.len())];
        if out.write_all(part).is_err() {
            return;
        }
        left -= part.len() as u64;
    }
}

/// Returns pseudo-random bytes; the same seed gives the same bytes.
pub(super) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        // Marsaglia 2003, xorshift64.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// A log of two incidents of `api` in the canonical format.
pub(super) const SMALL_LOG: &str = "\
service,started_at,resolved_at
api,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z
api,2026-01-07T10:00:00Z,2026-01-07T10:30:00Z
";
