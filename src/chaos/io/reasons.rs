//! Error messages of connections, for the report.

use crate::base::workers::lock;
use crate::chaos::observation::Failure;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Mutex;

/// For each kind of failure, the error message of the first connection that failed; shared by all threads.
#[derive(Debug, Default)]
pub(super) struct Reasons(Mutex<BTreeMap<Failure, String>>);

impl Reasons {
    /// Records an error message, unless there is one for this kind of failure.
    pub(super) fn record(&self, failure: Failure, why: &dyn Display) {
        lock(&self.0).entry(failure).or_insert_with(|| why.to_string());
    }

    /// Returns the error messages so far.
    pub(super) fn known(&self) -> BTreeMap<Failure, String> {
        lock(&self.0).clone()
    }
}
