//! The two kinds of ends that a connection can have here: a socket, and a pipe within the process.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpStream;

/// One end of a connection.
pub(super) trait End: AsyncRead + AsyncWrite + Unpin {
    /// Whether its end of what it sends means that it takes nothing more either.
    const CLOSES_WHOLE: bool;

    /// Whether its end was meant as a reset.
    fn wants_reset(&self) -> bool {
        false
    }

    /// When it is dropped, the other side shall see a reset (RST).
    fn abort(&self) {}
}

impl End for TcpStream {
    const CLOSES_WHOLE: bool = false;

    fn abort(&self) {
        // Only a socket that is closed already refuses, and then there is nothing to abort.
        let _ = socket2::SockRef::from(self).set_linger(Some(Duration::ZERO));
    }
}

/// Bytes that wait in a pipe at most, each way.
const PIPE_BYTES: usize = 64 << 10;

/// A connection within the process: what serves requests has the one end, what moves the bytes the other.
pub(super) fn pipe() -> (Inner, Outer) {
    let (inner, outer) = tokio::io::duplex(PIPE_BYTES);
    let fate = Fate::default();
    let inner = Inner { pipe: inner, fate: fate.clone() };
    (inner, Outer { pipe: outer, fate })
}

/// How a connection will end: as soon as all that has been written so far is on its way.
#[derive(Debug, Clone, Default)]
pub(super) struct Fate {
    flags: Arc<(AtomicBool, AtomicBool)>,
}

impl Fate {
    /// It is closed.
    pub fn close(&self) {
        self.flags.0.store(true, Ordering::Relaxed);
    }

    /// It is reset.
    pub fn reset(&self) {
        self.flags.1.store(true, Ordering::Relaxed);
        self.close();
    }

    fn is_over(&self) -> bool {
        self.flags.0.load(Ordering::Relaxed)
    }
}

/// The end of what moves the bytes.
#[derive(Debug)]
pub(super) struct Outer {
    pipe: DuplexStream,
    fate: Fate,
}

impl End for Outer {
    const CLOSES_WHOLE: bool = true;

    fn wants_reset(&self) -> bool {
        self.fate.flags.1.load(Ordering::Relaxed)
    }
}

/// The end of what serves requests.
#[derive(Debug)]
pub(super) struct Inner {
    pipe: DuplexStream,
    fate: Fate,
}

impl Inner {
    pub fn fate(&self) -> Fate {
        self.fate.clone()
    }
}

macro_rules! pass_on {
    ($end:ty, $flush:item) => {
        impl AsyncRead for $end {
            fn poll_read(
                mut self: Pin<&mut Self>,
                context: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                Pin::new(&mut self.pipe).poll_read(context, buffer)
            }
        }

        impl AsyncWrite for $end {
            fn poll_write(
                mut self: Pin<&mut Self>,
                context: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.pipe).poll_write(context, bytes)
            }

            $flush

            fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.pipe).poll_shutdown(context)
            }
        }
    };
}

pass_on!(
    Outer,
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(context)
    }
);
pass_on!(
    Inner,
    /// Fails when the connection shall end: all that was written before is in the pipe by now.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.pipe).poll_flush(context))?;
        if self.fate.is_over() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Poll::Ready(Ok(()))
    }
);
