//! The threads that serve all proxies, and what can be asked of them while they run.

use super::armed::Armed;
use super::lock;
use super::site::ProxyState;
use super::worker::{Command, Done, Worker};
use crate::chaos::io::clock::Clock;
use crate::chaos::link::FaultId;
use std::io;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::available_parallelism;

/// The threads that serve all proxies. Proxies and faults may come and go while it runs; when it is dropped all ends.
#[derive(Debug)]
pub(super) struct Hub {
    workers: Vec<Worker>,
    /// Changes come one after the other, or a fault's coming could overtake its going.
    turn: Mutex<()>,
}

/// More threads would take the cores of the load and of the target.
const THREADS_MAX: usize = 2;

impl Hub {
    pub fn start() -> io::Result<Self> {
        let clock = Clock::start();
        let threads = available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
        let workers = (0..threads).map(|number| Worker::start(number, clock));
        Ok(Self { workers: workers.collect::<io::Result<_>>()?, turn: Mutex::default() })
    }

    /// Serves a proxy, whose listener listens already.
    pub fn open(&self, site: &Arc<ProxyState>) {
        let _turn = lock(&self.turn);
        self.accept(site);
    }

    /// Refuses new connections and closes those that stand.
    pub fn close(&self, site: &Arc<ProxyState>) -> io::Result<()> {
        let _turn = lock(&self.turn);
        self.refuse(site)?;
        self.tell_all(|done| Command::Close(site.id, done));
        Ok(())
    }

    /// A fault comes on. When this returns every connection knows.
    pub fn switch_on(&self, site: &Arc<ProxyState>, fault: &Arc<Armed>) -> io::Result<()> {
        let _turn = lock(&self.turn);
        let listened = !site.refuses_all();
        if !site.put(fault) {
            return Ok(());
        }
        if listened && site.refuses_all() {
            self.refuse(site)?;
        }
        self.tell_all(|done| Command::On(site.id, Arc::clone(fault), done));
        Ok(())
    }

    /// A fault goes. When this returns every connection knows.
    pub fn switch_off(&self, site: &Arc<ProxyState>, fault: FaultId) -> io::Result<()> {
        let _turn = lock(&self.turn);
        let listened = !site.refuses_all();
        if !site.take(fault) {
            return Ok(());
        }
        self.tell_all(|done| Command::Off(site.id, fault, done));
        if !listened && !site.refuses_all() {
            site.listener.listen()?;
            self.accept(site);
        }
        Ok(())
    }

    /// The first worker accepts for all.
    fn accept(&self, site: &Arc<ProxyState>) {
        let orders = self.workers.iter().map(|worker| worker.orders.clone());
        if let Some(first) = self.workers.first() {
            // Only a worker that has ended takes no orders, and it ends with the hub.
            let _ = first.orders.send(Command::Accept(Arc::clone(site), orders.collect()));
        }
    }

    fn refuse(&self, site: &ProxyState) -> io::Result<()> {
        site.listener.refuse()?;
        self.tell_all(|done| Command::Refuse(site.id, done));
        Ok(())
    }

    /// Tells every worker, and waits until all have done it.
    fn tell_all(&self, command: impl Fn(Done) -> Command) {
        let (done, all_done) = mpsc::channel();
        for worker in &self.workers {
            let _ = worker.orders.send(command(done.clone()));
        }
        drop(done);
        // Nothing is ever sent: it ends when the last sender has been dropped.
        let _ = all_done.recv();
    }
}
