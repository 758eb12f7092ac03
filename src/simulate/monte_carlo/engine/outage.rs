//! Outages as the engine reports them: when, and by whom.

/// A time in which a part of the system, or all of it, was down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outage {
    /// Its start, in seconds from the start of the replication.
    pub start_s: f64,
    /// Its end; the horizon where it was not over by then.
    pub end_s: f64,
    /// What brought the part down.
    pub cause: Cause,
}

/// What brought a part down: the event at which it went from up to down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cause {
    /// The leaf whose event it was.
    pub leaf: u32,
    /// What kind of event.
    pub kind: CauseKind,
}

impl Cause {
    /// The cause as one number, for maps that are written to files.
    pub fn code(self) -> u64 {
        u64::from(self.leaf) * CauseKind::ALL.len() as u64 + self.kind as u64
    }

    /// The cause of such a number.
    pub fn from_code(code: u64) -> Self {
        let kinds = CauseKind::ALL.len() as u64;
        Self { leaf: (code / kinds) as u32, kind: CauseKind::ALL[(code % kinds) as usize] }
    }
}

/// The kinds of events that bring a part down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CauseKind {
    /// A failure, and no spare was there.
    Failure,
    /// A failure for which a spare was there: what is lost is the time until it has taken over.
    Switchover,
    /// Planned work.
    Planned,
}

impl CauseKind {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Failure, Self::Switchover, Self::Planned];

    /// The kind in the words of reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Switchover => "switchover",
            Self::Planned => "planned",
        }
    }
}

impl Outage {
    /// Its length in seconds.
    pub fn length_s(&self) -> f64 {
        self.end_s - self.start_s
    }
}

/// Writes outages down as a part goes down and comes back. Times come in order.
///
/// An outage of no length is none; one that starts where the last ended continues it, as touching outages of a log do.
#[derive(Debug, Default)]
pub(super) struct Track {
    open: Option<(f64, Cause)>,
}

impl Track {
    pub(super) fn down(&mut self, at_s: f64, cause: Cause) {
        self.open = self.open.or(Some((at_s, cause)));
    }

    /// `first` is the index in `outages` at which this track's own begin.
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

    pub(super) fn is_down(&self) -> bool {
        self.open.is_some()
    }
}
