//! Tasks that end with their connection.

use hyper::rt::Executor;
use std::future::Future;
use std::rc::Rc;
use tokio::sync::Semaphore;
use tokio::task::spawn_local;

/// Spawns the tasks of one connection.
#[derive(Debug, Clone)]
pub(super) struct ConnectionTasks {
    /// Never has a permit; the tasks wait for it to be closed.
    over: Rc<Semaphore>,
}

/// A guard that ends the tasks when it is dropped.
pub(super) struct Lasting(Rc<Semaphore>);

impl Default for ConnectionTasks {
    fn default() -> Self {
        Self { over: Rc::new(Semaphore::new(0)) }
    }
}

impl ConnectionTasks {
    /// Returns a guard that ends all tasks when it is dropped.
    pub fn lasting(&self) -> Lasting {
        Lasting(Rc::clone(&self.over))
    }

    /// Runs a task until it or the connection ends.
    pub fn spawn(&self, task: impl Future + 'static) {
        let over = Rc::clone(&self.over);
        spawn_local(async move {
            tokio::select! {
                biased;
                _ = over.acquire() => {}
                _ = task => {}
            }
        });
    }
}

impl Drop for Lasting {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<F: Future + 'static> Executor<F> for ConnectionTasks {
    fn execute(&self, task: F) {
        self.spawn(task);
    }
}
