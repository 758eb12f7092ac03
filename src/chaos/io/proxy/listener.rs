//! The listening socket of a proxy. It can refuse connections as if nothing were listening, and still
//! keep its port.

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};

/// The listening socket of a proxy.
#[derive(Debug)]
pub(super) struct Listener {
    socket: Socket,
    pub address: SocketAddr,
}

/// Number of connections that may wait to be accepted; the system reduces it to its own limit.
const BACKLOG: i32 = 4096;

/// Number of free ports to try: another process may take one between finding it and binding to it by number.
const BIND_ATTEMPTS: usize = 16;

impl Listener {
    /// Listens at an address; port 0 means any free port.
    pub(super) fn bind(address: &str) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in address.to_socket_addrs()? {
            match bind_numbered(address) {
                Ok(listener) => return Ok(listener),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Returns another handle to the socket, for the task that accepts connections.
    pub(super) fn handle(&self) -> io::Result<Socket> {
        self.socket.try_clone()
    }

    /// Stops listening: new connections are refused, and those not yet accepted are reset. The port
    /// stays taken. It is not released by `shutdown`, because the socket was bound to it by number
    /// (Linux: `tcp_disconnect`), and no other socket can share it, because this one does not have
    /// `SO_REUSEADDR` set.
    pub(super) fn refuse(&self) -> io::Result<()> {
        self.socket.set_reuse_address(false)?;
        self.socket.shutdown(std::net::Shutdown::Read)
    }

    /// Listens again. With `SO_REUSEADDR`, this is possible beside connections that are still open.
    pub(super) fn listen(&self) -> io::Result<()> {
        self.socket.set_reuse_address(true)?;
        self.socket.listen(BACKLOG)
    }
}

/// Binds to a port by number, even if any free port will do: see [`Listener::refuse`].
fn bind_numbered(address: SocketAddr) -> io::Result<Listener> {
    if address.port() != 0 {
        return bind_at(address);
    }
    let mut found = Err(io::ErrorKind::AddrInUse.into());
    for _ in 0..BIND_ATTEMPTS {
        // This socket only finds a free port, and is closed at once.
        let free = bind_at(address)?.address;
        found = bind_at(free);
        if found.is_ok() {
            break;
        }
    }
    found
}

fn bind_at(address: SocketAddr) -> io::Result<Listener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&SockAddr::from(address))?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?.as_socket().unwrap_or(address);
    Ok(Listener { socket, address })
}
