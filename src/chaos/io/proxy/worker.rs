//! A thread that serves connections.

use super::armed::Armed;
use super::circuit::Circuit;
use super::http;
use super::pump::Pump;
use super::site::{ProxyId, ProxyState};
use super::tools::Tools;
use crate::chaos::io::capacity::connect_failure;
use crate::chaos::io::clock::Clock;
use crate::chaos::io::readiness::readable;
use crate::chaos::io::thread::Thread;
use crate::chaos::io::timer::Timer;
use crate::chaos::observation::Failure;
use socket2::Socket;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, spawn_local};

/// A command to a worker. To wait until it has been carried out, wait until the [`Done`] in it is dropped.
pub(super) enum Command {
    /// Accept connections and hand them to these workers in turn.
    Accept(Arc<ProxyState>, Vec<Orders>),
    /// Accept no more connections.
    Refuse(ProxyId, Done),
    /// Serve the connection with this number.
    Serve(Arc<ProxyState>, Socket, u64),
    /// A fault was switched on (true) or off.
    Switch(ProxyId, Arc<Armed>, bool, Done),
    /// Close all connections of a proxy.
    Close(ProxyId, Done),
}

/// The sending end of a worker's command queue.
pub(super) type Orders = UnboundedSender<Command>;

/// Dropped when a command has been carried out.
pub(super) type Done = mpsc::Sender<()>;

/// A handle to a thread that serves connections.
#[derive(Debug)]
pub(super) struct Worker {
    pub orders: Orders,
    pub thread: Thread,
}

impl Worker {
    /// Starts a thread.
    pub(super) fn start(number: usize, clock: Clock) -> io::Result<Self> {
        let (orders, mut commands) = unbounded_channel::<Command>();
        let thread = Thread::start(format!("proxy-{number}"), Timer::precise, move |timer| async move {
            let state = WorkerState::new(Tools::new(clock, timer));
            while let Some(command) = commands.recv().await {
                state.execute(command);
            }
            Ok(())
        })?;
        Ok(Self { orders, thread })
    }
}

/// The state of a worker.
struct WorkerState {
    tools: Rc<Tools>,
    accepting: RefCell<BTreeMap<ProxyId, AbortHandle>>,
    connections: Rc<Connections>,
}

/// The open connections of a thread, by proxy and number.
type Connections = RefCell<BTreeMap<(ProxyId, u64), (Rc<Circuit>, AbortHandle)>>;

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
            Command::Switch(site, fault, on, _done) => self.each_connection(site, |circuit, task| {
                if !on {
                    circuit.switch_off(fault.id, now);
                } else if fault.closes(circuit.number) {
                    task.abort();
                } else {
                    circuit.switch_on(&fault, now);
                }
            }),
            Command::Close(site, _done) => self.each_connection(site, |_, task| task.abort()),
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
        let key = (site.id, number);
        let circuit = Rc::new(Circuit::new(site, number, self.tools.clock.now()));
        let deregister = Deregister(Rc::clone(&self.connections), key);
        let (tools, served) = (Rc::clone(&self.tools), Rc::clone(&circuit));
        let task = spawn_local(async move {
            let _deregister = deregister;
            // A socket that cannot be registered with the runtime is dropped, and thereby closed.
            if let Ok(client) = register(socket) {
                connection(client, served, tools).await;
            }
        });
        self.connections.borrow_mut().insert(key, (circuit, task.abort_handle()));
    }

    /// Calls `act` for each connection of a proxy.
    fn each_connection(&self, site: ProxyId, act: impl Fn(&Circuit, &AbortHandle)) {
        for (_, (circuit, task)) in self.connections.borrow().range((site, 0)..=(site, u64::MAX)) {
            act(circuit, task);
        }
    }
}

/// Removes a connection from the list when its task ends, however it ends.
struct Deregister(Rc<Connections>, (ProxyId, u64));

impl Drop for Deregister {
    fn drop(&mut self) {
        let left = self.0.borrow_mut().remove(&self.1);
        drop(left);
    }
}

/// Serves one connection until it ends.
async fn connection(client: TcpStream, circuit: Rc<Circuit>, tools: Rc<Tools>) {
    let site = Arc::clone(&circuit.site);
    if let Some(outlet) = site.http.clone() {
        return http::connection(client, outlet, circuit, tools).await;
    }
    let server = site.upstream.dial().await;
    if let Ok(from) = client.peer_addr() {
        site.unreached.enter(from, server.as_ref().err().map(connect_failure));
    }
    match server {
        Ok(server) => Pump::new(client, server, circuit, tools).await,
        // The client is already connected, so all that is left is to reset its connection.
        Err(error) => {
            site.reasons.record(connect_failure(&error), &error);
            super::end::End::abort(&client);
        }
    }
}

/// Pause before accepting again when the system is out of descriptors.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(20);

/// Accepts connections and hands them to the workers in turn.
async fn accept(site: Arc<ProxyState>, workers: Vec<Orders>, tools: Rc<Tools>) {
    let Ok(socket) = site.listener.handle().and_then(readable) else {
        site.exhausted.fetch_add(1, Ordering::Relaxed);
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
            Err(error) => {
                if connect_failure(&error) == Failure::Exhausted {
                    site.exhausted.fetch_add(1, Ordering::Relaxed);
                }
                tools.sleep_until(tools.clock.now() + ACCEPT_RETRY_DELAY).await;
            }
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
