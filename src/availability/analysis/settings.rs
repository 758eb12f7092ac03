//! The validated settings of an analysis.

use crate::availability::quorum::Quorum;
use crate::base::time::{Timestamp, Zone};
use crate::timeline::calendar::Cycle;
use crate::timeline::combine::Rule;
use crate::timeline::hours::Hours;
use crate::timeline::samples::State;
use crate::timeline::slo::Objective;
use crate::timeline::{Span, Spans};
use serde::Serialize;
use std::collections::BTreeMap;

/// The settings of an analysis.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Start of the window; `None` for the first instant in the log.
    pub from: Option<Timestamp>,
    /// End of the window; `None` for the last instant in the log.
    pub to: Option<Timestamp>,
    /// The time zone of calendar units and service hours.
    pub zone: Zone,
    /// The rule that combines services into the total.
    pub combine: Combine,
    /// The breakdowns, the first of which is the main table.
    pub by: Vec<By>,
    /// The confidence level of every interval.
    pub confidence: f64,
    /// Planned maintenance.
    pub maintenance: Maintenance,
    /// How many of a service's probes must see it down, where each is a service of its own in the log.
    pub quorum: Option<Quorum>,
    /// Service hours, reported in addition to all calendar time.
    pub hours: Option<Hours>,
    /// Weights of partial outages.
    pub weights: Option<Weights>,
    /// Objectives by service.
    pub objectives: Objectives,
    /// The present: nothing was measured after it.
    pub now: Option<Timestamp>,
    /// The state before the first state change in the window.
    pub initial_state: State,
    /// Whether a service of which the log does not say when it was put into service counts from its first
    /// incident on.
    pub from_first_seen: bool,
    /// Whether failures of zero length count as failures.
    pub count_zero_length: bool,
    /// Number of bootstrap resamples for an additional interval of MTTR; 0 for none.
    pub bootstrap: u32,
    /// The seed of the bootstrap.
    pub seed: u64,
    /// The MTTR assumed for a service without failures. `None` uses the MTTR of the whole log, or one
    /// hour if the log has no repair.
    pub assumed_mttr_s: Option<f64>,
    /// Whether the ledger keeps its entries besides the totals.
    pub keep_ledger: bool,
    /// Number of worker threads.
    pub threads: usize,
}

/// A rule that combines several services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combine {
    /// As one system that is down according to the rule.
    System(Rule),
    /// As a fleet: service time, downtime and failures add up.
    Pool,
}

impl Combine {
    /// Parses `any`, `all`, `k:N` or `pool`.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "any" => Ok(Self::System(Rule::Any)),
            "all" => Ok(Self::System(Rule::All)),
            "pool" => Ok(Self::Pool),
            _ => match text.strip_prefix("k:").and_then(|count| count.parse().ok()) {
                Some(count) if count > 0 => Ok(Self::System(Rule::AtLeast(count))),
                _ => Err(format!(
                    "`{text}` is not a rule: use any, all, pool or k:N \
                     (down while N or more services are down)"
                )),
            },
        }
    }

    /// Describes the rule for the report.
    pub fn description(self) -> String {
        match self {
            Self::System(Rule::Any) => "down while any of them is (union)".into(),
            Self::System(Rule::All) => "down only while all of them are".into(),
            Self::System(Rule::AtLeast(count)) => format!("down while {count} or more of them are"),
            Self::Pool => "their times and failures added up (fleet)".into(),
        }
    }
}

/// The key by which a table groups its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Services.
    Service,
    /// Severities.
    Severity,
    /// Causes.
    Cause,
    /// The values of the log's column of this name.
    Column(String),
    /// Calendar units (month, day, …) or phases (weekday, hour).
    Cycle(Cycle),
}

impl By {
    /// Parses one key of `--by`. An unknown key is taken as the name of a column.
    pub fn parse(text: &str) -> Self {
        match text {
            "service" => Self::Service,
            "severity" => Self::Severity,
            "cause" => Self::Cause,
            other => Cycle::parse(other).map_or_else(|_| Self::Column(other.to_owned()), Self::Cycle),
        }
    }

    /// Returns the key as written in `--by`.
    pub fn name(&self) -> String {
        match self {
            Self::Service => "service".into(),
            Self::Severity => "severity".into(),
            Self::Cause => "cause".into(),
            Self::Column(name) => name.clone(),
            Self::Cycle(cycle) => cycle.name().to_owned(),
        }
    }
}

/// Planned maintenance of all services and of single services.
#[derive(Debug, Clone, Default)]
pub struct Maintenance {
    /// Maintenance of all services.
    pub everywhere: Spans,
    /// Additional maintenance of single services, by name.
    pub of_service: BTreeMap<String, Spans>,
}

impl Maintenance {
    /// Returns all maintenance of one service.
    pub fn of(&self, service: &str) -> Spans {
        self.of_service
            .get(service)
            .map_or_else(|| self.everywhere.clone(), |own| own.union(&self.everywhere))
    }

    /// Whether there is no maintenance.
    pub fn is_empty(&self) -> bool {
        self.everywhere.is_empty() && self.of_service.is_empty()
    }
}

/// The source of the weight of an incident.
#[derive(Debug, Clone, PartialEq)]
pub enum Weights {
    /// The weight column of the log.
    Column,
    /// A weight for each severity (or other label); others have weight 1.
    BySeverity(Vec<(String, f64)>),
}

/// The availability objectives.
#[derive(Debug, Clone, Default)]
pub struct Objectives {
    /// The objective of the total and of every service without its own.
    pub default: Option<Objective>,
    /// Objectives of single services, by name.
    pub of_service: BTreeMap<String, Objective>,
}

impl Objectives {
    /// Returns the objective of one service.
    pub fn of(&self, service: &str) -> Option<&Objective> {
        self.of_service.get(service).or(self.default.as_ref())
    }
}

/// The observed window and the origin of its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Window {
    /// Start (inclusive).
    pub from: Timestamp,
    /// End (exclusive).
    pub to: Timestamp,
    /// Whether the start is the first instant of the log because `--from` was not given.
    pub from_data_start: bool,
    /// Whether the end is the last instant of the log because `--to` was not given.
    pub from_data_end: bool,
}

impl Settings {
    /// Whether the analysis needs single incidents and not only the merged outages of each service.
    pub fn needs_incidents(&self) -> bool {
        self.weights.is_some() || self.by.iter().any(|by| *by != By::Service)
    }

    /// Determines the window from the settings, else from the log's `coverage`. Fails if it is unknown
    /// or empty.
    pub fn window(&self, coverage: Option<Span>) -> Result<Window, String> {
        let from = self.from.or(coverage.map(|span| span.start));
        let to = self.to.or(coverage.map(|span| span.end));
        let (Some(from), Some(to)) = (from, to) else {
            return Err(
                "the log holds no readable row, or --where matches none: set the window with --from and --to"
                    .into(),
            );
        };
        if to <= from {
            return Err(format!(
                "the window is empty: it starts at {from} and ends at {to}; set it with --from and --to"
            ));
        }
        Ok(Window { from, to, from_data_start: self.from.is_none(), from_data_end: self.to.is_none() })
    }
}
