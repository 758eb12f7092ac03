//! The faults of one exchange, drawn when its request arrives.

use super::super::armed::Armed;
use super::super::pump::Tools;
use super::super::site::ProxyState;
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
#[derive(Debug, Default)]
pub(super) struct Delays(Vec<(Arc<Armed>, Duration)>);

impl Plan {
    /// Decides which faults hit the request with this number.
    pub fn draw<B>(site: &ProxyState, request: &Request<B>, number: u64) -> Self {
        let mut plan = Self::default();
        for fault in site.faults() {
            if let Effect::Exchange(amend) = &fault.injection.effect
                && fault.injection.who.matches.hold(&View(request))
                && let Some(mut chance) = fault.draw(number)
            {
                plan.hit(&fault, amend.as_ref(), &mut chance);
            }
        }
        plan
    }

    fn hit(&mut self, fault: &Arc<Armed>, amend: &dyn Amend, chance: &mut FastRng) {
        let (headers, body) = (self.exchange.before_headers, self.exchange.before_body);
        let (faults, reset) = (self.exchange.body.len(), self.exchange.reset);
        self.exchange.hit(amend, chance);
        let truncates = matches!(self.exchange.body.get(faults), Some(BodyFault::Truncate { .. }));
        let resets = reset.is_none() && matches!(self.exchange.reset, Some(ResetAt::Body(_)));
        if resets {
            self.of_reset = Some(Arc::clone(fault));
        }
        // A fault that waits for a number of bytes of the body counts as a hit only when they have passed.
        if !truncates && !resets {
            fault.count_hit();
        }
        let headers = self.exchange.before_headers.saturating_sub(headers);
        let body = self.exchange.before_body.saturating_sub(body);
        self.before_headers.enter(fault, headers);
        self.before_body.enter(fault, body);
        self.of_body.resize(self.exchange.body.len(), Arc::clone(fault));
    }
}

impl Delays {
    fn enter(&mut self, fault: &Arc<Armed>, asked: Duration) {
        if asked > Duration::ZERO {
            self.0.push((Arc::clone(fault), asked));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Waits as long as the faults request, but only while they are on, and records the delays.
    pub async fn hold(self, tools: Rc<Tools>) {
        for (fault, asked) in &self.0 {
            let start = tools.clock.now();
            let due = tools.clock.instant(start.saturating_add(*asked));
            // Created before the check: a switch-off between the check and the wait is not missed.
            let going = fault.going();
            if fault.is_on() {
                tokio::select! {
                    biased;
                    () = going => {}
                    () = tools.timer.sleep_until(due) => {}
                }
            }
            // A fault that was switched off early requested no more than the time until then.
            let taken = tools.clock.now().saturating_sub(start);
            fault.record(taken.min(*asked), taken);
        }
    }
}

/// Removes the header with the number of a request, and returns the number.
pub(super) fn take_number<B>(request: &mut Request<B>) -> Option<u64> {
    let number = request.headers_mut().remove(NUMBER)?;
    number.to_str().ok()?.parse().ok()
}

struct View<'r, B>(&'r Request<B>);

impl<B> Described for View<'_, B> {
    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn path(&self) -> &str {
        self.0.uri().path()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name)?.to_str().ok()
    }
}
