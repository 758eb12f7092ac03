//! A thread that serves connections.

use super::armed::Armed;
use super::circuit::Circuit;
use super::http;
use super::pump::{Pump, Tools};
use super::site::{ProxyId, ProxyState};
use crate::chaos::io::clock::Clock;
use crate::chaos::io::readiness::readable;
use crate::chaos::io::timer::Timer;
use crate::chaos::link::FaultId;
use crate::chaos::observation::Failure;
use socket2::Socket;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, LocalSet, spawn_local};

/// A command to a worker. To wait until it has been carried out, wait until the [`Done`] in it is dropped.
pub(super) enum Command {
    /// Accept connections and hand them to these workers in turn.
    Accept(Arc<ProxyState>, Vec<Orders>),
    /// Accept no more connections.
    Refuse(ProxyId, Done),
    /// Serve the connection with this number.
    Serve(Arc<ProxyState>, Socket, u64),
    /// A fault was switched on.
    On(ProxyId, Arc<Armed>, Done),
    /// A fault was switched off.
    Off(ProxyId, FaultId, Done),
    /// Close all connections of a proxy.
    Close(ProxyId, Done),
    /// End the thread.
    Stop,
}

/// The sending end of a worker's command queue.
pub(super) type Orders = UnboundedSender<Command>;

/// Dropped when a command has been carried out.
pub(super) type Done = mpsc::Sender<()>;

