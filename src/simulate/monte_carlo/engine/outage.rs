//! Outages as the engine reports them, with their causes.

/// A period in which the system, or a part of it, is down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outage {
    /// Start, in seconds from the start of the replication.
    pub start_s: f64,
    /// End; the horizon if the outage was not over by then.
    pub end_s: f64,
    /// The event that brought the part down.
    pub cause: Cause,
}

/// The event at which a part went from up to down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cause {
    /// Index of the leaf that changed.
    pub leaf: u32,
    /// Kind of the event.
    pub kind: CauseKind,
}

/// The kinds of events that bring a part down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CauseKind {
    /// A failure without an available spare.
    Failure,
    /// A failure with an available spare: the outage lasts until the spare has taken over.
    Switchover,
    /// Planned work.
    Planned,
}

impl CauseKind {
    /// Returns the name of the kind, as used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Switchover => "switchover",
            Self::Planned => "planned",
        }
    }
}

impl Outage {
    /// Returns the duration in seconds.
    pub fn length_s(&self) -> f64 {
        self.end_s - self.start_s
    }
}

/// Records outages from the changes of a part's state, which must come in order of time.
///
/// Outages of zero length are dropped. An outage that starts where the last one ended continues it, as
/// `availability` does with touching outages of a log.
#[derive(Debug, Default)]
pub(super) struct Track {
    open: Option<(f64, Cause)>,
}

impl Track {
    pub(super) fn down(&mut self, at_s: f64, cause: Cause) {
        self.open = self.open.or(Some((at_s, cause)));
    }

    /// `first` is the index in `outages` of the first outage of this track.
    pub(super) fn up(&mut self, at_s: f64, outages: &mut Vec<Outage>, first: usize) {
        let Some((start_s, cause)) = self.open.take() else {
            return;
        };
        if !(at_s > start_s) {
            return;
        }
        match outages.get_mut(first..).and_then(<[Outage]>::last_mut) {
            Some(last) if last.end_s >= start_s => last.end_s = at_s,
            _ => outages.push(Outage { start_s, end_s: at_s, cause }),
        }
    }

    /// Ends a slice of time: an outage that is open goes on after it.
    pub(super) fn cut(&mut self, at_s: f64, outages: &mut Vec<Outage>, first: usize) {
        if let Some((_, cause)) = self.open.filter(|(start_s, _)| *start_s < at_s) {
            self.up(at_s, outages, first);
            self.open = Some((at_s, cause));
        }
    }

    pub(super) fn is_down(&self) -> bool {
        self.open.is_some()
    }
}
