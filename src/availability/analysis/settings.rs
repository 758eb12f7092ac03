//! What is to be computed, decided and checked before anything is.

use crate::base::time::{Timestamp, Zone};
use crate::timeline::calendar::Cycle;
use crate::timeline::combine::Rule;
use crate::timeline::hours::Hours;
use crate::timeline::samples::State;
use crate::timeline::slo::Objective;
use crate::timeline::{Span, Spans};
use std::collections::BTreeMap;

/// Everything that `availability` was asked to compute.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Start of the window; `None` for the first instant in the log.
    pub from: Option<Timestamp>,
    /// End of the window; `None` for the last instant in the log.
    pub to: Option<Timestamp>,
    /// The zone of calendar units and hours.
    pub zone: Zone,
    /// How services make up the whole.
    pub combine: Combine,
    /// The breakdowns, the first of which is the main table.
    pub by: Vec<By>,
    /// The confidence level of every interval.
    pub confidence: f64,
    /// Planned maintenance.
    pub maintenance: Maintenance,
    /// Service hours, beside the calendar.
    pub hours: Option<Hours>,
    /// Weights of partial outages.
    pub weights: Option<Weights>,
    /// Objectives by service.
    pub objectives: Objectives,
    /// The state before the first state change inside the window.
    pub initial_state: State,
    /// Whether failures of zero length count as failures.
    pub count_zero_length: bool,
    /// Bootstrap resamples for a further interval of MTTR; 0 for none.
    pub bootstrap: u32,
    /// The seed of the bootstrap.
    pub seed: u64,
    /// The MTTR assumed for a service without failures; `None` for that of the whole log, or an hour without any.
    pub assumed_mttr_s: Option<f64>,
    /// Whether every entry of the ledger is wanted.
    pub keep_ledger: bool,
    /// Workers.
    pub threads: usize,
}

/// How several services make one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combine {
    /// As one system, down by this rule.
    System(Rule),
    /// As a fleet: service time, downtime and failures add up.
    Pool,
}

impl Combine {
    /// Reads `any`, `all`, `k:N` or `pool`.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "any" => Ok(Self::System(Rule::Any)),
            "all" => Ok(Self::System(Rule::All)),
            "pool" => Ok(Self::Pool),
            _ => match text.strip_prefix("k:").and_then(|count| count.parse().ok()) {
                Some(count) if count > 0 => Ok(Self::System(Rule::AtLeast(count))),
                _ => Err(format!(
                    "`{text}` is none of any, all, k:N (down while N or more services are) and pool"
                )),
            },
        }
    }

    /// What it means, for the report.
    pub fn description(self) -> String {
        match self {
            Self::System(Rule::Any) => "down while any of them is (union)".into(),
            Self::System(Rule::All) => "down only while all of them are".into(),
            Self::System(Rule::AtLeast(count)) => format!("down while {count} or more of them are"),
            Self::Pool => "their times and failures added up (fleet)".into(),
        }
    }
}

/// What the rows of a table are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Services.
    Service,
    /// Severities.
    Severity,
    /// Causes.
    Cause,
    /// The values of a column of the log, by its name.
    Column(String),
    /// Units or phases of the calendar.
    Cycle(Cycle),
}

impl By {
    /// Reads one word of `--by`.
    pub fn parse(text: &str) -> Self {
        match text {
            "service" => Self::Service,
            "severity" => Self::Severity,
            "cause" => Self::Cause,
            other => Cycle::parse(other).map_or_else(|_| Self::Column(other.to_owned()), Self::Cycle),
        }
    }

    /// The heading of the column of names.
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

/// Planned maintenance of all services and of single ones.
#[derive(Debug, Clone, Default)]
pub struct Maintenance {
    /// Of all services.
    pub everywhere: Spans,
    /// Of single services, by name.
    pub of_service: BTreeMap<String, Spans>,
}

impl Maintenance {
    /// The maintenance of one service.
    pub fn of(&self, service: &str) -> Spans {
        self.of_service
            .get(service)
            .map_or_else(|| self.everywhere.clone(), |own| own.union(&self.everywhere))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.everywhere.is_empty() && self.of_service.is_empty()
    }
}

/// Where the weight of an incident comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Weights {
    /// The log's own column.
    Column,
    /// By severity (or another label); others count in full.
    BySeverity(Vec<(String, f64)>),
}

/// The objectives.
#[derive(Debug, Clone, Default)]
pub struct Objectives {
    /// Of every service that has none of its own, and of the whole.
    pub default: Option<Objective>,
    /// Of single services.
    pub of_service: BTreeMap<String, Objective>,
}

impl Objectives {
    /// The objective of one service.
    pub fn of(&self, service: &str) -> Option<&Objective> {
        self.of_service.get(service).or(self.default.as_ref())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.default.is_none() && self.of_service.is_empty()
    }
}

/// The window that settings and log give, with the reason where the log gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The window.
    pub span: Span,
    /// Whether its start is the log's first instant.
    pub start_from_data: bool,
    /// Whether its end is the log's last instant.
    pub end_from_data: bool,
}

impl Settings {
    /// Whether single incidents matter, and not only the outages that services make of them.
    pub fn needs_incidents(&self) -> bool {
        self.weights.is_some() || self.by.iter().any(|by| *by != By::Service)
    }

    /// The window. Errs with what is wrong with it, in words.
    pub fn window(&self, coverage: Option<Span>) -> Result<Window, String> {
        let start = self.from.or(coverage.map(|span| span.start));
        let end = self.to.or(coverage.map(|span| span.end));
        let (Some(start), Some(end)) = (start, end) else {
            return Err(
                "the log holds no readable row, or --where keeps none: give the window with --from and --to"
                    .into(),
            );
        };
        let span = Span::new(start, end);
        if span.is_empty() {
            return Err(format!(
                "the window is empty: it starts {start} and ends {end}; give it with --from and --to"
            ));
        }
        Ok(Window { span, start_from_data: self.from.is_none(), end_from_data: self.to.is_none() })
    }
}
