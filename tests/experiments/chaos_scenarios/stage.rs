//! The environment of a scenario: a copy of the folder with free ports, and the programs that it starts.

use regex_lite::{Captures, Regex};
use std::collections::BTreeMap;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than any machine should need.
const PATIENCE: Duration = Duration::from_mins(10);

/// A copy of `scenarios/chaos` in a temporary folder.
pub(super) struct Stage {
    folder: TempDir,
    ports: BTreeMap<String, u16>,
}

impl Stage {
    /// Copies the scenarios, and replaces every loopback port that `text` names by a free one, in all
    /// files.
    pub(super) fn set(text: &str, scenarios: &Path) -> io::Result<Self> {
        let named = Regex::new(r"127\.0\.0\.1:([0-9]+)").unwrap();
        let ports = named.captures_iter(text).map(|found| found[1].to_owned());
        let stage = Self { ports: ports.map(|port| (port, free_port())).collect(), folder: TempDir::new()? };
        let copy = stage.folder.path().join("scenarios/chaos");
        std::fs::create_dir_all(&copy)?;
        for entry in std::fs::read_dir(scenarios)? {
            let entry = entry?;
            let content = std::fs::read_to_string(entry.path())?;
            std::fs::write(copy.join(entry.file_name()), stage.with_ports(&content))?;
        }
        Ok(stage)
    }

    /// Replaces the ports in `text`.
    pub(super) fn with_ports(&self, text: &str) -> String {
        let number = Regex::new(r"\b[0-9]{4,5}\b").unwrap();
        let other = |found: &Captures<'_>| {
            let port = self.ports.get(&found[0]);
            port.map_or_else(|| found[0].to_owned(), u16::to_string)
        };
        number.replace_all(text, other).into_owned()
    }

    /// Returns a command line that runs in the copy.
    pub(super) fn command(&self, line: &str) -> Command {
        let mut command = shell(&format!("exec {}", self.with_ports(line)));
        command.current_dir(self.folder.path()).env("TMPDIR", self.folder.path());
        command
    }

    /// Starts a command, which is ended when the returned value is dropped.
    pub(super) fn start(&self, line: &str) -> io::Result<Started> {
        let mut command = self.command(line);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Started)
    }

    /// Waits until every port in `text` accepts connections, except those where the proxies will listen.
    pub(super) fn until_all_listen(&self, text: &str) {
        let listens = Regex::new(r"listen: 127\.0\.0\.1:([0-9]+)").unwrap();
        let proxies: Vec<_> = listens.captures_iter(text).map(|found| found[1].to_owned()).collect();
        let start = Instant::now();
        for (name, port) in self.ports.iter().filter(|(name, _)| !proxies.contains(name)) {
            while TcpStream::connect(("127.0.0.1", *port)).is_err() {
                assert!(start.elapsed() < PATIENCE, "nothing listens at port {name}");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// Limit in MiB of the address space of an experiment.
const MEMORY_MIB: u64 = 512;

/// Returns a command for the shell. `steadfast` is the program under test; servers in `/usr/sbin` are
/// found too.
fn shell(line: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_steadfast"));
    let mut paths = vec![program.parent().unwrap().to_owned()];
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    paths.push("/usr/sbin".into());
    let mut command = Command::new("sh");
    let limited = format!("ulimit -v {}; {line}", MEMORY_MIB << 10);
    let line = if line.contains("steadfast chaos") { &limited } else { line };
    command.args(["-c", line]).env("MALLOC_ARENA_MAX", "1").env("PATH", std::env::join_paths(paths).unwrap());
    command
}

/// Returns whether a program is installed.
pub(super) fn is_installed(program: &str) -> bool {
    let look = shell(&format!("command -v {program}")).output();
    look.is_ok_and(|look| look.status.success())
}

/// Returns a port that nothing else uses: neither another scenario nor an outgoing connection, which
/// gets one from 32768 on.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + (std::process::id() % 100) as u16 * 100;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A program that runs until this value is dropped.
pub(super) struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        // SIGTERM first, so that a server can end its child processes.
        let told = Command::new("kill").arg(self.0.id().to_string()).status();
        if !told.is_ok_and(|status| status.success()) {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}