/// A handle to a thread that serves connections.
#[derive(Debug)]
pub(super) struct Worker {
    pub orders: Orders,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a thread.
    pub fn start(number: usize, clock: Clock) -> io::Result<Self> {
        let (orders, commands) = unbounded_channel();
        let (report, started) = mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let thread = std::thread::Builder::new()
            .name(format!("proxy-{number}"))
            .spawn(move || work(&runtime, clock, commands, &report))?;
        let worker = Self { orders, thread: Some(thread) };
        started.recv().unwrap_or(Err(io::ErrorKind::Other.into()))?;
        Ok(worker)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A worker that has already ended needs no command.
        let _ = self.orders.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Runs the thread of a worker until it is told to stop.
fn work(
    runtime: &Runtime,
    clock: Clock,
    mut commands: UnboundedReceiver<Command>,
    report: &mpsc::Sender<io::Result<()>>,
) {
    let tasks = LocalSet::new();
    tasks.block_on(runtime, async move {
        let state = match Timer::precise() {
            Ok(timer) => WorkerState::new(Tools::new(clock, timer)),
            Err(error) => {
                let _ = report.send(Err(error));
                return;
            }
        };
        let _ = report.send(Ok(()));
        while let Some(command) = commands.recv().await {
            match command {
                Command::Stop => return,
                command => state.execute(command),
            }
        }
    });
}

/// The state of a worker.
struct WorkerState {
    tools: Rc<Tools>,
    accepting: RefCell<BTreeMap<ProxyId, AbortHandle>>,
    connections: Rc<Connections>,
}

/// The open connections of a thread, by a number of its own.
#[derive(Default)]
struct Connections {
    entered: Cell<u64>,
    open: RefCell<BTreeMap<u64, (Rc<Circuit>, AbortHandle)>>,
}

impl WorkerState {
    fn new(tools: Tools) -> Self {
        Self { tools: Rc::new(tools), accepting: RefCell::default(), connections: Rc::default() }
    }

    fn execute(&self, command: Command) {
        let now = self.tools.clock.now();
        match command {
            Command::Accept(site, workers) => self.accept(site, workers),
            Command::Refuse(site, _done) => self.refuse(site),
            Command::Serve(site, socket, number) => self.serve(site, socket, number),
            Command::On(site, fault, _done) => self.connections.each(site, |circuit, task| {
                if fault.closes(circuit.number) {
                    task.abort();
                } else {
                    circuit.switch_on(&fault, now);
                }
            }),
            Command::Off(site, fault, _done) => {
                self.connections.each(site, |circuit, _| circuit.switch_off(fault, now));
            }
            Command::Close(site, _done) => self.connections.each(site, |_, task| task.abort()),
            Command::Stop => {}
        }
    }

    fn accept(&self, site: Arc<ProxyState>, workers: Vec<Orders>) {
        let id = site.id;
        let task = spawn_local(accept(site, workers, Rc::clone(&self.tools)));
        let before = self.accepting.borrow_mut().insert(id, task.abort_handle());
        before.inspect(AbortHandle::abort);
    }

    fn refuse(&self, site: ProxyId) {
        let accepting = self.accepting.borrow_mut().remove(&site);
        accepting.inspect(AbortHandle::abort);
    }

    fn serve(&self, site: Arc<ProxyState>, socket: Socket, number: u64) {
        let circuit = Rc::new(Circuit::new(site, number, self.tools.clock.now()));
        let connections = Rc::clone(&self.connections);
        let entry = connections.entered.get();
        connections.entered.set(entry + 1);
        let deregister = Deregister(Rc::clone(&connections), entry);
        let (tools, served) = (Rc::clone(&self.tools), Rc::clone(&circuit));
        let task = spawn_local(async move {
            let _deregister = deregister;
            // A socket that cannot be registered with the runtime is dropped, and thereby closed.
            if let Ok(client) = register(socket) {
                connection(client, served, tools).await;
            }
        });
        let mut open = connections.open.borrow_mut();
        open.insert(entry, (circuit, task.abort_handle()));
    }
}

impl Connections {
    /// Calls `act` for each connection of a proxy.
    fn each(&self, site: ProxyId, mut act: impl FnMut(&Circuit, &AbortHandle)) {
        for (circuit, task) in self.open.borrow().values() {
            if circuit.site.id == site {
                act(circuit, task);
            }
        }
    }
}

/// Removes a connection from the list when its task ends, however it ends.
struct Deregister(Rc<Connections>, u64);

impl Drop for Deregister {
    fn drop(&mut self) {
        let left = self.0.open.borrow_mut().remove(&self.1);
        drop(left);
    }
}

/// Serves one connection until it ends.
async fn connection(client: TcpStream, circuit: Rc<Circuit>, tools: Rc<Tools>) {
    let site = Arc::clone(&circuit.site);
    if site.http.is_some() {
        return http::connection(client, circuit, tools).await;
    }
    let server = site.upstream.dial().await;
    if let Ok(from) = client.peer_addr() {
        site.unreached.enter(from, server.is_ok());
    }
    match server {
        Ok(server) => Pump::new(client, server, circuit, tools).await,
        // The client is already connected, so all that is left is to reset its connection.
        Err(error) => {
            site.failed(Failure::Connect, &error);
            super::end::End::abort(&client);
        }
    }
}

/// Pause before accepting again when the system is out of descriptors.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(20);

/// Accepts connections and hands them to the workers in turn.
async fn accept(site: Arc<ProxyState>, workers: Vec<Orders>, tools: Rc<Tools>) {
    let Ok(socket) = site.listener.handle().and_then(readable) else {
        return;
    };
    let mut turns = workers.iter().cycle();
    loop {
        match socket.async_io(Interest::READABLE, Socket::accept).await {
            Ok((client, _)) => {
                let number = site.count_connection();
                if site.turns_away(number) {
                    // A refused connection counts as a request: its client meant to send one.
                    site.count_request();
                    let _ = client.set_linger(Some(Duration::ZERO));
                    continue;
                }
                let Some(worker) = turns.next() else { return };
                // Sending fails only if the worker has ended, and then the whole server ends.
                let _ = worker.send(Command::Serve(Arc::clone(&site), client, number));
            }
            // The socket is no longer listening (EINVAL).
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return,
            Err(error) if is_transient(&error) => {}
            Err(_) => tools.timer.sleep_until(std::time::Instant::now() + ACCEPT_RETRY_DELAY).await,
        }
    }
}

/// Returns whether an error concerns a single connection, which was gone before it could be accepted.
fn is_transient(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

/// Registers a socket with the runtime.
fn register(socket: Socket) -> io::Result<TcpStream> {
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    TcpStream::from_std(socket.into())
}
