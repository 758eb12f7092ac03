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

/// What a worker is told. Whoever waits for it to be done waits until the [`Done`] in it is dropped.
pub(super) enum Command {
    /// Accept connections, and hand them to these workers in turn.
    Accept(Arc<ProxyState>, Vec<Orders>),
    /// Accept no more.
    Refuse(ProxyId, Done),
    /// Serve a connection, with its number.
    Serve(Arc<ProxyState>, Socket, u64),
    /// A fault has come on.
    On(ProxyId, Arc<Armed>, Done),
    /// A fault has gone.
    Off(ProxyId, FaultId, Done),
    /// Close all connections of a proxy.
    Close(ProxyId, Done),
    /// End.
    Stop,
}

/// Where a worker takes its commands from.
pub(super) type Orders = UnboundedSender<Command>;

/// Dropped when a command is done.
pub(super) type Done = mpsc::Sender<()>;

/// A thread that serves connections, for those who command it.
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
        // A worker that has ended already needs no order to.
        let _ = self.orders.send(Command::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a worker's thread does.
fn work(
    runtime: &Runtime,
    clock: Clock,
    mut commands: UnboundedReceiver<Command>,
    report: &mpsc::Sender<io::Result<()>>,
) {
    let tasks = LocalSet::new();
    tasks.block_on(runtime, async move {
        let desk = match Timer::precise() {
            Ok(timer) => Desk::new(Tools::new(clock, timer)),
            Err(error) => {
                let _ = report.send(Err(error));
                return;
            }
        };
        let _ = report.send(Ok(()));
        while let Some(command) = commands.recv().await {
            match command {
                Command::Stop => return,
                command => desk.obey(command),
            }
        }
    });
}

/// What a worker keeps.
struct Desk {
    tools: Rc<Tools>,
    accepting: RefCell<BTreeMap<ProxyId, AbortHandle>>,
    connections: Rc<Connections>,
}

/// The connections of a thread, by number of its own.
#[derive(Default)]
struct Connections {
    entered: Cell<u64>,
    open: RefCell<BTreeMap<u64, (Rc<Circuit>, AbortHandle)>>,
}

impl Desk {
    fn new(tools: Tools) -> Self {
        Self { tools: Rc::new(tools), accepting: RefCell::default(), connections: Rc::default() }
    }

    fn obey(&self, command: Command) {
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
        let leave = Leave(Rc::clone(&connections), entry);
        let (tools, served) = (Rc::clone(&self.tools), Rc::clone(&circuit));
        let task = spawn_local(async move {
            let _leave = leave;
            // A socket that the system will not take into its books is one that is closed.
            if let Ok(client) = register(socket) {
                connection(client, served, tools).await;
            }
        });
        let mut open = connections.open.borrow_mut();
        open.insert(entry, (circuit, task.abort_handle()));
    }
}

impl Connections {
    fn each(&self, site: ProxyId, mut act: impl FnMut(&Circuit, &AbortHandle)) {
        for (circuit, task) in self.open.borrow().values() {
            if circuit.site.id == site {
                act(circuit, task);
            }
        }
    }
}

/// Strikes a connection off when its task ends, however it ends.
struct Leave(Rc<Connections>, u64);

impl Drop for Leave {
    fn drop(&mut self) {
        let left = self.0.open.borrow_mut().remove(&self.1);
        drop(left);
    }
}

/// Serves one connection until it is over.
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
        // As if the client had reached for the upstream itself.
        Err(error) => {
            site.failed(Failure::Connect, &error);
            super::end::End::abort(&client);
        }
    }
}

/// How long to wait when the system has no more descriptors.
const BREATH: Duration = Duration::from_millis(20);

/// Accepts connections and hands them on.
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
                    // Whoever knocks wants to ask for something.
                    site.count_request();
                    let _ = client.set_linger(Some(Duration::ZERO));
                    continue;
                }
                let Some(worker) = turns.next() else { return };
                // A worker that has ended: the whole server ends.
                let _ = worker.send(Command::Serve(Arc::clone(&site), client, number));
            }
            // It does not listen any more.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return,
            Err(error) if is_passing(&error) => {}
            Err(_) => tools.timer.sleep_until(std::time::Instant::now() + BREATH).await,
        }
    }
}

/// Errors of one connection, which is gone before it could be accepted.
fn is_passing(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

fn register(socket: Socket) -> io::Result<TcpStream> {
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    TcpStream::from_std(socket.into())
}
