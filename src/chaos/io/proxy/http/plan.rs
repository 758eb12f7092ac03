//! The faults of one exchange, drawn when its request arrives.

use super::super::armed::Armed;
use super::super::site::ProxyState;
use super::super::tools::Tools;
use crate::base::random::FastRng;
use crate::chaos::fault::{Amend, BodyFault, Effect, Exchange, ResetAt};
use crate::chaos::io::marks::NUMBER;
use crate::chaos::selection::Described;
use hyper::Request;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// The faults of one exchange.
#[derive(Default)]
pub(super) struct Plan {
    pub exchange: Exchange,
    pub before_headers: Delays,
    pub before_body: Delays,
    /// For each fault of the body, the fault of the experiment that it comes from.
    pub of_body: Vec<Arc<Armed>>,
    /// The fault that a reset within the body comes from.
    pub of_reset: Option<Arc<Armed>>,
}

/// The delays that faults request at one point of an exchange.
type Delays = Vec<(Arc<Armed>, Duration)>;

impl Plan {
    /// Decides which faults hit the request with this number.
    pub(super) fn draw(site: &ProxyState, request: &dyn Described, number: u64) -> Self {
        let mut plan = Self::default();
        for fault in site.faults() {
            if let Effect::Exchange(amend) = &fault.injection.effect
                && fault.injection.who.matches.hold(request)
                && let Some(mut chance) = fault.draw(number)
            {
                plan.hit(&fault, amend.as_ref(), &mut chance);
            }
        }
        plan
    }

    /// Returns whether a fault acts on the body of the response.
    pub(super) fn touches_body(&self) -> bool {
        let Exchange { body, length_change, reset, .. } = &self.exchange;
        !self.before_body.is_empty() || !body.is_empty() || *length_change != 0 || reset.is_some()
    }

    fn hit(&mut self, fault: &Arc<Armed>, amend: &Amend, chance: &mut FastRng) {
        let (headers, body) = (self.exchange.before_headers, self.exchange.before_body);
        let (faults, reset) = (self.exchange.body.len(), self.exchange.reset);
        amend(&mut self.exchange, chance);
        let truncates = matches!(self.exchange.body.get(faults), Some(BodyFault::Truncate { .. }));
        let resets = reset.is_none() && matches!(self.exchange.reset, Some(ResetAt::Body(_)));
        if resets {
            self.of_reset = Some(Arc::clone(fault));
        }
        // A fault that waits for a number of bytes of the body counts as a hit only when they have passed.
        if !truncates && !resets {
            fault.count_hit();
        }
        let headers = (&mut self.before_headers, headers, self.exchange.before_headers);
        let body = (&mut self.before_body, body, self.exchange.before_body);
        for (delays, before, now) in [headers, body] {
            let added = now.saturating_sub(before);
            if !added.is_zero() {
                delays.push((Arc::clone(fault), added));
            }
        }
        self.of_body.resize(self.exchange.body.len(), Arc::clone(fault));
    }
}

/// Waits as long as the faults request, but only while they are on, and records the delays.
pub(super) async fn hold(delays: Delays, tools: Rc<Tools>) {
    for (fault, asked) in delays {
        let start = tools.clock.now();
        fault.hold(tools.sleep_until(start.saturating_add(asked))).await;
        // A fault that was switched off early requested no more than the time until then.
        let taken = tools.clock.now().saturating_sub(start);
        fault.record(taken.min(asked), taken);
    }
}

/// Removes the header with the number of a request, and returns the number.
pub(super) fn take_number<B>(request: &mut Request<B>) -> Option<u64> {
    let number = request.headers_mut().remove(NUMBER)?;
    number.to_str().ok()?.parse().ok()
}

impl<B> Described for Request<B> {
    fn method(&self) -> &str {
        Self::method(self).as_str()
    }

    fn path(&self) -> &str {
        self.uri().path()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }
}
