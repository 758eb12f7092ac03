//! The two kinds of connection ends: a socket, and a pipe within the process.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
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

/// One end of a connection within the process, between the HTTP server and the pump.
#[derive(Debug)]
pub(super) struct Pipe {
    stream: DuplexStream,
    pub fate: Fate,
}

/// Builds a connection within the process.
pub(super) fn pipe() -> (Pipe, Pipe) {
    let (one, other) = tokio::io::duplex(PIPE_BYTES);
    let fate = Fate::default();
    (Pipe { stream: one, fate: fate.clone() }, Pipe { stream: other, fate })
}

/// The way in which a connection ends once everything written so far has been passed on; unset while it
/// goes on.
#[derive(Debug, Clone, Default)]
pub(super) struct Fate(Arc<OnceLock<Ending>>);

/// The end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a close (FIN).
    Close,
    /// With a reset (RST).
    Reset,
}

impl Fate {
    /// Ends the connection in this way, unless its end is known already.
    pub(super) fn seal(&self, ending: Ending) {
        let _ = self.0.set(ending);
    }
}

impl End for Pipe {
    const CLOSES_WHOLE: bool = true;

    fn wants_reset(&self) -> bool {
        self.fate.0.get() == Some(&Ending::Reset)
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
