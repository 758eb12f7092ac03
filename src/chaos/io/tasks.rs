//! Tasks of the current thread, which may end with the connection that they serve.

use hyper::rt::Executor;
use std::rc::Rc;
use tokio::sync::Semaphore;
use tokio::task::spawn_local;

/// Spawns tasks on the current thread.
#[derive(Debug, Clone, Default)]
pub(super) struct Tasks {
    /// Never has a permit; the tasks wait for it to be closed. `None`: they end by themselves.
    over: Option<Rc<Semaphore>>,
}

/// A guard that ends the tasks when it is dropped.
pub(super) struct Lasting(Rc<Semaphore>);

impl Tasks {
    /// Returns a spawner, and a guard that ends all its tasks when it is dropped.
    pub(super) fn guarded() -> (Self, Lasting) {
        let over = Rc::new(Semaphore::new(0));
        (Self { over: Some(Rc::clone(&over)) }, Lasting(over))
    }

    /// Runs a task until it ends or the guard is dropped.
    pub(super) fn spawn(&self, task: impl Future + 'static) {
        let Some(over) = self.over.clone() else {
            spawn_local(async {
                task.await;
            });
            return;
        };
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

impl<F: Future + 'static> Executor<F> for Tasks {
    fn execute(&self, task: F) {
        self.spawn(task);
    }
}
