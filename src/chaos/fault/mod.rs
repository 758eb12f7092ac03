//! Faults: what is done to the bytes, the connections and the answers that pass through a proxy.
//!
//! A FAMILY: one file for each variant and one line in [`FAULTS`]. A variant describes itself, and is read from a file into its
//! [`Effect`]: what it does, without a socket or a clock.
//!
//! | effect | acts on | members |
//! |---|---|---|
//! | [`Effect::Wire`] | the bytes of a connection, one direction at a time | latency, bandwidth, `slow_close`, timeout, reset, slicer, `limit_data`, `half_open` |
//! | [`Effect::Refuse`] | connections as a whole | refuse |
//! | [`Effect::Exchange`] | one HTTP request and its answer | `http_status`, `http_delay`, `http_truncate`, … |

mod bandwidth;
mod exchange;
mod half_open;
mod http_corrupt;
mod http_delay;
mod http_length;
mod http_reset;
mod http_slow_body;
mod http_status;
mod http_truncate;
mod latency;
mod limit_data;
mod refuse;
mod reset;
mod slicer;
mod slow_close;
#[cfg(test)]
pub(in crate::chaos) mod tests;
mod timeout;

pub use exchange::{Answer, BodyFault, Exchange, ResetAt};
pub use refuse::Refusal;

use crate::base::random::FastRng;
use crate::chaos::link::Stage;
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Key, Kind, Member, WhenAbsent};
use hyper::header::HeaderName;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

/// All faults, in the order of the reference.
pub static FAULTS: &[&Fault] = &[
    &latency::LATENCY,
    &bandwidth::BANDWIDTH,
    &slow_close::SLOW_CLOSE,
    &timeout::TIMEOUT,
    &reset::RESET,
    &slicer::SLICER,
    &limit_data::LIMIT_DATA,
    &refuse::REFUSE,
    &half_open::HALF_OPEN,
    &http_status::HTTP_STATUS,
    &http_delay::HTTP_DELAY,
    &http_truncate::HTTP_TRUNCATE,
    &http_slow_body::HTTP_SLOW_BODY,
    &http_length::HTTP_LENGTH,
    &http_corrupt::HTTP_CORRUPT,
    &http_reset::HTTP_RESET,
];

/// A kind of fault.
#[derive(Debug)]
pub struct Fault {
    /// Its name in files.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// As it stands in a file.
    pub example: &'static str,
    /// What stands behind its name.
    pub value: Kind,
    /// Reads what stands there. `None` when something is wrong with it, which is entered.
    pub read: for<'t> fn(Node<'t>, &mut Reading<'_>) -> Option<Effect>,
}

/// What a fault does.
#[derive(Debug, Clone)]
pub enum Effect {
    /// It acts on the bytes of a connection.
    Wire(Arc<dyn Wire>),
    /// Connections are refused.
    Refuse(Refusal),
    /// It acts on one HTTP request and its answer.
    Exchange(Arc<dyn Amend>),
}

/// A fault of the wire, from which each connection gets its own stages.
pub trait Wire: Debug + Send + Sync {
    /// The stage for one direction of one connection, at work from `now` on; `chance` is its own.
    fn stage(&self, now: Duration, chance: FastRng) -> Box<dyn Stage>;

    /// Whether it holds bytes back by a time that it enters into [`asked`](crate::chaos::link::Chunk::asked).
    fn delays(&self) -> bool {
        false
    }

    /// Whether requests may be lost before a proxy that understands HTTP has seen them.
    fn hides_requests(&self) -> bool {
        false
    }

    /// Whether it makes sense in both directions only.
    fn both_directions(&self) -> bool {
        false
    }
}

/// A fault of HTTP exchanges.
pub trait Amend: Debug + Send + Sync {
    /// Writes into the plan of one exchange what the fault does to it.
    fn amend(&self, exchange: &mut Exchange, chance: &mut FastRng);
}

impl Effect {
    /// Whether it needs a proxy that understands HTTP.
    pub fn is_http(&self) -> bool {
        matches!(self, Self::Exchange(_))
    }

    /// Whether it keeps a proxy that understands HTTP from seeing all requests that come to it.
    pub fn hides_requests(&self) -> bool {
        match self {
            Self::Wire(wire) => wire.hides_requests(),
            Self::Refuse(refusal) => !refusal.resets,
            Self::Exchange(_) => false,
        }
    }

    fn wire(wire: impl Wire + 'static) -> Self {
        Self::Wire(Arc::new(wire))
    }

    fn exchange(amend: impl Amend + 'static) -> Self {
        Self::Exchange(Arc::new(amend))
    }
}

/// The members, as the reference and the schema see them.
pub fn members() -> Vec<Member> {
    let members = FAULTS.iter().map(|fault| Member {
        name: fault.name,
        summary: fault.summary,
        example: fault.example,
        value: fault.value,
    });
    members.collect()
}

const fn key(name: &'static str, kind: Kind, default: WhenAbsent, summary: &'static str) -> Key {
    Key { name, kind, default, summary }
}

/// Bytes in a second, which stand there alone or as `rate`.
fn byte_rate(node: Node<'_>, keys: &'static [Key], reading: &mut Reading<'_>) -> Option<f64> {
    let rate = if node.text().is_some() {
        node
    } else {
        let fields = Fields::of(node, keys, &mut reading.problems)?;
        fields.required("rate", &mut reading.problems)?
    };
    reading.take(rate.read_byte_rate())
}

/// Whether a text can be the name of a header.
pub fn is_header_name(name: &str) -> bool {
    HeaderName::from_bytes(name.as_bytes()).is_ok()
}

/// Seconds, as they stand in files, as a duration; of what a duration cannot hold the longest that it can.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
