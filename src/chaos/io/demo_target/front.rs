//! A front-end that asks a backend with retries, the source of a retry storm, and the retry budget that
//! prevents one.

use super::settings::Backend;
use crate::chaos::experiment::Tls;
use crate::chaos::guard::Allowed;
use crate::chaos::io::client::{Client, Route, RouteError};
use crate::chaos::requests::get;
use std::cell::Cell;
use std::sync::Arc;
use tokio::time::timeout;

/// The client of the backend.
#[derive(Debug)]
pub(super) struct Front {
    backend: Backend,
    client: Client,
    budget: Option<Budget>,
}

impl Front {
    pub(super) fn new(backend: Backend, route: Arc<Route>) -> Self {
        Self { client: Client::new(route), budget: backend.retry_budget.map(Budget::new), backend }
    }

    /// Builds the route to a backend, which must have a loopback or private address.
    pub(super) fn route(backend: &Backend) -> Result<Route, RouteError> {
        Route::direct(&backend.url, Tls::default(), &Allowed::default())
    }

    /// Asks the backend until it succeeds or no further attempt is allowed. Returns whether it succeeded.
    pub(super) async fn ask(&self) -> bool {
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
        // A client error (4xx) would not go away with a retry.
        let good = answer.status < 500;
        self.client.give_back(answer).await;
        good
    }
}

/// A retry budget (token bucket): each request earns a fraction of a retry, and a few retries can be saved.
#[derive(Debug)]
struct Budget {
    ratio: f64,
    saved: Cell<f64>,
}

/// Maximum number of saved retries; also the initial number.
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
    fn a_budget_allows_retries_for_a_share_of_the_requests_and_the_saved_ones() {
        let budget = Budget::new(0.125);
        let retries = (0..1000).filter(|_| {
            budget.earn();
            budget.spend()
        });
        // The bucket starts full, so the first request earns nothing.
        assert_eq!(retries.count(), (SAVED_MAX + 999.0 * 0.125) as usize);
    }
}
