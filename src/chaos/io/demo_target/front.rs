//! A front that asks a backend, with retries: what makes a storm of them, and the budget that prevents it.

use super::settings::Backend;
use crate::chaos::experiment::{HttpVersion, Target, Tls};
use crate::chaos::guard::Allowed;
use crate::chaos::io::client::{Client, Route, RouteError};
use crate::chaos::requests::get;
use std::cell::Cell;
use std::sync::Arc;
use tokio::time::timeout;

/// The way to the backend.
#[derive(Debug)]
pub(super) struct Front {
    backend: Backend,
    client: Client,
    budget: Option<Budget>,
}

impl Front {
    pub fn new(backend: Backend, route: Arc<Route>) -> Self {
        Self { client: Client::new(route), budget: backend.retry_budget.map(Budget::new), backend }
    }

    /// The way to a backend, which must be at a private address.
    pub fn route(backend: &Backend) -> Result<Route, RouteError> {
        let target = Target { url: backend.url.clone(), version: HttpVersion::One, tls: Tls::default() };
        Route::new(&target, None, &Allowed::default())
    }

    /// Asks the backend until it answers well, or may not be asked again. Says whether it did.
    pub async fn ask(&self) -> bool {
        self.budget.iter().for_each(Budget::earn);
        for attempt in 0..self.backend.attempts {
            let retry = attempt > 0;
            if retry && !self.budget.as_ref().is_none_or(Budget::spend) {
                return false;
            }
            if self.attempt().await {
                return true;
            }
        }
        false
    }

    async fn attempt(&self) -> bool {
        let exchange = self.client.exchange(get(&self.backend.url), false);
        let Ok(Ok(answer)) = timeout(self.backend.attempt_timeout, exchange).await else {
            return false;
        };
        let good = answer.status < 500;
        self.client.give_back(answer).await;
        good
    }
}

/// Retries that may be made: each request earns a share of one, and a few can be saved up.
#[derive(Debug)]
struct Budget {
    ratio: f64,
    saved: Cell<f64>,
}

/// Retries that can be saved up.
const SAVED_MAX: f64 = 10.0;

impl Budget {
    fn new(ratio: f64) -> Self {
        Self { ratio, saved: Cell::new(SAVED_MAX) }
    }

    fn earn(&self) {
        self.saved.set((self.saved.get() + self.ratio).min(SAVED_MAX));
    }

    fn spend(&self) -> bool {
        let enough = self.saved.get() >= 1.0;
        if enough {
            self.saved.set(self.saved.get() - 1.0);
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, SAVED_MAX};

    #[test]
    fn a_budget_allows_a_share_of_the_requests_and_what_was_saved() {
        let budget = Budget::new(0.125);
        let retries = (0..1000).filter(|_| {
            budget.earn();
            budget.spend()
        });
        // The first earning finds the savings full.
        assert_eq!(retries.count(), (SAVED_MAX + 999.0 * 0.125) as usize);
    }
}
