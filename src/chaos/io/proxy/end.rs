//! The two kinds of connection ends: a socket, and a pipe within the process.

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
    /// Whether the end of its outgoing stream means that it accepts no more bytes, either.
    const CLOSES_WHOLE: bool;

    /// Returns whether the end of its outgoing stream stands for a reset.
    fn wants_reset(&self) -> bool {
        false
    }

    /// Makes the other side see a reset (RST) when this end is dropped.
    fn abort(&self) {}
}

impl End for TcpStream {
    const CLOSES_WHOLE: bool = false;

    fn abort(&self) {
        // A linger time of zero turns the close into an RST. Setting it fails only on a closed socket, where
        // nothing is left to abort.
        let _ = socket2::SockRef::from(self).set_linger(Some(Duration::ZERO));
    }
}

/// Capacity of a pipe in each direction, in bytes.
const PIPE_BYTES: usize = 64 << 10;

/// Builds a connection within the process. [`Inner`] is the end of the HTTP server, [`Outer`] that of
/// the pump.
pub(super) fn pipe() -> (Inner, Outer) {
    let (inner, outer) = tokio::io::duplex(PIPE_BYTES);
    let fate = Fate::default();
    let inner = Inner { pipe: inner, fate: fate.clone() };
    (inner, Outer { pipe: outer, fate })
}

/// The way in which a connection will end once everything written so far has been passed on.
#[derive(Debug, Clone, Default)]
pub(super) struct Fate {
    flags: Arc<(AtomicBool, AtomicBool)>,
}

impl Fate {
    /// Ends the connection with a close (FIN).
    pub fn close(&self) {
        self.flags.0.store(true, Ordering::Relaxed);
    }

    /// Ends the connection with a reset (RST).
    pub fn reset(&self) {
        self.flags.1.store(true, Ordering::Relaxed);
        self.close();
    }

    fn is_over(&self) -> bool {
        self.flags.0.load(Ordering::Relaxed)
    }
}

/// The end of the pump, which moves the bytes.
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

/// The end of the HTTP server.
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
    /// Fails when the connection is to end: everything written before is in the pipe by now.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.pipe).poll_flush(context))?;
        if self.fate.is_over() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Poll::Ready(Ok(()))
    }
);
