//! What the faults do to one exchange, as they are drawn when its request comes.

use super::super::armed::Armed;
use super::super::site::Site;
use crate::chaos::fault::{Effect, Exchange};
use crate::chaos::selection::Described;
use hyper::Request;
use std::sync::Arc;
use std::time::Duration;

/// The header by which a load numbers its requests; it is not passed on.
const NUMBER: &str = "steadfast-request";

/// What the faults do to one exchange.
#[derive(Default)]
pub(super) struct Plan {
    pub exchange: Exchange,
    pub before_headers: Delays,
    pub before_body: Delays,
}

/// The delays that faults ask for at one place of an exchange.
#[derive(Debug, Default)]
pub(super) struct Delays(Vec<(Arc<Armed>, Duration)>);

impl Plan {
    /// Draws who hits the request of this number.
    pub fn draw<B>(site: &Site, request: &Request<B>, number: u64) -> Self {
        let mut plan = Self::default();
        for fault in site.faults() {
            if let Effect::Exchange(amend) = &fault.injection.effect
                && fault.injection.who.matches.hold(&View(request))
                && let Some(mut chance) = fault.draw(number)
            {
                let (headers, body) = (plan.exchange.before_headers, plan.exchange.before_body);
                plan.exchange.hit(amend.as_ref(), &mut chance);
                let headers = plan.exchange.before_headers.saturating_sub(headers);
                let body = plan.exchange.before_body.saturating_sub(body);
                plan.before_headers.enter(&fault, headers);
                plan.before_body.enter(&fault, body);
            }
        }
        plan
    }
}

impl Delays {
    fn enter(&mut self, fault: &Arc<Armed>, asked: Duration) {
        if asked > Duration::ZERO {
            self.0.push((Arc::clone(fault), asked));
        }
    }

    /// All of it took so long: what it was too late counts for each.
    pub fn record(&self, taken: Duration) {
        let asked_in_all = self
            .0
            .iter()
            .fold(Duration::ZERO, |sum, (_, asked)| sum.saturating_add(*asked));
        let late = taken.saturating_sub(asked_in_all);
        for (fault, asked) in &self.0 {
            fault.record(*asked, asked.saturating_add(late));
        }
    }
}

/// The number that a request bears, which is taken off.
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
