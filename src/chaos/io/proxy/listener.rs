//! Where a proxy listens. It can refuse connections as if nobody listened, without giving up its port.

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};

/// Where a proxy listens.
#[derive(Debug)]
pub(super) struct Listener {
    socket: Socket,
    address: SocketAddr,
}

/// Connections that wait to be accepted; the system cuts it down to what it allows.
const BACKLOG: i32 = 4096;

/// Free ports that are tried: another process may take one between its being found and its being asked for by number.
const TRIES: usize = 16;

impl Listener {
    /// Listens at an address, a port of 0 meaning any that is free.
    pub fn bind(address: &str) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in address.to_socket_addrs()? {
            match bind_numbered(address) {
                Ok(listener) => return Ok(listener),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The listening socket once more, for whoever accepts.
    pub fn handle(&self) -> io::Result<Socket> {
        self.socket.try_clone()
    }

    /// Stops listening: connections are refused, and those not yet accepted reset. The port stays taken: the socket was bound to
    /// it by number, and is then not released by `shutdown` (Linux: `tcp_disconnect`); nor may another have it as well, since
    /// this one does not agree to share it.
    pub fn refuse(&self) -> io::Result<()> {
        self.socket.set_reuse_address(false)?;
        self.socket.shutdown(std::net::Shutdown::Read)
    }

    /// Listens again, beside the connections that still stand.
    pub fn listen(&self) -> io::Result<()> {
        self.socket.set_reuse_address(true)?;
        self.socket.listen(BACKLOG)
    }
}

fn bind_numbered(address: SocketAddr) -> io::Result<Listener> {
    if address.port() != 0 {
        return bind_at(address);
    }
    let mut found = Err(io::ErrorKind::AddrInUse.into());
    for _ in 0..TRIES {
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
