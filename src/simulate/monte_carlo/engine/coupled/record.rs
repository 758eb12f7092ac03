//! Recording of the phases of units during a replication.

/// The phase of a unit in its cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Up: in service, or available as a spare.
    Up,
    /// Failed, and hidden until the next inspection.
    Hidden,
    /// Failed, and not yet detected.
    Undetected,
    /// In an automatic restart.
    Restarting,
    /// Between two automatic restarts.
    BackingOff,
    /// Detected, and waiting for a crew.
    Waiting,
    /// In repair.
    InRepair,
    /// Out of service for maintenance or an inspection.
    Planned,
    /// Out of service for a replacement by age.
    Replacing,
    /// Failed, and never repaired.
    Dead,
}

/// Receives every change of a unit's phase, for example to write the trace of a replication.
pub trait Recorder {
    /// Called when unit `unit` (its index in the model) enters `phase`.
    fn phase(&mut self, at_s: f64, unit: u32, phase: Phase);
}

/// Ignores all changes, at no cost.
impl Recorder for () {
    #[inline]
    fn phase(&mut self, _: f64, _: u32, _: Phase) {}
}
