//! What a cell tells about itself besides its outages.

/// Where a unit stands in its cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It works, or could as a spare.
    Up,
    /// Failed, and nobody will know before the next inspection.
    Hidden,
    /// Failed, not yet detected.
    Undetected,
    /// An automatic restart is under way.
    Restarting,
    /// Between two restarts.
    BackingOff,
    /// Known, waiting for a crew.
    Waiting,
    /// In repair.
    InRepair,
    /// Out for maintenance or an inspection.
    Planned,
    /// Out for replacement by age.
    Replacing,
    /// Failed, and never repaired.
    Dead,
}

/// Hears of every change; the trace of a replication is written by one.
pub trait Recorder {
    /// Unit `unit` (by its number in the model) enters `phase`.
    fn phase(&mut self, at_s: f64, unit: u32, phase: Phase);
}

/// Hears nothing, at no cost.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Recorder for Silent {
    #[inline]
    fn phase(&mut self, _: f64, _: u32, _: Phase) {}
}
