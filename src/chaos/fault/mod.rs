//! Faults that a proxy applies to bytes, connections and HTTP responses.
//!
//! A FAMILY: one file for each variant and one line in [`FAULTS`]. A variant describes itself, and is
//! read from a file into its [`Effect`], which uses no sockets and no clock.
//!
//! | effect | acts on | members |
//! |---|---|---|
//! | [`Effect::Wire`] | the bytes of a connection, one direction at a time | latency, bandwidth, `slow_close`, timeout, reset, slicer, `limit_data`, `half_open` |
//! | [`Effect::Refuse`] | connections as a whole | refuse |
//! | [`Effect::Exchange`] | one HTTP request and its response | `http_status`, `http_grpc_status`, `http_delay`, `http_truncate`, … |

mod bandwidth;
mod exchange;
mod half_open;
pub(crate) mod headers;
mod http_corrupt;
mod http_delay;
mod http_grpc_status;
mod http_length;
mod http_reset;
mod http_slow_body;
mod http_status;
mod http_truncate;
mod latency;
mod limit_data;
mod pieces;
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
use crate::config::document::{Node, Reading};
use crate::config::schema::{Kind, Member};
use std::fmt::{self, Debug, Formatter};
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
    &http_grpc_status::HTTP_GRPC_STATUS,
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
    /// The name in files.
    pub name: &'static str,
    /// A description of the effect in one line.
    pub summary: &'static str,
    /// An example, as written in a file.
    pub example: &'static str,
    /// The kind of value that follows the name.
    pub value: Kind,
    /// Reads the value. Records a problem and returns `None` if the value is invalid.
    pub read: for<'t> fn(Node<'t>, &mut Reading<'_>) -> Option<Effect>,
}

/// The effect of a fault.
#[derive(Clone)]
pub enum Effect {
    /// Acts on the bytes of a connection.
    Wire(Arc<Wire>),
    /// Refuses connections.
    Refuse(Refusal),
    /// Acts on one HTTP request and its response.
    Exchange(Arc<Amend>),
}

/// Builds the stage of a fault for one direction of one connection, active from the given time on, with a
/// random stream of its own.
pub type BuildStage = dyn Fn(Duration, FastRng) -> Box<dyn Stage> + Send + Sync;

/// A fault that acts on bytes. Each connection gets its own stages from it.
pub struct Wire {
    /// Builds a stage.
    pub stage: Box<BuildStage>,
    /// Whether it delays bytes and adds the delay to [`asked`](crate::chaos::link::Chunk::asked).
    pub delays: bool,
    /// Whether requests may be lost before an HTTP proxy has seen them.
    pub hides_requests: bool,
    /// Whether it always acts on both directions.
    pub both_directions: bool,
}

/// A fault that acts on HTTP exchanges: adds its effect to the plan of one exchange.
pub type Amend = dyn Fn(&mut Exchange, &mut FastRng) + Send + Sync;

impl Wire {
    fn new<S: Stage + 'static>(stage: impl Fn(Duration, FastRng) -> S + Send + Sync + 'static) -> Self {
        let stage = Box::new(move |now, chance| -> Box<dyn Stage> { Box::new(stage(now, chance)) });
        Self { stage, delays: false, hides_requests: false, both_directions: false }
    }
}

impl Debug for Effect {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wire(_) => "Wire",
            Self::Refuse(_) => "Refuse",
            Self::Exchange(_) => "Exchange",
        })
    }
}

impl Effect {
    /// Returns whether it needs an HTTP proxy.
    pub fn is_http(&self) -> bool {
        matches!(self, Self::Exchange(_))
    }

    /// Returns whether it may keep an HTTP proxy from seeing all requests.
    pub fn hides_requests(&self) -> bool {
        match self {
            Self::Wire(wire) => wire.hides_requests,
            Self::Refuse(refusal) => !refusal.resets,
            Self::Exchange(_) => false,
        }
    }

    fn wire(wire: Wire) -> Self {
        Self::Wire(Arc::new(wire))
    }

    /// Gives an answer in place of the target's, unless a fault before it does.
    fn answer(answer: Answer) -> Self {
        Self::exchange(move |exchange, _| {
            exchange.answer.get_or_insert_with(|| answer.clone());
        })
    }

    fn exchange(amend: impl Fn(&mut Exchange, &mut FastRng) + Send + Sync + 'static) -> Self {
        Self::Exchange(Arc::new(amend))
    }
}

/// Returns the faults as members of a family, for the reference and the JSON Schema.
pub fn members() -> Vec<Member> {
    let members = FAULTS.iter().map(|fault| Member {
        name: fault.name,
        summary: fault.summary,
        example: fault.example,
        value: fault.value,
    });
    members.collect()
}

/// Converts seconds to a duration. A value that a duration cannot hold becomes [`Duration::MAX`].
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
