//! Slices of the time of a replication.

/// A part of the time of a replication.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slice {
    pub(super) seed: u64,
    pub(super) index: u64,
    /// Whether the replication begins with it.
    pub(super) is_first: bool,
    /// Its end, in seconds from the start of the replication.
    pub(super) until_s: f64,
    /// The most events of a part. A part that has more is left unfinished, so the replication is of no use.
    pub(super) events_max: u64,
}
