//! The read-only input of all workers.

use super::calendars::Calendar;
use super::group::Group;
use super::settings::{By, Settings};
use crate::availability::evidence::{Evidence, Extra, Shape};
use crate::availability::rows::NO_EXTRA;
use crate::base::time::Timestamp;
use crate::timeline::{Span, Spans};

/// The read-only input of all workers.
pub(super) struct Job<'j> {
    /// The evidence, without its services: each worker takes some of them.
    pub evidence: &'j Evidence,
    /// The settings.
    pub settings: &'j Settings,
    /// The window.
    pub window: Span,
    /// The window and all time that the log covers: an outage at the window's edge is followed beyond it.
    pub scope: Span,
    /// The service hours in the window.
    pub hours: Option<Spans>,
    /// The periods of each breakdown by calendar, in the order of the settings.
    pub calendars: Vec<Calendar>,
    /// For each label, whether it denotes planned maintenance.
    planned_labels: Vec<bool>,
    layered: bool,
}

impl<'j> Job<'j> {
    /// Prepares the analysis of a body of evidence. Fails when a breakdown has too many periods.
    pub(super) fn new(evidence: &'j Evidence, settings: &'j Settings, window: Span) -> Result<Self, String> {
        let cycles = settings.by.iter().filter_map(|by| match by {
            By::Cycle(cycle) => Some(*cycle),
            _ => None,
        });
        let calendars = cycles.map(|cycle| Calendar::new(cycle, window, &settings.zone));
        let is_planned = |label: &String| {
            let label = label.to_lowercase();
            let is_unplanned =
                ["unplanned", "unscheduled", "emergency"].iter().any(|word| label.contains(word));
            label.contains("maintenance") && !is_unplanned
        };
        Ok(Self {
            evidence,
            settings,
            window,
            scope: evidence.coverage.map_or(window, |coverage| coverage.hull(&window)),
            hours: settings.hours.as_ref().map(|hours| hours.spans(window, &settings.zone)),
            calendars: calendars.collect::<Result<_, _>>()?,
            planned_labels: evidence.labels.iter().map(is_planned).collect(),
            layered: !settings.maintenance.is_empty()
                || evidence.has_layers
                || evidence.shape != Shape::Incidents,
        })
    }

    /// Creates an empty group of services.
    pub(super) fn new_group(&self) -> Group {
        Group::new(self.settings, self.window, self.scope, self.layered)
    }

    /// Returns the attributes of a row, by [`Row::extra`](crate::availability::rows::Row::extra).
    pub(super) fn extra(&self, index: u32) -> Option<&'j Extra> {
        if index == NO_EXTRA { None } else { self.evidence.extras.get(index as usize) }
    }

    /// Returns a key by which rows are sorted that differ in their attributes alone: those of which more is known
    /// come first.
    pub(super) fn told(&self, extra: u32) -> impl Ord + use<> {
        let extra = self.extra(extra);
        let time = |of: fn(&Extra) -> Option<Timestamp>| extra.and_then(of).unwrap_or(Timestamp::MAX);
        let text = |of: fn(&Extra) -> u32| {
            let label = extra.and_then(|extra| self.evidence.labels.get(of(extra) as usize));
            (label.is_none(), label.cloned())
        };
        let repeated = extra.is_some_and(|extra| extra.repeated);
        let weight = extra.and_then(|extra| extra.weight).map(f64::to_bits);
        let times = (time(|extra| extra.detected), time(|extra| extra.acknowledged));
        let texts = (text(|extra| extra.severity), text(|extra| extra.cause), text(|extra| extra.group));
        (repeated, times, texts, weight.is_none(), weight)
    }

    /// Whether the attributes of a row say that it is planned maintenance.
    pub(super) fn is_planned(&self, extra: u32) -> bool {
        let severity = self.extra(extra).map(|extra| extra.severity as usize);
        severity.and_then(|label| self.planned_labels.get(label)).copied().unwrap_or(false)
    }
}
