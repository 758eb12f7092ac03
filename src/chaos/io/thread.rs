//! Threads that run tasks.

use super::timer::Timer;
use std::io;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle, available_parallelism};
use tokio::sync::oneshot;
use tokio::task::LocalSet;

/// A thread that runs tasks. Dropping it ends them and waits for the thread.
#[derive(Debug)]
pub(super) struct Thread {
    /// Dropped to end the tasks.
    stop: Option<oneshot::Sender<()>>,
    handle: Option<JoinHandle<io::Result<()>>>,
}

/// More threads would take cores away from the target, which is what is measured.
const THREADS_MAX: usize = 2;

/// Returns the number of threads for work that can be shared: at most one per core.
pub(super) fn threads_max() -> usize {
    available_parallelism().map_or(1, usize::from).min(THREADS_MAX)
}

impl Thread {
    /// Starts a thread that runs `work` with a timer built by `timer`. Returns once the work begins; fails
    /// if the system provides no thread, no descriptors or no timer.
    pub(super) fn start<F>(
        name: String,
        timer: fn() -> io::Result<Rc<Timer>>,
        work: impl FnOnce(Rc<Timer>) -> F + Send + 'static,
    ) -> io::Result<Self>
    where
        F: Future<Output = io::Result<()>> + 'static,
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let (report, started) = mpsc::channel();
        let run = move || {
            LocalSet::new().block_on(&runtime, async {
                let timer = timer()?;
                let _ = report.send(());
                tokio::select! {
                    ended = work(timer) => ended,
                    // Nothing is ever sent: this completes when the sender is dropped.
                    _ = stopped => Ok(()),
                }
            })
        };
        let handle = Builder::new().name(name).spawn(run)?;
        let mut thread = Self { stop: Some(stop), handle: Some(handle) };
        match started.recv() {
            Ok(()) => Ok(thread),
            // The thread has ended without a report.
            Err(_) => Err(thread.wait().err().unwrap_or_else(|| io::ErrorKind::Other.into())),
        }
    }

    /// Returns whether the thread has ended.
    pub(super) fn is_over(&self) -> bool {
        self.handle.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until the work ends by itself. Returns its error.
    pub(super) fn join(mut self) -> io::Result<()> {
        self.wait()
    }

    /// Ends the work. Returns the error that ended it before, if there was one.
    pub(super) fn stop(mut self) -> io::Result<()> {
        drop(self.stop.take());
        self.wait()
    }

    fn wait(&mut self) -> io::Result<()> {
        match self.handle.take().map(JoinHandle::join) {
            Some(Ok(ended)) => ended,
            Some(Err(_)) => Err(io::Error::other("a thread panicked")),
            None => Ok(()),
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        drop(self.stop.take());
        // An error matters only to those who wait for the work.
        let _ = self.wait();
    }
}
