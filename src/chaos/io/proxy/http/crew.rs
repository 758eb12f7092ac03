//! The tasks of one connection, which end with it.

use hyper::rt::Executor;
use std::future::Future;
use std::rc::Rc;
use tokio::sync::Semaphore;
use tokio::task::spawn_local;

/// Starts the tasks of one connection.
#[derive(Debug, Clone)]
pub(super) struct ConnectionTasks {
    /// Has no permits, ever; its closing is what the tasks wait for.
    over: Rc<Semaphore>,
}

/// Ends the tasks when it is dropped.
pub(super) struct Lasting(Rc<Semaphore>);

impl Default for ConnectionTasks {
    fn default() -> Self {
        Self { over: Rc::new(Semaphore::new(0)) }
    }
}

impl ConnectionTasks {
    /// Ends all tasks when it is dropped.
    pub fn lasting(&self) -> Lasting {
        Lasting(Rc::clone(&self.over))
    }

    /// Runs a task until it ends, or the connection does.
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
