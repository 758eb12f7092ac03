//! The descriptors and local ports that a run may need, and those that the system gives it.

use crate::base::text::counted;
use crate::chaos::experiment::{Experiment, HttpVersion, Load, Pace, Upstream};
use crate::chaos::observation::Failure;
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;

/// A plan needs more than the system gives.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "up to {} at once need {needed} {what}, and the system allows {allowed} ({limit}): give \
     `load.{key}: {fits}`, or raise the limit", counted(*.asked, "connection")
)]
pub(crate) struct TooMuch {
    asked: u64,
    needed: u64,
    what: &'static str,
    allowed: u64,
    limit: &'static str,
    key: &'static str,
    fits: u64,
}

/// Descriptors that a run needs beside those of its connections: files, threads, timers, listeners.
const OWN_DESCRIPTORS: u64 = 100;

/// Refuses a plan that needs more descriptors or ports than the system gives.
pub(crate) fn check(experiment: &Experiment) -> Result<(), TooMuch> {
    needs(experiment, getrlimit(Resource::Nofile).maximum, ports())
}

/// Returns how a connection could not be opened: for want of something here, or at the other end.
pub(super) fn connect_failure(error: &io::Error) -> Failure {
    let here = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM, Errno::ADDRNOTAVAIL];
    if Errno::from_io_error(error).is_some_and(|error| here.contains(&error)) {
        Failure::Exhausted
    } else {
        Failure::Connect
    }
}

/// Raises the limit on descriptors as far as the system allows.
pub(crate) fn raise() {
    let limit = getrlimit(Resource::Nofile);
    // Without it, the limit stays as it is: requests that find no descriptor are reported as such.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

fn needs(experiment: &Experiment, descriptors: Option<u64>, ports: Option<u64>) -> Result<(), TooMuch> {
    let Experiment { load, target, proxies, .. } = experiment;
    if target.version == HttpVersion::Two {
        // All requests of a thread share one connection.
        return Ok(());
    }
    let (asked, key) = at_once(load);
    // The proxy has a descriptor for each of its two sides.
    let proxied = proxies.iter().any(|proxy| proxy.upstream == Upstream::Target);
    let each = if proxied { 3 } else { 1 };
    let too_much =
        |needed, what, allowed, limit, fits| TooMuch { asked, needed, what, allowed, limit, key, fits };
    let needed = asked * each + OWN_DESCRIPTORS;
    if let Some(allowed) = descriptors.filter(|allowed| needed > *allowed) {
        let fits = allowed.saturating_sub(OWN_DESCRIPTORS) / each;
        return Err(too_much(needed, "descriptors", allowed, "`ulimit -Hn`", fits));
    }
    match ports.filter(|ports| asked > *ports) {
        Some(ports) => Err(too_much(asked, "local ports", ports, PORT_RANGE, ports)),
        None => Ok(()),
    }
}

/// Returns how many connections the load may have at once, and the key that says so.
fn at_once(load: &Load) -> (u64, &'static str) {
    match load.pace {
        Pace::Closed { workers } => (workers as u64, "workers"),
        Pace::Open(_) => (load.in_flight_max as u64, "max_in_flight"),
    }
}

const PORT_RANGE: &str = "/proc/sys/net/ipv4/ip_local_port_range";

/// Returns the number of ports for connections to one address, where the system tells.
fn ports() -> Option<u64> {
    let range = std::fs::read_to_string(PORT_RANGE).ok()?;
    let mut ends = range.split_whitespace().map(str::parse::<u64>);
    let (first, last) = (ends.next()?.ok()?, ends.next()?.ok()?);
    Some(last.checked_sub(first)? + 1)
}

#[cfg(test)]
mod tests {
    use super::{needs, ports};
    use crate::chaos::experiment::Experiment;
    use crate::chaos::experiment_file::{Outside, Source, read};
    use std::path::Path;

    fn experiment(load: &str) -> Experiment {
        let text = format!("target: http://127.0.0.1:1/\nload: {{ {load} }}\nfaults: [{{ latency: 1ms }}]\n");
        let source = Source { file: "e.yaml", text: &text, set: Vec::new(), faults: Vec::new(), seed: 1 };
        let none = |path: &str| Err(path.to_owned());
        read(&source, &Outside { folder: Path::new("."), load: &none, variable: &|_| None }).unwrap()
    }

    #[test]
    fn a_plan_that_cannot_fit_is_refused_with_what_fits() {
        let proxied = experiment("rate: 1/s, max_in_flight: 500");
        assert_eq!(needs(&proxied, Some(1600), None), Ok(()));
        assert_eq!(needs(&proxied, Some(1599), None).unwrap_err().fits, 499);
        let direct = Experiment { proxies: Vec::new(), ..proxied };
        assert_eq!(needs(&direct, Some(600), Some(500)), Ok(()));
        let refused = needs(&direct, Some(599), None).unwrap_err().to_string();
        assert_eq!(
            refused,
            "up to 500 connections at once need 600 descriptors, and the system allows 599 (`ulimit -Hn`): give \
             `load.max_in_flight: 499`, or raise the limit"
        );
        assert!(needs(&direct, None, Some(499)).unwrap_err().to_string().contains("local ports"));
        let closed = experiment("workers: 500");
        assert!(needs(&closed, Some(1599), None).unwrap_err().to_string().contains("load.workers: 499"));
    }

    #[test]
    fn requests_that_share_a_connection_fit() {
        let mut shared = experiment("rate: 1/s, max_in_flight: 500000");
        shared.target.version = crate::chaos::experiment::HttpVersion::Two;
        assert_eq!(needs(&shared, Some(200), Some(10)), Ok(()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_ports_of_the_system_are_known() {
        assert!(ports().is_some_and(|ports| ports > 1));
    }
}
