//! The threads that serve all proxies, and the changes that can be made while they run.

use super::armed::Armed;
use super::site::ProxyState;
use super::worker::{Command, Done, Worker};
use crate::base::workers::lock;
use crate::chaos::io::clock::Clock;
use crate::chaos::io::thread::threads_max;
use std::io;
use std::sync::{Arc, Mutex, mpsc};

/// The threads that serve all proxies. Proxies can be opened and closed and faults switched while they
/// run. Dropping it ends them.
#[derive(Debug)]
pub(super) struct Hub {
    workers: Vec<Worker>,
    /// Held during a change, so that switching a fault on cannot overtake switching it off.
    switching: Mutex<()>,
}

impl Hub {
    pub(super) fn start() -> io::Result<Self> {
        let clock = Clock::start();
        let workers = (0..threads_max()).map(|number| Worker::start(number, clock));
        Ok(Self { workers: workers.collect::<io::Result<_>>()?, switching: Mutex::default() })
    }

    /// Returns whether a thread has broken down.
    pub(super) fn has_broken_down(&self) -> bool {
        self.workers.iter().any(|worker| worker.thread.is_over())
    }

    /// Starts serving a proxy whose listener is already listening.
    pub(super) fn open(&self, site: &Arc<ProxyState>) {
        let _switching = lock(&self.switching);
        self.accept(site);
    }

    /// Refuses new connections to a proxy and closes the open ones.
    pub(super) fn close(&self, site: &Arc<ProxyState>) -> io::Result<()> {
        let _switching = lock(&self.switching);
        self.refuse(site)?;
        self.tell_all(|done| Command::Close(site.id, done));
        Ok(())
    }

    /// Switches a fault on or off. Returns when the change has reached every connection.
    pub(super) fn switch(&self, site: &Arc<ProxyState>, fault: &Arc<Armed>, on: bool) -> io::Result<()> {
        let _switching = lock(&self.switching);
        let listened = !site.refuses_all();
        if !site.switch(fault, on) {
            return Ok(());
        }
        let listens = !site.refuses_all();
        if listened && !listens {
            self.refuse(site)?;
        }
        self.tell_all(|done| Command::Switch(site.id, Arc::clone(fault), on, done));
        if listens && !listened {
            site.listener.listen()?;
            self.accept(site);
        }
        Ok(())
    }

    /// Makes the first worker accept connections for all workers.
    fn accept(&self, site: &Arc<ProxyState>) {
        let orders = self.workers.iter().map(|worker| worker.orders.clone());
        if let Some(first) = self.workers.first() {
            // Sending fails only if the worker has ended, which it does only with the hub.
            let _ = first.orders.send(Command::Accept(Arc::clone(site), orders.collect()));
        }
    }

    fn refuse(&self, site: &ProxyState) -> io::Result<()> {
        site.listener.refuse()?;
        self.tell_all(|done| Command::Refuse(site.id, done));
        Ok(())
    }

    /// Sends a command to every worker, and waits until all have carried it out.
    fn tell_all(&self, command: impl Fn(Done) -> Command) {
        let (done, all_done) = mpsc::channel();
        for worker in &self.workers {
            let _ = worker.orders.send(command(done.clone()));
        }
        drop(done);
        // Nothing is ever sent: `recv` returns when the last sender is dropped.
        let _ = all_done.recv();
    }
}
